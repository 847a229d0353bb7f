"""A call log as CSV, or one call of it as named texts: read with every mistake said by its kind. Pure."""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from service.domain.calls import Call, CallOutcome, Direction
from service.policies.identifying import read_number

REQUIRED = ("id", "started_at", "ended_at", "direction", "outcome", "department")
OPTIONAL = ("phone", "answered_at", "operator", "topic")
LONGEST_ID = 120
LONGEST_CALL = timedelta(hours=24)
AHEAD = timedelta(minutes=5)
"""So far may the clock of the telephone system be ahead of ours."""
RUSSIAN_MOMENTS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")
"""As a spreadsheet in Russian writes them."""

MISTAKES = {
    "empty": "is empty; the first line names the columns {columns}",
    "head": "the column {column} is missing; the first line must name {columns}",
    "unknown_column": "there is no column {column!r}; there are {columns}",
    "twice_in_head": "the column {column} is named twice",
    "not_csv": "is not CSV: {problem}",
    "columns": "has not {count} columns, as the first line has",
    "no_id": "the call needs an id of at most 120 characters, the same each time it is sent",
    "repeated": "the call {id!r} stands in line {earlier} already; each call has one line",
    "changed": "the call {id!r} was imported before with other data; what was imported is not changed",
    "no_moment": "{column}: {value!r} is no moment; write one like 2026-11-20T14:05:00+03:00",
    "skipped_hour": "{column}: the clocks in {zone} never showed {value!r}; write it with its offset, like +03:00",
    "double_hour": "{column}: the clocks in {zone} showed {value!r} twice; write it with its offset, like +03:00",
    "future": "{column}: {value} has not come yet; is the time zone right?",
    "backwards": "the call ends ({ended}) before it begins ({started})",
    "too_long": "the call lasts longer than 24 hours",
    "answered_outside": "answered_at lies before the beginning or after the end of the call",
    "not_answered": "the call is answered, so answered_at must say when",
    "answered_anyway": "answered_at is given, but the outcome is {outcome}",
    "nobody": "the call is answered, so operator must say by whom",
    "no_operator": "there is no operator {login!r}; write a login",
    "no_department": "there is no department {department!r}; there are {known}",
    "not_yours": "the department {department!r} is not one of yours",
    "no_topic": "there is no topic {topic!r}",
    "no_word": "{column}: {value!r} is none of {known}",
    "no_phone": "{value!r} is no phone number; write one like +79131234567, or nothing if it was withheld",
}
"""kind of mistake -> what to say of it, and what to write instead."""

Word = TypeVar("Word", bound=StrEnum)


class WrongCall(ValueError):
    """What is wrong with a call or a file, in English; `kind` (of MISTAKES) and `fields` are for other languages."""

    def __init__(self, kind: str, **fields: str | int) -> None:
        super().__init__(MISTAKES[kind].format(**fields))
        self.kind, self.fields = kind, fields


@dataclass(frozen=True)
class CallRules:
    """What a call may name, and how moments and numbers without a zone or a country are read.

    `operators` is login -> id. `mine` are the departments that who imports may see; empty for all.
    """

    operators: Mapping[str, int]
    departments: Collection[str]
    intents: Collection[str]
    zone: ZoneInfo
    region: str
    now: datetime
    mine: Collection[str] = ()


def read_call(fields: Mapping[str, str], rules: CallRules) -> Call:
    """The call that these texts describe, by the names of REQUIRED and OPTIONAL; WrongCall with the first mistake."""
    told = {name: str(fields.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}
    if not 0 < len(told["id"]) <= LONGEST_ID or "\0" in told["id"]:
        raise WrongCall("no_id")
    direction = _word(told["direction"], Direction, "direction")
    outcome = _word(told["outcome"], CallOutcome, "outcome")
    started, answered, ended = _moments(told, outcome, rules)
    operator = _operator(told["operator"], outcome, rules)
    if told["topic"] and told["topic"] not in rules.intents:
        raise WrongCall("no_topic", topic=told["topic"][:80])
    return Call(
        told["id"], _phone(told["phone"], rules.region), operator, _department(told["department"], rules), direction,
        outcome, started, answered, ended, told["topic"] or None,
    )  # fmt: skip


def read_lines(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str] | WrongCall]]:
    """(line number, its texts by column, or what is wrong with the line); holds no more than one line at a time.

    Comma or semicolon, columns in any order. WrongCall when nothing can be read: no or a wrong first line, no CSV.
    """
    rest = iter(lines)
    head = next(rest, "").removeprefix("\ufeff")
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(_with_first(head, rest), delimiter=delimiter, strict=True)
    try:
        columns = _columns(next(reader, []))
        for row in reader:
            if not any(each.strip() for each in row):
                continue
            if len(row) != len(columns):
                yield reader.line_num, WrongCall("columns", count=len(columns))
            else:
                yield reader.line_num, dict(zip(columns, row, strict=True))
    except csv.Error as error:
        wrong = WrongCall("not_csv", problem=str(error))
        yield reader.line_num, wrong


def _with_first(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _columns(head: Sequence[str]) -> tuple[str, ...]:
    named = tuple(each.strip().lower() for each in head)
    known = ", ".join((*REQUIRED, *OPTIONAL))
    if not any(named):
        raise WrongCall("empty", columns=known)
    for each in named:
        if each not in (*REQUIRED, *OPTIONAL):
            raise WrongCall("unknown_column", column=each[:40], columns=known)
        if named.count(each) > 1:
            raise WrongCall("twice_in_head", column=each)
    for each in REQUIRED:
        if each not in named:
            raise WrongCall("head", column=each, columns=", ".join(REQUIRED))
    return named


def read_moment(text: str, column: str, rules: CallRules) -> datetime:
    """A moment with an offset, or by the clock of the rules' zone, in UTC; WrongCall where the clock leaves doubt."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = _russian(text, column)
    if found.tzinfo is None:
        found = _by_the_clock(found, text, column, rules.zone)
    try:
        moment = found.astimezone(UTC)
    except OverflowError:
        raise WrongCall("no_moment", column=column, value=text[:60]) from None
    if moment > rules.now + AHEAD:
        raise WrongCall("future", column=column, value=text[:60])
    return moment


def _russian(text: str, column: str) -> datetime:
    for form in RUSSIAN_MOMENTS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone comes after
        except ValueError:
            continue
    raise WrongCall("no_moment", column=column, value=text[:60])


def _by_the_clock(found: datetime, text: str, column: str, zone: ZoneInfo) -> datetime:
    local = found.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found:
        raise WrongCall("skipped_hour", column=column, value=text, zone=zone.key)
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise WrongCall("double_hour", column=column, value=text, zone=zone.key)
    return local


def _moments(
    told: Mapping[str, str], outcome: CallOutcome, rules: CallRules
) -> tuple[datetime, datetime | None, datetime]:
    started = read_moment(told["started_at"], "started_at", rules)
    ended = read_moment(told["ended_at"], "ended_at", rules)
    answered = read_moment(told["answered_at"], "answered_at", rules) if told["answered_at"] else None
    if ended < started:
        raise WrongCall("backwards", started=told["started_at"], ended=told["ended_at"])
    if ended - started > LONGEST_CALL:
        raise WrongCall("too_long")
    if outcome is CallOutcome.ANSWERED and answered is None:
        raise WrongCall("not_answered")
    if outcome is not CallOutcome.ANSWERED and answered is not None:
        raise WrongCall("answered_anyway", outcome=outcome.value)
    if answered is not None and not started <= answered <= ended:
        raise WrongCall("answered_outside")
    return started, answered, ended


def _operator(login: str, outcome: CallOutcome, rules: CallRules) -> int | None:
    if not login:
        if outcome is CallOutcome.ANSWERED:
            raise WrongCall("nobody")
        return None
    found = rules.operators.get(login)
    if found is None:
        raise WrongCall("no_operator", login=login[:80])
    return found


def _department(named: str, rules: CallRules) -> str:
    if named not in rules.departments:
        raise WrongCall("no_department", department=named[:80], known=", ".join(rules.departments))
    if rules.mine and named not in rules.mine:
        raise WrongCall("not_yours", department=named)
    return named


def _phone(text: str, region: str) -> str | None:
    if not text:
        return None
    found = read_number(text, region=region, sure=True)
    if found is None or any(each.isalpha() for each in text):
        raise WrongCall("no_phone", value=text[:40])
    return found


def _word(text: str, words: type[Word], column: str) -> Word:
    try:
        return words(text.lower())
    except ValueError:
        raise WrongCall("no_word", column=column, value=text[:40], known=", ".join(words)) from None
