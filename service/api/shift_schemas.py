"""What goes over the wire about presence, routes, rosters and targets, with examples."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from service.api.schemas import Wire
from service.domain.intents import Priority
from service.domain.presence import Presence, PresenceSpan
from service.domain.rosters import Shift
from service.domain.routes import AssignmentMode, Route
from service.domain.targets import Target, TargetRule
from service.errors import InvalidInput
from service.policies.roster_files import clock, read_minutes

State = Literal["online", "busy", "break", "on_call", "offline"]
PriorityName = Literal["normal", "high", "urgent"]
Short = Annotated[str | None, Field(max_length=80)]


class PresenceIn(Wire):
    """What you do from now on."""

    state: Literal["online", "busy", "break", "offline"] = Field(examples=["online"])


class PresenceOut(Wire):
    """What an operator does now; `resume` is what they go back to after a call."""

    state: State = Field(examples=["online"])
    since: datetime
    resume: State | None = None


class CallIn(Wire):
    """A phone call of an operator; `key` is your own id of the call."""

    login: Annotated[str, Field(max_length=100, examples=["anna"])]
    key: Annotated[str, Field(min_length=1, max_length=120, examples=["pbx-20261120-000417"])]


class CallEnd(Wire):
    """The call that is over."""

    key: Annotated[str, Field(min_length=1, max_length=120, examples=["pbx-20261120-000417"])]


class SpanOut(Wire):
    """A stretch of somebody's presence; `ended_at` is null while it lasts."""

    state: State = Field(examples=["busy"])
    began_at: datetime
    ended_at: datetime | None
    source: str = Field(examples=["console"])


class WorkedDayOut(Wire):
    """A local day and the hours somebody worked on it."""

    day: date
    hours: float = Field(examples=[7.5])


class PresenceReport(Wire):
    """Timeline and worked hours of one operator."""

    spans: list[SpanOut]
    days: list[WorkedDayOut]


class RouteWire(Wire):
    """A row of the routing table; a condition that is null means any, a consequence that is null changes nothing."""

    intent: Short = Field(None, examples=["mortgage"])
    department: Short = Field(None, examples=["loans"])
    language: Short = Field(None, examples=["en"])
    segment: Short = Field(None, examples=["vip"])
    verified: bool | None = None
    channel: Short = Field(None, examples=["web"])
    queue: Short = Field(None, examples=["loans"])
    raise_by: Annotated[int, Field(ge=-2, le=2, examples=[1])] = 0
    mode: Literal["push", "pull"] | None = None
    skill: Annotated[str | None, Field(max_length=40, examples=["mortgage"])] = None

    def route(self) -> Route:
        """The row as the service keeps it."""
        values = self.model_dump() | {"mode": AssignmentMode(self.mode) if self.mode else None}
        return Route(**values)


class RouteTable(Wire):
    """The rows in their order."""

    routes: Annotated[list[RouteWire], Field(max_length=1000)] = Field(
        examples=[[{"segment": "vip", "queue": "general", "raise_by": 1, "mode": "push"}]]
    )


class ShiftWire(Wire):
    """A shift by the clock on the wall: each `weekday` (0 is Monday) or on one `day`."""

    starts: Annotated[str, Field(max_length=8, examples=["09:00"])]
    ends: Annotated[str, Field(max_length=8, examples=["18:00"])]
    zone: Annotated[str, Field(max_length=60, examples=["Europe/Moscow"])]
    country: Annotated[str, Field(max_length=8, examples=["RU"])] = ""
    weekday: Annotated[int | None, Field(ge=0, le=6, examples=[0])] = None
    day: date | None = Field(None, examples=["2026-12-31"])

    def shift(self) -> Shift:
        """The shift as the service keeps it; InvalidInput for a time that isn't one."""
        try:
            starts, ends = read_minutes(self.starts), read_minutes(self.ends)
        except ValueError as error:
            raise InvalidInput(str(error)) from error
        return Shift(0, starts, ends, self.zone, self.country.upper(), self.weekday, self.day)


class RosterIn(Wire):
    """The whole roster of one operator."""

    shifts: Annotated[list[ShiftWire], Field(max_length=1000)] = Field(
        examples=[[{"starts": "09:00", "ends": "18:00", "zone": "Europe/Moscow", "country": "RU", "weekday": 0}]]
    )
    days_off: Annotated[list[date], Field(max_length=400)] = Field([], examples=[["2026-12-30"]])


class PersonRoster(RosterIn):
    """The roster of one operator, with the login."""

    login: str = Field(examples=["anna"])


class RosterOut(Wire):
    """Everybody's shifts, and the holidays: country -> day -> name."""

    people: list[PersonRoster]
    holidays: dict[str, dict[date, str]]


class RosterFile(Wire):
    """A roster as CSV with the columns login,day,starts,ends,zone,country."""

    name: Annotated[str, Field(max_length=200, examples=["roster.csv"])] = "roster.csv"
    content: Annotated[
        str,
        Field(
            max_length=4_000_000,
            examples=["login,day,starts,ends,zone,country\nanna,mon,09:00,18:00,Europe/Moscow,RU\n"],
        ),
    ]


class RosterImported(Wire):
    """How many shifts were read."""

    shifts: int = Field(examples=[42])


class HolidaysIn(Wire):
    """The holidays of one country: day -> name."""

    days: dict[date, str] = Field(examples=[{"2027-01-01": "Новый год"}])


class OnDutyOut(Wire):
    """Who is on shift now, and when the next one comes (null: nobody is planned)."""

    logins: list[str] = Field(examples=[["anna"]])
    next_at: datetime | None


class TargetWire(Wire):
    """Working minutes for a department and a priority; null means any."""

    department: Short = Field(None, examples=["cards"])
    priority: PriorityName | None = Field(None, examples=["urgent"])
    first_minutes: Annotated[int, Field(ge=1, le=129_600, examples=[5])]
    next_minutes: Annotated[int, Field(ge=1, le=129_600, examples=[15])]
    resolution_minutes: Annotated[int, Field(ge=1, le=129_600, examples=[240])]
    warn_share: Annotated[float, Field(gt=0, lt=1, examples=[0.8])] = 0.8

    def rule(self) -> TargetRule:
        """The target as the service keeps it."""
        target = Target(self.first_minutes, self.next_minutes, self.resolution_minutes, self.warn_share)
        return TargetRule(target, self.department, Priority(self.priority) if self.priority else None)


class TargetTable(Wire):
    """The owner's targets."""

    targets: Annotated[list[TargetWire], Field(max_length=1000)] = Field(
        examples=[[{"priority": "urgent", "first_minutes": 5, "next_minutes": 15, "resolution_minutes": 240}]]
    )


class SlaOut(Wire):
    """How a conversation stands: working seconds left (negative when the target is missed)."""

    conversation: int = Field(examples=[17])
    seconds_left: float = Field(examples=[240.0])
    state: Literal["ok", "warning", "breached"]
    clock: Literal["first_response", "next_response", "resolution"]
    due_at: datetime | None


class SlaList(Wire):
    """The conversations that were asked for, as far as they are open and you may see them."""

    conversations: list[SlaOut]


def presence_out(found: Presence) -> PresenceOut:
    """Presence for the wire."""
    return PresenceOut(state=found.state.value, since=found.since, resume=found.resume.value if found.resume else None)


def span_out(span: PresenceSpan) -> SpanOut:
    """A stretch for the wire."""
    return SpanOut(state=span.state.value, began_at=span.began_at, ended_at=span.ended_at, source=span.source)


def route_wire(route: Route) -> RouteWire:
    """A row for the wire."""
    values = {name: getattr(route, name) for name in RouteWire.model_fields}
    return RouteWire.model_validate(values | {"mode": route.mode.value if route.mode else None})


def shift_wire(shift: Shift) -> ShiftWire:
    """A shift for the wire."""
    return ShiftWire(
        starts=clock(shift.starts), ends=clock(shift.ends), zone=shift.zone, country=shift.country,
        weekday=shift.weekday, day=shift.day,
    )  # fmt: skip


def target_wire(rule: TargetRule) -> TargetWire:
    """A target for the wire."""
    target = rule.target
    return TargetWire(
        department=rule.department, priority=rule.priority.value if rule.priority else None,
        first_minutes=target.first_minutes, next_minutes=target.next_minutes,
        resolution_minutes=target.resolution_minutes, warn_share=target.warn_share,
    )  # fmt: skip
