"""Is this message a command or a button, and which one?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_SPACES = re.compile(r"\s+")
LONGEST_COMMAND = 40


@dataclass(frozen=True)
class Press:
    """A button's payload taken apart: `kind` is intent, article, command, feedback or csat."""

    kind: str
    value: str


def find_command(text: str, commands: Mapping[str, str]) -> str | None:
    """The control kind that `text` commands (menu, operator, cancel ...), or None.

    Only a message that is the command and nothing else counts («меню», "/menu", «Оператор!»), so that «меню
    не открывается» is still a question.
    """
    if len(text) > LONGEST_COMMAND:
        return None
    word = text.strip().casefold()
    if word.startswith("/"):
        return commands.get(word.split("@")[0])
    return commands.get(_SPACES.sub(" ", _EDGES.sub("", word)).replace("ё", "е"))


def read_press(payload: str | None) -> Press | None:
    """The button behind `payload` (`kind:value`), or None for no button or a payload that isn't ours."""
    kind, separator, value = (payload or "").partition(":")
    if separator and value and kind in {"intent", "article", "command", "feedback", "csat"}:
        return Press(kind, value)
    return None
