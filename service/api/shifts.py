"""Presence, routes, rosters and targets over HTTP. Every rule is in `service/shifts`."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, status
from fastapi.responses import PlainTextResponse

from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.shift_schemas import (
    CallEnd,
    CallIn,
    HolidaysIn,
    OnDutyOut,
    PersonRoster,
    PresenceIn,
    PresenceOut,
    PresenceReport,
    RosterFile,
    RosterImported,
    RosterIn,
    RosterOut,
    RouteTable,
    SlaList,
    SlaOut,
    TargetTable,
    WorkedDayOut,
    presence_out,
    route_wire,
    shift_wire,
    span_out,
    target_wire,
)
from service.domain.presence import PresenceState
from service.shifts import presence, rosters, routing, targets
from service.shifts.rights import must_lead
from service.shifts.rosters import RosterBoard
from service.storage.columns import LARGEST_ID

Login = Annotated[str, Path(max_length=100)]
Day = Annotated[date, Query(examples=["2026-11-20"])]

router = APIRouter(prefix="/api/v1", tags=["shifts"], responses=responses(401, 403, 404, 413, 422, 503))


@router.get("/presence")
def read_presence(office: OfficeHere, staff: StaffHere) -> PresenceOut:
    """What you do now."""
    return presence_out(presence.presence_of(staff, office))


@router.put("/presence", responses=responses(409))
def set_presence(body: PresenceIn, office: OfficeHere, staff: StaffHere) -> PresenceOut:
    """Say what you do from now on."""
    return presence_out(presence.set_presence(staff, office, PresenceState(body.state), source="api"))


@router.post("/presence/heartbeat", responses=responses(409))
def heartbeat(office: OfficeHere, staff: StaffHere) -> PresenceOut:
    """Your console is there; without this for a minute you are offline."""
    return presence_out(presence.heartbeat(staff, office, source="api"))


@router.get("/presence/{login}")
def read_timeline(login: Login, first: Day, last: Day, office: OfficeHere, staff: StaffHere) -> PresenceReport:
    """Timeline and worked hours of a colleague (supervisors) or your own, for local days."""
    days = presence.worked_hours(login, first, last, staff, office)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    until = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=2)
    spans = presence.timeline(login, since, until, staff, office)
    return PresenceReport(
        spans=[span_out(each) for each in spans], days=[WorkedDayOut(day=each.day, hours=each.hours) for each in days]
    )


@router.post("/calls", responses=responses(409))
def start_call(body: CallIn, office: OfficeHere, staff: StaffHere) -> PresenceOut:
    """An operator is on the phone (supervisors; meant for a telephone system). Sent again it changes nothing."""
    return presence_out(presence.start_call_of(body.login, body.key, staff, office))


@router.post("/calls/end", status_code=status.HTTP_204_NO_CONTENT, responses=responses(409))
def end_call(body: CallEnd, office: OfficeHere, staff: StaffHere) -> None:
    """The call is over; an unknown or ended one changes nothing."""
    must_lead(staff, "report calls")
    presence.end_call(office, body.key)


@router.get("/routes")
def list_routes(office: OfficeHere, staff: StaffHere) -> RouteTable:
    """The routing table; empty when the taxonomy decides alone."""
    return RouteTable(routes=[route_wire(each) for each in routing.list_routes(staff, office)])


@router.put("/routes")
def save_routes(body: RouteTable, office: OfficeHere, staff: StaffHere) -> RouteTable:
    """Put these rows in the place of the table."""
    saved = routing.save_routes([each.route() for each in body.routes], staff, office)
    return RouteTable(routes=[route_wire(each) for each in saved])


@router.get("/rosters")
def read_rosters(office: OfficeHere, staff: StaffHere) -> RosterOut:
    """Everybody's shifts and days off, and the holidays."""
    return _roster_out(rosters.read_board(staff, office))


@router.put("/rosters/{login}")
def save_roster(login: Login, body: RosterIn, office: OfficeHere, staff: StaffHere) -> RosterOut:
    """Put these shifts in the place of one operator's."""
    shifts = [each.shift() for each in body.shifts]
    return _roster_out(rosters.save_shifts(login, shifts, body.days_off, staff, office))


@router.post("/rosters/import")
def import_roster(body: RosterFile, office: OfficeHere, staff: StaffHere) -> RosterImported:
    """Read a CSV; 422 lists every mistake as file:line, and nothing is changed then."""
    return RosterImported(shifts=rosters.import_roster(body.content, body.name, staff, office))


@router.get("/rosters/export", response_class=PlainTextResponse)
def export_roster(office: OfficeHere, staff: StaffHere) -> PlainTextResponse:
    """The roster as CSV."""
    return PlainTextResponse(rosters.export_roster(staff, office), media_type="text/csv; charset=utf-8")


@router.put("/holidays/{country}", status_code=status.HTTP_204_NO_CONTENT)
def save_holidays(
    country: Annotated[str, Path(max_length=8)], body: HolidaysIn, office: OfficeHere, staff: StaffHere
) -> None:
    """Put these days in the place of a country's holidays."""
    rosters.save_holidays(country, body.days, staff, office)


@router.get("/on-duty")
def on_duty(
    office: OfficeHere,
    staff: StaffHere,
    department: Annotated[str | None, Query(max_length=80)] = None,
    language: Annotated[str | None, Query(max_length=8)] = None,
) -> OnDutyOut:
    """Who is on shift now, and when the next one comes."""
    found = rosters.on_duty(staff, office, department=department, language=language)
    return OnDutyOut(logins=list(found.logins), next_at=found.next_at)


@router.get("/targets")
def list_targets(office: OfficeHere, staff: StaffHere) -> TargetTable:
    """The service targets; where none fits, those of the settings hold."""
    return TargetTable(targets=[target_wire(each) for each in targets.list_targets(staff, office)])


@router.put("/targets")
def save_targets(body: TargetTable, office: OfficeHere, staff: StaffHere) -> TargetTable:
    """Put these targets in the place of those there are."""
    saved = targets.save_targets([each.rule() for each in body.targets], staff, office)
    return TargetTable(targets=[target_wire(each) for each in saved])


@router.get("/sla")
def read_sla(
    conversation: Annotated[list[Annotated[int, Query(ge=1, le=LARGEST_ID)]], Query(max_length=500)],
    office: OfficeHere,
    staff: StaffHere,
) -> SlaList:
    """How these conversations stand against their targets."""
    found = targets.sla_of(conversation, staff, office)
    return SlaList(
        conversations=[
            SlaOut(
                conversation=number, seconds_left=each.seconds_left, state=each.state.value, clock=each.clock.value,
                due_at=each.due_at,
            )
            for number, each in found.items()
        ]
    )  # fmt: skip


def _roster_out(board: RosterBoard) -> RosterOut:
    people = []
    for number, login in sorted(board.logins.items(), key=lambda each: each[1]):
        shifts = [shift_wire(each) for each in board.roster.shifts if each.operator == number]
        days_off = sorted(day for operator, day in board.roster.days_off if operator == number)
        if shifts or days_off:
            people.append(PersonRoster(login=login, shifts=shifts, days_off=days_off))
    return RosterOut(people=people, holidays={key: dict(days) for key, days in board.holidays.items()})
