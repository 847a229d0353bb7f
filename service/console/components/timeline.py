"""The conversation in the middle, and how an item of the story becomes a bubble or a line of it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui
from nicegui.events import GenericEventArguments

from service import texts
from service.console.amounts import duration
from service.console.components.inbox_list import channel_name
from service.console.dates import say_moment
from service.console.inbox.story import Shown, patch_of
from service.console.place import Place
from service.console.topics import topics_of
from service.console.words import say_problem, section
from service.domain.console import TimelineEvent, TimelineItem, Understood
from service.domain.messages import Author

CALL_ICONS = {"answered": "call", "missed": "phone_missed", "abandoned": "phone_missed", "failed": "phone_disabled"}
SPOKEN = ("operation", "fate", "clock")
"""What an event tells by a name that has words in the section `events`."""
OURS = (Author.BOT, Author.OPERATOR, Author.SYSTEM)


class Timeline(ui.element, component="timeline.js"):
    """Bubbles in the browser; `on_earlier()` asks for what came before, `on_correct(conversation, seq)` for labels."""

    def __init__(self, place: Place, on_earlier: Callable[[], Any], on_correct: Callable[[int, int], Any]) -> None:
        super().__init__()
        self._props["words"] = section("timeline", place.language)
        self._props |= {"items": (), "earlier": False, "typing": False, "conversation": 0, "unread": ""}

        def correct(event: GenericEventArguments) -> Any:
            return on_correct(int(event.args["conversation"]), int(event.args["seq"]))

        self.on("earlier", lambda: on_earlier())
        self.on("correct", correct)

    def show(
        self, conversation_id: int, items: Sequence[Shown], *, earlier: bool, typing: bool, unread: str = ""
    ) -> None:
        """Show this part of the story. `unread`: key of the first new one.

        Of another conversation all of it is sent, of the same one only what changed, if anything.
        """
        rest = {"earlier": earlier, "typing": typing, "conversation": conversation_id, "unread": unread}
        another = self._props["conversation"] != conversation_id
        patch = patch_of(list(self._props["items"]), list(items))
        changed = any(self._props[name] != value for name, value in rest.items())
        with self._props.suspend_updates():  # in a tuple, which NiceGUI doesn't watch item by item
            self._props |= {"items": tuple(items), **rest}
        if another:
            self.update()
        elif patch is not None or changed:
            self.run_method("patch", {"earlier": earlier, "typing": typing, **(patch or {})})


def item_of(item: TimelineItem, own_channel: str, place: Place, zone: ZoneInfo) -> dict[str, Any]:
    """What the browser needs of one item."""
    at = item.at.astimezone(zone)
    shown: dict[str, Any] = {
        "key": item.key, "time": f"{at:%H:%M}", "day": say_day(at, place), "conversation": item.conversation_id,
        "files": [],
    }  # fmt: skip
    if item.event is not None:
        icon = CALL_ICONS.get(str(item.event.data.get("outcome")), "call") if item.event.kind == "call" else ""
        return shown | {"kind": "event", "text": say_event(item.event, place), "icon": icon}
    if item.note is not None:
        return shown | {"kind": "note", "author": item.note.author, "text": item.note.text,
                        "mine": item.note.staff_id == place.staff.id}  # fmt: skip
    message = item.message
    assert message is not None  # noqa: S101 - exactly one of the three is there
    client = message.author is Author.CLIENT
    author = message.author_name or ("" if client else place.say(f"timeline.by_{message.author.value}"))
    return shown | {
        "kind": message.author.value,
        "seq": message.seq,
        "author": author,
        "mine": message.author is Author.OPERATOR and message.author_name == place.staff.name,
        "channel": "" if item.channel == own_channel else channel_name(item.channel, place.language),
        "text": message.text,
        "state": message.state.value if message.state and message.author in OURS else "",
        "problem": say_problem(item.problem, item.channel, place.language),
        "understood": understood_of(item.understood, place) if item.understood else None,
        "files": [
            {"key": f.key, "name": f.name, "url": f"/api/v1/files/{f.key}", "shown": f.may_be_shown}
            for f in message.files
        ],
    }


def unread_from(items: Sequence[TimelineItem], conversation_id: int, unread: int) -> str:
    """The key of the first of the client's last `unread` messages here; empty when there is none among `items`."""
    written = [
        each.key
        for each in items
        if each.conversation_id == conversation_id and each.message and each.message.author is Author.CLIENT
    ]
    return written[-unread] if 0 < unread <= len(written) else ""


def say_day(at: datetime, place: Place) -> str:
    """A local day as people write it: today, yesterday, or the date with its month in words."""
    today = place.office.clock().astimezone(at.tzinfo).date()
    if at.date() == today:
        return place.say("timeline.today")
    if at.date() == today - timedelta(days=1):
        return place.say("timeline.yesterday")
    month = place.say(f"months.m{at.month}")
    year = "" if at.year == today.year else f" {at.year}"
    return place.say("timeline.date", day=at.day, month=month, year=year)


def understood_of(understood: Understood, place: Place) -> dict[str, Any]:
    """The topic in words, how sure the model was, and whether a person corrected it."""
    titles = topics_of(place)

    def title(intent: str) -> str:
        known: str = titles.get(intent, place.say("timeline.out_of_scope") if intent == "out_of_scope" else intent)
        return known

    if understood.corrected:
        return {"title": ", ".join(title(each) for each in understood.corrected), "percent": "", "corrected": True}
    if understood.intent is None or not understood.in_scope:
        return {"title": place.say("timeline.not_understood"), "percent": "", "corrected": False, "unsure": True}
    percent = f"{understood.confidence:.0%}"
    return {
        "title": title(understood.intent), "percent": percent, "corrected": False,
        "unsure": understood.confidence < 0.6,
    }  # fmt: skip


def say_event(event: TimelineEvent, place: Place) -> str:
    """One sentence for something that happened; an unknown kind is shown by its name rather than hidden."""
    words = section("events", place.language)
    data = dict(event.data)
    if event.kind == "handed_off":
        reason = words.get(f"reason_{data.get('reason')}", str(data.get("reason")))
        department = texts.table("departments", place.language).get(str(data.get("department")), data.get("department"))
        return str(words["handed_off"].format(reason=reason, department=department))
    if event.kind == "call":
        return say_call(str(data["direction"]), str(data["outcome"]), float(data["seconds"]), event.name, place)
    data |= {name: words.get(f"{name}_{data[name]}", data[name]) for name in SPOKEN if name in data}
    for name in ("department", "resolution"):
        known = texts.table(f"{name}s", place.language).get(str(data.get(name)), data.get(name))
        data[name] = known and str(known)[:1].lower() + str(known)[1:]
    if data.get("until"):
        data["until"] = say_moment(datetime.fromisoformat(str(data["until"])), place)
    kind = "closed_as" if event.kind == "closed" and data["resolution"] else event.kind
    sentence: str = words.get(kind, "{kind}: {actor}")
    filled: str = sentence.format_map(_Fields(data | {"kind": event.kind, "actor": event.name or event.actor}))
    return filled


def say_call(direction: str, outcome: str, seconds: float, name: str, place: Place) -> str:
    """Who rang whom, and what became of it."""
    words = section("calls", place.language)
    said = words[f"{direction}_{outcome}"].format(talk=duration(seconds, place.language))
    return f"{said} · {name}" if name else said


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""
