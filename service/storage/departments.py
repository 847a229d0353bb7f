"""The departments: their titles, which are open, who takes over for a closed one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.conversations import ConversationState
from service.errors import Conflict, NotFound
from service.storage.tables import ConversationRow, DepartmentRow, HandoffRow, table

D = table(DepartmentRow).c
C = table(ConversationRow).c
H = table(HandoffRow).c
WITH_PEOPLE = (ConversationState.QUEUED.value, ConversationState.OPERATOR.value)


@dataclass(frozen=True)
class Department:
    """A department with its title by language."""

    id: str
    titles: Mapping[str, str]
    is_open: bool
    successor: str | None = None

    def title(self, language: str) -> str:
        """The title in `language`, or in Russian."""
        return self.titles.get(language) or self.titles["ru"]


def seed(connection: Connection, ids: Sequence[str], titles: Mapping[str, Mapping[str, str]]) -> int:
    """Add those of `ids` that are missing, in their order; what is there stays as people made it. Returns how many."""
    known = set(connection.execute(select(D.id)).scalars())
    missing = [each for each in ids if each not in known]
    for each in missing:
        said = titles.get(each, {})
        values = {
            "id": each, "title_ru": said.get("ru", each), "title_en": said.get("en", each), "is_open": True,
            "place": list(ids).index(each),
        }  # fmt: skip
        try:
            with connection.begin_nested():
                connection.execute(insert(table(DepartmentRow)).values(values))
        except IntegrityError:  # another process was faster
            continue
    return len(missing)


def all_departments(connection: Connection, *, with_closed: bool = True) -> list[Department]:
    """The departments in their order."""
    query = select(table(DepartmentRow)).order_by(D.place, D.id)
    if not with_closed:
        query = query.where(D.is_open)
    return [_department(row) for row in connection.execute(query)]


def get(connection: Connection, department: str, *, lock: bool = False) -> Department:
    """The department of this id; NotFound if there is none. `lock` keeps others from changing or choosing it."""
    query = select(table(DepartmentRow)).where(D.id == department)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound(f"there is no department {department!r}")
    return _department(row)


def serving(connection: Connection, department: str, otherwise: str) -> Department | None:
    """Who takes what is meant for `department` now: itself, who took over when it was closed, or `otherwise`.

    Inside the transaction that puts a conversation into a queue: the department then can't be closed before that
    transaction is over, so that no conversation is left in the queue of a closed one. Always an open department;
    None only when there is none at all.
    """
    seen: set[str] = set()
    current = department
    while current and current not in seen:
        seen.add(current)
        found = _held(connection, current)
        if found is None or found.is_open:
            break
        current = found.successor or ""
    else:
        found = None
    return found or _any_open(connection, otherwise)


def _any_open(connection: Connection, first: str) -> Department | None:
    ids = [each.id for each in all_departments(connection, with_closed=False)]
    for each in sorted(ids, key=lambda each: each != first):
        found = _held(connection, each)
        if found is not None and found.is_open:
            return found
    return None


_HELD = select(table(DepartmentRow)).where(D.id == bindparam("id")).with_for_update(read=True)


def _held(connection: Connection, department: str) -> Department | None:
    row = connection.execute(_HELD, {"id": department}).one_or_none()
    return _department(row) if row is not None else None


def add(connection: Connection, department: Department) -> None:
    """A new department at the end; Conflict if the id is taken."""
    place = connection.execute(select(func.coalesce(func.max(D.place), 0))).scalar_one() + 1
    values = {
        "id": department.id, "title_ru": department.titles["ru"], "title_en": department.titles["en"],
        "is_open": True, "place": place,
    }  # fmt: skip
    try:
        with connection.begin_nested():
            connection.execute(insert(table(DepartmentRow)).values(values))
    except IntegrityError as error:
        raise Conflict(f"there is already a department {department.id!r}", reason="department_taken") from error


def change(connection: Connection, department: str, **values: Any) -> None:
    """Set columns of a department."""
    connection.execute(update(table(DepartmentRow)).where(D.id == department).values(**values))


def waiting(connection: Connection, department: str, *, lock: bool = False) -> list[tuple[int, str, int | None]]:
    """(conversation, state, operator) of everything that people hold or should take in this department."""
    query = (
        select(C.id, C.state, C.operator_id).where(C.department == department, C.state.in_(WITH_PEOPLE)).order_by(C.id)
    )
    found = connection.execute(query.with_for_update() if lock else query)
    return [(row.id, row.state, row.operator_id) for row in found]


def count_waiting(connection: Connection) -> dict[str, int]:
    """Department -> how many conversations people hold there or should take."""
    query = (
        select(C.department, func.count())
        .where(C.department.is_not(None), C.state.in_(WITH_PEOPLE))
        .group_by(C.department)
    )
    return {row.department: row[1] for row in connection.execute(query)}


def move_queue(connection: Connection, department: str, successor: str) -> None:
    """Everything that people hold or should take goes to `successor`; places in the queue are kept."""
    connection.execute(
        update(table(ConversationRow))
        .where(C.department == department, C.state.in_(WITH_PEOPLE))
        .values(department=successor, version=C.version + 1)
    )
    connection.execute(
        update(table(HandoffRow)).where(H.department == department, H.ended_at.is_(None)).values(department=successor)
    )


def _department(row: Row[Any]) -> Department:
    return Department(row.id, {"ru": row.title_ru, "en": row.title_en}, row.is_open, row.successor)
