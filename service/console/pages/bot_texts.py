"""The bot's texts: what it says to clients, in the owner's words where there are any."""

from nicegui import ui

from service import bot_texts
from service.bot_texts import SECTIONS, Sentence
from service.console.components.bot_text_form import BotTextForm
from service.console.components.rows import Rows, cell
from service.console.components.sheet import searching, sheet
from service.console.dates import say_moment
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place
from service.events import BOT_TEXTS_TOPIC


@console_page("bot_texts", "/bot-texts")
async def bot_texts_page(place: Place) -> None:
    """The list and the form behind it."""
    BotTextsPage(place).build()


class BotTextsPage:
    """The sentences as they were read last."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._sentences: list[Sentence] = []
        self._form = BotTextForm(place, self._look)

    def build(self) -> None:
        """Draw the page; the list comes with the first look."""
        place = self._place
        with sheet(place, "bot_texts", place.say("bot_texts.lead")):
            with ui.element("div").classes("tools"):
                self._query = searching(place, place.say("bot_texts.search")).on_value_change(self._draw)
                self._language = ui.select(
                    {"ru": "Русский", "en": "English"}, value=place.language, label=place.say("bot_texts.language"),
                    on_change=self._draw,
                )  # fmt: skip
                sections = {each: place.say(f"bot_texts.section_{each}") for each in SECTIONS}
                self._section = ui.select(
                    {"": place.say("forms.any"), **sections}, value="", label=place.say("bot_texts.section"),
                    on_change=self._draw,
                )  # fmt: skip
                for field in (self._language, self._section):
                    field.props("outlined dense options-dense")
                self._own = ui.switch(place.say("bot_texts.only_own"), on_change=self._draw)
            self._count = ui.label().classes("count").props("role=status")
            columns = ("words", "section", "state")
            self._rows = Rows(
                place, place.say("pages.bot_texts"), [place.say(f"bot_texts.{each}") for each in columns],
                empty=place.say("bot_texts.empty"), icon="smart_toy", on_open=self._open,
            )  # fmt: skip
        Live(place.office.events, lambda: (BOT_TEXTS_TOPIC,), self._look)

    async def _look(self) -> None:
        found = await self._place.read(bot_texts.list_texts, ME, self._place.office)
        if found is not None:
            self._sentences = found
            self._draw()

    def _draw(self) -> None:
        asked = (str(self._query.value or ""), str(self._language.value), str(self._section.value or ""))
        chosen = [each for each in self._sentences if fits(each, *asked, own=bool(self._own.value))]
        here = sum(each.language == self._language.value for each in self._sentences)
        self._count.set_text(self._place.say("bot_texts.count", n=len(chosen), of=here))
        self._rows.show([row_of(each, self._place) for each in chosen])

    async def _open(self, name: str) -> None:
        found = next((each for each in self._sentences if name_of(each) == name), None)
        if found is not None:
            await self._form.open(found)


def name_of(sentence: Sentence) -> str:
    """«ru/bot/greeting»."""
    return f"{sentence.language}/{sentence.section}/{sentence.key}"


def fits(sentence: Sentence, query: str, language: str, section: str, *, own: bool) -> bool:
    """Whether a sentence is among those asked for; each word has to be somewhere in it."""
    if sentence.language != language or section not in ("", sentence.section) or (own and sentence.own is None):
        return False
    words = f"{sentence.key} {sentence.words}".casefold().replace("ё", "е")
    return all(word in words for word in query.casefold().replace("ё", "е").split())


def row_of(sentence: Sentence, place: Place) -> dict[str, object]:
    """One line of the list."""
    is_own = sentence.own is not None
    state = (place.say("bot_texts.own"), "good") if is_own else (place.say("bot_texts.shipped"), "")
    when = f"{sentence.author}, {say_moment(sentence.changed_at, place)}" if sentence.author else ""
    return {
        "id": name_of(sentence),
        "cells": [
            cell(sentence.words, sub=sentence.key), cell(place.say(f"bot_texts.section_{sentence.section}")),
            cell(pills=[state], sub=when),
        ],
    }  # fmt: skip
