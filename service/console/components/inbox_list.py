"""The list on the left of the inbox, and how an entry becomes a row of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from service import texts
from service.console.place import Place
from service.console.words import section
from service.domain.console import InboxEntry
from service.domain.intents import Priority
from service.domain.messages import Author
from service.shifts.targets import SlaState

ICONS = {
    "web": "chat_bubble", "telegram": "send", "vk": "alternate_email", "email": "mail", "whatsapp": "perm_phone_msg",
    "viber": "phone_in_talk", "sandbox": "science", "phone": "call",
}  # fmt: skip
ANGRY, UPSET = -0.5, -0.15


class InboxList(ui.element, component="inbox_list.js"):
    """Rows in the browser; `on_open(conversation_id)` when one is chosen, `on_more()` when the end is near."""

    def __init__(self, place: Place, on_open: Callable[[int], Any], on_more: Callable[[], Any]) -> None:
        super().__init__()
        self._props["words"] = section("list", place.language)
        self._props["rows"] = []
        self._props["selected"] = 0
        self._props["more"] = False
        self._props["loading"] = True

        def opened(event: GenericEventArguments) -> Any:
            return on_open(int(event.args))

        self.on("open", opened)
        self.on("more", lambda: on_more())

    def show(self, rows: Sequence[Mapping[str, Any]], *, more: bool) -> None:
        """Show these rows; nothing is sent when they are the same."""
        if self._props["rows"] == list(rows) and self._props["more"] == more and not self._props["loading"]:
            return
        self._props["rows"] = list(rows)
        self._props["more"] = more
        self._props["loading"] = False
        self.update()

    def select(self, conversation_id: int | None) -> None:
        """Mark the open conversation."""
        if self._props["selected"] != (conversation_id or 0):
            self._props["selected"] = conversation_id or 0
            self.update()


def row_of(entry: InboxEntry, sla: SlaState | None, place: Place) -> dict[str, Any]:
    """What the browser needs of one entry."""
    since = entry.waits_since or (entry.queued_at if entry.operator_id is None else None)
    title = texts.table("intents", place.language).get(entry.intent or "")
    mine = entry.operator_id == place.staff.id
    return {
        "id": entry.conversation_id,
        "name": entry.client_name or place.say("list.client", n=entry.client_id),
        "channel": entry.channel,
        "channel_name": entry.channel,
        "icon": ICONS.get(entry.channel, "chat_bubble"),
        "since": int(since.timestamp() * 1000) if since else 0,
        "since_title": place.say("list.since_title"),
        "mood": "angry" if entry.mood <= ANGRY else "upset" if entry.mood <= UPSET else "",
        "priority": "" if entry.priority is Priority.NORMAL else entry.priority.value,
        "topic": title or "",
        "unread": entry.unread,
        "last": entry.last_text,
        "last_author": "" if entry.last_author is Author.CLIENT else place.say(f"list.by_{entry.last_author.value}"),
        "mine": mine,
        "holder": "" if mine or entry.operator is None else entry.operator,
        "sla": sla.state.value if sla else "ok",
        "tags": list(entry.tags),
        "snoozed": entry.snoozed_until.strftime("%d.%m %H:%M") if entry.snoozed_until else "",
    }
