"""The three panes and what stands at their edges: filters, the head of the conversation, presence."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nicegui import ui

from service import texts
from service.console.components.inbox_list import ICONS
from service.console.inbox.reading import Opened
from service.console.place import Place
from service.domain.console import Snoozed
from service.domain.conversations import ConversationState
from service.domain.presence import PresenceState

if TYPE_CHECKING:
    from service.console.inbox.desk_view import DeskView

ACTIONS = (
    ("take", "pan_tool", "Enter"), ("transfer", "forward", "T"), ("note", "sticky_note_2", "N"),
    ("snooze", "snooze", "S"), ("tag", "sell", "G"), ("return_to_bot", "smart_toy", "B"), ("close", "done_all", "C"),
    ("reopen", "replay", "O"),
)  # fmt: skip


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
    head: ui.element
    nothing: ui.element
    name: ui.label
    about: ui.label
    presence: ui.button
    presence_state: PresenceState = PresenceState.OFFLINE
    buttons: dict[str, ui.button] = field(default_factory=dict)

    def show_presence(self, state: PresenceState) -> None:
        """Say what the operator is doing."""
        self.presence_state = state
        self.presence.set_text(self.place.say(f"presence.{state.value}"))
        self.presence.classes(replace=f"presence {state.value}")

    def show_conversation(self, opened: Opened | None) -> None:
        """The head and the box of a conversation, or the invitation to choose one."""
        self.nothing.visible = opened is None
        for each in (self.head, self.story, self.composer, self.suggestions):
            each.visible = opened is not None
        if opened is None:
            return
        conversation, card = opened.conversation, opened.card
        self.name.set_text(card.name or self.place.say("list.client", n=card.client_id))
        department = texts.table("departments", self.place.language).get(
            conversation.department or "", conversation.department
        )
        state = self.place.say(f"states.{conversation.state.value}")
        language = self.place.say(f"languages.{conversation.language}")
        self.about.set_text(" · ".join(each for each in (conversation.channel, department, language, state) if each))
        self._show_buttons(opened)

    def _show_buttons(self, opened: Opened) -> None:
        conversation = opened.conversation
        mine = conversation.operator_id == self.place.staff.id
        with_people = conversation.state in (ConversationState.QUEUED, ConversationState.OPERATOR)
        shown = {
            "take": conversation.state is ConversationState.QUEUED, "transfer": with_people and mine,
            "note": True, "snooze": mine, "tag": True, "return_to_bot": mine, "close": with_people,
            "reopen": not with_people,
        }  # fmt: skip
        for name, button in self.buttons.items():
            button.visible = shown[name]
        self.composer.classes(
            add="" if mine or conversation.state is ConversationState.QUEUED else "locked",
            remove="locked" if mine or conversation.state is ConversationState.QUEUED else "",
        )


def build_panes(view: "DeskView") -> Panes:
    """Build the page; the panes are empty."""
    place = view.place
    with ui.element("div").classes("desk") as root:
        with ui.element("section").classes("pane pane-list").props(f'aria-label="{place.say("list.list")}"'):
            with ui.element("header").classes("pane-head"):
                ui.label(place.say("pages.inbox")).classes("pane-title").props("role=heading aria-level=1")
                count = ui.label().classes("pane-count").props("aria-live=polite")
                ui.element("div").classes("grow")
                presence = _presence(view)
            chosen = _filters(view)
            list_box = ui.element("div").classes("pane-fill")
        with ui.element("section").classes("pane pane-story").props(f'aria-label="{place.say("timeline.timeline")}"'):
            head, name, about, buttons = _head(view)
            with ui.element("div").classes("empty pane-nothing") as nothing:
                ui.icon("forum").classes("nothing-icon")
                ui.label(place.say("timeline.choose"))
                ui.label(place.say("timeline.choose_hint")).classes("muted")
            story = ui.element("div").classes("pane-fill")
            composer = ui.element("div").classes("pane-composer")
        with ui.element("aside").classes("pane pane-side").props(f'aria-label="{place.say("suggestions.title")}"'):
            suggestions = ui.element("div")
            side = ui.element("div").classes("side")
    panes = Panes(
        place, root, list_box, count, chosen, story, composer, suggestions, side, head, nothing, name, about, presence
    )
    panes.buttons = buttons
    return panes


def _presence(view: "DeskView") -> ui.button:
    place = view.place
    with ui.button(place.say("presence.offline")).props('flat no-caps dense data-testid="presence"') as button:
        button.classes("presence offline")
        with ui.menu():
            for state in (PresenceState.ONLINE, PresenceState.BUSY, PresenceState.BREAK, PresenceState.OFFLINE):
                ui.menu_item(place.say(f"presence.{state.value}"), lambda state=state: view.set_presence(state))
    return button


def _filters(view: "DeskView") -> ui.select:
    place = view.place
    shown = [each for each in place.office.open_departments() if place.staff.may_see(each.id)]
    options = {
        "all": place.say("filters.all"), "waiting": place.say("filters.waiting"), "mine": place.say("filters.mine"),
        "snoozed": place.say("filters.snoozed"),
    } | {f"department:{each.id}": each.title(place.language) for each in shown}  # fmt: skip

    async def changed(event: Any) -> None:
        await view.filter(**filters_of(str(event.value), view))

    with ui.element("div").classes("filters"):
        return ui.select(options, value="all", on_change=changed).props(
            f'dense outlined options-dense aria-label="{place.say("filters.title")}" data-testid="filter"'
        ).classes("filter")  # fmt: skip


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


def _head(view: "DeskView") -> tuple[ui.element, ui.label, ui.label, dict[str, ui.button]]:
    place = view.place
    buttons = {}
    with ui.element("header").classes("pane-head story-head") as head:
        ui.button(icon="arrow_back", on_click=view.back).props(
            f'flat round dense aria-label="{place.say("timeline.back")}"'
        ).classes("only-narrow")
        with ui.element("div").classes("story-who"):
            name = ui.label().classes("pane-title").props("role=heading aria-level=2")
            about = ui.label().classes("muted story-about")
        for action, icon, key in ACTIONS:
            word = place.say(f"actions.{action}")
            button = ui.button(icon=icon, on_click=getattr(view, action)).props(
                f'flat round dense aria-label="{word}" data-testid="{action}"'
            )
            button.tooltip(f"{word} ({key})")
            buttons[action] = button
    return head, name, about, buttons


__all__ = ["ICONS", "Panes", "build_panes", "filters_of"]
