"""The roster from a CSV file; what is wrong with it is shown line by line, and nothing is changed then."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from nicegui.events import UploadEventArguments

from service.console.place import ME, Place
from service.console.words import section
from service.domain.staff import StaffMember
from service.errors import InvalidInput
from service.office import Office
from service.shifts import rosters

LARGEST_BYTES = 2 * 2**20


def ask_file(place: Place, on_saved: Callable[[], Awaitable[None]]) -> None:
    """Open the dialog."""
    with ui.dialog(value=True) as dialog, ui.card().classes("ask"):
        ui.label(place.say("roster.import")).classes("card-title").props("role=heading aria-level=2")
        ui.label(place.say("roster.import_about")).classes("muted")
        ui.label("login,day,starts,ends,zone,country").classes("code")
        problems = ui.element("ul").classes("problems").props('role=alert data-testid="problems"')
        problems.visible = False

        async def take(event: UploadEventArguments) -> None:
            content = await event.file.read()
            found = await place.do(_import, content, event.file.name, place.language, ME, place.office)
            upload.reset()
            if found is None:
                return
            number, wrong = found
            problems.clear()
            problems.visible = bool(wrong)
            with problems:
                for each in wrong:
                    with ui.element("li"):
                        ui.label(each)
            if not wrong:
                dialog.close()
                ui.notify(place.say("roster.imported", n=number), type="positive", position="top")
                await on_saved()

        upload = ui.upload(
            on_upload=take, auto_upload=True, max_file_size=LARGEST_BYTES,
            on_rejected=lambda: ui.notify(place.say("roster.too_large"), type="warning", position="top"),
        ).props('accept=.csv data-testid="roster-upload"').classes("hidden")  # fmt: skip
        with ui.element("div").classes("ask-foot"):
            ui.button(place.say("roster.cancel"), on_click=dialog.close).props("flat no-caps")
            ui.button(
                place.say("roster.choose_file"), icon="upload_file", on_click=lambda: upload.run_method("pickFiles")
            ).props("unelevated no-caps autofocus")
    dialog.on("hide", dialog.delete)


def _import(content: bytes, name: str, language: str, staff: StaffMember, office: Office) -> tuple[int, list[str]]:
    """How many shifts were taken, and what was wrong with the file."""
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        written = content.decode("cp1251", errors="replace")  # as spreadsheets in Russian save it
    try:
        return rosters.import_roster(written, name[:120], staff, office), []
    except InvalidInput as error:
        return 0, say_mistakes(error, language)


def say_mistakes(error: InvalidInput, language: str) -> list[str]:
    """A line for each mistake of a file, in the language of the reader."""
    words = section("roster_mistakes", language)
    mistakes: list[dict[str, Any]] = error.fields.get("mistakes", [])
    said = [words["where"].format(line=each["line"], what=words[each["kind"]].format(**each)) for each in mistakes]
    return said or [error.detail]
