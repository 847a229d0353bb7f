"""A roster as a CSV file: read with the line of every mistake, written so that it reads back the same."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.domain.rosters import MIDNIGHT, Shift

COLUMNS = ("login", "day", "starts", "ends", "zone", "country")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFF = "off"


MISTAKES = {
    "head": "the first line must be {columns}",
    "not_csv": "is not CSV: {problem}",
    "columns": "has not {count} columns",
    "no_operator": "there is no operator {login!r}; add them first",
    "day_off": "a day off needs a date like 2026-12-31; leave a weekly day out instead",
    "no_day": "{day!r} is no day; write mon ... sun or a date like 2026-12-31",
    "no_time": "{time!r} is no time of day; write 00:00 to 24:00",
    "no_zone": "there is no time zone {zone!r}; write one like Europe/Moscow",
    "outside_the_day": "a shift lies between 00:00 and 24:00 of one day",
    "backwards": (
        "the shift {begins}-{ends} runs backwards; write a night shift as two: {begins}-24:00 and, on the next day, "
        "00:00-{ends}"
    ),
    "no_weekday": "a shift needs a weekday (0 is Monday) or a date, one of them",
    "overlap": (
        "the shifts of {login} on {day} overlap: {first} (line {earlier}) and {second}; end one before the other begins"
    ),
}
"""kind of mistake -> what to say of it, and what to write instead."""


class Mistake(str):
    """What is wrong, said in English; `kind` (of MISTAKES) and `fields` are for saying it in another language."""

    __slots__ = ("fields", "kind")

    kind: str
    fields: dict[str, str | int]

    @classmethod
    def of(cls, kind: str, **fields: str | int) -> "Mistake":
        """The mistake of this kind with its fields filled in."""
        made = cls(MISTAKES[kind].format(**fields))
        made.kind, made.fields = kind, fields
        return made


@dataclass(frozen=True)
class ReadRoster:
    """What a file says, and what is wrong with it: by line, and as «file:line: what, and what to write»."""

    shifts: tuple[Shift, ...] = ()
    days_off: tuple[tuple[int, date], ...] = ()
    problems: tuple[str, ...] = ()
    mistakes: tuple[tuple[int, Mistake], ...] = ()


def read_roster_file(content: str, name: str, operators: Mapping[str, int]) -> ReadRoster:
    """Read the columns login, day (mon ... sun or 2026-12-31), starts, ends (to 24:00, or off), zone, country."""
    lines = "\n".join(content.removeprefix("\ufeff").replace("\r\n", "\n").split("\r"))
    reader = csv.DictReader(io.StringIO(lines), COLUMNS)
    head = next(iter(lines.split("\n")))
    if tuple(each.strip().lower() for each in head.split(",")) != COLUMNS:
        return _refused(name, [(1, Mistake.of("head", columns=",".join(COLUMNS)))])
    next(reader)
    shifts: list[tuple[int, Shift]] = []
    off: list[tuple[int, date]] = []
    problems: list[tuple[int, Mistake]] = []
    try:
        for row in reader:
            line = reader.line_num
            try:
                read = _read_row(row, operators)
            except ValueError as error:
                problems.append((line, error.args[0]))
                continue
            if isinstance(read, Shift):
                shifts.append((line, read))
            else:
                off.append(read)
    except csv.Error as error:
        problems.append((reader.line_num, Mistake.of("not_csv", problem=str(error))))
    problems += overlaps(shifts, {number: login for login, number in operators.items()})
    wrong = _refused(name, problems)
    return replace(wrong, shifts=tuple(shift for _, shift in shifts), days_off=tuple(dict.fromkeys(off)))


def _refused(name: str, mistakes: Iterable[tuple[int, Mistake]]) -> ReadRoster:
    ordered = tuple(sorted(mistakes))
    return ReadRoster(problems=tuple(f"{name}:{line}: {what}" for line, what in ordered), mistakes=ordered)


def _read_row(read: Mapping[str | None, Any], operators: Mapping[str, int]) -> Shift | tuple[int, date]:
    if None in read or None in read.values():  # csv's way of saying that there are more or fewer
        raise ValueError(Mistake.of("columns", count=len(COLUMNS)))
    row = {str(column): str(value).strip() for column, value in read.items()}
    operator = operators.get(row["login"])
    if operator is None:
        raise ValueError(Mistake.of("no_operator", login=row["login"]))
    weekday, day = _read_day(row["day"])
    if row["starts"].lower() == OFF:
        if day is None:
            raise ValueError(Mistake.of("day_off"))
        return operator, day
    shift = Shift(
        operator, read_minutes(row["starts"]), read_minutes(row["ends"]), row["zone"], row["country"].upper(),
        weekday, day,
    )  # fmt: skip
    problem = problem_of(shift)
    if problem:
        raise ValueError(problem)
    return shift


def _read_day(text: str) -> tuple[int | None, date | None]:
    if text.lower() in WEEKDAYS:
        return WEEKDAYS.index(text.lower()), None
    try:
        return None, date.fromisoformat(text)
    except ValueError:
        raise ValueError(Mistake.of("no_day", day=text)) from None


def read_minutes(text: str) -> int:
    """Minutes since midnight of «9:30», up to 24:00; ValueError saying what to write."""
    hours, separator, minutes = text.partition(":")
    if separator and hours.isascii() and minutes.isascii() and hours.isdigit() and minutes.isdigit():
        found = int(hours[:4]) * 60 + int(minutes[:4])
        if len(minutes) == 2 and int(minutes) < 60 and found <= MIDNIGHT:
            return found
    raise ValueError(Mistake.of("no_time", time=text))


def clock(minutes: int) -> str:
    """«09:30»."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def problem_of(shift: Shift) -> Mistake | None:
    """What is wrong with one shift by itself, and what to write instead."""
    try:
        ZoneInfo(shift.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Mistake.of("no_zone", zone=shift.zone)
    if not 0 <= shift.starts < MIDNIGHT or not 0 < shift.ends <= MIDNIGHT:
        return Mistake.of("outside_the_day")
    if shift.ends <= shift.starts:
        return Mistake.of("backwards", begins=clock(shift.starts), ends=clock(shift.ends))
    if (shift.weekday is None) == (shift.day is None) or not 0 <= (shift.weekday or 0) <= 6:
        return Mistake.of("no_weekday")
    return None


def overlaps(shifts: Iterable[tuple[int, Shift]], logins: Mapping[int, str]) -> list[tuple[int, Mistake]]:
    """(line, what) of every shift that begins before another of the same person and day has ended."""
    days: dict[tuple[int, int | None, date | None], list[tuple[int, Shift]]] = {}
    for line, shift in shifts:
        days.setdefault((shift.operator, shift.weekday, shift.day), []).append((line, shift))
    found = []
    for (operator, weekday, day), listed in days.items():
        ordered = sorted(listed, key=lambda each: (each[1].starts, each[1].ends))
        for (first_line, first), (line, second) in pairwise(ordered):
            if second.starts < first.ends:
                when = WEEKDAYS[weekday] if weekday is not None else str(day)
                said = Mistake.of(
                    "overlap", login=logins.get(operator, operator), day=when, earlier=min(line, first_line),
                    first=f"{clock(first.starts)}-{clock(first.ends)}",
                    second=f"{clock(second.starts)}-{clock(second.ends)}",
                )  # fmt: skip
                found.append((max(line, first_line), said))
    return found


def write_roster_file(shifts: Sequence[Shift], days_off: Iterable[tuple[int, date]], logins: Mapping[int, str]) -> str:
    """The roster as CSV, people by login, days in order; `read_roster_file` makes the same of it again."""
    lines = [
        (logins[s.operator], s.day or date.min, s.weekday or 0, s.starts,
         (logins[s.operator], str(s.day) if s.day else WEEKDAYS[s.weekday or 0], clock(s.starts), clock(s.ends),
          s.zone, s.country))
        for s in shifts
        if s.operator in logins
    ]  # fmt: skip
    lines += [
        (logins[operator], day, 0, 0, (logins[operator], str(day), OFF, "", "", ""))
        for operator, day in days_off
        if operator in logins
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(line[-1] for line in sorted(lines))
    return out.getvalue()
