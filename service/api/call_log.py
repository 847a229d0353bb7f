"""The call log over HTTP, for telephone systems that tell of each call when it is over."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from service import call_log
from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.schemas import Wire

router = APIRouter(prefix="/api/v1", tags=["calls"], responses=responses(401, 403, 409, 413, 422, 503))

Moment = Annotated[str, Field(max_length=60, examples=["2026-11-20T14:05:00+03:00"])]


class LoggedCallIn(Wire):
    """A call that is over. `id` is your own and settles repetitions; moments without an offset are the staff's."""

    id: Annotated[str, Field(min_length=1, max_length=120, examples=["pbx-20261120-000417"])]
    started_at: Moment
    ended_at: Moment
    direction: Literal["in", "out"] = Field(examples=["in"])
    outcome: Literal["answered", "missed", "abandoned", "failed"] = Field(examples=["answered"])
    department: Annotated[str, Field(max_length=80, examples=["cards"])]
    phone: Annotated[str, Field(max_length=60, examples=["+79131234567"])] = ""
    answered_at: Annotated[str, Field(max_length=60, examples=["2026-11-20T14:05:09+03:00"])] = ""
    operator: Annotated[str, Field(max_length=100, examples=["anna"])] = ""
    topic: Annotated[str, Field(max_length=80, examples=["card_lost_or_stolen"])] = ""


class CallsIn(Wire):
    """Up to 200 calls."""

    calls: list[LoggedCallIn] = Field(
        min_length=1, max_length=call_log.MOST_AT_ONCE,
        examples=[[{
            "id": "pbx-20261120-000417", "started_at": "2026-11-20T14:05:00+03:00",
            "answered_at": "2026-11-20T14:05:09+03:00", "ended_at": "2026-11-20T14:09:30+03:00", "direction": "in",
            "outcome": "answered", "department": "cards", "operator": "anna", "phone": "+79131234567",
        }]],
    )  # fmt: skip


class CallsTaken(Wire):
    """How many are new, and how many were there already."""

    added: int = Field(examples=[1])
    known: int = Field(examples=[0])


@router.post("/call-log")
def log_calls(body: CallsIn, office: OfficeHere, staff: StaffHere) -> CallsTaken:
    """Add calls, all of them or none; the same call may be sent again. 422 lists the mistakes by the call's number."""
    done = call_log.import_calls([each.model_dump() for each in body.calls], staff, office)
    return CallsTaken(added=done.added, known=done.known)
