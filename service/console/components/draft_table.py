"""Rows that are changed together and saved together: what targets and routing share."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from nicegui import ui

from service.console.components.once import once
from service.console.place import Place

Row = TypeVar("Row")


class DraftTable(Generic[Row]):
    """A list of rows being edited. `build_row(row, number)` draws one; `save(rows)` is true when it was stored."""

    def __init__(
        self, place: Place, section: str, *, build_row: Callable[[Row, int], None], make: Callable[[], Row],
        save: Callable[[list[Row]], Awaitable[bool]], load: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._place, self._section = place, section
        self._build_row, self._make, self._save, self._load = build_row, make, save, load
        self.rows: list[Row] = []
        self._list = ui.element("ol").classes("drafts").props('data-testid="drafts"')
        self._list.props["aria-label"] = place.say(f"pages.{section}")
        with ui.element("div").classes("draft-foot"):
            ui.button(place.say("drafts.add"), icon="add", on_click=self._add).props(
                'flat no-caps data-testid="add-row"'
            )
            self._changed = ui.label(place.say("drafts.changed")).classes("pill warn").props("role=status")
            self._discard_button = ui.button(place.say("drafts.discard"), on_click=self._load).props("flat no-caps")
            keep = once(lambda: self._save_button, self._keep)
            self._save_button = ui.button(place.say("drafts.save"), on_click=keep).props(
                'unelevated no-caps data-testid="save-rows"'
            )

    def show(self, rows: list[Row]) -> None:
        """Begin anew with these rows, as they are stored."""
        self.rows = rows
        self._draw()
        self._mark(changed=False)

    def touch(self, *_: Any) -> None:
        """Something was changed."""
        self._mark(changed=True)

    def move(self, number: int, by: int) -> None:
        """Put a row higher or lower."""
        other = number + by
        if 0 <= other < len(self.rows):
            self.rows[number], self.rows[other] = self.rows[other], self.rows[number]
            self._draw()
            self.touch()

    def remove(self, number: int) -> None:
        """Take a row out; nothing is lost until it is saved."""
        del self.rows[number]
        self._draw()
        self.touch()

    def button(self, icon: str, name: str, work: Callable[[], None]) -> ui.button:
        """A small button with its name for those who can't see it."""
        made = ui.button(icon=icon, on_click=work).props("flat round dense")
        made.props["aria-label"] = self._place.say(f"drafts.{name}")
        return made

    def _add(self) -> None:
        self.rows.append(self._make())
        self._draw()
        self.touch()

    def _draw(self) -> None:
        self._list.clear()
        with self._list:
            for number, row in enumerate(self.rows):
                with ui.element("li").classes("draft"):
                    self._build_row(row, number)
            if not self.rows:
                ui.label(self._place.say(f"{self._section}.empty")).classes("empty")

    def _mark(self, *, changed: bool) -> None:
        self._changed.visible = self._discard_button.visible = self._save_button.visible = changed

    async def _keep(self) -> None:
        if await self._save(self.rows):
            ui.notify(self._place.say("drafts.saved"), type="positive", position="top")
            await self._load()
