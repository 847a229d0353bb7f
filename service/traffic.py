"""What staff see of suspicious traffic, and what they do about it: look, take note, lift."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from service.domain.staff import StaffMember
from service.domain.suspicion import Level, Restriction
from service.errors import Conflict, InvalidInput
from service.events import TRAFFIC_TOPIC
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.storage import restrictions
from service.storage.audit import record_audit
from service.storage.staff import must_work

MOST_AT_ONCE = 200
NEWS_HOURS = 24


@dataclass(frozen=True)
class Traffic:
    """What stands now by level, and what began lately, newest first."""

    standing: dict[Level, int]
    recent: list[Restriction]


def read_traffic(
    staff: StaffMember, office: Office, *, limit: int = 50, before_id: int | None = None
) -> Traffic:  # fmt: skip
    """The restrictions, newest first; for supervisors, administrators and the security department."""
    must(staff, Action.WATCH_TRAFFIC)
    if not 1 <= limit <= MOST_AT_ONCE:
        raise InvalidInput(f"limit: at most {MOST_AT_ONCE} are read at once")
    with office.database.read() as connection:
        standing = Counter(each.level for each in restrictions.standing(connection, office.clock()))
        return Traffic(dict(standing), restrictions.recent(connection, limit, before_id))


def count_news(staff: StaffMember, office: Office) -> int:
    """How many of the last day nobody has taken note of yet."""
    must(staff, Action.WATCH_TRAFFIC)
    with office.database.read() as connection:
        return restrictions.count_unseen(connection, office.clock() - timedelta(hours=NEWS_HOURS))


def take_note(restriction_id: int, staff: StaffMember, office: Office) -> Restriction:
    """Say that somebody is looking into it; the first one counts."""
    with office.database.write() as connection:
        must(must_work(connection, staff.id), Action.WATCH_TRAFFIC)
        found = restrictions.get(connection, restriction_id, lock=True)
        if found.seen_by is None:
            restrictions.change(connection, restriction_id, seen_by=staff.login)
        noted = restrictions.get(connection, restriction_id)
    office.events.publish(TRAFFIC_TOPIC)
    return noted


def lift(restriction_id: int, staff: StaffMember, office: Office) -> Restriction:
    """End it now, with all that stands against the same subject; what was kept is answered within a second.

    Conflict when it has ended already.
    """
    now = office.clock()
    with office.database.write() as connection:
        must(must_work(connection, staff.id), Action.WATCH_TRAFFIC)
        found = restrictions.get(connection, restriction_id, lock=True)
        if found.lifted_at is not None or found.until <= now:
            raise Conflict(f"restriction {restriction_id} has ended already", reason="restriction_over")
        together = [
            each.id
            for each in restrictions.standing(connection, now)
            if (each.scope, each.subject) == (found.scope, found.subject)
        ]
        for each in together:
            restrictions.change(connection, each, lifted_by=staff.login, lifted_at=now, seen_by=staff.login)
            restrictions.answer_kept(connection, each, now)
        data = {"level": found.level.value, "signal": found.signal.value, "scope": found.scope.value}
        record_audit(connection, staff.login, "restriction_lifted", "restriction", restriction_id, data, now)
        lifted = restrictions.get(connection, restriction_id)
    office.guard.pardon(found.scope, found.subject)
    office.events.publish(TRAFFIC_TOPIC)
    return lifted
