"""Suspicious traffic over HTTP, for the security department's own programs."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from service import traffic
from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.schemas import Wire
from service.domain.suspicion import Restriction
from service.storage.columns import LARGEST_ID

Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]

router = APIRouter(prefix="/api/v1", tags=["protection"], responses=responses(401, 403, 413, 422, 503))


class RestrictionOut(Wire):
    """What stands, or stood, against a suspicious sender."""

    id: int
    scope: str
    subject: str
    level: str
    signal: str
    count: int
    since: datetime
    until: datetime
    seen_by: str | None
    lifted_by: str | None
    lifted_at: datetime | None
    conversation_id: int | None


class TrafficOut(Wire):
    """How many stand by level, and the newest first; `before` the last id reads on."""

    standing: dict[str, int]
    restrictions: list[RestrictionOut]


@router.get("/restrictions")
def list_restrictions(
    office: OfficeHere,
    staff: StaffHere,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=traffic.MOST_AT_ONCE)] = 50,
) -> TrafficOut:
    """Who is slowed, silenced or blocked, why and until when; for supervisors and the security department."""
    found = traffic.read_traffic(staff, office, limit=limit, before_id=before)
    standing = {level.value: count for level, count in found.standing.items()}
    return TrafficOut(standing=standing, restrictions=[_out(each) for each in found.recent])


@router.post("/restrictions/{restriction_id}/note", responses=responses(404))
def take_note(restriction_id: Number, office: OfficeHere, staff: StaffHere) -> RestrictionOut:
    """Say that somebody is looking into it; the first one counts."""
    return _out(traffic.take_note(restriction_id, staff, office))


@router.post("/restrictions/{restriction_id}/lift", responses=responses(404, 409))
def lift(restriction_id: Number, office: OfficeHere, staff: StaffHere) -> RestrictionOut:
    """End it now, with all that stands against the same subject; what was kept is answered."""
    return _out(traffic.lift(restriction_id, staff, office))


def _out(each: Restriction) -> RestrictionOut:
    return RestrictionOut.model_validate(vars(each))
