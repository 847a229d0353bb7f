"""One client's data: found by number or identity, handed out as a file, erased for good after a question."""

import io

from nicegui import ui

from service import privacy
from service.console.components.dialogs import Form, press
from service.console.components.rows import Rows, cell
from service.console.components.sheet import sheet
from service.console.frame import console_page
from service.console.place import ME, Place
from service.privacy import Dossier


@console_page("privacy", "/privacy")
async def privacy_page(place: Place) -> None:
    """A question, and what is held."""
    PrivacyPage(place).build()


class PrivacyPage:
    """The client that was asked for last."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._found: Dossier | None = None

    def build(self) -> None:
        """Draw the page; nothing is read before somebody is asked for."""
        place = self._place
        with sheet(place, "privacy", place.say("privacy.lead")):
            with ui.element("form").classes("tools").on("submit.prevent", self._find):
                self._named = ui.input(place.say("privacy.who")).props(
                    f'outlined dense autofocus name=client hint="{place.say("privacy.who_hint")}"'
                )
                ui.button(place.say("privacy.find")).props("unelevated no-caps type=submit")
            with ui.element("div").classes("tools") as self._acts:
                self._title = ui.label().classes("card-title").props("role=status data-testid=found")
                press(place, "privacy.export", self._export).props("icon=download data-testid=export")
                press(place, "privacy.erase", self._erase, look="bad", asks=True).props("data-testid=erase")
            self._acts.visible = False
            self._rows = Rows(
                place, place.say("pages.privacy"), [place.say("privacy.held"), place.say("privacy.count")],
                empty=place.say("privacy.empty"), icon="person_search",
            )  # fmt: skip
            self._rows.show([])

    async def _find(self, *_: object) -> None:
        place = self._place
        found = await place.do(privacy.find_client, str(self._named.value or ""), ME, place.office)
        self._show(found)

    def _show(self, found: Dossier | None) -> None:
        place, self._found = self._place, found
        self._acts.visible = found is not None
        if found is None:
            self._rows.show([])
            return
        who = ", ".join("/".join(each) for each in found.identities)
        self._title.set_text(place.say("privacy.title", number=found.client_id, name=found.name or "—", who=who))
        self._rows.show([{"id": name, "cells": [cell(name, look="mono"), cell(str(count))]}
                         for name, count in found.rows.items()])  # fmt: skip

    async def _export(self) -> None:
        place, found, out = self._place, self._found, io.BytesIO()
        if found and await place.done(privacy.export_client, found.client_id, ME, place.office, out):
            ui.download.content(out.getvalue(), f"client-{found.client_id}.zip")

    async def _erase(self) -> None:
        place, found = self._place, self._found
        if found is None:
            return
        form = Form(place, place.say("privacy.erase_title"), action=place.say("privacy.erase"), bad=True)
        with form.fields():
            ui.label(place.say("privacy.erase_text", number=found.client_id)).classes("form-text")
            typed = ui.input(place.say("privacy.type_number")).props("outlined dense autofocus name=number")

        async def save() -> bool:
            if str(typed.value or "").strip() != str(found.client_id):
                form.say_wrong(place.say("privacy.wrong_number"))
                return False
            if not await place.done(privacy.erase_client, found.client_id, ME, place.office):
                return False
            self._show(None)
            ui.notify(place.say("privacy.erased"), type="positive", position="top")
            return True

        form.open(save)
