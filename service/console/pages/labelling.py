"""Labelling: one message at a time, the one that teaches most first; a key a label."""

import asyncio
from collections import deque

from nicegui import ui

from service import labelling
from service.console.amounts import number
from service.console.components.dialogs import Form, press
from service.console.components.intent_choice import IntentQuestion, title_of
from service.console.components.label_keys import LabelKeys
from service.console.components.review_card import TOP, ReviewCard
from service.console.components.rows import Rows, cell
from service.console.components.sheet import sheet
from service.console.components.shortcuts import show_shortcuts
from service.console.dates import say_moment
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place
from service.console.style import wear
from service.domain.labels import OUT_OF_SCOPE, ReviewItem, Worry
from service.events import EXAMPLES_TOPIC

AT_ONCE = 20
KEYS = (
    ("1 2 3 4 5", "label_top"), ("0", "label_outside"), ("/", "label_other"), ("M", "label_several"),
    ("S", "label_skip"), ("U", "label_undo"), ("H", "label_history"), ("?", "help"),
)  # fmt: skip


@console_page("labelling", "/labelling")
async def labelling_page(place: Place) -> None:
    """The queue, a message at a time."""
    wear("labelling")
    view = LabellingPage(place)
    view.build()
    await view.advance()


class LabellingPage:
    """What is on the screen, what comes next, and what was just said."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._waiting: deque[ReviewItem] = deque()
        self._item: ReviewItem | None = None
        self._compared = True
        self._busy = False
        self._turn = asyncio.Lock()

    def build(self) -> None:
        """Draw the page; the first message comes with `advance`."""
        place = self._place
        with sheet(place, "labelling", place.say("labelling.lead")) as head:
            with head:
                press(place, "labelling.examine", self._examine).props("icon=fact_check data-testid=examine")
                press(place, "labelling.history", self._history).props("icon=history data-testid=history")
                press(place, "labelling.undo", self._undo).props("icon=undo data-testid=undo")
            with ui.element("div").classes("tools"):
                worries = {each.value: place.say(f"labelling.worry_{each.value}") for each in Worry}
                self._worry = ui.select(
                    {"": place.say("labelling.everything"), **worries}, value="", on_change=self._begin,
                    label=place.say("labelling.which_ones"),
                ).props("outlined dense options-dense")  # fmt: skip
                self._figures = ui.label().classes("grow muted").props("data-testid=figures role=status")
            self._card = ReviewCard(place, self._choose, lambda intent: title_of(intent, place))
            self._card.nothing(place.say("forms.loading"))
            with ui.element("div").classes("review-acts"):
                for key, letter, work in (
                    ("other", "/", self._other), ("several", "M", self._several), ("skip", "S", self._skip)
                ):  # fmt: skip
                    button = press(place, f"labelling.{key}", work, asks=True).props(f"data-testid={key}")
                    with button, ui.element("kbd"):
                        ui.label(letter)
        self._keys = LabelKeys(self._on_key)
        Live(place.office.events, lambda: (EXAMPLES_TOPIC,), self._compare)

    async def advance(self) -> None:
        """Show the next message."""
        place = self._place
        if not self._waiting:
            worry = str(self._worry.value or "") or None
            found = await place.do(labelling.next_items, ME, place.office, limit=AT_ONCE, worry=worry)
            self._waiting.extend(found or ())
        self._item = self._waiting.popleft() if self._waiting else None
        await self._show()
        await self._count()

    async def _begin(self) -> None:
        self._waiting.clear()
        await self.advance()

    async def _show(self) -> None:
        place, item = self._place, self._item
        if item is None:
            self._card.nothing(place.say("labelling.nothing"))
            return
        self._card.show(item)
        self._compared = False
        self._card.later(self._compare)

    async def _compare(self) -> None:
        """Show what is like the message, once it can be said: the first look has the training set encoded."""
        item = self._item
        if item is None or self._compared:
            return
        near = await self._place.read(labelling.neighbours, item.text, self._place.office)
        if self._item is item and near is not None:
            self._compared = near.ready
            self._card.show_neighbours(near)

    async def _count(self) -> None:
        place = self._place
        counts = await place.read(labelling.progress, ME, place.office)
        agreed = await place.read(labelling.agreed, ME, place.office)
        if counts is None or agreed is None:
            return
        words = place.say("labelling.figures", **counts)
        if agreed.kappa is not None:
            words += " · " + place.say(
                "labelling.agreement", kappa=number(agreed.kappa, place.language, 2), pairs=agreed.pairs
            )
        self._figures.set_text(words)

    async def _on_key(self, code: str, item: int) -> None:
        work = {
            "KeyS": self._skip, "KeyU": self._undo, "KeyM": self._several, "KeyH": self._history, "Slash": self._other,
        }.get(code)  # fmt: skip
        if code == "Help":
            show_shortcuts(self._place, KEYS)
        elif code in ("KeyU", "KeyH") and work is not None:
            await work()
        elif self._item is None or item != self._item.id:
            return  # pressed before this message was on the screen
        elif work is not None:
            await work()
        elif code[-1].isdigit():
            await self._choose(int(code[-1]))

    async def _choose(self, choice: int) -> None:
        """0: out of scope; 1 to 5: one of the likeliest."""
        if self._item is None:
            return
        ranking = self._item.ranking[:TOP]
        if choice == 0:
            await self._label([OUT_OF_SCOPE])
        elif choice <= len(ranking):
            await self._label([ranking[choice - 1].intent])

    async def _other(self) -> None:
        if self._item is not None:
            await self._label(
                await IntentQuestion(self._place, self._place.say("labelling.other"), several=False).answer()
            )

    async def _several(self) -> None:
        if self._item is not None:
            proposed = [guess.intent for guess in self._item.ranking[:2]]
            question = IntentQuestion(
                self._place, self._place.say("labelling.several"), several=True, proposed=proposed
            )  # fmt: skip
            await self._label(await question.answer())

    async def _label(self, intents: list[str]) -> None:
        item, place = self._item, self._place
        if item is None or not intents or self._busy:
            return
        self._busy = True
        try:
            done = await place.do(labelling.label, item.id, intents, ME, place.office)
            if done is not None:
                self._keys.say(place.say("labelling.said", intent=", ".join(title_of(each, place) for each in intents)))
                await self.advance()
        finally:
            self._busy = False

    async def _skip(self) -> None:
        if self._item is not None and not self._busy:
            self._busy = True
            try:
                if await self._place.done(labelling.skip, self._item.id, ME, self._place.office):
                    await self.advance()
            finally:
                self._busy = False

    async def _undo(self) -> None:
        async with self._turn:  # pressed twice at once, the second one is shown after the first
            await self._undo_one()

    async def _undo_one(self) -> None:
        place = self._place
        undone = await place.do(labelling.undo, ME, place.office)
        if undone is None:
            ui.notify(place.say("labelling.nothing_to_undo"), position="top")
            return
        item = await place.do(labelling.read_item, undone, ME, place.office)
        if item is not None:
            if self._item is not None:
                self._waiting.appendleft(self._item)
            self._item = item
            self._keys.say(place.say("labelling.undone"))
            await self._show()
            await self._count()

    async def _examine(self) -> None:
        place = self._place
        found = await place.do(labelling.examine, ME, place.office)
        if found is not None:
            ui.notify(place.say("labelling.examined", n=found), type="positive", position="top")
            await self._begin()

    async def _history(self) -> None:
        place = self._place
        lines = await place.do(labelling.history, ME, place.office)
        if lines is None:
            return
        form = Form(place, place.say("labelling.history"), wide=True)
        with form.fields():
            rows = Rows(
                place, place.say("labelling.history"),
                [place.say(f"labelling.{each}") for each in ("text", "label", "who")],
                empty=place.say("labelling.no_history"), icon="history",
            )  # fmt: skip
        rows.show([
            {
                "id": place_in_list,
                "cells": [
                    cell(line.text), cell(self._said(line)), cell(line.author, sub=say_moment(line.at, place)),
                ],
            }
            for place_in_list, line in enumerate(lines)
        ])  # fmt: skip
        form.open(None)

    def _said(self, line: labelling.GivenLabel) -> str:
        if line.intents is None:
            return self._place.say("labelling.taken_back")
        return ", ".join(title_of(each, self._place) for each in line.intents) or self._place.say("labelling.skipped")
