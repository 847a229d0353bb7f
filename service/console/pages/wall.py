"""The wall: the present of the contact centre, for a supervisor's second screen."""

import asyncio
from collections.abc import Sequence

from nicegui import ui

from service import desk
from service.console.components.wall_board import WallBoard, WallReading, board_of
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place
from service.console.style import wear
from service.departments import list_departments
from service.domain.staff import StaffMember
from service.events import QUEUE_TOPIC, inbox_topic
from service.office import Office
from service.shifts import rosters, statistics
from service.shifts.targets import SUPERVISORS_TOPIC, sla_of

LONGEST_LOOK = 200
PAUSE_SECONDS = 0.9
"""However much happens, the wall is read about once a second."""


@console_page("wall", "/wall")
async def wall(place: Place) -> None:
    """Large figures, the queue by department, who works, what is late."""
    wear("supervisor")
    with ui.element("div").classes("sheet wide"):
        with ui.element("div").classes("sheet-head"):
            ui.label(place.say("pages.wall")).props("role=heading aria-level=1").classes("sheet-title")
            ui.button(place.say("wall.full_screen"), icon="fullscreen").props(
                "flat no-caps dense"
            ).on("click", js_handler="() => document.fullscreenElement ? document.exitFullscreen() : "
                 "document.documentElement.requestFullscreen()")  # fmt: skip
        board = WallBoard(place)

    async def look() -> None:
        reading = await place.read(read_wall, ME, place.office, place.language)
        if reading is not None:
            board.show(board_of(reading, place))
        await asyncio.sleep(PAUSE_SECONDS)

    def topics() -> Sequence[str]:
        return (QUEUE_TOPIC, SUPERVISORS_TOPIC, *(inbox_topic(each) for each in place.office.rules.departments))

    Live(place.office.events, topics, look)


def read_wall(staff: StaffMember, office: Office, language: str) -> WallReading:
    """The present, in one go. For those who lead."""
    seen = statistics.live_wall(staff, office)
    entries = desk.list_inbox(staff, office, limit=LONGEST_LOOK).entries
    clocks = sla_of([each.conversation_id for each in entries], staff, office)
    titles = {
        each.id: each.title(language)[:1].upper() + each.title(language)[1:]
        for each in list_departments(office)
        if staff.may_see(each.id)
    }
    return WallReading(seen, rosters.on_duty(staff, office), entries, clocks, titles)
