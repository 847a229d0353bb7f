"""Searches kept under a name: one button each."""

from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from nicegui import ui

from service import desk
from service.console.components.dialogs import ask
from service.console.components.once import once
from service.console.place import ME, Place
from service.console.searching import Asked, search_of
from service.domain.search import SavedView, Search


class SavedViews:
    """A row of buttons; a new one keeps `asked()`, the cross beside one forgets it."""

    def __init__(
        self, place: Place, on_open: Callable[[SavedView], Awaitable[None]], asked: Callable[[], Asked], zone: ZoneInfo
    ) -> None:
        self._place = place
        self._on_open = on_open
        self._asked = asked
        self._zone = zone
        self._row = ui.element("div").classes("views").props(f'role=group aria-label="{place.say("search.views")}"')
        self._dialogs = ui.element("div")  # outlives the buttons, which are made anew

    async def load(self) -> None:
        """Show one's views."""
        kept = await self._place.read(desk.saved_views, ME, self._place.office) or []
        self._row.clear()
        with self._row:
            for each in kept:
                self._button(each)
            ui.button(self._place.say("search.keep"), icon="bookmark_add", on_click=self._ask_name).props(
                'flat no-caps dense data-testid="keep-view"'
            )

    def _button(self, kept: SavedView) -> None:
        async def open_it() -> None:
            await self._on_open(kept)

        with ui.element("span").classes("view"):
            with ui.element("button").classes("choice").props("type=button").on("click", open_it):
                ui.label(kept.name)
            forget = ui.element("button").classes("view-forget").props("type=button")
            forget.props["aria-label"] = self._place.say("search.forget", name=kept.name)
            with forget.on("click", lambda: self._ask_forget(kept.name)):
                ui.icon("close")

    def _ask_name(self) -> None:
        place = self._place
        with self._dialogs, ui.dialog(value=True) as dialog, ui.card().classes("ask"):
            ui.label(place.say("search.keep")).classes("card-title").props("role=heading aria-level=2")
            ui.label(place.say("search.keep_about")).classes("muted")
            name = ui.input(place.say("search.view_name")).props(
                'outlined autofocus maxlength=80 data-testid="view-name"'
            ).classes("ask-field")  # fmt: skip

            async def keep() -> None:
                called = str(name.value or "").strip()
                if not called:
                    ui.notify(place.say("search.name_it"), type="warning", position="top")
                    return
                wanted = search_of(self._asked(), self._zone)
                seen = await self._kept_as(called)
                if seen is not None and seen != wanted and not await self._may_replace(called):
                    return
                if await place.do(desk.save_view, called, wanted, ME, place.office, seen=seen) is not None:
                    dialog.close()
                    await self.load()

            do_keep = once(lambda: save, keep)
            name.on("keydown.enter", do_keep)
            with ui.element("div").classes("ask-foot"):
                ui.button(place.say("search.cancel"), on_click=dialog.close).props("flat no-caps")
                save = ui.button(place.say("search.save"), on_click=do_keep).props("unelevated no-caps")
        dialog.on("hide", dialog.delete)

    async def _kept_as(self, name: str) -> Search | None:
        """What stands under the name by now: another tab may have kept it."""
        kept = await self._place.read(desk.saved_views, ME, self._place.office) or []
        return next((each.search for each in kept if each.name == name), None)

    async def _may_replace(self, name: str) -> bool:
        place = self._place
        title, text = place.say("search.replace_title"), place.say("search.replace_text", name=name)
        return await ask(place, title, text, place.say("search.replace"), bad=False)

    def _ask_forget(self, name: str) -> None:
        place = self._place
        with self._dialogs, ui.dialog(value=True) as dialog, ui.card().classes("ask"):
            ui.label(place.say("search.forget_ask", name=name))

            async def forget() -> None:
                dialog.close()
                await place.do(desk.forget_view, name, ME, place.office)
                await self.load()

            with ui.element("div").classes("ask-foot"):
                ui.button(place.say("search.cancel"), on_click=dialog.close).props("flat no-caps autofocus")
                ui.button(place.say("search.forget_it"), on_click=forget).props("unelevated no-caps color=negative")
        dialog.on("hide", dialog.delete)
