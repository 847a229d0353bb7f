"""Suspicious traffic, live: who is slowed, silenced or blocked, why and until when; seen and lifted here."""

from nicegui import ui

from service import traffic
from service.console.components.dialogs import ask
from service.console.components.rows import Pill, Rows, cell
from service.console.components.sheet import sheet
from service.console.dates import say_moment
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place
from service.domain.suspicion import Level, Restriction
from service.events import TRAFFIC_TOPIC
from service.traffic import Traffic

PAGE = 50
LOOKS = {Level.NOTICE: "", Level.SLOW: "warn", Level.SILENT: "warn", Level.BLOCKED: "bad"}


@console_page("traffic", "/traffic")
async def traffic_page(place: Place) -> None:
    """The list."""
    TrafficPage(place).build()


class TrafficPage:
    """The restrictions as they were read last."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: dict[int, Restriction] = {}
        self._shown = PAGE

    def build(self) -> None:
        """Draw the page; the list comes with the first look."""
        place = self._place
        with sheet(place, "traffic", place.say("traffic.lead")):
            self._standing = ui.label().classes("sheet-lead").props("role=status data-testid=standing")
            columns = ("who", "why", "level", "time", "state")
            self._rows = Rows(
                place, place.say("pages.traffic"), [place.say(f"traffic.{each}") for each in columns],
                empty=place.say("traffic.empty"), icon="verified_user", on_act=self._act, on_more=self._more,
            )  # fmt: skip
        Live(place.office.events, lambda: (TRAFFIC_TOPIC,), self._look)

    async def _look(self) -> None:
        place = self._place
        found = await place.read(traffic.read_traffic, ME, place.office, limit=self._shown)
        if found is None:
            return
        self._known = {each.id: each for each in found.recent}
        self._standing.set_text(say_standing(found, place))
        rows = [row_of(each, place) for each in found.recent]
        more = len(rows) == self._shown < traffic.MOST_AT_ONCE
        self._rows.show(rows, more=more)

    async def _more(self) -> None:
        self._shown = min(self._shown + PAGE, traffic.MOST_AT_ONCE)
        await self._look()

    async def _act(self, key: int, act: str) -> None:
        place, chosen = self._place, self._known.get(key)
        if chosen is None:
            return
        if act == "note":
            await place.done(traffic.take_note, key, ME, place.office)
        elif act == "open":
            ui.navigate.to(f"/console/inbox?conversation={chosen.conversation_id}")
        elif await ask(
            place, place.say("traffic.lift_title"), place.say("traffic.lift_text", who=chosen.subject),
            place.say("traffic.lift"), bad=False,
        ):  # fmt: skip
            await place.done(traffic.lift, key, ME, place.office)
        await self._look()


def stands(restriction: Restriction, place: Place) -> bool:
    """Whether it is neither over nor lifted."""
    return restriction.lifted_at is None and restriction.until > place.office.clock()


def say_standing(found: Traffic, place: Place) -> str:
    """«Сейчас: заблокировано 1, без ответа 2, медленнее 0»."""
    counts = {f"{level.value}": found.standing.get(level, 0) for level in Level}
    return place.say("traffic.standing", **counts)


def row_of(each: Restriction, place: Place) -> dict[str, object]:
    """One line of the list."""
    say = place.say
    present = stands(each, place)
    until = say("traffic.until", at=say_moment(each.until, place))
    acts = [] if each.seen_by or not present else [("note", say("traffic.note"))]
    if present and each.level is not Level.NOTICE:
        acts.append(("lift", say("traffic.lift")))
    if each.conversation_id is not None and place.staff.may_see(None):
        acts.append(("open", say("traffic.open")))
    return {
        "id": each.id,
        "faded": not present,
        "cells": [
            cell(each.subject, sub=say(f"traffic.scope_{each.scope.value}"), look="mono"),
            cell(say(f"traffic.signal_{each.signal.value}"), sub=say("traffic.count", count=each.count)),
            cell(pills=[_level(each, place)]),
            cell(say_moment(each.since, place), sub=until),
            cell(_state(each, place, present)),
        ],
        "acts": acts,
    }  # fmt: skip


def _level(each: Restriction, place: Place) -> Pill:
    return place.say(f"traffic.level_{each.level.value}"), LOOKS[each.level]


def _state(each: Restriction, place: Place, present: bool) -> str:
    if each.lifted_by is not None:
        return place.say("traffic.lifted_by", who=each.lifted_by)
    if not present:
        return place.say("traffic.over")
    return place.say("traffic.seen_by", who=each.seen_by) if each.seen_by else place.say("traffic.new")
