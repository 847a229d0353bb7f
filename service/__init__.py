"""From a client's message to an answer or a person. Start with `inbox.py`; README.md has the map."""
