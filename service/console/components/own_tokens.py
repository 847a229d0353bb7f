"""The card of one's tokens for programs: made, shown once, withdrawn."""

from nicegui import ui

from service import api_tokens
from service.console.components.dialogs import Form, ask, press, show_once
from service.console.components.rows import Rows, cell
from service.console.components.sheet import title
from service.console.dates import say_moment
from service.console.place import ME, Place


class OwnTokens:
    """Into the present slot; `look()` reads the list."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._names: dict[int, str] = {}
        with ui.element("div").classes("card-head spread"):
            title(place.say("account.tokens"))
            press(place, "account.add_token", self._add).props("data-testid=add-token")
        ui.label(place.say("account.tokens_lead")).classes("card-lead")
        columns = ("token_name", "token_made", "token_used", "token_ends")
        self._rows = Rows(
            place, place.say("account.tokens"), [place.say(f"account.{each}") for each in columns],
            empty=place.say("account.no_tokens"), icon="key_off", on_act=self._revoke,
        )  # fmt: skip

    async def look(self) -> None:
        """Show the tokens that work."""
        place = self._place
        found = await place.read(api_tokens.list_tokens, place.staff.id, ME, place.office)
        if found is None:
            return
        self._names = {each.id: each.name for each in found}
        self._rows.show(
            [
                {
                    "id": each.id,
                    "acts": [["revoke", place.say("account.revoke")]],
                    "cells": [
                        cell(each.name),
                        cell(say_moment(each.created_at, place)),
                        cell(say_moment(each.last_used_at, place) or place.say("forms.never")),
                        cell(say_moment(each.expires_at, place) or place.say("account.token_forever")),
                    ],
                }
                for each in found
            ]
        )

    async def _add(self) -> None:
        place = self._place
        form = Form(place, place.say("account.add_token"), action=place.say("account.add_token"))
        with form.fields():
            name = ui.input(place.say("account.token_name")).props("outlined dense autofocus name=token-name")
            days = ui.number(place.say("account.token_days"), value=90, min=1, max=3650, precision=0).props(
                f'outlined dense clearable hint="{place.say("account.token_days_hint")}"'
            )

        async def save() -> bool:
            lasts = int(days.value) if days.value is not None else None
            made = await place.do(
                api_tokens.add_token, place.staff.id, str(name.value or ""), ME, place.office, expires_in_days=lasts
            )
            if made is None:
                return False
            form.close()
            shown = place.say("account.token_shown", name=made.name)
            show_once(place, shown, place.say("account.token_hint"), made.token)
            await self.look()
            return True

        form.open(save)

    async def _revoke(self, token_id: int, _act: str) -> None:
        place, name = self._place, self._names.get(token_id, "")
        title_, text = place.say("account.revoke_title", name=name), place.say("account.revoke_text")
        if await ask(place, title_, text, place.say("account.revoke")):
            if await place.done(api_tokens.revoke_token, place.staff.id, token_id, ME, place.office):
                ui.notify(place.say("account.revoked"), type="positive", position="top")
            await self.look()
