"""The roster as supervisors see and edit it: shifts, days off, holidays, and who is on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from service.domain.rosters import Roster, Shift
from service.errors import Forbidden, InvalidInput, StaleTable
from service.events import QUEUE_TOPIC
from service.office import Office
from service.policies.roster_files import overlaps, problem_of, read_roster_file, write_roster_file
from service.policies.rosters import next_on, on_shift, working_time
from service.shifts.rights import must_exist, must_lead, shares_a_department
from service.storage import operators
from service.storage import rosters as storage
from service.storage.audit import record_audit
from service.storage.operators import OperatorRecord
from service.storage.staff import StaffMember, must_work

MOST_SHIFTS = 20_000
MOST_HOLIDAYS = 400
MOST_MISTAKES = 50


@dataclass(frozen=True)
class RosterBoard:
    """The roster of the people one may see. `logins` names them by id."""

    roster: Roster
    logins: Mapping[int, str] = field(default_factory=dict)
    holidays: Mapping[str, Mapping[date, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class OnDuty:
    """Who is on shift now (logins), and when the next one comes: now itself when somebody is, None when nobody is
    planned."""

    logins: tuple[str, ...]
    next_at: datetime | None


def read_board(staff: StaffMember, office: Office) -> RosterBoard:
    """The whole roster of one's departments' people, with the holidays of every country."""
    must_lead(staff, "see the roster")
    with office.database.read() as connection:
        seen = _seen(operators.all_operators(connection), staff)
        roster = storage.read_roster(connection)
        holidays = storage.holidays(connection)
    mine = Roster(
        tuple(each for each in roster.shifts if each.operator in seen),
        frozenset(each for each in roster.days_off if each[0] in seen),
        roster.holidays,
        {key: value for key, value in roster.people.items() if key in seen},
    )
    return RosterBoard(mine, {key: each.login for key, each in seen.items()}, holidays)


def save_shifts(
    login: str, shifts: Sequence[Shift], days_off: Sequence[date], staff: StaffMember, office: Office, *,
    seen: RosterBoard | None = None,
) -> RosterBoard:  # fmt: skip
    """Put these shifts and days off in the place of one operator's; InvalidInput names the shift (from 1).

    StaleTable when this operator's shifts or days off are not what was `seen` any more.
    """
    must_lead(staff, "change the roster")
    with office.database.read() as connection:
        found = {each.login: each.id for each in _seen(operators.all_operators(connection), staff).values()}
    if login not in found:
        raise InvalidInput(f"there is no operator {login!r}")
    mine = [Shift(found[login], s.starts, s.ends, s.zone, s.country, s.weekday, s.day) for s in shifts]
    problems = [f"shift {number}: {what}" for number, s in enumerate(mine, 1) if (what := problem_of(s))]
    numbered = list(enumerate(mine, 1))
    problems += [f"shift {number}: {what}" for number, what in overlaps(numbered, {found[login]: login})]
    if problems:
        raise InvalidInput("; ".join(problems[:10]))
    before = seen.roster if seen else None
    _replace([found[login]], mine, [(found[login], day) for day in days_off], staff, office, before)
    return read_board(staff, office)


def import_roster(content: str, name: str, staff: StaffMember, office: Office) -> int:
    """Put a CSV file in the place of the roster of everybody it names; returns how many shifts it has.

    InvalidInput lists every mistake as file:line, and nothing is changed then.
    """
    must_lead(staff, "change the roster")
    with office.database.read() as connection:
        seen = _seen(operators.all_operators(connection), staff)
    read = read_roster_file(content, name, {each.login: each.id for each in seen.values() if not each.disabled})
    if len(read.shifts) > MOST_SHIFTS:
        raise InvalidInput(f"{name} has {len(read.shifts)} shifts, at most {MOST_SHIFTS} are allowed")
    if read.problems:
        mistakes = [{"line": line, "kind": what.kind} | what.fields for line, what in read.mistakes[:MOST_MISTAKES]]
        raise InvalidInput("\n".join(read.problems[:MOST_MISTAKES]), mistakes=mistakes)
    named = {shift.operator for shift in read.shifts} | {operator for operator, _ in read.days_off}
    _replace(sorted(named), read.shifts, read.days_off, staff, office)
    return len(read.shifts)


def export_roster(staff: StaffMember, office: Office) -> str:
    """The roster as CSV; `import_roster` makes the same of it again."""
    board = read_board(staff, office)
    return write_roster_file(board.roster.shifts, sorted(board.roster.days_off), board.logins)


def save_holidays(country: str, days: Mapping[date, str], staff: StaffMember, office: Office) -> None:
    """Put these days in the place of a country's holidays: day -> its name."""
    must_lead(staff, "change the holidays")
    if not (country.isascii() and country.isalpha() and len(country) == 2):
        raise InvalidInput(f"{country!r} is no country; write two letters like RU")
    if len(days) > MOST_HOLIDAYS:
        raise InvalidInput(f"there are {len(days)} holidays, at most {MOST_HOLIDAYS} are kept for a country")
    with office.database.write() as connection:
        must_lead(must_work(connection, staff.id), "change the holidays")
        storage.replace_holidays(connection, country.upper(), {day: name[:120] for day, name in days.items()})
        data = {"days": [day.isoformat() for day in sorted(days)]}
        record_audit(connection, staff.login, "holidays_saved", "holidays", country.upper(), data, office.clock())
    office.shift_book.forget()


def on_duty(
    staff: StaffMember, office: Office, *, department: str | None = None, language: str | None = None
) -> OnDuty:
    """Who of the people one may see is on shift now for this department and language, and when the next one is."""
    must_exist(department, office)
    now = office.clock()
    with office.database.read() as connection:
        seen = _seen(operators.all_operators(connection), staff)
        roster = office.shift_book.roster(connection) or Roster()
    there = on_shift(roster, now, department, language)
    logins = tuple(sorted(seen[each].login for each in there if each in seen))
    return OnDuty(logins, next_on(roster, now, department, language))


def shifts_between(
    since: datetime, until: datetime, staff: StaffMember, office: Office
) -> dict[str, tuple[tuple[datetime, datetime], ...]]:
    """Login -> the shifts (as moments) that touch the period; for a calendar page. At most 62 days."""
    must_lead(staff, "see the roster")
    if not timedelta() < until - since <= timedelta(days=62):
        raise InvalidInput("the period must go forward and have at most 62 days")
    board = read_board(staff, office)
    return {
        board.logins[each]: working_time(board.roster, each, since, until)
        for each in sorted(board.roster.operators(), key=lambda number: board.logins[number])
    }


def _replace(
    people: Sequence[int], shifts: Sequence[Shift], days_off: Sequence[tuple[int, date]], staff: StaffMember,
    office: Office, seen: Roster | None = None,
) -> None:  # fmt: skip
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        must_lead(who, "change the roster")
        if not set(people) <= set(_seen(operators.all_operators(connection), who)):
            raise Forbidden("the roster names people of departments that are not yours any more")
        if seen is not None and _of(people, seen) != _of(people, storage.read_roster(connection)):
            raise StaleTable("somebody else has changed these shifts; look at them again")
        storage.replace_shifts(connection, people, shifts, days_off)
        data = {"staff": list(people), "shifts": len(shifts), "days_off": len(days_off)}
        record_audit(
            connection,
            staff.login,
            "roster_saved",
            "roster",
            people[0] if len(people) == 1 else "many",
            data,
            office.clock(),
        )
    office.shift_book.forget()
    office.events.publish(QUEUE_TOPIC)


def _of(people: Sequence[int], roster: Roster) -> tuple[set[Shift], set[tuple[int, date]]]:
    mine = {each for each in roster.shifts if each.operator in people}
    return mine, {each for each in roster.days_off if each[0] in people}


def _seen(everyone: Sequence[OperatorRecord], staff: StaffMember) -> dict[int, OperatorRecord]:
    return {each.id: each for each in everyone if shares_a_department(staff, each)}
