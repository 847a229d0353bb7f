"""One's own account: password, the code from a telephone, browsers, tokens, language and appearance."""

from dataclasses import replace

from nicegui import ui

from service import signing_in
from service.console.components.once import busy
from service.console.components.own_tokens import OwnTokens
from service.console.components.rows import Rows, cell
from service.console.components.second_factor_card import SecondFactorCard
from service.console.components.sheet import sheet, title
from service.console.dates import say_moment
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, THEMES, Place, keep_preferences
from service.events import staff_topic

LANGUAGES = {"ru": "Русский", "en": "English"}


@console_page("account", "/account")
async def account(place: Place) -> None:
    """Five cards."""
    AccountPage(place).build()


class AccountPage:
    """What is shown of one's own account."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def build(self) -> None:
        """Draw the cards; lists come with the first look."""
        place = self._place
        lead = f"{place.staff.name} · {place.staff.login} · {place.say(f'roles.{place.staff.role.value}')}"
        with sheet(place, "account", lead), ui.element("div").classes("stack"):
            with ui.element("div").classes("halves"):
                with ui.element("section").classes("card"):
                    self._password()
                with ui.element("div").classes("stack"):
                    with ui.element("section").classes("card"):
                        self._factor = SecondFactorCard(place)
                    with ui.element("section").classes("card"):
                        self._appearance()
            with ui.element("section").classes("card"):
                title(place.say("account.sessions")).classes("card-gap")
                columns = ("session_browser", "session_since", "session_seen", "session_address")
                self._sessions = Rows(
                    place, place.say("account.sessions"), [place.say(f"account.{each}") for each in columns],
                    empty=place.say("account.no_sessions"), icon="devices", on_act=self._end,
                )  # fmt: skip
            with ui.element("section").classes("card"):
                self._tokens = OwnTokens(place)
        Live(place.office.events, lambda: (staff_topic(place.staff.id),), self._look)

    def _password(self) -> None:
        place = self._place
        title(place.say("account.password"))
        ui.label(place.say("account.password_lead")).classes("card-lead")
        with ui.element("form").classes("form-fields").on("submit.prevent", self._submit):
            # Managers of passwords look for the login beside them.
            ui.element("input").props(f"type=text name=username autocomplete=username hidden value={place.staff.login}")
            fields = []
            for key, fill in (("old_password", "current-password"), ("new_password", "new-password"),
                              ("again", "new-password")):  # fmt: skip
                field = ui.input(place.say(f"account.{key}"), password=True, password_toggle_button=True)
                fields.append(field.props(f"outlined dense autocomplete={fill} name={key}"))
            self._old, self._new, self._again = fields
            self._wrong = ui.label().classes("form-wrong").props("role=alert")
            self._wrong.visible = False
            with ui.element("div").classes("card-foot"):
                self._change = ui.button(place.say("account.change_password")).props("unelevated no-caps type=submit")

    async def _submit(self) -> None:
        if not self._change.enabled:
            return
        place, old, new = self._place, str(self._old.value or ""), str(self._new.value or "")
        if new != str(self._again.value or ""):
            self._say_wrong(place.say("account.differ"))
            return
        self._say_wrong("")
        place.told = self._say_wrong
        try:
            async with busy(self._change):
                here = await place.do(signing_in.find_session, place.cookie, place.office)
                done = here is not None and await place.done(
                    signing_in.change_password, ME, old, new, place.office, session_id=here.id, address=here.address
                )
        finally:
            place.told = None
        if done:
            for field in (self._old, self._new, self._again):
                field.set_value("")
            ui.notify(place.say("account.password_changed"), type="positive", position="top")
            await self._look()

    def _say_wrong(self, words: str) -> None:
        self._wrong.set_text(words)
        self._wrong.visible = bool(words)

    def _appearance(self) -> None:
        place, kept = self._place, self._place.preferences
        title(place.say("account.look"))
        ui.label(place.say("account.look_lead")).classes("card-lead")
        choices = (
            ("language", [(key, name, replace(kept, language=key)) for key, name in LANGUAGES.items()], kept.language),
            ("theme", [(key, place.say(f"frame.theme_{key}"), replace(kept, theme=key)) for key in THEMES], kept.theme),
        )
        for name, options, current in choices:
            group = place.say(f"account.{name}")
            ui.label(group).classes("figure-name")
            with ui.element("div").classes("choice").props(f'role=group aria-label="{group}"'):
                for key, words, then in options:
                    pressed = str(key == current).lower()
                    button = ui.element("button").on("click", lambda _, then=then: keep_preferences(then))
                    button.props(f"type=button aria-pressed={pressed} data-testid={name}-{key}")
                    with button:
                        ui.label(words)

    async def _look(self) -> None:
        place = self._place
        here = await place.read(signing_in.find_session, place.cookie, place.office)
        found = await place.read(signing_in.list_sessions, ME, place.office)
        if here is None or found is None:
            return
        self._sessions.show(
            [
                {
                    "id": each.id,
                    "acts": [] if each.id == here.id else [["end", place.say("account.end")]],
                    "cells": [
                        cell(browser_of(each.agent), pills=[(place.say("account.this_browser"), "good")]
                             if each.id == here.id else []),
                        cell(say_moment(each.created_at, place), look="line"),
                        cell(say_moment(each.seen_at, place), look="line"),
                        cell(each.address, look="mono"),
                    ],
                }
                for each in found
            ]
        )  # fmt: skip
        await self._factor.look()
        await self._tokens.look()

    async def _end(self, session_id: int, _act: str) -> None:
        place = self._place
        if await place.done(signing_in.revoke_session, session_id, ME, place.office):
            ui.notify(place.say("account.ended"), type="positive", position="top")
        await self._look()


def browser_of(agent: str) -> str:
    """«Firefox, Windows» for what a browser says of itself; its own words when that is something else."""
    browsers = (("Edg/", "Edge"), ("YaBrowser/", "Яндекс Браузер"), ("OPR/", "Opera"), ("Firefox/", "Firefox"),
                ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
    systems = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
               ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip
    browser = next((name for mark, name in browsers if mark in agent), "")
    system = next((name for mark, name in systems if mark in agent), "")
    return ", ".join(each for each in (browser, system) if each) or agent[:60] or "—"
