"""Departments: their titles, which are open, and who takes over for a closed one."""

from collections.abc import Mapping

from nicegui import ui

from service import departments
from service.console.components.dialogs import Form, press
from service.console.components.rows import Rows, cell
from service.console.components.sheet import sheet
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place
from service.events import DEPARTMENTS_TOPIC, QUEUE_TOPIC
from service.storage.departments import Department


@console_page("departments", "/departments")
async def departments_page(place: Place) -> None:
    """The list and the forms behind it."""
    DepartmentsPage(place).build()


class DepartmentsPage:
    """The departments as they were read last."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: list[Department] = []
        self._waiting: Mapping[str, int] = {}

    def build(self) -> None:
        """Draw the page; the list comes with the first look."""
        place = self._place
        with sheet(place, "departments", place.say("departments.lead")) as head:
            with head:
                press(place, "departments.add", self._add, look="main").props("icon=add data-testid=add")
            columns = ("title", "title_en", "held", "state")
            self._rows = Rows(
                place, place.say("pages.departments"), [place.say(f"departments.{each}") for each in columns],
                empty=place.say("departments.empty"), icon="apartment", on_open=self._open,
            )  # fmt: skip
        Live(place.office.events, lambda: (DEPARTMENTS_TOPIC, QUEUE_TOPIC), self._look)

    async def _look(self) -> None:
        place = self._place
        known = await place.read(departments.list_departments, place.office, with_closed=True)
        waiting = await place.read(departments.count_waiting, ME, place.office)
        if known is None or waiting is None:
            return
        self._known, self._waiting = known, waiting
        titles = {each.id: each.title(place.language) for each in known}
        self._rows.show(
            [
                {
                    "id": each.id,
                    "faded": not each.is_open,
                    "cells": [
                        cell(each.titles["ru"], sub=each.id), cell(each.titles["en"]),
                        cell(str(waiting.get(each.id, 0))),
                        cell(
                            pills=[(place.say("departments.open"), "good") if each.is_open
                                   else (place.say("departments.closed"), "bad")],
                            sub=place.say("departments.taken_over", title=titles.get(each.successor, each.successor))
                            if each.successor else "",
                        ),
                    ],
                }
                for each in known
            ]
        )  # fmt: skip

    def _titles(self, now: Mapping[str, str]) -> dict[str, ui.input]:
        hint = self._place.say("departments.title_hint")
        russian = ui.input(self._place.say("departments.title"), value=now.get("ru", "")).props(
            f'outlined dense name=title-ru hint="{hint}"'
        )
        english = ui.input(self._place.say("departments.title_en"), value=now.get("en", "")).props(
            "outlined dense name=title-en"
        )
        return {"ru": russian, "en": english}

    async def _add(self) -> None:
        place = self._place
        form = Form(place, place.say("departments.add"))
        with form.fields():
            key = ui.input(place.say("departments.id")).props(
                f'outlined dense autofocus name=id hint="{place.say("departments.id_hint")}"'
            )
            fields = self._titles({})

        async def save() -> bool:
            titles = {language: str(field.value or "") for language, field in fields.items()}
            done = await place.do(departments.add_department, str(key.value or "").strip(), titles, ME, place.office)
            return await self._finish(done)

        form.open(save)

    async def _open(self, department_id: str) -> None:
        place = self._place
        found = next((each for each in self._known if each.id == department_id), None)
        if found is None:
            return
        form = Form(place, found.title(place.language))
        with form.fields():
            fields = self._titles(found.titles)

        async def close() -> None:
            form.close()
            self._ask_close(found)

        async def reopen() -> None:
            if await self._finish(await place.do(departments.reopen_department, found.id, ME, place.office)):
                form.close()

        with form.others:
            if found.is_open:
                press(place, "departments.close", close, look="bad").props("type=button data-testid=close")
            else:
                press(place, "departments.reopen", reopen).props("type=button data-testid=reopen")

        async def save() -> bool:
            titles = {language: str(field.value or "") for language, field in fields.items()}
            return await self._finish(await place.do(departments.rename_department, found.id, titles, ME, place.office))

        form.open(save)

    def _ask_close(self, closing: Department) -> None:
        place = self._place
        title = place.say("departments.close_title", title=closing.title(place.language))
        form = Form(place, title, action=place.say("departments.close"), bad=True)
        waits = self._waiting.get(closing.id, 0)
        others = {each.id: each.title(place.language) for each in self._known if each.is_open and each.id != closing.id}
        with form.fields():
            ui.label(place.say("departments.close_text")).classes("form-text")
            ui.label(place.say("departments.close_held", n=waits)).classes("form-text")
            successor = ui.select(
                {"": place.say("departments.nobody"), **others}, value="", label=place.say("departments.successor")
            ).props("outlined dense options-dense data-testid=successor")

        async def save() -> bool:
            moved = await place.do(
                departments.close_department, closing.id, ME, place.office, successor=str(successor.value) or None
            )
            if moved is not None:
                ui.notify(place.say("departments.closed_done", n=moved), type="positive", position="top")
                await self._look()
            return moved is not None

        form.open(save)

    async def _finish(self, done: Department | None) -> bool:
        if done is not None:
            ui.notify(self._place.say("forms.saved"), type="positive", position="top")
            await self._look()
        return done is not None
