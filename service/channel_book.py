"""The channels with the settings in force: from the environment first, then what administrators set in the console."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from service.channels import CHANNELS, connect, is_connector, settings_of
from service.channels.base import Channel
from service.errors import SetupError, StorageUnavailable
from service.events import Events
from service.storage import channels as shelf
from service.storage.channels import StoredChannel
from service.storage.database import Database

CHANGED = "channels"
"""The whisper between processes that a channel was set up, stopped or mended."""
KINDS = {kind.name: kind for kind in CHANNELS}


class Condition(StrEnum):
    """How a channel is: not set up yet, working, switched off by an administrator, or stopped by its platform."""

    NOT_SET_UP = "not_set_up"
    WORKING = "working"
    SWITCHED_OFF = "switched_off"
    STOPPED = "stopped"


def read_settings(kept: StoredChannel) -> dict[str, str]:
    """What was set in the console."""
    values: dict[str, str] = json.loads(kept.settings) if kept.settings else {}
    return values


@dataclass(frozen=True)
class ChannelEntry:
    """A channel as it is now; `missing` are required settings that nobody gave."""

    channel: Channel
    kept: StoredChannel
    values: Mapping[str, str] = field(repr=False)
    from_environment: frozenset[str]
    missing: tuple[str, ...]

    @property
    def condition(self) -> Condition:
        """What it can do."""
        if self.missing:
            return Condition.NOT_SET_UP
        if not self.kept.enabled:
            return Condition.SWITCHED_OFF
        return Condition.STOPPED if self.kept.trouble else Condition.WORKING


class ChannelBook(Mapping[str, Channel]):
    """Every channel by name. Looks again when told and when the worker asks; an instance lives while its settings do.

    `environment` holds OTKLIK_<CHANNEL>_<SETTING>. Raises SetupError for a word there that is none of the choices.
    """

    def __init__(self, database: Database, environment: Mapping[str, str]) -> None:
        self._database = database
        self._environment = environment
        self._loading = threading.Lock()
        self._entries: dict[str, ChannelEntry] = {}
        with database.read() as connection:
            kept = shelf.everything(connection)
        for name, kind in KINDS.items():
            self._entries[name] = self._entry(kind, kept.get(name) or StoredChannel(name))

    def __getitem__(self, name: str) -> Channel:
        return self._entries[name].channel

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, name: str) -> ChannelEntry:
        """A channel with what is known of it; KeyError for a name that isn't in the table."""
        return self._entries[name]

    def connectors(self) -> tuple[ChannelEntry, ...]:
        """The platforms outside, in the order of the table."""
        return tuple(self._entries[kind.name] for kind in CHANNELS if is_connector(kind))

    def load(self) -> None:
        """Read what has changed since; a channel whose settings are the same goes on with its connections."""
        with self._loading:
            with self._database.read() as connection:
                kept = shelf.everything(connection)
            for name, kind in KINDS.items():
                before, now = self._entries[name], kept.get(name) or StoredChannel(name)
                if now.version == before.kept.version:
                    self._entries[name] = ChannelEntry(
                        before.channel, now, before.values, before.from_environment, before.missing
                    )
                else:
                    self._entries[name] = self._entry(kind, now)

    def follow(self, events: Events) -> None:
        """Load again whenever a process says that it changed something."""
        events.listen(CHANGED, self._heard)

    def _entry(self, kind: type[Channel], kept: StoredChannel) -> ChannelEntry:
        values, given = read_settings(kept), {}
        for each in settings_of(kind):
            variable = f"OTKLIK_{kind.name}_{each.name}".upper()
            if said := self._environment.get(variable, "").strip():
                given[each.name] = said
                if each.choices and said not in each.choices:
                    raise SetupError(f"{variable} must be one of {', '.join(each.choices)}")
        values = {each.name: "" for each in settings_of(kind)} | values | given
        missing = tuple(
            each.name for each in settings_of(kind) if each.required and not (values[each.name] or each.default)
        )
        return ChannelEntry(connect(kind, values), kept, values, frozenset(given), missing)

    def _heard(self, _words: dict[str, Any]) -> None:
        with suppress(StorageUnavailable):  # the worker's next look makes good for it
            self.load()
