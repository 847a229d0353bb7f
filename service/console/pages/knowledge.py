"""The knowledge base: what clients are answered with, found, filtered and opened; new articles begin here."""

from datetime import date

from nicegui import ui

from service import editing
from service.console.components.article_editor import ArticleEditor
from service.console.components.article_parts import SERVED_STATES, new_source, pills_of, state_of
from service.console.components.dialogs import Form, press
from service.console.components.rows import Rows, cell
from service.console.components.sheet import searching, sheet
from service.console.dates import say_moment
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place, go_to
from service.console.topics import topics_of
from service.console.words import section
from service.editing import ArticleEntry
from service.events import KNOWLEDGE_TOPIC


@console_page("knowledge", "/knowledge")
async def knowledge(place: Place) -> None:
    """The list."""
    KnowledgePage(place).build()


@console_page("knowledge", "/knowledge/{language}/{article_id}")
async def article(place: Place, language: str, article_id: str) -> None:
    """One article: its text, what clients will see, its versions."""
    await ArticleEditor(place, article_id, language).build()


class KnowledgePage:
    """What there is, and what of it is asked for."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._entries: list[ArticleEntry] = []
        self._mark: str | None = None
        self._titles = topics_of(place)

    def build(self) -> None:
        """Draw the page; the list comes with the first look."""
        place = self._place
        with sheet(place, "knowledge", place.say("knowledge.lead")) as head:
            with head:
                press(place, "knowledge.add", self._add, look="main").props("icon=note_add data-testid=add")
            with ui.element("div").classes("tools"):
                self._query = searching(place, place.say("knowledge.search")).on_value_change(self._draw)
                self._language = self._choice("language", {"ru": "Русский", "en": "English"}, place.language)
                states = {state: place.say(f"knowledge.state_{state}") for state in SERVED_STATES}
                self._state = self._choice("state", states, "")
                self._intent = ui.select(
                    {"": place.say("forms.any"), **dict(self._titles)}, value="", with_input=True,
                    label=place.say("knowledge.topic"), on_change=self._draw,
                ).props("outlined dense options-dense").classes("wide-choice")  # fmt: skip
            self._count = ui.label().classes("count").props("role=status")
            columns = ("title", "topic", "state", "changed")
            self._rows = Rows(
                place, place.say("pages.knowledge"), [place.say(f"knowledge.{each}") for each in columns],
                empty=place.say("knowledge.empty"), icon="menu_book", on_open=self._open,
            )  # fmt: skip
        Live(place.office.events, lambda: (KNOWLEDGE_TOPIC,), self._look)

    def _choice(self, name: str, options: dict[str, str], value: str) -> ui.select:
        every = {"": self._place.say("forms.any")} | options
        chosen = ui.select(every, value=value, label=self._place.say(f"knowledge.{name}"), on_change=self._draw)
        return chosen.props("outlined dense options-dense")

    async def _look(self) -> None:
        mark = await self._place.read(editing.mark_of_all, ME, self._place.office)
        if mark is None or mark == self._mark:
            return
        found = await self._place.read(editing.list_articles, ME, self._place.office)
        if found is not None:
            self._entries, self._mark = found, mark
            self._draw()

    def _draw(self) -> None:
        place, today = self._place, self._place.office.clock().date()
        asked = (str(self._query.value or ""), str(self._language.value or ""), str(self._state.value or ""),
                 str(self._intent.value or ""))  # fmt: skip
        chosen = [each for each in self._entries if fits(each, *asked, today=today)]
        self._count.set_text(place.say("knowledge.count", n=len(chosen), of=len(self._entries)))
        self._rows.show([self._row(each, today) for each in chosen])

    def _row(self, entry: ArticleEntry, today: date) -> dict[str, object]:
        place = self._place
        topics = ", ".join(self._titles.get(each, each) for each in entry.intents)
        by = section("knowledge", place.language)["by_import"] if entry.author == "import" else entry.author
        return {
            "id": f"{entry.language}/{entry.article_id}",
            "faded": entry.serving is None,
            "cells": [
                cell(entry.title, sub=f"{entry.article_id} · {entry.language}"), cell(topics),
                cell(pills=pills_of(entry, place, today)),
                cell(say_moment(entry.changed_at, place), sub=by, look="line"),
            ],
        }  # fmt: skip

    def _open(self, key: str) -> None:
        go_to(f"/console/knowledge/{key}")

    async def _add(self) -> None:
        place = self._place
        form = Form(place, place.say("knowledge.add"), action=place.say("knowledge.begin"))
        with form.fields():
            title = ui.input(place.say("knowledge.title")).props("outlined dense autofocus name=title")
            article_id = ui.input(place.say("knowledge.id")).props(
                f'outlined dense name=article-id hint="{place.say("knowledge.id_hint")}"'
            )
            with ui.element("div").classes("form-pair"):
                language = ui.select({"ru": "Русский", "en": "English"}, value=place.language).props(
                    f'outlined dense label="{place.say("knowledge.language")}"'
                )
                intent = ui.select(
                    dict(self._titles), label=place.say("knowledge.topic"), with_input=True, clearable=True
                ).props("outlined dense options-dense")

        async def save() -> bool:
            key, spoken = str(article_id.value or "").strip(), str(language.value)
            source = new_source(key, spoken, str(title.value or ""), intent.value)
            saved = await place.do(editing.save_draft, key, spoken, ME, place.office, source=source, base=0)
            if saved is not None:
                self._open(f"{spoken}/{key}")
            return saved is not None

        form.open(save)


def fits(entry: ArticleEntry, query: str, language: str, state: str, intent: str, *, today: date) -> bool:
    """Whether an article is among those asked for; each word of the query has to be somewhere in it."""
    if language not in ("", entry.language) or state not in ("", state_of(entry, today)):
        return False
    if intent and intent not in entry.intents:
        return False
    words = " ".join((entry.title, entry.article_id, *entry.questions)).casefold().replace("ё", "е")
    return all(word in words for word in query.casefold().replace("ё", "е").split())
