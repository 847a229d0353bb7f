"""Departments: renamed, added, closed. What waits in the queue of a closed one goes to its successor at once."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from service import outbox
from service.domain.conversations import ConversationState
from service.domain.staff import StaffMember
from service.errors import Conflict, InvalidInput
from service.events import DEPARTMENTS_TOPIC
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.releasing import release
from service.storage import departments, staff
from service.storage.audit import record_audit
from service.storage.departments import Department

LONGEST_TITLE = 100
ATTEMPTS = 5

Waits = Sequence[tuple[int, str, int | None]]
"""(conversation, state, operator) of what people hold or should take."""


def list_departments(office: Office, *, with_closed: bool = False) -> list[Department]:
    """The departments in their order."""
    with office.database.read() as connection:
        return departments.all_departments(connection, with_closed=with_closed)


def count_waiting(staff: StaffMember, office: Office) -> dict[str, int]:
    """How many conversations wait for people of each department that one may see, or are held by them."""
    must(staff, Action.EDIT_DEPARTMENTS)
    with office.database.read() as connection:
        counts = departments.count_waiting(connection)
    return {department: number for department, number in counts.items() if staff.may_see(department)}


def add_department(department: str, titles: Mapping[str, str], staff: StaffMember, office: Office) -> Department:
    """A new department. `titles` by language as clients read them inside a sentence: «отдел карт», "the card team"."""
    must(staff, Action.EDIT_DEPARTMENTS)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", department):
        raise InvalidInput(
            f"{department[:60]!r} can't be the id of a department; use a-z, 0-9 and _, at most 40",
            reason="bad_department_id",
        )
    made = Department(department, _checked(titles), True)
    now = office.clock()
    with office.database.write() as connection:
        departments.add(connection, made)
        data = {"after": dict(made.titles)}
        record_audit(connection, staff.login, "department_added", "department", department, data, now)
    office.shift_book.forget()
    office.events.publish(DEPARTMENTS_TOPIC)
    return made


def rename_department(department: str, titles: Mapping[str, str], staff: StaffMember, office: Office) -> Department:
    """Another title; the id stays, so that nothing that points to the department is lost."""
    must(staff, Action.EDIT_DEPARTMENTS)
    checked = _checked(titles)
    with office.database.write() as connection:
        before = departments.get(connection, department, lock=True)
        departments.change(connection, department, title_ru=checked["ru"], title_en=checked["en"])
        data = {"before": dict(before.titles), "after": checked}
        record_audit(connection, staff.login, "department_renamed", "department", department, data, office.clock())
        after = departments.get(connection, department)
    office.shift_book.forget()
    office.events.publish(DEPARTMENTS_TOPIC)
    return after


def close_department(department: str, staff: StaffMember, office: Office, *, successor: str | None = None) -> int:
    """Take no more conversations; from now on they go to `successor`. Returns how many moved there.

    Raises Conflict when clients wait and no successor is named. An operator who holds one of the conversations keeps
    it if they may see the successor's; otherwise it waits there, its place kept. Closing a closed one changes nothing.
    """
    must(staff, Action.EDIT_DEPARTMENTS)
    for _ in range(ATTEMPTS):
        waits = _close(department, staff, office, successor)
        if waits is not None:
            break
    else:
        raise Conflict("clients come into this department faster than it can be closed; try again", reason="busy")
    office.shift_book.forget()
    for conversation, _state, operator in waits:
        outbox.announce(conversation, office, (department, successor), (operator,))
    office.events.publish(DEPARTMENTS_TOPIC)
    return len(waits)


def _close(department: str, staff: StaffMember, office: Office, successor: str | None) -> Waits | None:
    """What moved; None when something came into the queue meanwhile: nothing was changed then.

    Conversations are locked before departments, as by everybody who gives one back to a queue: the other way round
    two transactions could wait for each other for ever.
    """
    with office.database.write() as connection:
        held = departments.waiting(connection, department, lock=True)
        closing = departments.get(connection, department, lock=True)
        if not closing.is_open:
            return ()
        taker = _taker(connection, closing, successor)
        waits = departments.waiting(connection, department)
        if {each[0] for each in waits} - {each[0] for each in held}:
            return None
        if waits and taker is None:
            raise Conflict(
                f"{len(waits)} clients wait in {department} or are being served; "
                "name a department that takes them over",
                waiting=len(waits),
                reason="department_waits",
            )
        departments.change(connection, department, is_open=False, successor=taker)
        if taker is not None:
            _release_unseen(connection, waits, taker, staff, office)
            departments.move_queue(connection, department, taker)
        data = {"successor": taker, "moved": [each[0] for each in waits]}
        record_audit(connection, staff.login, "department_closed", "department", department, data, office.clock())
    return waits


def reopen_department(department: str, staff: StaffMember, office: Office) -> Department:
    """Take conversations again; what its successor got meanwhile stays there."""
    must(staff, Action.EDIT_DEPARTMENTS)
    with office.database.write() as connection:
        before = departments.get(connection, department, lock=True)
        if not before.is_open:
            departments.change(connection, department, is_open=True, successor=None)
            data = {"before": {"successor": before.successor}}
            record_audit(connection, staff.login, "department_reopened", "department", department, data, office.clock())
        after = departments.get(connection, department)
    office.shift_book.forget()
    office.events.publish(DEPARTMENTS_TOPIC)
    return after


def _taker(connection: Connection, closing: Department, successor: str | None) -> str | None:
    open_ones = [each.id for each in departments.all_departments(connection, with_closed=False)]
    others = [each for each in open_ones if each != closing.id]
    if not others:
        raise Conflict("this is the last open department; somebody has to serve the clients", reason="last_department")
    if successor is None:
        return None
    if successor not in others:
        raise InvalidInput(
            f"{successor[:60]!r} can't take over; choose one of {', '.join(others)}", reason="bad_successor"
        )
    departments.get(connection, successor, lock=True)  # it must not be closed at the same moment
    return successor


def _release_unseen(connection: Connection, waits: Waits, taker: str, actor: StaffMember, office: Office) -> None:
    """Those whose operator doesn't serve the successor return to the queue before it moves."""
    for conversation, state, operator in waits:
        if state != ConversationState.OPERATOR or operator is None:
            continue
        holder = staff.find(connection, operator)
        if holder is None or not holder.may_see(taker):
            release(
                connection, conversation, operator, office, office.clock(), actor=actor.login,
                reason="department_closed",
            )  # fmt: skip


def _checked(titles: Mapping[str, str]) -> dict[str, str]:
    plain = {language: titles.get(language, "").strip() for language in ("ru", "en")}
    for language, title in plain.items():
        if not title or len(title) > LONGEST_TITLE or not title.isprintable():
            raise InvalidInput(
                f"the title in {language} needs 1 to {LONGEST_TITLE} letters", reason="bad_title", longest=LONGEST_TITLE
            )
    return plain
