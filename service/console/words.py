"""What the console says, from texts/console/{ru,en}.toml: say("inbox.take", "ru"). A missing key is an error."""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from service import texts

FOLDER = texts.FOLDER / "console"


@cache
def _tables(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def section(name: str, language: str) -> dict[str, str]:
    """All sentences of a section, for a component that words itself in the browser. KeyError for an unknown one."""
    found: dict[str, str] = _tables(texts.spoken(language))[name]
    return found


def say(key: str, language: str, **fields: object) -> str:
    """The sentence `section.key` with its fields filled in."""
    name, _, rest = key.partition(".")
    sentence = section(name, language)[rest]
    return sentence.format(**fields) if fields else sentence


def say_error(code: str, detail: str, language: str, fields: Mapping[str, Any] | None = None) -> str:
    """What to tell a person of an error: our words for its reason or its code, or what it says itself."""
    reason = str((fields or {}).get("reason", ""))
    sentence = section("refusals", language).get(reason)
    if sentence is not None:
        return sentence.format_map(_Fields(fields or {}))
    return section("errors", language).get(code, detail)


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
