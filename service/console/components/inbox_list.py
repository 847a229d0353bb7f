"""The list on the left of the inbox, and how an entry becomes a row of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from service.console import words
from service.console.place import Place
from service.console.words import section
from service.domain.console import InboxEntry
from service.domain.intents import Priority
from service.domain.messages import Author
from service.shifts.targets import SlaState

ICONS = {
    "web": "chat_bubble", "telegram": "send", "vk": "alternate_email", "email": "mail", "whatsapp": "perm_phone_msg",
    "viber": "phone_in_talk", "messenger": "forum", "instagram": "photo_camera", "chatwoot": "support_agent",
    "webhook": "webhook", "sandbox": "science", "phone": "call",
}  # fmt: skip
ANGRY, UPSET, GLAD = -0.5, -0.15, 0.4

Row = dict[str, Any]
"""What the browser needs of one conversation: the same for everybody who may see it and reads the language."""
Patch = dict[str, Any]
"""What changed between two lists: `rows` that are new or different, `order` (ids) when it changed, `more`."""


class InboxList(ui.element, component="inbox_list.js"):
    """Rows in the browser; `on_open(conversation_id)` when one is chosen, `on_more()` when the end is near."""

    def __init__(
        self, place: Place, on_open: Callable[[int], Any], on_more: Callable[[], Any], on_sound: Callable[[bool], Any]
    ) -> None:
        super().__init__()
        self._props["words"] = section("list", place.language)
        self._props["me"] = place.staff.id
        self._props["zone"] = place.staff.time_zone or place.office.settings.staff_zone
        self._props |= {"rows": (), "selected": 0, "more": False, "loading": True}

        def opened(event: GenericEventArguments) -> Any:
            return on_open(int(event.args))

        self.on("open", opened)
        self.on("more", lambda: on_more())
        self.on("sound", lambda event: on_sound(bool(event.args)))

    def show(self, rows: Sequence[Row], *, more: bool) -> None:
        """Show these rows in the place of all others."""
        self._keep(rows=tuple(rows), more=more, loading=False)
        self.update()

    def change(self, patch: str, rows: Sequence[Row], *, more: bool) -> None:
        """Send only what changed, a `Patch` as JSON; `rows` is the whole list afterwards."""
        self._keep(rows=tuple(rows), more=more)  # for a browser that asks for everything again
        self.client.run_javascript(f'runMethod({self.id}, "patch", [{patch}])')

    def select(self, conversation_id: int | None) -> None:
        """Mark the open conversation, also in the address of the page."""
        if self._props["selected"] != (conversation_id or 0):
            self._keep(selected=conversation_id or 0)
            self.run_method("select", conversation_id or 0)

    def _keep(self, **props: Any) -> None:
        """Keep props without sending them: NiceGUI would send the whole list for each that is set.

        Rows come in a tuple, which NiceGUI leaves alone: of a list it makes a watched copy, row by row.
        """
        with self._props.suspend_updates():
            self._props |= props

    def focus(self) -> None:
        """To the selected row."""
        self.run_method("focus_row")

    def narrow(self, on: bool) -> None:
        """Whether only a part is asked for: an empty list says so."""
        self.run_method("narrow", on)

    def toggle_sound(self) -> None:
        """Let this browser ring for new messages, or not."""
        self.run_method("toggle_sound")


def mood_of(score: float) -> str:
    """A word for the mean mood: angry, upset, glad, or nothing worth a word."""
    return "angry" if score <= ANGRY else "upset" if score <= UPSET else "glad" if score >= GLAD else ""


def row_of(entry: InboxEntry, sla: SlaState | None, language: str, topics: Mapping[str, str]) -> Row:
    """What the browser needs of one entry; `topics`: titles of intents. Nothing in it depends on who looks."""
    since = entry.waits_since or (entry.queued_at if entry.operator_id is None else None)
    by = "" if entry.last_author is Author.CLIENT else words.say(f"list.by_{entry.last_author.value}", language)
    return {
        "id": entry.conversation_id,
        "name": entry.client_name or words.say("list.client", language, n=entry.client_id),
        "channel": entry.channel,
        "channel_name": channel_name(entry.channel, language),
        "icon": ICONS.get(entry.channel, "chat_bubble"),
        "language": entry.language,
        "since": int(since.timestamp() * 1000) if since else 0,
        "mood": mood_of(entry.mood),
        "priority": "" if entry.priority is Priority.NORMAL else entry.priority.value,
        "topic": topics.get(entry.intent or "", ""),
        "unread": entry.unread,
        "last": entry.last_text,
        "last_author": by,
        "last_at": int(entry.last_at.timestamp() * 1000),
        "operator": entry.operator_id or 0,
        "holder": entry.operator or "",
        "sla": sla.state.value if sla else "ok",
        "tags": list(entry.tags),
        "snoozed": int(entry.snoozed_until.timestamp() * 1000) if entry.snoozed_until else 0,
    }


def channel_name(channel: str, language: str) -> str:
    """A channel in words; one that nobody named is shown as it is."""
    return section("channels", language).get(channel, channel)


def patch_of(before: Sequence[Row], now: Sequence[Row], had_more: bool, more: bool) -> Patch | None:
    """What to change in a browser that shows `before`; None for nothing."""
    old = {row["id"]: row for row in before}
    changed = [row for row in now if old.get(row["id"]) != row]
    order = [row["id"] for row in now]
    moved = order != [row["id"] for row in before]
    if not changed and not moved and had_more == more:
        return None
    return {"rows": changed, "order": order if moved else None, "more": more}
