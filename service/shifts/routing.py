"""The routing table as supervisors see and edit it."""

from collections.abc import Sequence
from dataclasses import asdict

from service import texts
from service.domain.intents import Priority
from service.domain.routes import AssignmentMode, Matter, Route
from service.errors import InvalidInput, StaleTable
from service.events import QUEUE_TOPIC
from service.office import Office
from service.policies.routing import route_for
from service.shifts.rights import must_lead
from service.shifts.rows import repeated
from service.storage import routes as storage
from service.storage.audit import record_audit
from service.storage.staff import StaffMember, must_work

MOST_ROUTES = 1000
FURTHEST = len(Priority) - 1


def list_routes(staff: StaffMember, office: Office) -> tuple[Route, ...]:
    """The rows in their order. An empty table means that the taxonomy decides alone."""
    must_lead(staff, "see the routing table")
    with office.database.read() as connection:
        return storage.all_routes(connection)


def save_routes(
    routes: Sequence[Route], staff: StaffMember, office: Office, *, seen: Sequence[Route] | None = None
) -> tuple[Route, ...]:
    """Put these rows in the place of the table; in force everywhere within two seconds.

    InvalidInput names the row (from 1) and what is wrong with it, StaleTable says that the table is not what was
    `seen` any more; nothing is changed then.
    """
    must_lead(staff, "change the routing table")
    if len(routes) > MOST_ROUTES:
        raise InvalidInput(f"the table has {len(routes)} rows, at most {MOST_ROUTES} are allowed")
    problems = [f"row {number}: {found}" for number, row in enumerate(routes, 1) for found in _problems(row, office)]
    problems += [
        f"row {number}: has the same conditions as row {first}; remove one of them"
        for number, first in repeated(map(_conditions, routes))
    ]
    if problems:
        raise InvalidInput("; ".join(problems[:10]))
    with office.database.write() as connection:
        must_lead(must_work(connection, staff.id), "change the routing table")
        present = storage.all_routes(connection)
        if seen is not None and present != tuple(seen):
            raise StaleTable("somebody else has changed the routing table; read it again")
        before = len(present)
        storage.replace_routes(connection, routes)
        saved = storage.all_routes(connection)
        data = {"before": {"rows": before}, "after": {"rows": [_told(each) for each in saved]}}
        record_audit(connection, staff.login, "routes_saved", "routes", "all", data, office.clock())
    office.shift_book.forget()
    office.events.publish(QUEUE_TOPIC)
    return saved


def explain_route(matter: Matter, staff: StaffMember, office: Office) -> Route | None:
    """The row that decides about `matter` now; None when the taxonomy does."""
    must_lead(staff, "see the routing table")
    return route_for(matter, office.rules_now().routes)


def push_departments(office: Office) -> tuple[str, ...]:
    """The departments whose conversations are assigned where no more particular row says otherwise."""
    routes = office.rules_now().routes
    default = AssignmentMode(office.settings.assignment_mode)
    return tuple(
        each
        for each in (department.id for department in office.open_departments())
        if (((found := route_for(Matter(each), routes)) and found.mode) or default) is AssignmentMode.PUSH
    )


def _told(row: Route) -> dict[str, object]:
    """A row as the trail keeps it: what it says, without the empty places."""
    return {key: value for key, value in asdict(row).items() if value not in (None, 0) and key not in ("id", "place")}


def _conditions(row: Route) -> tuple[object, ...]:
    return row.intent, row.department, row.language, row.segment, row.verified, row.channel


def _problems(row: Route, office: Office) -> list[str]:
    found = []
    if row.intent is not None and row.intent not in office.rules.intents:
        found.append(f"there is no intent {row.intent!r}")
    known, open_ones = office.rules_now().departments, [each.id for each in office.open_departments()]
    if row.department is not None and row.department not in known:
        found.append(f"there is no department {row.department!r}; there are {', '.join(known)}")
    if row.queue is not None and row.queue not in open_ones:
        found.append(f"there is no department {row.queue!r} that takes clients; there are {', '.join(open_ones)}")
    if row.language is not None and row.language not in texts.LANGUAGES:
        found.append(f"the language {row.language!r} is not spoken here; there are {', '.join(texts.LANGUAGES)}")
    if row.channel is not None and row.channel not in office.channels:
        found.append(f"there is no channel {row.channel!r}; there are {', '.join(sorted(office.channels))}")
    if not -FURTHEST <= row.raise_by <= FURTHEST:
        found.append(f"the priority can't be moved by {row.raise_by}; write {-FURTHEST} to {FURTHEST}")
    if all(each is None for each in (row.queue, row.mode, row.skill)) and row.raise_by == 0:
        found.append("changes nothing; name a queue, a priority change, a mode or a skill, or remove it")
    return found
