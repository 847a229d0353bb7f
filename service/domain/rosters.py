"""Shifts by the clock on the wall, days off and holidays: the roster as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

MIDNIGHT = 24 * 60
"""The end of a day in minutes, 24:00."""


@dataclass(frozen=True)
class Shift:
    """From `starts` to `ends` (minutes since local midnight, to 1440), each `weekday` (Monday is 0) or on one `day`.

    Several shifts a day are a split shift. Shifts of one `day` replace the weekly ones of that day, and are worked on a
    holiday of the `country` too; weekly ones are not. A night shift is written as two, up to 24:00 and from 00:00.
    """

    operator: int
    starts: int
    ends: int
    zone: str
    country: str = ""
    weekday: int | None = None
    day: date | None = None


@dataclass(frozen=True)
class Person:
    """What matters of an operator here; no departments or languages means all of them."""

    departments: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def serves(self, department: str | None, language: str | None) -> bool:
        """Whether this person may and can; None asks for nothing."""
        return (department is None or not self.departments or department in self.departments) and (
            language is None or not self.languages or language in self.languages
        )


@dataclass(frozen=True)
class Roster:
    """Everybody's shifts. `holidays` are (country, day), `days_off` (operator, day)."""

    shifts: tuple[Shift, ...] = ()
    days_off: frozenset[tuple[int, date]] = frozenset()
    holidays: frozenset[tuple[str, date]] = frozenset()
    people: Mapping[int, Person] = field(default_factory=lambda: MappingProxyType({}))

    def operators(self, department: str | None = None, language: str | None = None) -> frozenset[int]:
        """Who of those with shifts serves this department and language."""
        return frozenset(
            shift.operator
            for shift in self.shifts
            if shift.operator in self.people and self.people[shift.operator].serves(department, language)
        )
