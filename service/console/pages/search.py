"""Search among all conversations: words, filters, searches kept under a name."""

from typing import Any
from urllib.parse import parse_qs

from nicegui import ui

from service import desk
from service.console.amounts import zone_of
from service.console.components.saved_views import SavedViews
from service.console.components.search_form import SearchForm
from service.console.components.search_results import SearchResults, row_of
from service.console.frame import console_page
from service.console.place import ME, Place
from service.console.searching import Asked, asked_of, read_address, search_of
from service.console.style import wear
from service.departments import list_departments
from service.domain.search import FoundConversation, SavedView

PAGE = 30


@console_page("search", "/search")
async def search(place: Place) -> None:
    """The form on top, what was found below; the address says what was asked."""
    wear("supervisor")
    view = _View(place)
    await view.build()
    await view.search(view.form.asked)


class _View:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._zone = zone_of(place)
        self._number = 0
        self._found: list[FoundConversation] = []
        self._next: str | None = None
        self._titles = {
            each.id: each.title(place.language)[:1].upper() + each.title(place.language)[1:]
            for each in list_departments(place.office, with_closed=True)
        }

    async def build(self) -> None:
        place = self._place
        request = ui.context.client.request
        asked = read_address(parse_qs(request.url.query, max_num_fields=200) if request else {})
        with ui.element("div").classes("sheet"):
            with ui.element("div").classes("sheet-head"):
                ui.label(place.say("pages.search")).props("role=heading aria-level=1").classes("sheet-title")
            self.form = SearchForm(place, self._titles, asked, self.search)
            await self.form.build()
            self._views = SavedViews(place, self.open_view, lambda: self.form.asked, self._zone)
            await self._views.load()
            self._results = SearchResults(place, self.more)

    async def search(self, asked: Asked) -> None:
        """Look anew; an answer that comes after the next question is dropped."""
        self._number += 1
        number = self._number
        self._results.wait()
        page = await self._place.do(desk.search, ME, self._place.office, search_of(asked, self._zone), limit=PAGE)
        if number != self._number:
            return
        self._found, self._next = (list(page.conversations), page.next) if page else ([], None)
        self._show(asked)
        ui.navigate.history.replace(asked.address)

    async def more(self) -> None:
        """The next page, below what is there."""
        asked, number, after = self.form.asked, self._number, self._next
        if after is None:
            return
        self._next = None  # a second click asks for nothing
        page = await self._place.do(
            desk.search, ME, self._place.office, search_of(asked, self._zone), after=after, limit=PAGE
        )
        if page is None or number != self._number:
            self._next = after if page is None else self._next
            return
        self._found += page.conversations
        self._next = page.next
        self._show(asked)

    async def open_view(self, kept: SavedView) -> None:
        asked = asked_of(kept.search, self._zone)
        self.form.put(asked)
        await self.search(asked)

    def _show(self, asked: Asked) -> None:
        now = self._place.office.clock()
        rows: list[dict[str, Any]] = [
            row_of(each, asked.q, self._titles, now, self._zone, self._place) for each in self._found
        ]
        self._results.show(rows, more=self._next is not None, everything=asked.is_empty)
