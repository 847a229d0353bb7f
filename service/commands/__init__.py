"""What `otklik` does, one file a group of commands; `service/cli.py` mounts them."""
