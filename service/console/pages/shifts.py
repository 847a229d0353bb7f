"""The roster: a week of everybody, who is on now, holidays, and the roster as a file."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nicegui import ui

from service import accounts
from service.console.amounts import days_in_words, moment
from service.console.components.holidays_dialog import ask_holidays
from service.console.components.roster_file import ask_file
from service.console.components.roster_week import RosterWeek
from service.console.components.shift_dialog import ask_shifts
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place
from service.console.style import wear
from service.console.weeks import WEEK, monday_of
from service.domain.staff import Role, StaffMember
from service.events import QUEUE_TOPIC
from service.office import Office
from service.policies.calendars import Interval
from service.shifts import rosters
from service.shifts.rosters import OnDuty, RosterBoard


@dataclass(frozen=True)
class WeekReading:
    """The roster, everybody's shifts of the week as moments, who is on now, and the people: id -> (name, zone)."""

    board: RosterBoard
    shifts: dict[str, tuple[Interval, ...]]
    duty: OnDuty
    people: dict[int, StaffMember]


@console_page("shifts", "/shifts")
async def shifts(place: Place) -> None:
    """A grid of people and days; a cell opens its times."""
    wear("supervisor")
    view = _View(place)
    view.build()
    await view.load()
    Live(place.office.events, lambda: (QUEUE_TOPIC,), view.load)


class _View:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._zone = ZoneInfo(place.office.settings.staff_zone)  # a roster is the office's, whoever looks
        self._monday = monday_of(self._today())
        self._reading: WeekReading | None = None
        self._shown: tuple[object, ...] | None = None

    def _today(self) -> date:
        return self._place.office.clock().astimezone(self._zone).date()

    def build(self) -> None:
        place = self._place
        with ui.element("div").classes("sheet wide"):
            with ui.element("div").classes("sheet-head"):
                ui.label(place.say("pages.shifts")).props("role=heading aria-level=1").classes("sheet-title")
                ui.button(place.say("roster.holidays"), icon="celebration", on_click=self._holidays).props(
                    'flat no-caps dense data-testid="holidays"'
                )
                ui.button(place.say("roster.export"), icon="download", on_click=self._export).props(
                    'flat no-caps dense data-testid="export"'
                )
                ui.button(place.say("roster.import"), icon="upload", on_click=self._import).props(
                    'flat no-caps dense data-testid="import"'
                )
            self._duty = ui.label().classes("roster-duty").props("role=status")
            with ui.element("div").classes("roster-weeks"):
                self._step("chevron_left", "earlier", -WEEK)
                self._title = ui.label().classes("roster-title").props("role=heading aria-level=2")
                self._step("chevron_right", "later", WEEK)
                ui.button(place.say("roster.this_week"), on_click=self._this_week).props("flat no-caps dense")
            self._week = RosterWeek(place, self._edit)
            self._dialogs = ui.element("div")  # outlives the grid, which is built anew while a dialog is open

    def _step(self, icon: str, name: str, days: int) -> None:
        async def go() -> None:
            self._monday += timedelta(days=days)
            await self.load()

        button = ui.button(icon=icon, on_click=go).props("flat round dense")
        button.props["aria-label"] = self._place.say(f"roster.{name}")

    async def _this_week(self) -> None:
        self._monday = monday_of(self._today())
        await self.load()

    async def load(self) -> None:
        """Read anew; the grid is built again only when it would be another one."""
        place, monday = self._place, self._monday
        reading = await place.do(read_week, monday, ME, place.office)
        if reading is None or monday != self._monday:
            return
        self._reading = reading
        self._say_duty(reading)
        fresh = (monday, self._today(), reading.board, reading.people)
        if fresh != self._shown:
            self._shown = fresh
            self._title.set_text(days_in_words(monday, monday + timedelta(days=WEEK - 1), place.language))
            self._week.show(monday, self._today(), reading.board, reading.shifts, reading.people, self._zone)

    def _say_duty(self, reading: WeekReading) -> None:
        place, names = self._place, {each.login: each.name for each in reading.people.values()}
        on, next_at = reading.duty.logins, reading.duty.next_at
        if on:
            said = place.say("roster.on_now", names=", ".join(names.get(each, each) for each in on))
        elif next_at is not None:
            when = moment(next_at, self._zone, place.office.clock(), place.language)
            said = place.say("roster.on_next", when=when)
        else:
            said = place.say("roster.on_never")
        self._duty.set_text(said)
        self._duty.classes(add="" if on else "nobody", remove="nobody" if on else "")

    def _edit(self, operator: int, day: date) -> None:
        reading = self._reading
        if reading is not None:
            with self._dialogs:
                ask_shifts(self._place, reading.board, reading.people[operator], day, self._zone.key, self.load)

    def _holidays(self) -> None:
        if self._reading is not None:
            with self._dialogs:
                ask_holidays(self._place, self._reading.board.holidays, self._today().year, self.load)

    async def _export(self) -> None:
        content = await self._place.do(rosters.export_roster, ME, self._place.office)
        if content is not None:
            ui.download.content(content, f"roster-{self._today().isoformat()}.csv", "text/csv; charset=utf-8")

    def _import(self) -> None:
        with self._dialogs:
            ask_file(self._place, self.load)


def read_week(monday: date, staff: StaffMember, office: Office) -> WeekReading:
    """A week of the roster, and who is on now."""
    zone = ZoneInfo(office.settings.staff_zone)
    since = datetime.combine(monday, time(), tzinfo=zone)
    until = datetime.combine(monday + timedelta(days=WEEK), time(), tzinfo=zone)
    board = rosters.read_board(staff, office)
    people = {
        each.member.id: each.member
        for each in accounts.list_staff(staff, office)
        if each.member.id in board.roster.people
        and (each.member.role is Role.OPERATOR or each.member.id in board.roster.operators())
    }
    return WeekReading(
        board, rosters.shifts_between(since, until, staff, office), rosters.on_duty(staff, office), people
    )
