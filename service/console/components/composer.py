"""The box an operator writes in, and the search of ready replies above it."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from nicegui import ui
from nicegui.events import UploadEventArguments

from service import desk, suggesting
from service.console.place import ME, Place
from service.domain.suggestions import Suggestion

MOST_FOUND = 6
IN_SEARCH = "(e) => { if (e.target.value.startsWith('/')) { e.preventDefault(); emit(e.key); } }"
SEND = "(e) => { if (!e.repeat) emit(); }"
# The focus goes at once, however far away the server is: the next key is not written into the box.
LEAVE = """(e) => {
  e.stopPropagation();
  e.target.blur();
  document.querySelector('.inbox-row[tabindex="0"]')?.focus({ preventScroll: true });
  emit();
}"""


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
        self._conversation_id: int | None = None
        self.noting = False
        self.edited_rank: int | None = None
        self._found: list[Suggestion] = []
        self._at = 0
        self._typed = self._sending = False
        self._locked = self._begun = self._inserted = self._before = ""
        with ui.element("div").classes("composer") as self.root:
            self._results = ui.element("div").classes("composer-results").props('role="listbox"')
            self._results.props["aria-label"] = place.say("composer.search")
            self._results.visible = False
            self._mode = ui.label().classes("composer-mode").props('role="status" data-testid="composer-mode"')
            self.box = self._build_box()
            with ui.element("div").classes("composer-foot"):
                self._upload(on_upload)
                self._tool("search", "composer.search", self.search, "/")
                self._tool("sticky_note_2", "composer.note", self.start_note, "N")
                self._hint = ui.label().classes("composer-hint")
                self.button = ui.button(place.say("composer.send"), on_click=self._clicked(self.send)).props(
                    'unelevated no-caps data-testid="send"'
                )
        self.show_mode()

    def _build_box(self) -> ui.textarea:
        box = ui.textarea(placeholder=self._place.say("composer.placeholder"), on_change=self._changed).props(
            'autogrow borderless input-class="composer-input" data-testid="composer"'
        )
        box.props["aria-label"] = self._place.say("composer.label")
        box.on("keydown.ctrl.enter", self.send, js_handler=SEND)
        box.on("keydown.meta.enter", self.send, js_handler=SEND)
        box.on("keydown.escape", self.leave, js_handler=LEAVE)
        box.on("keydown.enter.exact", self._take, js_handler=IN_SEARCH)
        box.on("keydown.down", lambda: self._walk(1), js_handler=IN_SEARCH)
        box.on("keydown.up", lambda: self._walk(-1), js_handler=IN_SEARCH)
        return box.classes("composer-box")

    def _tool(self, icon: str, word: str, work: Callable[[], Any], key: str = "") -> None:
        name = self._place.say(word)
        button = ui.button(icon=icon, on_click=self._clicked(work)).props(f'flat round dense aria-label="{name}"')
        button.tooltip(name)
        if key:
            button.props["data-key"] = key

    def _clicked(self, work: Callable[[], Any]) -> Callable[[], Any]:
        """What a button does: one writes on in the box, also while `work` waits for the database."""

        def do() -> Any:
            self.focus()
            return work()

        return do

    def _upload(self, on_upload: Callable[[UploadEventArguments], Any]) -> None:
        most = self._place.office.settings.file_max_mb
        refused = self._place.say("composer.too_large", most=most)
        upload = ui.upload(
            on_upload=on_upload, auto_upload=True, max_file_size=most * 2**20,
            on_rejected=lambda: ui.notify(refused, type="warning", position="top"),
        ).classes("hidden")  # fmt: skip
        self._tool("attach_file", "composer.attach", lambda: upload.run_method("pickFiles"))

    @property
    def conversation_id(self) -> int | None:
        """The conversation whose client is written to."""
        return self._conversation_id

    @conversation_id.setter
    def conversation_id(self, number: int | None) -> None:
        """Write to another client from now on."""
        self._conversation_id = number
        # Travels with the words: a page that is left in between knows whose they are.
        self.box.props["data-conversation"] = str(number or "")
        self.box.update()

    @property
    def draft(self) -> str:
        """What was begun and not sent, also while a note is written or something is looked for."""
        return self._begun if self.noting or self._text.startswith("/") else self._text

    @property
    def _text(self) -> str:
        return str(self.box.value or "")

    def lock(self, why: str) -> None:
        """Say why nothing can be sent to the client now; an empty reason unlocks. Notes are always possible."""
        if why != self._locked:
            self._locked = why
            self.show_mode()

    def show_mode(self) -> None:
        """Say whether a note or a reply is being written, of which suggestion it is a version, or why not at all."""
        locked = bool(self._locked) and not self.noting
        self.root.classes(
            add=" ".join(name for name, on in (("noting", self.noting), ("locked", locked)) if on),
            remove=" ".join(name for name, on in (("noting", self.noting), ("locked", locked)) if not on),
        )
        key = "note_mode" if self.noting else "edit_mode" if self.edited_rank else ""
        text = self._locked if locked else self._place.say(f"composer.{key}") if key else ""
        self._mode.set_text(text)
        self._mode.visible = bool(text)
        self._show_hint()
        self.button.set_text(self._place.say("composer.save_note" if self.noting else "composer.send"))
        self.button.set_enabled(not locked)

    def _show_hint(self) -> None:
        key = "hint_search" if self._results.visible else "hint_note" if self.noting else "hint"
        self._hint.set_text(self._place.say(f"composer.{key}"))

    def start_note(self) -> None:
        """The next words are a note for colleagues."""
        if not self.noting:
            self._begun = self.draft
            self.noting, self.edited_rank = True, None
            self._inserted = ""
            self.box.set_value("")
            self._close_results()
            self.show_mode()

    def put(self, text: str, rank: int | None = None) -> None:
        """Put words into the box to be changed, below what was begun; `rank` names the suggestion they come from.

        Words that were put there before and are unchanged make room.
        """
        before = self.draft.removesuffix(self._inserted).rstrip() if self._inserted else self.draft.rstrip()
        self.noting, self.edited_rank = False, rank
        self._begun, self._inserted = "", text
        self.box.set_value(f"{before}\n\n{text}" if before else text)
        self.show_mode()

    def focus(self) -> None:
        """Write here now. Not for keys: the browser has done it, and later is too late."""
        self.box.run_method("focus")

    def search(self) -> None:
        """Begin a search of ready replies; what was begun waits."""
        if self.noting:
            self.clear(self.draft)
        if not self._text.startswith("/"):  # the browser may have begun it already
            self.box.set_value("/")

    def clear(self, draft: str = "") -> None:
        """A box for a reply, empty or with what was begun before."""
        self._begun = self._inserted = ""
        self.noting, self.edited_rank = False, None
        self.box.set_value(draft)
        self._close_results()
        self.show_mode()

    def leave(self) -> None:
        """Escape: close the search or give up the note, then leave the box; what was written for the client stays."""
        if self.noting or self._text.startswith("/"):
            self.clear(self.draft)

    async def send(self) -> None:
        """Send the reply or keep the note; the box is emptied only when it is stored. One at a time."""
        text = self._text.strip()
        if self._sending or not text or (text.startswith("/") and self._results.visible):
            return
        self._sending = True
        self.button.disable()
        conversation_id, begun = self.conversation_id, self._begun
        try:
            stored = await (self._on_note(text) if self.noting else self._on_send(text))
        finally:
            self._sending = False
            self.button.enable()
        if stored and self.conversation_id == conversation_id:
            self.clear(begun)
            self._tell_typing(False)

    async def _changed(self) -> None:
        text, before = self._text, self._before
        self._before = text
        if text.startswith("/") and not before.startswith("/") and not self.noting:
            self._begun = before
        if not self.noting:
            self._tell_typing(bool(text) and not text.startswith("/"))
        if text.startswith("/") and self.conversation_id is not None and not self.noting:
            await self._look_up(text, self.conversation_id)
        else:
            self._close_results()
            if before.startswith("/") and not self.noting and self._begun:
                begun, self._begun = self._begun, ""
                if not text:  # the search was rubbed out
                    self.box.set_value(begun)

    def _tell_typing(self, on: bool) -> None:
        if on or self._typed:
            self._on_typing(on)
        self._typed = on

    async def _look_up(self, text: str, conversation_id: int) -> None:
        words = text[1:].strip()
        query = text if words and " " not in words and words.isascii() else words
        found = await self._place.read(
            suggesting.search_replies, query, conversation_id, ME, self._place.office, limit=MOST_FOUND
        )
        if self._text != text:
            return  # typed on meanwhile: the next search is on its way
        self._found, self._at = found or [], 0
        self._results.clear()
        with self._results:
            for number, each in enumerate(self._found):
                self._result(number, each)
            if not self._found:
                empty = "nothing_found" if words else "type_to_search"
                ui.label(self._place.say(f"composer.{empty}")).classes("muted composer-nothing")
        self._results.visible = True
        self._show_hint()

    def _result(self, number: int, each: Suggestion) -> None:
        chosen = ' aria-selected="true"' if number == self._at else ""
        with ui.element("button").classes("composer-result").props(f'role="option" type="button"{chosen}') as row:
            row.on("click", self._clicked(lambda: self._use(each)))
            ui.label(self._place.say(f"suggestions.{each.kind.value}")).classes(f"pill {each.kind.value}")
            ui.label(each.source.title or "").classes("composer-result-title")
            ui.label(each.text).classes("composer-result-text")

    def _walk(self, by: int) -> None:
        if not self._results.visible or not self._found:
            return
        rows = list(self._results)
        rows[self._at].props(remove='aria-selected="true"')
        self._at = (self._at + by) % len(self._found)
        rows[self._at].props('aria-selected="true"')

    def _take(self) -> None:
        if self._results.visible and self._found:
            self._use(self._found[self._at])

    def _use(self, suggestion: Suggestion) -> None:
        self._close_results()
        self.put(suggestion.text)

    def _close_results(self) -> None:
        self._found = []
        self._results.visible = False
        self._show_hint()


def attach(place: Place, conversation_id: int) -> Callable[[UploadEventArguments], Awaitable[str | None]]:
    """A handler that keeps an uploaded file; gives its key."""

    async def keep(event: UploadEventArguments) -> str | None:
        content = await event.file.read()
        kept = await place.do(
            desk.attach_file, conversation_id, ME, place.office, name=event.file.name, content=BytesIO(content)
        )
        return kept.key if kept is not None else None

    return keep
