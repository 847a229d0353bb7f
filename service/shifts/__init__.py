"""Who works when, who gets what, and whether it was in time: the supervisor's half of the service.

One module a subject. `worker.py` calls assign_waiting, return_abandoned, rescue_orphans, mark_lost, watch_clocks and
ask_closed; everything else is called by consoles and the API.
"""
