"""Is this an address of the machine itself? Plain http is fine there and nowhere else."""

import ipaddress


def is_loopback(host: str | None) -> bool:
    """127.0.0.0/8, ::1 and localhost."""
    if not host:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
