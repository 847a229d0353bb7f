"""The inbox page: what is shown, what is done, which key does it."""
