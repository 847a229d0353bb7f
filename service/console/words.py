"""What the console says, from texts/console/{ru,en}.toml: say("inbox.take", "ru"). A missing key is an error."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from service import texts

FOLDER = texts.FOLDER / "console"
FAMILIES = {"whatsapp": "meta", "messenger": "meta", "instagram": "meta"}
"""Channels whose platforms have their codes in common."""
_CODE = re.compile(r"\b(?:error|status) (?P<own>\d+)|\bHTTP (?P<http>\d{3})\b")


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
    if fields and "problem" in fields:
        return say_problem(str(fields["problem"]), str(fields.get("channel")), language)
    reason = str((fields or {}).get("reason", ""))
    sentence = section("refusals", language).get(reason)
    if sentence is not None:
        return sentence.format_map(_Fields(fields or {}))
    return section("errors", language).get(code, detail)


def say_problem(problem: str | None, channel: str, language: str) -> str:
    """Why a platform did not take a message, in our words for its code or for the kind of failure; its own follow.

    What was kept without a kind is the platform's later word that it could not deliver. "" for None.
    """
    if not problem:
        return ""
    words = section("channel_problems", language)
    if problem in words:
        return words[problem]
    kind, _, said = problem.partition(": ")
    if kind not in words:
        kind, said = "reported", problem
    code = _CODE.search(said)
    number = next(each for each in code.groups() if each) if code else ""
    family = "http" if code and code["http"] else FAMILIES.get(channel, channel)
    sentence = words.get(f"{family}_{number}", words[kind])
    return words["with_detail"].format(sentence=sentence, said=said)


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
