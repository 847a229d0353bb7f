"""The conversations that were drawn, and which of them one has scored."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from nicegui import ui

from service.console.amounts import moment, percent
from service.console.place import Place
from service.console.topics import topics_of
from service.policies.quality import quality
from service.storage.score_cards import ScoreCard
from service.storage.statistics import HandoffRecord


class SampledList:
    """A button each; `on_open(hand-off)` when one is chosen."""

    def __init__(
        self, place: Place, names: Mapping[int, str], departments: Mapping[str, str], zone: ZoneInfo,
        on_open: Callable[[int], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._place, self._names, self._departments, self._zone = place, names, departments, zone
        self._on_open = on_open
        self._records: dict[int, HandoffRecord] = {}
        self._cards: Mapping[int, ScoreCard] = {}
        self._chosen = 0
        self._list = ui.element("ol").classes("sampled").props('data-testid="sampled"')
        self._list.props["aria-label"] = place.say("quality.drawn")

    def show(self, records: Sequence[HandoffRecord]) -> None:
        """Show these, none of them chosen."""
        self._records = {each.id: each for each in records}
        self._chosen = 0
        self._draw()

    def mark(self, cards: Mapping[int, ScoreCard]) -> None:
        """Say which of them are scored."""
        self._cards = cards
        self._draw()

    def choose(self, handoff_id: int) -> None:
        """Mark the one that is open."""
        self._chosen = handoff_id
        self._draw()

    def find(self, handoff_id: int) -> tuple[HandoffRecord, ScoreCard | None]:
        """One of them with one's card."""
        return self._records[handoff_id], self._cards.get(handoff_id)

    def next_unscored(self, after: int) -> int | None:
        """The next one without a card, from the beginning after the last."""
        order = list(self._records)
        start = order.index(after) + 1 if after in order else 0
        return next((each for each in order[start:] + order[:start] if each not in self._cards), None)

    def _draw(self) -> None:
        place, now = self._place, self._place.office.clock()
        topics = topics_of(place)
        self._list.clear()
        with self._list:
            for each in self._records.values():
                chosen = ' aria-current="true"' if each.id == self._chosen else ""
                with ui.element("li"), ui.element("button").classes("sampled-row").props(
                    f'type=button data-testid="handoff-{each.id}"{chosen}'
                ).on("click", lambda _, number=each.id: self._open(number)):  # fmt: skip
                    ui.label(topics.get(each.intent or "", place.say("quality.no_topic"))).classes("sampled-topic")
                    card = self._cards.get(each.id)
                    if card is not None:
                        ui.label(percent(quality(card.points), place.language)).classes("pill good")
                    ended = moment(each.ended_at, self._zone, now, place.language) if each.ended_at else ""
                    about = (
                        self._names.get(each.operator_id or 0, ""),
                        self._departments.get(each.department, ""),
                        ended,
                    )
                    ui.label(" · ".join(part for part in about if part)).classes("sampled-about")
            if not self._records:
                ui.label(place.say("quality.nothing")).classes("empty")

    async def _open(self, handoff_id: int) -> None:
        self.choose(handoff_id)
        await self._on_open(handoff_id)
