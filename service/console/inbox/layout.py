"""The three panes and what stands at their edges: filters, the head of the conversation, presence."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nicegui import ui

from service import desk, texts
from service.console.components.countdown import Countdown
from service.console.components.inbox_list import channel_name, mood_of
from service.console.inbox.reading import Opened
from service.console.place import Place
from service.domain.console import InboxEntry, Snoozed
from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.domain.presence import PresenceState

if TYPE_CHECKING:
    from service.console.inbox.desk_view import DeskView

ACTIONS = (
    ("take", "pan_tool", "Enter"), ("transfer", "forward", "T"), ("snooze", "snooze", "S"), ("tag", "sell", "G"),
    ("merge", "merge", "M"), ("return_to_bot", "smart_toy", "B"), ("close", "done_all", "C"), ("reopen", "replay", "O"),
    ("verify", "verified_user", "V"),
)  # fmt: skip
EMPTY_KEYS = (("J", "next"), ("Enter", "take"), ("1", "accept"), ("/", "search"), ("?", "help"))


@dataclass
class Panes:
    """The elements that others fill."""

    place: Place
    root: ui.element
    list: ui.element
    count: ui.label
    filter: ui.select
    story: ui.element
    composer: ui.element
    suggestions: ui.element
    side: ui.element
    head: "Head"
    nothing: tuple[ui.element, ...]
    presence: ui.button
    presence_word: ui.label
    sound: ui.button
    presence_state: PresenceState = PresenceState.OFFLINE

    def show_presence(self, state: PresenceState) -> None:
        """Say what the operator is doing."""
        self.presence_state = state
        self.presence_word.set_text(self.place.say(f"presence.{state.value}"))
        self.presence.classes(replace=f"presence {state.value}")

    def show_sound(self, on: bool) -> None:
        """Say whether new messages ring."""
        name = self.place.say("list.sound_on" if on else "list.sound_off")
        self.sound.props(f"icon={'notifications_active' if on else 'notifications_off'}")
        self.sound.props["aria-label"] = self.sound.props["title"] = name
        self.sound.props["aria-pressed"] = "true" if on else "false"
        self.sound.update()

    def show_conversation(self, opened: Opened | None, entry: InboxEntry | None) -> None:
        """The head and the box of a conversation, or the invitation to choose one."""
        for each in self.nothing:
            each.visible = opened is None
        for each in (self.head.root, self.story, self.composer, self.suggestions, self.side):
            each.visible = opened is not None
        if opened is not None:
            self.head.show(opened, entry)


@dataclass
class Head:
    """Who the conversation is with, how it stands, and what can be done with it."""

    place: Place
    root: ui.element
    name: ui.label
    about: ui.label
    marks: ui.element
    countdown: Countdown
    buttons: dict[str, ui.button] = field(default_factory=dict)
    _marks: object = None

    def show(self, opened: Opened, entry: InboxEntry | None) -> None:
        """Say it of this conversation."""
        place, conversation, card = self.place, opened.conversation, opened.card
        self.name.set_text(card.name or place.say("list.client", n=card.client_id))
        department = texts.table("departments", place.language).get(conversation.department or "")
        state = place.say(f"states.{conversation.state.value}")
        if conversation.state is ConversationState.OPERATOR:
            mine = conversation.operator_id == place.staff.id
            state = place.say("states.mine") if mine else (entry and entry.operator) or state
        channel = channel_name(conversation.channel, place.language)
        self.about.set_text(" · ".join(each for each in (channel, department, state) if each))
        self.countdown.show(opened.sla)
        self._show_marks(opened, mood_of(entry.mood) if entry else "")
        self._show_buttons(opened)

    def _show_marks(self, opened: Opened, mood: str) -> None:
        conversation = opened.conversation
        marks = (conversation.language, mood, conversation.priority, conversation.snoozed_until is not None)
        if marks == self._marks:
            return
        self._marks = marks
        self.marks.clear()
        say = self.place.say
        with self.marks:
            language = ui.label(conversation.language.upper()).classes("pill")
            language.props["title"] = say(f"languages.{conversation.language}")
            if mood:
                face = {"angry": "😡", "upset": "🙁", "glad": "🙂"}[mood]
                ui.label(f"{face} {say(f'moods.{mood}')}").classes(f"pill {'bad' if mood == 'angry' else ''}")
            if conversation.priority is not Priority.NORMAL:
                ui.label(say(f"list.{conversation.priority.value}")).classes(f"pill {conversation.priority.value}")
            if conversation.snoozed_until is not None:
                ui.label(say("states.snoozed")).classes("pill")

    def _show_buttons(self, opened: Opened) -> None:
        conversation = opened.conversation
        state = conversation.state
        mine = state is ConversationState.OPERATOR and conversation.operator_id == self.place.staff.id
        waits = state is ConversationState.QUEUED
        steers = desk.may_steer(conversation, self.place.staff)
        shown = {
            "take": waits, "transfer": steers, "snooze": steers, "return_to_bot": mine,
            "verify": mine and opened.card.verified_at is None, "close": steers or waits,
            "reopen": state in (ConversationState.CLOSED, ConversationState.BOT),
        }  # fmt: skip
        for action, button in self.buttons.items():
            button.visible = shown.get(action, True)


def build_panes(view: "DeskView") -> Panes:
    """Build the page; the panes are empty."""
    place = view.place
    with ui.element("div").classes("desk") as root:
        with ui.element("section").classes("pane pane-list").props(f'aria-label="{place.say("list.list")}"'):
            with ui.element("header").classes("pane-head"):
                ui.label(place.say("pages.inbox")).classes("pane-title").props("role=heading aria-level=1")
                ui.element("div").classes("grow")
                sound = ui.button(icon="notifications_off", on_click=lambda: view.list.toggle_sound())
                sound.props('flat round dense data-testid="sound"').classes("quiet")
                presence, word = _presence(view)
            with ui.element("div").classes("filters"):
                chosen = _filters(view)
                count = ui.label().classes("pane-count")
            list_box = ui.element("div").classes("pane-fill")
        with ui.element("section").classes("pane pane-story").props(f'aria-label="{place.say("timeline.timeline")}"'):
            head = _head(view)
            nothing = _nothing(place)
            story = ui.element("div").classes("pane-fill")
            composer = ui.element("div").classes("pane-composer")
        with ui.element("aside").classes("pane pane-side").props(f'aria-label="{place.say("suggestions.title")}"'):
            with ui.element("div").classes("side-nothing") as side_nothing:
                ui.icon("lightbulb").classes("nothing-icon")
                ui.label(place.say("suggestions.empty")).classes("muted")
            suggestions = ui.element("div")
            side = ui.element("div").classes("side")
    panes = Panes(
        place, root, list_box, count, chosen, story, composer, suggestions, side, head, (nothing, side_nothing),
        presence, word, sound,
    )  # fmt: skip
    panes.show_sound(False)
    return panes


def _nothing(place: Place) -> ui.element:
    with ui.element("div").classes("empty pane-nothing") as nothing:
        ui.icon("forum").classes("nothing-icon")
        ui.label(place.say("timeline.choose")).classes("pane-title")
        with ui.element("dl").classes("nothing-keys"):
            for key, meaning in EMPTY_KEYS:
                with ui.element("dt"), ui.element("kbd"):
                    ui.label(key)
                with ui.element("dd"):
                    ui.label(place.say(f"keys.{meaning}"))
    return nothing


def _presence(view: "DeskView") -> tuple[ui.button, ui.label]:
    place = view.place
    with ui.button(on_click=view.choose_presence).props('flat no-caps dense data-testid="presence"') as button:
        button.props["title"] = place.say("presence.change")
        ui.element("span").classes("presence-dot").props('aria-hidden="true"')
        word = ui.label(place.say("presence.offline"))
        with ui.element("kbd").props('aria-hidden="true"'):
            ui.label("P")
    button.classes("presence offline")
    return button, word


def _filters(view: "DeskView") -> ui.select:
    place = view.place
    shown = [each for each in place.office.open_departments() if place.staff.may_see(each.id)]
    options = {
        "all": place.say("filters.all"), "waiting": place.say("filters.waiting"), "mine": place.say("filters.mine"),
        "snoozed": place.say("filters.snoozed"),
    } | {f"department:{each.id}": each.title(place.language) for each in shown}  # fmt: skip

    async def changed(event: Any) -> None:
        await view.filter(**filters_of(str(event.value), view))

    chosen = ui.select(options, value="all", on_change=changed).props(
        f'dense outlined options-dense aria-label="{place.say("filters.title")}" data-testid="filter"'
    )  # fmt: skip
    return chosen.classes("filter").on("keydown.escape", lambda: view.list.focus())


def filters_of(choice: str, view: "DeskView") -> dict[str, Any]:
    """The filters behind a choice of the menu."""
    both = (ConversationState.QUEUED, ConversationState.OPERATOR)
    plain: dict[str, Any] = {"states": both, "departments": (), "operator_id": None, "snoozed": Snoozed.HIDDEN}
    kind, _, department = choice.partition(":")
    if kind == "waiting":
        return plain | {"states": (ConversationState.QUEUED,)}
    if kind == "mine":
        return plain | {"operator_id": view.place.staff.id}
    if kind == "snoozed":
        return plain | {"snoozed": Snoozed.ONLY}
    return plain | {"departments": (department,)} if department else plain


def _head(view: "DeskView") -> Head:
    place = view.place
    buttons = {}
    with ui.element("header").classes("pane-head story-head") as head:
        ui.button(icon="arrow_back", on_click=view.back).props(
            f'flat round dense aria-label="{place.say("timeline.back")}" data-testid="back"'
        ).classes("only-narrow")
        with ui.element("div").classes("story-who"):
            with ui.element("div").classes("story-line"):
                name = ui.label().classes("pane-title").props("role=heading aria-level=2")
                about = ui.label().classes("muted story-about")
            with ui.element("div").classes("story-line"):
                marks = ui.element("span").classes("story-marks")
                countdown = Countdown(place)
        with ui.element("div").classes("story-actions"):
            for action, icon, key in ACTIONS:
                word = place.say(f"actions.{action}")
                button = ui.button(icon=icon, on_click=getattr(view, action)).props(
                    f'flat round dense aria-label="{word}" data-testid="{action}"'
                )
                button.props["data-key"] = "↵" if key == "Enter" else key
                button.tooltip(f"{word} ({key})")
                buttons[action] = button
    return Head(place, head, name, about, marks, countdown, buttons)
