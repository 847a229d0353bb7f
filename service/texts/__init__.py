"""Every sentence the bot says, by key and language: text("greeting", "ru"). They stand in ru.toml and en.toml."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from service.domain.promises import ReplyPromise

FOLDER = Path(__file__).parent
LANGUAGES = ("ru", "en")
DEFAULT_LANGUAGE = "ru"


@cache
def _tables(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def spoken(language: str) -> str:
    """`language` if there are texts in it, otherwise the default one."""
    return language if language in LANGUAGES else DEFAULT_LANGUAGE


def table(section: str, language: str) -> Mapping[str, Any]:
    """A whole section (intents, departments, commands ...) in `language`."""
    section_table: Mapping[str, Any] = _tables(spoken(language))[section]
    return section_table


_own: Mapping[tuple[str, str, str], str] = {}


def use(words: Mapping[tuple[str, str, str], str]) -> None:
    """Say these instead of the shipped sentences from now on: (section, key, language) -> words, all at once."""
    global _own
    _own = dict(words)


def text(key: str, language: str, section: str = "bot", **fields: object) -> str:
    """The sentence `key` in `language` with its fields filled in; KeyError for a key that isn't there."""
    return say(key, language, fields, section)


def say(key: str, language: str, fields: Mapping[str, object], section: str = "bot") -> str:
    """`text` with the fields given as a mapping."""
    shipped: str = table(section, language)[key]
    sentence = _own.get((section, key, spoken(language)), shipped)
    return sentence.format(**fields) if fields else sentence


def commands() -> dict[str, str]:
    """Every command phrase of every language -> its control kind."""
    return {
        phrase: kind
        for language in LANGUAGES
        for kind, phrases in table("commands", language).items()
        for phrase in phrases
    }


def titles() -> dict[str, dict[str, str]]:
    """Intent id -> its label by language."""
    ids = {intent for language in LANGUAGES for intent in table("intents", language)}
    return {
        intent: {
            language: table("intents", language)[intent]
            for language in LANGUAGES
            if intent in table("intents", language)
        }
        for intent in ids
    }


def minutes_in_words(minutes: int, language: str) -> str:
    """«1 минуты», «20 минут» (after «в течение»), "1 minute", "20 minutes"."""
    single = minutes == 1 or (language == "ru" and minutes % 10 == 1 and minutes % 100 != 11)
    return text("one" if single else "many", language, "minutes", n=minutes)


def when(promise: ReplyPromise, now: datetime, language: str) -> str:
    """The sentence that says when a person will reply."""
    if promise.unknown:
        return text("when_unknown", language, "shifts")
    if promise.opening is None:
        return text("when_minutes", language, minutes=minutes_in_words(promise.minutes, language))
    today = now.astimezone(promise.opening.tzinfo).date()
    days = (promise.opening.date() - today).days
    key = {0: "when_opening_today", 1: "when_opening_tomorrow"}.get(days, "when_opening_day")
    return text(key, language, time=f"{promise.opening:%H:%M}", date=f"{promise.opening:%d.%m}")


__all__ = ["LANGUAGES", "commands", "minutes_in_words", "say", "spoken", "table", "text", "titles", "use", "when"]
