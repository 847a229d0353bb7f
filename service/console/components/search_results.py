"""What a search found: one line a conversation, the searched words marked."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from service.console.amounts import moment
from service.console.components.inbox_list import ICONS
from service.console.place import Place
from service.console.topics import topics_of
from service.console.words import section
from service.desk import OPEN_STATES
from service.domain.intents import Priority
from service.domain.messages import Author
from service.domain.search import FoundConversation
from service.storage.search import stems_of

_WORD = re.compile(r"\w+")
LONGEST_LEAD = 60
"""So many characters of a long message stand before the first marked word."""


class SearchResults(ui.element, component="search_results.js"):
    """Links in the browser, arrow keys walk through them; `on_more()` when the end comes into view."""

    def __init__(self, place: Place, on_more: Callable[[], Any]) -> None:
        super().__init__()
        self._props["words"] = section("search", place.language)
        self._props |= {"rows": [], "more": False, "all": True, "state": "idle"}
        self.on("more", lambda: on_more())

    def show(self, rows: Sequence[Mapping[str, Any]], *, more: bool, everything: bool) -> None:
        """Show these lines; `everything`: nothing particular was asked for."""
        self._props |= {"rows": list(rows), "more": more, "all": everything, "state": "found" if rows else "nothing"}
        self.update()

    def wait(self) -> None:
        """Say that a search is running; what was found before stays."""
        self._props["state"] = "waiting"
        self.update()


def row_of(
    found: FoundConversation, asked: str, titles: Mapping[str, str], now: datetime, zone: ZoneInfo, place: Place
) -> dict[str, Any]:
    """What the browser needs of one conversation."""
    topic = topics_of(place).get(found.intent or "", "")
    hit, is_open = found.hit, found.state in OPEN_STATES
    return {
        "id": found.conversation_id,
        "name": found.client_name or place.say("search.client", n=found.client_id),
        "icon": ICONS.get(found.channel, "chat_bubble"),
        "channel": found.channel,
        "state": found.state.value,
        "department": titles.get(found.department or "", found.department or ""),
        "priority": found.priority.value if is_open and found.priority is not Priority.NORMAL else "",
        "topic": topic,
        "operator": found.operator or "",
        "tags": list(found.tags),
        "at": moment(found.updated_at, zone, now, place.language),
        "hit": marked(hit.text, asked) if hit else [],
        "said_by": "" if hit is None else _said_by(hit.author, hit.seq, place),
        "said_at": moment(hit.at, zone, now, place.language) if hit else "",
    }


def _said_by(author: str, seq: int | None, place: Place) -> str:
    if seq is None:
        return place.say("search.note_of", name=author)
    return "" if author == Author.CLIENT else place.say(f"search.by_{author}")


def marked(text: str, asked: str) -> list[dict[str, Any]]:
    """The text in pieces, those that fit the searched words in any form marked; the last word may be unfinished."""
    wanted = stems_of(asked).split()
    pieces: list[dict[str, Any]] = []
    end = 0
    for word in _WORD.finditer(text):
        if wanted and _fits(stems_of(word[0]), wanted):
            pieces += [{"text": text[end : word.start()], "hit": False}, {"text": word[0], "hit": True}]
            end = word.end()
    pieces.append({"text": text[end:], "hit": False})
    shown = [each for each in pieces if each["text"]]
    if len(shown) > 1 and not shown[0]["hit"] and len(shown[0]["text"]) > LONGEST_LEAD:
        shown[0]["text"] = "…" + shown[0]["text"][-LONGEST_LEAD:]
    return shown


def _fits(stem: str, wanted: Sequence[str]) -> bool:
    return bool(stem) and (stem in wanted or stem.startswith(wanted[-1]))
