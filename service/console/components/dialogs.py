"""Forms in dialogs, a question before what can't be undone, secrets shown once, buttons that wait for their work."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from nicegui import ui

from service.console.components.once import busy
from service.console.place import Place


def press(
    place: Place, key: str, work: Callable[[], Awaitable[object]], *, look: str = "flat", asks: bool = False
) -> ui.button:
    """A button that does `work` once at a time. `look`: "flat", "main" or "bad"; `asks`: a person is waited for."""
    styles = {"flat": "outline color=primary", "main": "unelevated", "bad": "outline color=negative"}
    button = ui.button(place.say(key)).props(f"no-caps {styles[look]}").classes("press")

    async def run() -> None:
        # What the work draws belongs to the page: the dialog that this button stands in may be gone by then.
        with ui.context.client:
            async with busy(button, shown=not asks):
                await work()

    button.on_click(run)
    return button


class Form:
    """Fields in a dialog: Enter saves, Escape closes, what is wrong is said inside it.

    with form.fields(): ...the inputs...; then form.open(save), `save` returning whether it is done.
    """

    def __init__(
        self, place: Place, title: str, *, action: str | None = None, wide: bool = False, bad: bool = False
    ) -> None:
        self._place = place
        self._save: Callable[[], Awaitable[bool]] | None = None
        self._former = place.told
        self._client = ui.context.client
        look = "form wide" if wide else "form"
        with self._client, ui.dialog() as self.dialog, ui.element("form").classes(look) as self._box:
            self.dialog.props(f"aria-labelledby=form-title-{self.dialog.id}")
            with ui.element("div").classes("form-head"):
                ui.label(title).classes("form-title").props(f"id=form-title-{self.dialog.id} role=heading aria-level=2")
                ui.button(icon="close", on_click=self.dialog.close).props(
                    f'flat round dense type=button aria-label="{place.say("forms.close")}"'
                )
            self._fields = ui.element("div").classes("form-fields")
            self._wrong = ui.label().classes("form-wrong").props("role=alert")
            self._wrong.visible = False
            with ui.element("div").classes("form-foot") as self.foot:
                self.others = ui.element("div").classes("form-others")
                self._leave = ui.button(place.say("forms.cancel"), on_click=self.dialog.close)
                self._leave.props("flat no-caps type=button")
                self.button = ui.button(action or place.say("forms.save")).props("unelevated no-caps type=submit")
                self.button.props("color=negative" if bad else "color=primary")
        self._box.on("submit.prevent", self._submit)
        self.dialog.on("hide", self._gone)

    @contextmanager
    def fields(self) -> Iterator[None]:
        """Where the inputs go."""
        with self._fields:
            yield

    def open(self, save: Callable[[], Awaitable[bool]] | None) -> None:
        """Show the form; without `save` it is for reading."""
        self._save = save
        self.button.visible = save is not None
        self._leave.set_text(self._place.say("forms.close" if save is None else "forms.cancel"))
        self._place.told = self.say_wrong
        self.dialog.open()

    def close(self) -> None:
        """Done."""
        self.dialog.close()

    def say_wrong(self, words: str) -> None:
        """Say what can't be taken as it is."""
        self._wrong.set_text(words)
        self._wrong.visible = bool(words)

    async def _submit(self) -> None:
        if self._save is None or not self.button.enabled:
            return
        self.say_wrong("")
        with self._client:
            async with busy(self.button):
                done = await self._save()
        if done:
            self.dialog.close()

    def _gone(self) -> None:
        if self._place.told == self.say_wrong:
            self._place.told = self._former
        self.dialog.delete()


async def ask(place: Place, title: str, text: str, action: str, *, bad: bool = True) -> bool:
    """Ask once before something happens; `text` says what will."""
    with ui.context.client, ui.dialog() as dialog, ui.element("div").classes("form"):
        ui.label(title).classes("form-title").props("role=heading aria-level=2")
        for line in text.split("\n"):
            ui.label(line).classes("form-text")
        with ui.element("div").classes("form-foot"):
            ui.button(place.say("forms.cancel"), on_click=lambda: dialog.submit(False)).props("flat no-caps autofocus")
            ui.button(action, on_click=lambda: dialog.submit(True)).props(
                f"unelevated no-caps data-testid=yes color={'negative' if bad else 'primary'}"
            )
    answer = bool(await dialog)
    dialog.delete()
    return answer


def show_once(place: Place, title: str, hint: str, secret: str) -> None:
    """A secret that is never shown again, to be copied now."""
    with ui.context.client, ui.dialog().props("persistent") as dialog, ui.element("div").classes("form"):
        ui.label(title).classes("form-title").props("role=heading aria-level=2")
        ui.label(hint).classes("form-text")
        ui.label(secret).classes("secret").props("data-testid=secret")
        with ui.element("div").classes("form-foot"):
            press(place, "forms.copy", lambda: _copy(place, secret))
            ui.button(place.say("forms.kept"), on_click=dialog.close).props("unelevated no-caps data-testid=kept")
    dialog.on("hide", dialog.delete)
    dialog.open()


async def _copy(place: Place, words: str) -> None:
    ui.clipboard.write(words)
    ui.notify(place.say("forms.copied"), type="positive", position="top")
