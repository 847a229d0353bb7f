"""Topics: what was not understood, in groups; and what the knowledge base answers badly."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from service import labelling
from service.console.components.dialogs import press
from service.console.components.intent_choice import title_of
from service.console.components.rows import Rows, cell
from service.console.components.sheet import sheet
from service.console.components.topic_form import TopicForm
from service.console.dates import say_moment
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place
from service.console.style import wear
from service.events import TOPICS_TOPIC
from service.labelling import GapView, Topic
from service.ongoing import Begun

SHOWN_REPLY = 160


@console_page("topics", "/topics")
async def topics_page(place: Place) -> None:
    """The topics and the gaps."""
    wear("labelling")
    page = TopicsPage(place)
    page.build()
    await page.load()


class TopicsPage:
    """What was found, and what is to be done with each."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._form = TopicForm(place, self.load)
        self._gaps: dict[str, GapView] = {}
        self._searching: Begun | None = None

    def build(self) -> None:
        """Draw the page; what it shows comes with `load`."""
        place = self._place
        with sheet(place, "topics", place.say("topics.lead")) as head:
            with head:
                press(place, "topics.search", self._search, look="main").props("icon=search data-testid=find")
            self._when = ui.label().classes("row-sub").props("role=status data-testid=when")
            self._list = ui.element("div").classes("topics").props("data-testid=topics")
            with ui.element("div").classes("gap-head"):
                ui.label(place.say("topics.gaps")).classes("card-title").props("role=heading aria-level=2")
                ui.label(place.say("topics.gaps_lead")).classes("sheet-lead")
            columns = ("gap_topic", "gap_asked", "gap_bad", "gap_replies")
            self._rows = Rows(
                place, place.say("topics.gaps"), [place.say(f"topics.{each}") for each in columns],
                empty=place.say("topics.no_gaps"), icon="menu_book", on_act=self._act,
            )  # fmt: skip
        Live(place.office.events, lambda: (TOPICS_TOPIC,), self._look)

    async def _look(self) -> None:
        """Say that a search goes on, whoever has begun it; show what it has found when it is over."""
        if await self._place.read(labelling.search_in_progress, ME, self._place.office) != self._searching:
            await self.load()

    async def load(self) -> None:
        """Read the topics and the gaps."""
        place = self._place
        # Before the list: of a search that ends in between, the next look knows that it was not over.
        self._searching = await place.read(labelling.search_in_progress, ME, place.office)
        found = await place.do(labelling.list_topics, ME, place.office)
        gaps = await place.do(labelling.list_gaps, ME, place.office, place.language)
        if found is None or gaps is None:
            return
        self._list.clear()
        with self._list:
            for topic in found:
                self._card(topic)
            if not found and (self._searching is None or self._searching.failed):
                ui.label(place.say("topics.nothing")).classes("empty")
        self._say_when(found)
        self._gaps = {each.gap.intent: each for each in gaps}
        self._rows.show([self._gap_row(each) for each in gaps])

    def _say_when(self, found: Sequence[Topic]) -> None:
        place, searching = self._place, self._searching
        said = place.say("topics.made_at", at=say_moment(found[0].made_at, place)) if found else ""
        if searching is not None:
            key = "search_failed" if searching.failed else "searching"
            said = place.say(f"topics.{key}", by=searching.by, at=say_moment(searching.at, place))
        self._when.set_text(said)

    def _card(self, topic: Topic) -> None:
        place = self._place
        with ui.element("section").classes("card topic").props(f"data-testid=topic-{topic.id}"):
            ui.label(" · ".join(topic.words) or place.say("topics.nameless")).classes("topic-words").props(
                "role=heading aria-level=2"
            )
            with ui.element("div").classes("topic-figures"):
                ui.label(place.say("topics.size", n=topic.size)).classes("pill")
                look = "warn" if topic.growth > 0 else ""
                ui.label(place.say("topics.week", recent=topic.recent, before=topic.before)).classes(f"pill {look}")
                if topic.nearest:
                    ui.label(place.say("topics.nearest", intent=title_of(topic.nearest, place))).classes("pill")
            with ui.element("ul").classes("topic-said"):
                for each in topic.examples:
                    with ui.element("li"):
                        ui.label(each)
            with ui.element("div").classes("topic-acts"):
                for key, look in (("new_intent", "main"), ("join", "flat"), ("outside", "flat"), ("dismiss", "flat")):
                    press(place, f"topics.{key}", self._deciding(key, topic), look=look).props(
                        f"dense data-testid={key}"
                    )

    def _deciding(self, key: str, topic: Topic) -> Callable[[], Awaitable[None]]:
        async def decide() -> None:
            place = self._place
            if key == "dismiss":
                await place.done(labelling.settle, topic.id, "dismissed", ME, place.office)
                await self.load()
                return
            messages = await place.do(labelling.messages_of, topic.id, ME, place.office)
            if messages:
                {"new_intent": self._form.new_intent, "join": self._form.join, "outside": self._form.outside}[key](
                    topic, messages
                )

        return decide

    def _gap_row(self, view: GapView) -> dict[str, object]:
        place, gap = self._place, view.gap
        reply = view.replies[0] if view.replies else place.say("topics.no_replies")
        return {
            "id": gap.intent,
            "cells": [
                cell(view.title, sub=" · ".join(view.questions[:2])), cell(str(gap.asked), look="line"),
                cell(str(gap.bad), sub=place.say("topics.gap_split", weak=gap.weak, rejected=gap.rejected)),
                cell(reply[:SHOWN_REPLY]),
            ],
            "acts": [("draft", place.say("topics.draft"))] if view.replies else [],
        }  # fmt: skip

    async def _act(self, intent: str, _act: str) -> None:
        place = self._place
        made = await place.do(labelling.propose_article, intent, place.language, ME, place.office)
        if made is not None:
            ui.notify(place.say("topics.drafted", article=made), type="positive", position="top", timeout=8000)

    async def _search(self) -> None:
        if await self._place.do(labelling.begin_search, ME, self._place.office) is not None:
            await self._look()
