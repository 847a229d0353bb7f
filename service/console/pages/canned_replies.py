"""Canned replies: everybody's, kept by supervisors, and one's own."""

from nicegui import ui

from service import canned, departments
from service.console.components.canned_form import CannedForm
from service.console.components.dialogs import press
from service.console.components.rows import Pill, Rows, cell
from service.console.components.sheet import searching, sheet
from service.console.dates import say_moment
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place
from service.events import CANNED_TOPIC, DEPARTMENTS_TOPIC
from service.storage.canned import CannedReply

SHORTENED = 160


@console_page("canned_replies", "/canned-replies")
async def canned_replies(place: Place) -> None:
    """The list and the form behind it."""
    CannedPage(place).build()


class CannedPage:
    """What there is, and what of it is asked for."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._replies: list[CannedReply] = []
        self._titles: dict[str, str] = {}
        self._form = CannedForm(place, self._look)

    def build(self) -> None:
        """Draw the page; the list comes with the first look."""
        place = self._place
        with sheet(place, "canned_replies", place.say("canned.lead")) as head:
            with head:
                press(place, "canned.add", self._add, look="main").props("icon=add data-testid=add")
            with ui.element("div").classes("tools"):
                self._query = searching(place, place.say("canned.search")).on_value_change(self._draw)
                whose = {each: place.say(f"canned.whose_{each}") for each in ("all", "shared", "mine")}
                self._whose = ui.select(whose, value="all", label=place.say("canned.whose"), on_change=self._draw)
                self._department = ui.select({}, label=place.say("canned.department"), on_change=self._draw)
                for field in (self._whose, self._department):
                    field.props("outlined dense options-dense")
            columns = ("shortcut", "text", "meant_for", "changed")
            self._rows = Rows(
                place, place.say("pages.canned_replies"), [place.say(f"canned.{each}") for each in columns],
                empty=place.say("canned.empty"), icon="quickreply", on_open=self._open,
            )  # fmt: skip
        Live(place.office.events, lambda: (CANNED_TOPIC, DEPARTMENTS_TOPIC), self._look)

    async def _look(self) -> None:
        place = self._place
        found = await place.read(canned.list_canned, ME, place.office)
        known = await place.read(departments.list_departments, place.office)
        if found is None or known is None:
            return
        self._replies = found
        self._titles = {each.id: each.title(place.language) for each in known if place.staff.may_see(each.id)}
        options = {"": place.say("forms.any"), **self._titles}
        if self._department.options != options:
            self._department.set_options(options, value=self._department.value or "")
        self._draw()

    def _draw(self) -> None:
        asked = (str(self._query.value or ""), str(self._whose.value), str(self._department.value or ""))
        self._rows.show(
            [row_of(each, self._titles, self._place) for each in self._replies if fits(each, *asked)],
            empty=self._place.say("canned.empty" if self._replies else "canned.nothing_yet"),
        )

    async def _add(self) -> None:
        await self._form.add(self._titles)

    async def _open(self, canned_id: int) -> None:
        found = next((each for each in self._replies if each.id == canned_id), None)
        if found is not None:
            await self._form.change(found, self._titles)


def fits(reply: CannedReply, query: str, whose: str, department: str) -> bool:
    """Whether a reply is among those asked for; each word has to be somewhere in it."""
    if (whose == "mine" and reply.owner is None) or (whose == "shared" and reply.owner is not None):
        return False
    if department and reply.department not in (None, department):
        return False
    words = " ".join((reply.shortcut, reply.title, *reply.tags, *reply.text.values())).casefold()
    return all(word in words for word in query.casefold().split())


def row_of(reply: CannedReply, titles: dict[str, str], place: Place) -> dict[str, object]:
    """One line of the list."""
    words = reply.text.get(place.language) or next(iter(reply.text.values()), "")
    shown = words if len(words) <= SHORTENED else f"{words[:SHORTENED].rstrip()}…"
    pills: list[Pill] = [(place.say("canned.personal"), "good")] if reply.owner is not None else []
    if reply.department is not None:
        pills.append((titles.get(reply.department, reply.department), ""))
    elif reply.owner is None:
        pills.append((place.say("canned.everybody"), ""))
    tags: list[Pill] = [(f"#{tag}", "") for tag in reply.tags]
    return {
        "id": reply.id,
        "cells": [
            cell(reply.shortcut, sub=f"{reply.title} · {', '.join(reply.text)}"), cell(shown),
            cell(pills=[*pills, *tags]), cell(say_moment(reply.updated_at, place), sub=reply.author, look="line"),
        ],
    }  # fmt: skip
