"""Shifts, days off and holidays."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection, delete, func, insert, select

from service.domain.rosters import Person, Roster, Shift
from service.storage.operators import all_operators
from service.storage.routes import bump
from service.storage.tables import DayOffRow, HolidayRow, ShiftRow, table

S = table(ShiftRow).c
VERSION = "roster_version"


def read_roster(connection: Connection) -> Roster:
    """Everything, with what is known of the people; those who have left are on no shift."""
    people = {
        each.id: Person(each.departments, each.languages) for each in all_operators(connection) if not each.disabled
    }
    shifts = connection.execute(select(table(ShiftRow)).order_by(S.staff_id, S.day, S.weekday, S.starts))
    return Roster(
        shifts=tuple(
            Shift(row.staff_id, row.starts, row.ends, row.zone, row.country, row.weekday, row.day) for row in shifts
        ),
        days_off=frozenset((row[0], row[1]) for row in connection.execute(select(DayOffRow.staff_id, DayOffRow.day))),
        holidays=frozenset((row[0], row[1]) for row in connection.execute(select(HolidayRow.country, HolidayRow.day))),
        people=people,
    )


def has_shifts(connection: Connection) -> bool:
    """Whether there is a roster at all."""
    return bool(connection.execute(select(func.count()).select_from(ShiftRow)).scalar_one())


def replace_shifts(
    connection: Connection, operators: Sequence[int], shifts: Sequence[Shift], days_off: Sequence[tuple[int, date]]
) -> None:
    """The whole roster of these operators: what is given and nothing else."""
    connection.execute(delete(ShiftRow).where(S.staff_id.in_(operators)))
    connection.execute(delete(DayOffRow).where(DayOffRow.staff_id.in_(operators)))
    if shifts:
        rows = [{"staff_id": each.operator, **_without_operator(each)} for each in shifts]
        connection.execute(insert(table(ShiftRow)), rows)
    if days_off:
        rows = [{"staff_id": operator, "day": day} for operator, day in dict.fromkeys(days_off)]
        connection.execute(insert(table(DayOffRow)), rows)
    bump(connection, VERSION)


def _without_operator(shift: Shift) -> dict[str, object]:
    return {name: value for name, value in asdict(shift).items() if name != "operator"}


def replace_holidays(connection: Connection, country: str, days: Mapping[date, str]) -> None:
    """The holidays of one country: day -> its name."""
    connection.execute(delete(HolidayRow).where(HolidayRow.country == country))
    if days:
        rows = [{"country": country, "day": day, "name": name} for day, name in days.items()]
        connection.execute(insert(table(HolidayRow)), rows)
    bump(connection, VERSION)


def holidays(connection: Connection) -> dict[str, dict[date, str]]:
    """Country -> day -> name."""
    found: dict[str, dict[date, str]] = {}
    for row in connection.execute(select(table(HolidayRow)).order_by(HolidayRow.country, HolidayRow.day)):
        found.setdefault(row.country, {})[row.day] = row.name
    return found
