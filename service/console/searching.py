"""A search as its address and its form write it: /console/search?q=карта&state=queued&department=cards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from service.domain.conversations import ConversationState
from service.domain.search import Search
from service.policies.tags import normalise_tag

FIELDS = ("q", "state", "department", "channel", "intent", "tag", "operator", "since", "until")


@dataclass(frozen=True)
class Asked:
    """What stands in the form; days are those of the person who asks, both included."""

    q: str = ""
    state: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    operator: int | None = None
    since: str = ""
    until: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for: everything is found then."""
        return self == Asked()

    @property
    def address(self) -> str:
        """The page of this search."""
        values = {name: getattr(self, name) for name in FIELDS}
        plain = [
            (name, str(each))
            for name, value in values.items()
            for each in (value if isinstance(value, tuple) else (value,) if value else ())
        ]
        return "/console/search" + (f"?{urlencode(plain)}" if plain else "")


def read_address(query: Mapping[str, list[str]]) -> Asked:
    """The form of an address; what can't be read is left out."""
    first = {name: (query.get(name) or [""])[0] for name in ("q", "operator", "since", "until")}
    return Asked(
        q=first["q"][:500],
        state=tuple(each for each in query.get("state", ()) if each in set(ConversationState)),
        department=tuple(query.get("department", ())),
        channel=tuple(query.get("channel", ())),
        intent=tuple(query.get("intent", ())),
        tag=tuple(query.get("tag", ())),
        operator=int(first["operator"]) if first["operator"].isascii() and first["operator"].isdigit() else None,
        since=first["since"] if read_day(first["since"]) else "",
        until=first["until"] if read_day(first["until"]) else "",
    )


def read_day(text: str) -> date | None:
    """The day that was written, as 2026-11-22; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def search_of(asked: Asked, zone: ZoneInfo) -> Search:
    """The search that this form asks for."""
    since, until = read_day(asked.since), read_day(asked.until)
    tags = (normalise_tag(each) for each in asked.tag)
    return Search(
        text=asked.q.strip(),
        departments=asked.department,
        channels=asked.channel,
        states=tuple(ConversationState(each) for each in asked.state),
        intents=asked.intent,
        tags=tuple(each for each in tags if each),
        operator_id=asked.operator,
        since=datetime.combine(since, time(), tzinfo=zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), tzinfo=zone) if until else None,
    )


def asked_of(search: Search, zone: ZoneInfo) -> Asked:
    """The form of a search that was kept."""
    until = search.until.astimezone(zone) - timedelta(days=1) if search.until else None
    return Asked(
        q=search.text,
        state=tuple(each.value for each in search.states),
        department=search.departments,
        channel=search.channels,
        intent=search.intents,
        tag=search.tags,
        operator=search.operator_id,
        since=search.since.astimezone(zone).date().isoformat() if search.since else "",
        until=until.date().isoformat() if until else "",
    )
