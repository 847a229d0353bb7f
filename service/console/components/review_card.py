"""The message to be labelled: its text, why it is here, what it may be about, and what the training set has like it."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from service.console.amounts import percent
from service.console.dates import say_moment
from service.console.place import Place
from service.domain.labels import OUT_OF_SCOPE, Event, ReviewItem
from service.labelling import Near

TOP = 5


class ReviewCard:
    """Shows one message. `on_choice(place)`: 0 out of scope, 1-5 one of the likeliest intents."""

    def __init__(
        self, place: Place, on_choice: Callable[[int], Awaitable[None]], title: Callable[[str], str]
    ) -> None:  # fmt: skip
        self._place, self._on_choice, self._title = place, on_choice, title
        self._box = ui.element("div").classes("review")

    def nothing(self, words: str) -> None:
        """Nothing waits."""
        self._box.clear()
        with self._box:
            ui.label(words).classes("empty").props("data-testid=review-empty")

    def show(self, item: ReviewItem) -> None:
        """Show a message; what is like it follows with `show_neighbours`."""
        place = self._place
        self._box.clear()
        with self._box:
            with ui.element("section").classes("card review-card").props(
                f'data-item={item.id} data-testid=review-card aria-label="{place.say("labelling.message")}"'
            ):  # fmt: skip
                self._worries(item)
                ui.label(item.text).classes("review-text").props("data-testid=review-text")
                ui.label(self._about(item)).classes("row-sub")
                for words in self._story(item):
                    ui.label(words).classes("review-story")
                self._choices(item)
            with ui.element("aside").classes("card").props(f'aria-label="{place.say("labelling.neighbours")}"'):
                ui.label(place.say("labelling.neighbours")).classes("card-title").props("role=heading aria-level=2")
                self._near = ui.element("ul").classes("review-near").props("data-testid=neighbours")
                with self._near:
                    ui.label(place.say("forms.loading")).classes("muted")

    def later(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do this once the message is on the screen."""
        with self._box:
            ui.timer(0.05, work, once=True)

    def show_neighbours(self, near: Near) -> None:
        """What the training set has like it, or that it can't be said yet."""
        if self._near.is_deleted:
            return  # the next message is here already
        self._near.clear()
        with self._near:
            for each in near.examples:
                with ui.element("li"):
                    ui.label(each.text)
                    ui.label(f"{self._title(each.label)} · {each.nearness:.2f}").classes("row-sub")
            if not near.examples:
                key = "no_neighbours" if near.ready else "encoding"
                ui.label(self._place.say(f"labelling.{key}")).classes("muted")

    def _worries(self, item: ReviewItem) -> None:
        place = self._place
        marks = [(place.say(f"labelling.worry_{each.value}"), "warn") for each in item.worries]
        marks += [(place.say("labelling.disputed"), "bad")] if item.disputed else []
        marks += [(place.say("labelling.alike", n=item.like), "")] if item.like > 1 else []
        with ui.element("div").classes("row-pills"):
            for words, look in marks:
                ui.label(words).classes(f"pill {look}")

    def _about(self, item: ReviewItem) -> str:
        place = self._place
        if item.example:
            return place.say("labelling.from_examples")
        decision = place.say(f"labelling.decision_{item.decision}") if item.decision in _DECISIONS else ""
        when = say_moment(item.created_at, place)
        language = place.say(f"languages.{_language(item.language)}")
        return " · ".join(part for part in (when, language, decision) if part)

    def _story(self, item: ReviewItem) -> list[str]:
        place = self._place
        lines = [self._told(event) for event in item.happened]
        if item.weak is not None:
            lines.append(place.say("labelling.weak", intent=self._title(item.weak.intent)))
        if item.disputed and item.label:
            lines.append(place.say("labelling.said_last", intent=", ".join(map(self._title, item.label))))
        return lines

    def _told(self, event: Event) -> str:
        named = ", ".join(self._title(each) for each in event.intents)
        words = self._place.say(f"labelling.happened_{event.kind.value}")
        return f"{words}: {named}" if named else words

    def _choices(self, item: ReviewItem) -> None:
        place = self._place
        with (
            ui.element("div").classes("review-choices").props(f'role=group aria-label="{place.say("labelling.which")}"')
        ):
            for number, guess in enumerate(item.ranking[:TOP], start=1):
                share = percent(guess.confidence, place.language)
                self._choice(number, self._title(guess.intent), share)
            self._choice(0, self._title(OUT_OF_SCOPE), "")

    def _choice(self, number: int, words: str, aside: str) -> None:
        async def chosen() -> None:
            await self._on_choice(number)

        with ui.element("button").classes("review-choice").props(f"type=button data-testid=choice-{number}").on(
            "click", chosen
        ):  # fmt: skip
            with ui.element("kbd"):
                ui.label(str(number))
            ui.label(words).classes("grow")
            ui.label(aside).classes("muted")


_DECISIONS = ("answer", "clarify", "handoff", "suggest", "start_dialogue", "social", "control", "silent", "refuse")


def _language(language: str) -> str:
    return language if language in ("ru", "en") else "other"
