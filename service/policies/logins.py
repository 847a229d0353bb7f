"""Can this be somebody's login?"""

import re

LONGEST_LOGIN = 100
COMMAND_LINE = "otklik-cli"
RESERVED = frozenset({"client", "bot", "system", "unknown", COMMAND_LINE})
"""Actors that stand in the trail beside people; nobody may look like them."""

_LOGIN = re.compile(r"[\w.@+-]+")


def tidy(login: str) -> str:
    """A login as it is kept; what can't be one becomes empty, which nobody has."""
    plain = login.strip() if len(login) <= LONGEST_LOGIN else ""
    return plain if plain.isprintable() else ""


def is_login(login: str) -> bool:
    """Letters, digits and . _ - @ +, and none of the names that mean somebody else."""
    return tidy(login) == login and bool(_LOGIN.fullmatch(login)) and login.casefold() not in RESERVED
