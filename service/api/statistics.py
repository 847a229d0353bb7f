"""The wall, the reports and the score cards over HTTP. Every rule is in `service/shifts`."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, status
from pydantic import Field

from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.schemas import Wire
from service.shifts import moves, quality, statistics
from service.shifts.statistics import Period
from service.storage.columns import LARGEST_ID

Day = Annotated[date, Query(examples=["2026-11-20"])]
Seconds = Annotated[float | None, Field(examples=[93.0])]

router = APIRouter(prefix="/api/v1", tags=["statistics"], responses=responses(401, 403, 404, 413, 422, 503))


class WaitingOut(Wire):
    """How many wait in a department at a priority."""

    department: str = Field(examples=["cards"])
    priority: Literal["normal", "high", "urgent"]
    count: int = Field(examples=[3])
    longest_seconds: float = Field(examples=[240.0])


class LoadOut(Wire):
    """One operator now; `load` of `capacity` are slots, calls included."""

    login: str = Field(examples=["anna"])
    name: str
    state: Literal["online", "busy", "break", "on_call", "offline"]
    since: datetime | None
    held: int
    load: float
    capacity: float


class BotOut(Wire):
    """Conversations of today, and the share that needed no person."""

    conversations: int
    without_people: int
    contained: float | None = Field(examples=[0.72])


class PhoneOut(Wire):
    """Calls of clients today by the call log, and how many of them nobody took."""

    calls: int
    lost: int


class WallOut(Wire):
    """The present."""

    at: datetime
    waiting: list[WaitingOut]
    longest_wait_seconds: float
    operators: list[LoadOut]
    warnings: int
    breaches: int
    breaches_today: int
    bot: BotOut
    phone: PhoneOut


class OperatorOut(Wire):
    """One operator in a period; durations in seconds, null where there is nothing to count."""

    login: str = Field(examples=["anna"])
    name: str
    handled: int
    first_response_median: Seconds
    first_response_p90: Seconds
    resolution_median: Seconds
    acceptance: float | None
    csat: float | None = Field(examples=[4.6])
    csat_count: int
    worked_hours: float
    calls: int = Field(examples=[12])
    talk_seconds: float = Field(examples=[2740.0])


class OperatorList(Wire):
    """Every operator you may see."""

    operators: list[OperatorOut]


class SliceOut(Wire):
    """The hand-offs of one value, hour or day."""

    key: str = Field(examples=["2026-11-20"])
    asked: int
    ended: int
    first_response_median: Seconds
    resolution_median: Seconds
    csat: float | None


class SliceList(Wire):
    """A breakdown or a timeline."""

    slices: list[SliceOut]


class TopicMovesOut(Wire):
    """A topic of calls; "" where the telephone system names none."""

    topic: str = Field(examples=["loan_early_repayment"])
    calls: int = Field(examples=[40])
    moved: int = Field(examples=[12])
    still: int = Field(examples=[5])
    share: float | None = Field(examples=[0.71])


class WeekOfMovesOut(Wire):
    """A week, as far as the period has it."""

    first: date
    last: date
    moved: int
    both: int
    writes: int
    calls: int


class MovesOut(Wire):
    """People who wrote in the period and have proved their phone, by what they do with the telephone.

    `moved` called before and no more, `both` call as well, `writes` did not call. `unknown` are conversations of whose
    client no phone is known.
    """

    moved: int = Field(examples=[37])
    both: int = Field(examples=[33])
    writes: int = Field(examples=[30])
    unknown: int = Field(examples=[210])
    calls_before: int = Field(examples=[81])
    calls: int = Field(examples=[640])
    topics: list[TopicMovesOut]
    weeks: list[WeekOfMovesOut]


class SampledOut(Wire):
    """A closed hand-off that was drawn."""

    handoff: int = Field(examples=[4])
    conversation: int = Field(examples=[17])
    department: str
    intent: str | None
    operator: int | None
    ended_at: datetime | None


class SampleOut(Wire):
    """What was drawn, and what to judge: criterion -> its sentence."""

    handoffs: list[SampledOut]
    criteria: dict[str, str]


class ScoreIn(Wire):
    """0 to 2 points for each criterion."""

    points: dict[str, int] = Field(
        examples=[
            {"greeting": 2, "understanding": 2, "solution": 1, "language": 2, "security": 2, "closing": 0},
        ]
    )
    comment: str = Field("", examples=["Верно, но не сказано, что будет дальше."])


class QualityOut(Wire):
    """An operator's cards in a period."""

    login: str = Field(examples=["anna"])
    name: str
    cards: int
    quality: float | None = Field(examples=[0.85])
    by_criterion: dict[str, float]


class QualityList(Wire):
    """Every operator with cards."""

    operators: list[QualityOut]


@router.get("/statistics/wall")
def wall(office: OfficeHere, staff: StaffHere) -> WallOut:
    """Who waits, who is there, what is late, and what the bot did by itself today."""
    return WallOut.model_validate(asdict(statistics.live_wall(staff, office)))


@router.get("/statistics/operators")
def operators(first: Day, last: Day, office: OfficeHere, staff: StaffHere) -> OperatorList:
    """What every operator ended in the period, and how long they worked."""
    lines = statistics.operator_table(Period(first, last), staff, office)
    return OperatorList(operators=[OperatorOut(**asdict(each)) for each in lines])


@router.get("/statistics/breakdown")
def breakdown(
    first: Day,
    last: Day,
    by: Literal["channel", "department", "intent", "segment", "priority"],
    office: OfficeHere,
    staff: StaffHere,
) -> SliceList:
    """The hand-offs of the period by one dimension, most first; among the channels the calls of the phone."""
    slices = statistics.breakdown(Period(first, last), by, staff, office)
    return SliceList(slices=[SliceOut(**asdict(each)) for each in slices])


@router.get("/statistics/timeline")
def timeline(
    first: Day, last: Day, office: OfficeHere, staff: StaffHere, step: Literal["hour", "day"] = "day"
) -> SliceList:
    """The hand-offs of each local hour or day of the period."""
    slices = statistics.timeline(Period(first, last), step, staff, office)
    return SliceList(slices=[SliceOut(**asdict(each)) for each in slices])


@router.get("/statistics/moves")
def moves_to_chat(first: Day, last: Day, office: OfficeHere, staff: StaffHere) -> MovesOut:
    """Who called before and writes now, by week; and which topics still bring people to the phone."""
    found = moves.moves_to_chat(Period(first, last), staff, office)
    topics = [TopicMovesOut(**asdict(each), share=each.share) for each in found.topics]
    return MovesOut(**asdict(found) | {"topics": topics})


@router.get("/quality/sample")
def sample(
    first: Day,
    last: Day,
    office: OfficeHere,
    staff: StaffHere,
    size: Annotated[int, Query(ge=1, le=200)] = 20,
    seed: Annotated[str, Query(max_length=100)] = "",
    department: Annotated[str | None, Query(max_length=80)] = None,
    login: Annotated[str | None, Query(max_length=100)] = None,
    language: Literal["ru", "en"] = "ru",
) -> SampleOut:
    """Closed hand-offs drawn at random, the same for the same question."""
    drawn = quality.sample_closed(
        Period(first, last), staff, office, size=size, seed=seed, department=department, login=login
    )
    return SampleOut(
        handoffs=[
            SampledOut(
                handoff=each.id, conversation=each.conversation_id, department=each.department, intent=each.intent,
                operator=each.operator_id, ended_at=each.ended_at,
            )
            for each in drawn
        ],
        criteria=dict(quality.criteria(language)),
    )  # fmt: skip


@router.put("/quality/{handoff_id}", status_code=status.HTTP_204_NO_CONTENT)
def save_score(
    handoff_id: Annotated[int, Path(ge=1, le=LARGEST_ID)], body: ScoreIn, office: OfficeHere, staff: StaffHere
) -> None:
    """Judge a closed hand-off; sent again it replaces your former card."""
    quality.save_score(handoff_id, body.points, body.comment, staff, office)


@router.get("/quality")
def quality_table(first: Day, last: Day, office: OfficeHere, staff: StaffHere) -> QualityList:
    """The means of the cards written in the period."""
    lines = quality.quality_table(Period(first, last), staff, office)
    return QualityList(operators=[QualityOut(**asdict(each)) for each in lines])
