"""A real server and a real client, as processes of their own, for `otklik bench`."""
