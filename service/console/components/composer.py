"""The box an operator writes in, and the search of ready replies above it."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from nicegui import ui
from nicegui.events import UploadEventArguments

from service import desk, suggesting
from service.console.place import ME, Place
from service.domain.suggestions import Suggestion

SEARCH_PAUSE_SECONDS = 0.15


class Composer:
    """Reply or note; Ctrl+Enter sends. Typing «/» at the beginning, or pressing «/» outside, searches ready replies."""

    def __init__(
        self, place: Place, *, on_send: Callable[[str], Awaitable[bool]], on_note: Callable[[str], Awaitable[bool]],
        on_typing: Callable[[bool], Any], on_upload: Callable[[UploadEventArguments], Any],
    ) -> None:  # fmt: skip
        self._place = place
        self._on_send = on_send
        self._on_note = on_note
        self._on_typing = on_typing
        self.conversation_id: int | None = None
        self.noting = False
        self.edited_rank: int | None = None
        self._found: list[Suggestion] = []
        self._typed = False
        with ui.element("div").classes("composer") as self.root:
            self._results = ui.element("div").classes("composer-results").props('role="listbox"')
            self._results.visible = False
            self._mode = ui.label().classes("composer-mode")
            self.box = (
                ui.textarea(placeholder=place.say("composer.placeholder"), on_change=self._changed)
                .props('autogrow borderless input-class="composer-input" data-testid="composer"')
                .classes("composer-box")
            )
            self.box.on("keydown.ctrl.enter", self.send)
            self.box.on("keydown.meta.enter", self.send)
            self.box.on("keydown.escape", self.leave)
            self.box.on("keydown.enter", self._take_first, js_handler="(e) => { if (!e.ctrlKey && !e.metaKey && "
                        "e.target.value.startsWith('/')) { e.preventDefault(); emit(); } }")  # fmt: skip
            with ui.element("div").classes("composer-foot"):
                self._upload(on_upload)
                ui.button(icon="search", on_click=self.search).props("flat round dense").tooltip(
                    place.say("composer.search")
                )
                ui.label(place.say("composer.hint")).classes("composer-hint")
                self.button = ui.button(place.say("composer.send"), on_click=self.send).props(
                    'unelevated no-caps data-testid="send"'
                )
        self.show_mode()

    def _upload(self, on_upload: Callable[[UploadEventArguments], Any]) -> None:
        upload = ui.upload(on_upload=on_upload, auto_upload=True).classes("hidden")
        ui.button(icon="attach_file", on_click=lambda: upload.run_method("pickFiles")).props(
            "flat round dense"
        ).tooltip(self._place.say("composer.attach"))

    def show_mode(self) -> None:
        """Say whether a note or a reply is being written, and of which suggestion it is a version."""
        self.root.classes(add="noting" if self.noting else "", remove="" if self.noting else "noting")
        key = "note_mode" if self.noting else "edit_mode" if self.edited_rank else ""
        self._mode.set_text(self._place.say(f"composer.{key}") if key else "")
        self._mode.visible = bool(key)
        self.button.set_text(self._place.say("composer.save_note" if self.noting else "composer.send"))

    def start_note(self) -> None:
        """The next words are a note for colleagues."""
        self.noting, self.edited_rank = True, None
        self.show_mode()
        self.focus()

    def put(self, text: str, rank: int | None = None) -> None:
        """Put words into the box to be changed; `rank` names the suggestion they come from."""
        self.noting, self.edited_rank = False, rank
        self.box.set_value(text)
        self.show_mode()
        self.focus()

    def focus(self) -> None:
        """Write here now."""
        self.box.run_method("focus")

    def search(self) -> None:
        """Begin a search of ready replies."""
        self.box.set_value("/")
        self.focus()

    def clear(self) -> None:
        """An empty box for a reply."""
        self.noting, self.edited_rank = False, None
        self.box.set_value("")
        self._close_results()
        self.show_mode()

    async def leave(self) -> None:
        """Escape: close the search, then the note or edit, then leave the box."""
        if self._results.visible or self.noting or self.edited_rank:
            self.clear()
        self.box.run_method("blur")

    async def send(self) -> None:
        """Send the reply or keep the note; the box is emptied only when it is stored."""
        text = str(self.box.value or "").strip()
        if not text or (text.startswith("/") and self._results.visible):
            return
        self.button.disable()
        try:
            stored = await (self._on_note(text) if self.noting else self._on_send(text))
        finally:
            self.button.enable()
        if stored:
            self.clear()
            self._tell_typing(False)

    async def _changed(self) -> None:
        text = str(self.box.value or "")
        if not self.noting:
            self._tell_typing(bool(text) and not text.startswith("/"))
        if text.startswith("/") and self.conversation_id is not None:
            await self._look_up(text)
        else:
            self._close_results()

    def _tell_typing(self, on: bool) -> None:
        if on or self._typed:
            self._on_typing(on)
        self._typed = on

    async def _look_up(self, text: str) -> None:
        words = text[1:].strip()
        query = text if words and " " not in words and words.isascii() else words
        found = await self._place.read(
            suggesting.search_replies, query, self.conversation_id, ME, self._place.office, limit=6
        )
        if str(self.box.value or "") != text:
            return  # typed on meanwhile: the next search is on its way
        self._found = found or []
        self._results.clear()
        with self._results:
            for each in self._found:
                with (
                    ui.element("button")
                    .classes("composer-result")
                    .props('role="option" type="button"')
                    .on("click", lambda _, each=each: self._use(each))
                ):
                    ui.label(self._place.say(f"suggestions.{each.kind.value}")).classes("pill")
                    ui.label(each.source.title or "").classes("composer-result-title")
                    ui.label(each.text).classes("composer-result-text")
            if not self._found:
                ui.label(self._place.say("composer.nothing_found")).classes("muted composer-nothing")
        self._results.visible = True

    def _take_first(self) -> None:
        if self._results.visible and self._found:
            self._use(self._found[0])

    def _use(self, suggestion: Suggestion) -> None:
        self._close_results()
        self.put(suggestion.text)

    def _close_results(self) -> None:
        self._found = []
        self._results.visible = False


def attach(place: Place, conversation_id: int) -> Callable[[UploadEventArguments], Awaitable[str | None]]:
    """A handler that keeps an uploaded file; gives its key."""

    async def keep(event: UploadEventArguments) -> str | None:
        content = await event.file.read()
        kept = await place.do(
            desk.attach_file, conversation_id, ME, place.office, name=event.file.name, content=BytesIO(content)
        )
        return kept.key if kept is not None else None

    return keep
