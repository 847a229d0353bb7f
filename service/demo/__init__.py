"""The demo: staff with tokens and scripted clients. Everything goes in through inbox.handle_message, as in life."""
