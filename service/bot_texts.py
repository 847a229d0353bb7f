"""Wording the bot's sentences: what is shipped, what the owner says instead, who changed it and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service import texts
from service.acts import storable
from service.domain.staff import StaffMember
from service.errors import Conflict, InvalidInput, NotFound
from service.events import BOT_TEXTS_TOPIC
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.policies.wording import LONGEST_BUTTON, fields_of, reason_against
from service.storage import bot_texts
from service.storage.audit import record_audit
from service.storage.bot_texts import TextVersion
from service.storage.staff import must_work
from service.word_book import CHANGED

SECTIONS = ("bot", "desk", "shifts", "buttons")
"""What clients read; titles of departments and topics have places of their own."""

_BUTTONS = frozenset({("shifts", "survey_stop"), *(("shifts", f"mark_{mark}") for mark in range(1, 6))})


@dataclass(frozen=True)
class Sentence:
    """A sentence in one language. `own` None: the shipped words are said. `version` 0: never changed."""

    section: str
    key: str
    language: str
    shipped: str
    own: str | None
    fields: tuple[str, ...]
    is_button: bool
    version: int
    author: str | None
    changed_at: datetime | None

    @property
    def words(self) -> str:
        """What clients read now."""
        return self.own if self.own is not None else self.shipped


def list_texts(staff: StaffMember, office: Office) -> list[Sentence]:
    """Every sentence that may be worded, in each language, in the order of the shipped files."""
    must(staff, Action.EDIT_BOT_TEXTS)
    with office.database.read() as connection:
        changed = bot_texts.newest(connection)
    return [
        _sentence(section, key, language, changed.get((section, key, language)))
        for language in texts.LANGUAGES
        for section in SECTIONS
        for key in texts.table(section, language)
    ]


def read_text_versions(section: str, key: str, language: str, staff: StaffMember, office: Office) -> list[TextVersion]:
    """Every wording of a sentence by the owner, newest first; none when it was never changed."""
    must(staff, Action.EDIT_BOT_TEXTS)
    _shipped(section, key, language)
    with office.database.read() as connection:
        return bot_texts.versions_of(connection, (section, key, language))


def change_text(
    section: str, key: str, language: str, words: str | None, staff: StaffMember, office: Office, *, version: int
) -> Sentence:
    """Say this from now on; None: the shipped words again. `version` is the one that was seen (0: none yet).

    Raises InvalidInput with the reason for words that can't be said, Conflict when somebody was faster.
    """
    must(staff, Action.EDIT_BOT_TEXTS)
    said = _checked(section, key, language, words, office) if words is not None else None
    now = office.clock()
    place = (section, key, language)
    with office.database.write() as connection:
        must(must_work(connection, staff.id), Action.EDIT_BOT_TEXTS)
        before = next(iter(bot_texts.versions_of(connection, place)), None)
        if (before.number if before else 0) != version:
            by = before.author if before else ""
            raise Conflict(
                f"this text was changed by {by} since you opened it; look at it and change it again",
                reason="words_changed", author=by, version=before.number if before else 0,
            )  # fmt: skip
        if said != (before.words if before else None):
            bot_texts.add(connection, place, version + 1, said, staff.login, now)
            action = "bot_text_changed" if said is not None else "bot_text_reset"
            data = {"language": language, "version": version + 1}
            record_audit(connection, staff.login, action, "bot_text", f"{section}.{key}", data, now)
        after = next(iter(bot_texts.versions_of(connection, place)), None)
    office.events.whisper(CHANGED, {})
    office.events.publish(BOT_TEXTS_TOPIC)
    return _sentence(section, key, language, after)


def preview_text(section: str, key: str, language: str, words: str, office: Office) -> str:
    """The sentence as a client could read it, with examples in its fields; InvalidInput as for `change_text`."""
    said = _checked(section, key, language, words, office)
    filled = {name: example for name, example in examples(language).items() if name in fields_of(said)}
    return said.format(**filled) if filled else said


_ANYWHERE = {
    "time": "09:00", "date": "23.11", "n": "20", "megabytes": "10", "seconds": "40", "address": "a•••a@mail.ru",
    "tail": "4417", "last_four": "4417", "confirmation": "B-20417", "code": "417203", "channel": "Telegram",
    "currency": "RUB", "number": "40817810500001234417", "bic": "044525000", "inn": "7700000000", "kpp": "770001001",
    "correspondent_account": "30101810400000000000", "shortest": "10", "longest": "200", "count": "14",
    "balance": "12 500 ₽", "available": "11 300 ₽", "amount": "8 400 ₽", "overdue": "4 200 ₽", "remaining": "96 000 ₽",
    "came": "45 000 ₽", "went": "38 200 ₽", "opening": "5 700 ₽", "closing": "12 500 ₽",
}  # fmt: skip
_RUSSIAN = {
    "name": "Анна", "system": "МИР", "card": "МИР ··4417", "account": "Текущий счёт ··4417", "contract": "КД-2041",
    "loan": "кредиту № КД-2041", "application": "Заявка на кредит на 300 000 ₽ от 12 ноября", "applied": "12 ноября",
    "due": "5 декабря", "until": "20 декабря", "first": "1 ноября", "last": "21 ноября", "day": "21 ноября",
    "at": "21 ноября в 14:05", "on": "21 ноября", "recipient": "Иванова Анна Сергеевна", "bank": "АО «Банк»",
    "line": "Текущий счёт ··4417: 12 500 ₽",
}  # fmt: skip
_ENGLISH = {
    "name": "Anna", "system": "Mir", "card": "Mir ··4417", "account": "Current account ··4417", "contract": "KD-2041",
    "loan": "loan KD-2041", "application": "Loan application for 300,000 ₽ of 12 November", "applied": "12 November",
    "due": "5 December", "until": "20 December", "first": "1 November", "last": "21 November", "day": "21 November",
    "at": "21 November at 14:05", "on": "21 November", "recipient": "Anna Ivanova", "bank": "The Bank",
    "line": "Current account ··4417: 12 500 ₽",
}  # fmt: skip


def examples(language: str) -> Mapping[str, str]:
    """What could stand in the fields."""
    minutes = texts.minutes_in_words(20, language)
    return (
        _ANYWHERE
        | (_RUSSIAN if language == "ru" else _ENGLISH)
        | {
            "department": texts.text("cards", language, "departments"),
            "when": texts.text("when_minutes", language, minutes=minutes),
            "minutes": minutes,
        }
    )


def _checked(section: str, key: str, language: str, words: str, office: Office) -> str:
    shipped = _shipped(section, key, language)
    said = storable(words).strip()
    longest = office.settings.max_message_chars
    reason = reason_against(said, shipped, button=_is_button(section, key), longest=longest)
    if reason is not None:
        names = ", ".join(f"{{{name}}}" for name in sorted(fields_of(shipped)))
        what = f"these words can't be said: {reason}; fields are {names or 'none'}"
        most = LONGEST_BUTTON if reason == "words_long_button" else longest
        raise InvalidInput(what, reason=reason if names or reason != "words_fields" else "words_no_fields",
                           names=names, longest=most)  # fmt: skip
    return said


def _shipped(section: str, key: str, language: str) -> str:
    if section not in SECTIONS or language not in texts.LANGUAGES or key not in texts.table(section, language):
        raise NotFound(f"the bot has no sentence {section[:40]}.{key[:80]} in {language[:8]}")
    words: str = texts.table(section, language)[key]
    return words


def _is_button(section: str, key: str) -> bool:
    return section == "buttons" or (section, key) in _BUTTONS


def _sentence(section: str, key: str, language: str, own: TextVersion | None) -> Sentence:
    shipped = _shipped(section, key, language)
    names: Sequence[str] = sorted(fields_of(shipped))
    return Sentence(
        section, key, language, shipped, own.words if own else None, tuple(names), _is_button(section, key),
        own.number if own else 0, own.author if own else None, own.created_at if own else None,
    )  # fmt: skip
