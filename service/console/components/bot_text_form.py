"""The form of a sentence of the bot: shipped words, one's own, how a client reads them, the former ones."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from service import bot_texts
from service.bot_texts import Sentence
from service.console.components.dialogs import Form, ask, press
from service.console.dates import say_moment
from service.console.place import ME, Place
from service.console.words import say_error
from service.errors import InvalidInput


class BotTextForm:
    """`look` is called after each change, to show it."""

    def __init__(self, place: Place, look: Callable[[], Awaitable[None]]) -> None:
        self._place = place
        self._look = look

    async def open(self, sentence: Sentence) -> None:
        """Show the form of one sentence."""
        place, key = self._place, (sentence.section, sentence.key, sentence.language)
        former = await place.do(bot_texts.read_text_versions, *key, ME, place.office) or []
        form = Form(place, f"{place.say(f'bot_texts.section_{sentence.section}')} · {sentence.key}", wide=True)
        with form.fields():
            ui.label(place.say("bot_texts.shipped_words")).classes("figure-name")
            ui.label(sentence.shipped).classes("preview-text muted")
            box = ui.textarea(place.say("bot_texts.your_words"), value=sentence.words).props(
                "outlined autogrow autofocus name=words input-style=min-height:90px"
            )
            if sentence.fields:
                names = ", ".join(f"{{{name}}}" for name in sentence.fields)
                ui.label(place.say("bot_texts.fields", names=names)).classes("muted small")
            ui.label(place.say("bot_texts.preview")).classes("figure-name")
            with ui.element("div").classes("preview"):
                bubble = ui.label().classes("preview-button" if sentence.is_button else "preview-bubble preview-text")
                bubble.props("data-testid=preview")
            if former:
                ui.label(place.say("bot_texts.former")).classes("figure-name")
            for version in former:
                words = version.words if version.words is not None else place.say("bot_texts.former_reset")
                with ui.element("div").classes("former"):
                    ui.label(f"{version.author}, {say_moment(version.created_at, place)}").classes("muted small")
                    ui.label(words).classes("preview-text")
                    press(place, "bot_texts.put", _setting(box, version.words or sentence.shipped)).props("type=button")

        def draw() -> None:
            try:
                bubble.set_text(bot_texts.preview_text(*key, str(box.value or ""), place.office))
                form.say_wrong("")
            except InvalidInput as error:
                form.say_wrong(say_error(error.code, error.detail, place.language, error.fields))

        box.on_value_change(draw)
        draw()

        async def change(words: str | None) -> bool:
            done = await place.do(bot_texts.change_text, *key, words, ME, place.office, version=sentence.version)
            if done is not None:
                ui.notify(place.say("forms.saved"), type="positive", position="top")
                await self._look()
            return done is not None

        async def reset() -> None:
            title, text = place.say("bot_texts.reset_title"), place.say("bot_texts.reset_text")
            if await ask(place, title, text, place.say("bot_texts.reset"), bad=False) and await change(None):
                form.close()

        if sentence.own is not None:
            with form.others:
                press(place, "bot_texts.reset", reset, asks=True).props("type=button data-testid=reset")

        async def save() -> bool:
            words = str(box.value or "").strip()
            return await change(None if words == sentence.shipped else words)

        form.open(save)


def _setting(box: ui.textarea, words: str) -> Callable[[], Awaitable[None]]:
    async def put() -> None:
        box.set_value(words)

    return put
