"""What is made of a topic: a new intent, more examples of one that is there, or nothing we serve."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from service import labelling
from service.console.components.dialogs import Form
from service.console.components.intent_choice import titles
from service.console.place import ME, Place
from service.domain.intents import Mode
from service.domain.labels import OUT_OF_SCOPE, ReviewItem
from service.labelling import Topic
from service.labelling.adding import DOES, LONGEST_ABOUT, LONGEST_TITLE

Done = Callable[[], Awaitable[None]]


class TopicForm:
    """A dialog with the topic's messages, all chosen, and what to do with those that stay chosen."""

    def __init__(self, place: Place, done: Done) -> None:
        self._place, self._done = place, done
        self._boxes: dict[int, ui.checkbox] = {}

    def new_intent(self, topic: Topic, messages: Sequence[ReviewItem]) -> None:
        """Ask for everything that an intent has."""
        place = self._place
        form = Form(place, place.say("topics.new_intent"), action=place.say("topics.add"), wide=True)
        with form.fields():
            self._id = _field(place, "id", 63).props("autofocus")
            self._titles = self._pair("title", LONGEST_TITLE)
            self._about = self._pair("about", LONGEST_ABOUT)
            with ui.element("div").classes("form-pair"):
                named = {each.id: each.title(place.language) for each in place.office.open_departments()}
                self._department = _choice(place, "department", named, next(iter(named), ""))
                self._does = _choice(place, "does", {each: place.say(f"topics.does_{each}") for each in DOES}, DOES[0])
            modes = {each.value: place.say(f"topics.mode_{each.value}") for each in Mode}
            self._mode = _choice(place, "mode", modes, Mode.SUGGEST.value)
            self._list(messages)
        form.open(lambda: self._add(topic))

    def join(self, topic: Topic, messages: Sequence[ReviewItem]) -> None:
        """Ask which intent they belong to."""
        place = self._place
        form = Form(place, place.say("topics.join"), action=place.say("topics.join"), wide=True)
        with form.fields():
            known = titles(place)
            self._intent = ui.select(
                known, label=place.say("labelling.intent"), with_input=True,
                value=topic.nearest if topic.nearest in known else None,
            ).props("outlined dense options-dense data-testid=join-intent")  # fmt: skip
            self._list(messages)
        form.open(lambda: self._join(topic))

    def outside(self, topic: Topic, messages: Sequence[ReviewItem]) -> None:
        """Ask which of them are nothing we serve."""
        place = self._place
        form = Form(place, place.say("topics.outside"), action=place.say("topics.outside"), wide=True)
        with form.fields():
            self._list(messages)
        form.open(lambda: self._label(topic, OUT_OF_SCOPE, "outside"))

    def _pair(self, key: str, most: int) -> dict[str, ui.input]:
        with ui.element("div").classes("form-pair"):
            return {language: _field(self._place, f"{key}_{language}", most) for language in ("ru", "en")}

    def _list(self, messages: Sequence[ReviewItem]) -> None:
        ui.label(self._place.say("topics.messages", n=len(messages))).classes("row-sub")
        with ui.element("div").classes("topic-list"):
            self._boxes = {each.id: ui.checkbox(each.text, value=True).props("dense") for each in messages}

    def _chosen(self) -> list[int]:
        return [message for message, box in self._boxes.items() if box.value]

    async def _add(self, topic: Topic) -> bool:
        place = self._place
        made = await place.do(
            labelling.add_intent, str(self._id.value or ""), ME, place.office, department=str(self._department.value),
            title={language: str(field.value or "") for language, field in self._titles.items()},
            about={language: str(field.value or "") for language, field in self._about.items()},
            does=str(self._does.value), mode=str(self._mode.value), messages=self._chosen(),
        )  # fmt: skip
        if made is None:
            return False
        words = "topics.added_with_gap" if made.does == "answer" else "topics.added"
        ui.notify(place.say(words, intent=made.title[place.language]), type="positive", position="top", timeout=8000)
        await self._settle(topic, "intent")
        return True

    async def _join(self, topic: Topic) -> bool:
        return await self._label(topic, str(self._intent.value), "joined") if self._intent.value else False

    async def _label(self, topic: Topic, intent: str, how: str) -> bool:
        place = self._place
        count = await place.do(labelling.label_all, self._chosen(), [intent], ME, place.office)
        if count is None:
            return False
        ui.notify(place.say("topics.labelled", n=count), type="positive", position="top")
        await self._settle(topic, how)
        return True

    async def _settle(self, topic: Topic, how: str) -> None:
        await self._place.done(labelling.settle, topic.id, how, ME, self._place.office)
        await self._done()


def _field(place: Place, key: str, most: int) -> ui.input:
    return ui.input(place.say(f"topics.{key}")).props(f"outlined dense maxlength={most} name={key}")


def _choice(place: Place, key: str, options: dict[str, str], value: str) -> ui.select:
    field = ui.select(
        {str(each): words for each, words in options.items()}, value=str(value), label=place.say(f"topics.{key}")
    )  # fmt: skip
    return field.props(f"outlined dense options-dense data-testid={key}")
