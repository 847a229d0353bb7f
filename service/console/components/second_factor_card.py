"""The card of the code from a telephone: turned on with a right code, off with one, recovery codes shown once."""

from collections.abc import Awaitable, Callable

import segno
from nicegui import ui

from service import second_factor
from service.console.components.dialogs import Form, press, show_once
from service.console.components.sheet import title
from service.console.place import ME, Place


class SecondFactorCard:
    """Into the present slot; `look()` reads how it stands."""

    def __init__(self, place: Place) -> None:
        self._place = place
        with ui.element("div").classes("card-head"):
            title(place.say("account.factor"))
            self._state = ui.label().classes("pill").props("data-testid=factor role=status")
        ui.label(place.say("account.factor_lead")).classes("card-lead")
        with ui.element("div").classes("card-foot"):
            self._on = press(place, "account.turn_on", self._enrol, look="main").props("data-testid=turn-on")
            self._renew = press(place, "account.renew", self._ask_renew)
            self._off = press(place, "account.turn_off", self._ask_off, look="bad").props("data-testid=turn-off")
        for button in (self._on, self._renew, self._off):
            button.visible = False

    async def look(self) -> None:
        """Show how it stands."""
        place = self._place
        on = await place.read(second_factor.is_on, ME, place.office)
        if on is None:
            return
        self._state.set_text(place.say("account.factor_on" if on else "account.factor_off"))
        self._state.classes(add="good" if on else "warn", remove="warn" if on else "good")
        self._on.visible, self._renew.visible, self._off.visible = not on, on, on

    async def _enrol(self) -> None:
        place = self._place
        made = await place.do(second_factor.enrol_totp, ME, place.office)
        if made is None:
            return
        form = Form(place, place.say("account.enrol_title"), action=place.say("account.confirm"))
        with form.fields():
            ui.label(place.say("account.enrol_lead")).classes("form-text")
            picture = ui.image(qr_of(made.uri)).classes("totp-picture").props("data-testid=totp-picture no-spinner")
            picture.props["alt"] = place.say("account.picture")
            ui.label(place.say("account.secret")).classes("figure-name")
            ui.label(in_fours(made.secret)).classes("secret").props("data-testid=totp-secret")
            ui.link(place.say("account.enrol_link"), made.uri)
            code = _code(place.say("account.code"))

        async def save() -> bool:
            codes = await place.do(second_factor.confirm_totp, ME, str(code.value or ""), place.office)
            return await self._show(codes)

        form.open(save)

    async def _show(self, codes: tuple[str, ...] | None) -> bool:
        if codes is None:
            return False
        place = self._place
        show_once(place, place.say("account.codes_title"), place.say("account.codes_hint"), "\n".join(codes))
        await self.look()
        return True

    async def _ask_renew(self) -> None:
        place = self._place

        async def renew(code: str) -> bool:
            return await self._show(await place.do(second_factor.renew_recovery_codes, ME, code, place.office))

        self._with_code("renew", renew)

    async def _ask_off(self) -> None:
        place = self._place

        async def turn_off(code: str) -> bool:
            done = await place.done(second_factor.turn_totp_off, ME, code, place.office)
            if done:
                await self.look()
            return done

        self._with_code("off", turn_off)

    def _with_code(self, key: str, work: Callable[[str], Awaitable[bool]]) -> None:
        place = self._place
        form = Form(place, place.say(f"account.{key}_title"), action=place.say(f"account.{key}_action"))
        with form.fields():
            code = _code(place.say("account.code")).props(f'hint="{place.say("account.code_hint")}"')
        form.open(lambda: work(str(code.value or "")))


def _code(label: str) -> ui.input:
    return ui.input(label).props("outlined dense autofocus autocomplete=one-time-code inputmode=text name=code")


def qr_of(uri: str) -> str:
    """The address as a picture for the telephone's camera: SVG in a data: address, with a quiet zone of its own.

    Dark on white in both themes: many cameras read no inverted codes. It is drawn here, so the secret goes to nobody.
    """
    drawn: str = segno.make(uri, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    return drawn


def in_fours(secret: str) -> str:
    """«ABCD EFGH ...»: easier to copy by hand."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
