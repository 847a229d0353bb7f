"""Channels: which platforms clients write from, whether they work, and what an administrator has to say about them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from nicegui import ui

from service import channel_setup
from service.channel_book import Condition
from service.channel_setup import ChannelState, ShownSetting
from service.console.components.dialogs import Form, press
from service.console.components.inbox_list import channel_name
from service.console.components.rows import Rows, cell
from service.console.components.sheet import sheet
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place
from service.console.words import say_problem, section
from service.events import CHANNELS_TOPIC

LOOKS = {
    Condition.WORKING: "good",
    Condition.STOPPED: "bad",
    Condition.SWITCHED_OFF: "warn",
    Condition.NOT_SET_UP: "",
}


@console_page("channels", "/channels")
async def channels_page(place: Place) -> None:
    """The list and the form behind each."""
    ChannelsPage(place).build()


class ChannelsPage:
    """The channels as they were read last."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: list[ChannelState] = []
        self._zone = ZoneInfo(place.staff.time_zone or place.office.settings.staff_zone)

    def build(self) -> None:
        """Draw the page; the list comes with the first look."""
        place = self._place
        with sheet(place, "channels", place.say("channel_page.lead")):
            columns = ("channel", "state", "day", "rates", "error")
            self._rows = Rows(
                place, place.say("pages.channels"), [place.say(f"channel_page.{each}") for each in columns],
                empty="", icon="hub", on_open=self._open,
            )  # fmt: skip
        Live(place.office.events, lambda: (CHANNELS_TOPIC,), self._look)

    async def _look(self) -> None:
        known = await self._place.read(channel_setup.list_channels, ME, self._place.office)
        if known is not None:
            self._known = known
            self._rows.show([self._row(each) for each in known])

    def _row(self, state: ChannelState) -> dict[str, object]:
        place, done = self._place, state.traffic
        waiting = place.say("channel_page.waiting", n=done.waiting) if done.waiting else ""
        lost = [
            (place.say(f"channel_page.{what}", n=number), "bad")
            for what, number in (("failed", done.failed), ("unknown", done.unknown))
            if number
        ]
        rates = place.say("channel_page.rate", n=f"{state.rules.per_second:g}")
        error = say_problem(state.trouble or state.last_error, state.name, place.language)
        at = self._moment(state.last_error_at) if error and state.last_error_at else ""
        return {
            "id": state.name,
            "faded": state.condition is Condition.NOT_SET_UP,
            "cells": [
                cell(channel_name(state.name, place.language), sub=state.name),
                cell(pills=[(place.say(f"channel_page.{state.condition.value}"), LOOKS[state.condition])], sub=waiting),
                cell(place.say("channel_page.sent", n=done.sent), pills=lost),
                cell(rates, sub=place.say("channel_page.chat_rate", n=f"{state.rules.chat_per_second:g}")),
                cell(error, sub=at),
            ],
        }

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%d.%m.%Y %H:%M}"

    async def _open(self, name: str) -> None:
        place = self._place
        state = next((each for each in self._known if each.name == name), None)
        if state is None:
            return
        form = Form(place, channel_name(name, place.language))
        with form.fields():
            if state.trouble:
                trouble = say_problem(state.trouble, name, place.language)
                ui.label(place.say("channel_page.stopped_by", error=trouble)).classes("form-wrong")
            fields = {each.setting.name: self._field(name, each) for each in state.settings}
            enabled = ui.switch(place.say("channel_page.enabled"), value=state.enabled).props("name=enabled")
            if state.webhook:
                ui.label(place.say("channel_page.webhook", url=state.webhook)).classes("form-text")

        async def check() -> None:
            said = await place.do(channel_setup.check, name, ME, place.office)
            await self._tell(place.say("channel_page.checked", said=said) if said is not None else None)

        async def webhook() -> None:
            said = await place.do(channel_setup.set_webhook, name, ME, place.office)
            await self._tell(place.say("channel_page.checked", said=said) if said is not None else None)

        async def test() -> None:
            self._ask_recipient(name)

        with form.others:
            if not state.missing:
                press(place, "channel_page.check", check).props("type=button data-testid=check")
                press(place, "channel_page.test", test).props("type=button data-testid=test")
                if state.sets_webhook:
                    press(place, "channel_page.set_webhook", webhook).props("type=button data-testid=set-webhook")

        async def save() -> bool:
            values = {key: str(field.value or "") for key, field in fields.items()}
            done = await place.done(channel_setup.set_up, name, values, bool(enabled.value), ME, place.office)
            await self._tell(place.say("forms.saved") if done else None)
            return done

        form.open(save)

    def _field(self, channel: str, shown: ShownSetting) -> ui.input | ui.select:
        place, setting = self._place, shown.setting
        labels = section("channel_settings", place.language)
        label = labels.get(f"{channel}_{setting.name}") or labels[setting.name]
        if setting.choices:
            options = {each: labels[f"choice_{each}"] for each in setting.choices}
            choice = ui.select(options, value=shown.value or setting.default, label=label)
            choice.props(f"outlined dense options-dense name={setting.name}")
            choice.set_enabled(not shown.from_environment)
            return choice
        hint = ""
        if shown.from_environment:
            hint = place.say("channel_page.from_environment", variable=f"OTKLIK_{channel}_{setting.name}".upper())
        elif setting.secret and shown.is_set:
            hint = place.say("channel_page.secret_set")
        field = ui.input(label, value=shown.value).props(f"outlined dense autocomplete=off name={setting.name}")
        field.props["hint"] = hint
        if setting.secret:
            field.props("type=password")
            field.props["autocomplete"] = "new-password"
        field.set_enabled(not shown.from_environment)
        return field

    def _ask_recipient(self, name: str) -> None:
        place = self._place
        form = Form(place, place.say("channel_page.test"), action=place.say("channel_page.send"))
        with form.fields():
            ui.label(place.say("channel_page.test_text")).classes("form-text")
            who = ui.input(place.say("channel_page.recipient")).props("outlined dense autofocus name=recipient")

        async def send() -> bool:
            done = await place.done(channel_setup.send_test, name, str(who.value or ""), ME, place.office)
            await self._tell(place.say("channel_page.tested") if done else None)
            return done

        form.open(send)

    async def _tell(self, words: str | None) -> None:
        if words is not None:
            ui.notify(words, type="positive", position="top", timeout=6000)
        await self._look()
