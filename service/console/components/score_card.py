"""A conversation to read, and the card to fill in beside it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from nicegui import ui

from service import desk
from service.console.components.once import once
from service.console.place import ME, Place
from service.domain.console import TimelineItem
from service.domain.messages import Author
from service.domain.staff import StaffMember
from service.office import Office
from service.policies.quality import MOST_POINTS
from service.shifts import quality
from service.shifts.quality import LONGEST_COMMENT
from service.storage.score_cards import ScoreCard
from service.storage.statistics import HandoffRecord

LONGEST_STORY = 200
BEFORE = timedelta(minutes=10)
"""What was said before a person was asked in belongs to the story."""


class ScoreCardPane:
    """`on_scored(hand-off)` when a card was kept."""

    def __init__(
        self, place: Place, names: Mapping[int, str], zone: ZoneInfo, on_scored: Callable[[int], Awaitable[None]]
    ) -> None:
        self._place, self._names, self._zone, self._on_scored = place, names, zone, on_scored
        self._points: dict[str, int] = {}
        self._box = ui.element("section").classes("card score").props('data-testid="score"')
        self.close()

    def close(self) -> None:
        """Nothing is open."""
        self._box.clear()
        with self._box:
            ui.label(self._place.say("quality.choose")).classes("empty")

    async def open(self, record: HandoffRecord, card: ScoreCard | None) -> None:
        """Read a conversation, with the card one has written about it."""
        place = self._place
        story = await place.do(read_story, record, ME, place.office)
        if story is None:
            return
        self._points = dict(card.points) if card else {}
        self._box.clear()
        with self._box:
            with ui.element("div").classes("story").props("tabindex=0 role=log") as told:
                told.props["aria-label"] = place.say("quality.story")
                for item in story:
                    self._bubble(item)
            ui.link(place.say("quality.open_inbox"), f"/console/inbox?open={record.conversation_id}")
            if record.operator_id == place.staff.id:
                ui.label(place.say("quality.own_work")).classes("muted")
            else:
                self._form(record, card)

    def _bubble(self, item: TimelineItem) -> None:
        message = item.message
        at = f"{item.at.astimezone(self._zone):%d.%m %H:%M}"
        if item.note is not None:
            with ui.element("div").classes("bubble note"):
                ui.label(f"{self._place.say('quality.note')}, {item.note.author}, {at}").classes("bubble-head")
                ui.label(item.note.text)
        elif message is not None:
            with ui.element("div").classes(f"bubble {message.author.value}"):
                who = message.author_name or self._place.say(f"quality.by_{message.author.value}")
                ui.label(f"{who}, {at}").classes("bubble-head")
                ui.label(message.text).classes("bubble-text")

    def _form(self, record: HandoffRecord, card: ScoreCard | None) -> None:
        place = self._place
        with (
            ui.element("form")
            .classes("score-form")
            .on("submit.prevent", once(lambda: self._button, lambda: self._save(record)))
        ):
            for name, question in quality.criteria(place.language).items():
                with ui.element("fieldset").classes("criterion"):
                    with ui.element("legend"):
                        ui.label(question)
                    self._choice(name)
            self._comment = ui.textarea(place.say("quality.comment"), value=card.comment if card else "").props(
                f'outlined autogrow dense maxlength={LONGEST_COMMENT} data-testid="comment"'
            ).classes("score-comment")  # fmt: skip
            self._button = ui.button(place.say("quality.save")).props(
                'unelevated no-caps type=submit data-testid="save-card"'
            )

    def _choice(self, name: str) -> None:
        buttons: dict[int, ui.element] = {}

        def choose(points: int) -> None:
            self._points[name] = points
            for value, button in buttons.items():
                button.props(f"aria-pressed={'true' if value == points else 'false'}")

        for points in range(MOST_POINTS, -1, -1):
            pressed = "true" if self._points.get(name) == points else "false"
            button = ui.element("button").classes("choice").props(
                f'type=button aria-pressed={pressed} data-testid="{name}-{points}"'
            )  # fmt: skip
            with button.on("click", lambda _, points=points: choose(points)):
                ui.label(self._place.say(f"quality.points_{points}"))
            buttons[points] = button

    async def _save(self, record: HandoffRecord) -> None:
        place = self._place
        if set(self._points) != set(quality.criteria(place.language)):
            ui.notify(place.say("quality.unfinished"), type="warning", position="top")
            return
        comment = str(self._comment.value or "").strip()
        done = await place.do(_save_score, record.id, dict(self._points), comment, ME, place.office)
        if done:
            ui.notify(place.say("quality.saved"), type="positive", position="top")
            await self._on_scored(record.id)


def read_story(record: HandoffRecord, staff: StaffMember, office: Office) -> list[TimelineItem]:
    """What was said and noted in this request: from a little before a person was asked in until it ended."""
    found = desk.read_timeline(record.conversation_id, staff, office, limit=LONGEST_STORY, mark=False).items
    until = record.ended_at or office.clock()
    return [
        each
        for each in found
        if each.conversation_id == record.conversation_id
        and record.created_at - BEFORE <= each.at <= until
        and (each.message is None or each.message.author is not Author.SYSTEM)
    ]


def _save_score(handoff_id: int, points: Mapping[str, int], comment: str, staff: StaffMember, office: Office) -> bool:
    quality.save_score(handoff_id, points, comment, staff, office)
    return True
