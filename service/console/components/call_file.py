"""Calls from a CSV file: what is wrong with it is shown line by line, and nothing is taken unless one says so."""

import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from nicegui import ui
from nicegui.events import UploadEventArguments

from service import call_log
from service.api.limits import LARGEST_CONSOLE_FILE
from service.call_log import Imported
from service.console.place import ME, Place
from service.console.words import section
from service.domain.staff import StaffMember
from service.errors import InvalidInput
from service.office import Office
from service.policies.call_files import OPTIONAL, REQUIRED

OVERLAPS_NAMED = 10


class CallFileDialog:
    """Asks for a file and says what came of it; `on_taken()` when calls were added."""

    def __init__(self, place: Place, on_taken: Callable[[], Awaitable[None]]) -> None:
        self._place = place
        self._on_taken = on_taken

    def open(self) -> None:
        """Show the dialog."""
        place = self._place
        with ui.dialog(value=True) as dialog, ui.card().classes("ask"):
            ui.label(place.say("calls.import")).classes("card-title").props("role=heading aria-level=2")
            ui.label(place.say("calls.import_about")).classes("muted")
            ui.label(", ".join((*REQUIRED, *OPTIONAL))).classes("code")
            self._skip = ui.checkbox(place.say("calls.skip_wrong")).props("name=skip-wrong")
            self._busy = ui.label(place.say("calls.importing")).classes("muted").props("role=status")
            self._busy.visible = False
            self._problems = ui.element("ul").classes("problems").props('role=alert data-testid="problems"')
            self._problems.visible = False
            self._upload = ui.upload(
                on_upload=self._take, auto_upload=True, max_file_size=LARGEST_CONSOLE_FILE,
                on_rejected=lambda: ui.notify(place.say("calls.too_large"), type="warning", position="top"),
            ).props('accept=.csv data-testid="call-upload"').classes("hidden")  # fmt: skip
            with ui.element("div").classes("ask-foot"):
                ui.button(place.say("calls.close"), on_click=dialog.close).props("flat no-caps")
                ui.button(
                    place.say("calls.choose_file"), icon="upload_file",
                    on_click=lambda: self._upload.run_method("pickFiles"),
                ).props("unelevated no-caps autofocus")  # fmt: skip
        dialog.on("hide", dialog.delete)

    async def _take(self, event: UploadEventArguments) -> None:
        place = self._place
        self._busy.visible, self._problems.visible = True, False
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "calls.csv"
            await event.file.save(path)
            told = await place.do(
                take_file, path, event.file.name, bool(self._skip.value), place.language, ME, place.office
            )
        self._busy.visible = False
        self._upload.reset()
        if told is None:
            return
        imported, said = told
        self._problems.clear()
        self._problems.visible = bool(said)
        with self._problems:
            for each in said:
                with ui.element("li"):
                    ui.label(each)
        if imported is not None:
            words = place.say("calls.imported", added=imported.added, known=imported.known)
            ui.notify(words, type="positive", position="top", timeout=6000)
            await self._on_taken()


def take_file(
    path: Path, name: str, skip_wrong: bool, language: str, staff: StaffMember, office: Office
) -> tuple[Imported | None, list[str]]:
    """What was taken (None: nothing), and what there is to say of the file's lines."""
    opens = partial(path.open, encoding="utf-8", newline="")
    try:
        imported = call_log.import_file(opens, name[:120], staff, office, skip_wrong=skip_wrong)
    except InvalidInput as error:
        if "mistakes" not in error.fields:
            raise
        return None, say_mistakes(error.fields["mistakes"], int(error.fields["wrong"]), language)
    said = say_mistakes(imported.mistakes, imported.skipped, language)
    if imported.overlaps:
        lines = ", ".join(map(str, imported.overlaps[:OVERLAPS_NAMED]))
        rest = "…" if len(imported.overlaps) > OVERLAPS_NAMED else ""
        said.append(section("call_mistakes", language)["overlaps"].format(lines=lines + rest))
    return imported, said


def say_mistakes(mistakes: Any, wrong: int, language: str) -> list[str]:
    """A line for each mistake that is known, and how many more there are."""
    words = section("call_mistakes", language)
    said = [words["where"].format(line=each["line"], what=words[each["kind"]].format(**each)) for each in mistakes]
    return [*said, words["more"].format(n=wrong - len(said))] if wrong > len(said) else said
