"""Platforms: what was set, whether they work, who delivers for them, how far polling has come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.messages import DeliveryState
from service.storage.tables import ChannelRow, OutboxRow, table

N = table(ChannelRow).c
O = table(OutboxRow).c  # noqa: E741
LEASE_SECONDS = 6
"""A worker that is silent for longer has lost its channels to another one."""


@dataclass(frozen=True)
class StoredChannel:
    """What is kept of a channel; `settings` is the JSON of those given in the console."""

    name: str
    settings: str | None = field(default=None, repr=False)
    enabled: bool = True
    version: int = 0
    trouble: str | None = None
    trouble_at: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    cursor: str | None = None


_KEPT = (N.name, N.settings, N.enabled, N.version, N.trouble, N.trouble_at, N.last_error, N.last_error_at, N.cursor)


def everything(connection: Connection) -> Mapping[str, StoredChannel]:
    """All channels of which anything is kept, by name."""
    return {row.name: StoredChannel(*row) for row in connection.execute(select(*_KEPT))}


def get(connection: Connection, name: str) -> StoredChannel:
    """What is kept of a channel; the defaults for one of which nothing is."""
    row = connection.execute(select(*_KEPT).where(N.name == name)).one_or_none()
    return StoredChannel(*row) if row is not None else StoredChannel(name)


def change(connection: Connection, name: str, **values: Any) -> None:
    """Keep these values of a channel."""
    if connection.execute(update(ChannelRow).where(N.name == name).values(**values)).rowcount == 0:
        try:
            with connection.begin_nested():
                connection.execute(insert(table(ChannelRow)).values(name=name, **values))
        except IntegrityError:  # somebody was faster
            connection.execute(update(ChannelRow).where(N.name == name).values(**values))


def set_up(connection: Connection, name: str, settings: str | None, enabled: bool) -> None:
    """Keep new settings; what had stopped the channel is forgotten, as they may mend it."""
    version = get(connection, name).version + 1
    change(
        connection, name, settings=settings, enabled=enabled, version=version, trouble=None, trouble_at=None
    )  # fmt: skip


def stop(connection: Connection, name: str, trouble: str, now: datetime) -> bool:
    """Write down why the channel can't go on; False when it had stopped before."""
    before = get(connection, name)
    if before.trouble is not None:
        return False
    change(connection, name, trouble=trouble, trouble_at=now, last_error=trouble, last_error_at=now)
    return True


def resume(connection: Connection, name: str) -> bool:
    """The channel works again; False when it had not stopped."""
    mended = update(ChannelRow).where(N.name == name, N.trouble.is_not(None))
    return connection.execute(mended.values(trouble=None, trouble_at=None)).rowcount == 1


def take_lease(connection: Connection, name: str, worker: str, now: datetime) -> bool:
    """Become, or stay, the one worker that delivers and polls for the channel; False while another one does."""
    until = now + timedelta(seconds=LEASE_SECONDS)
    free = or_(N.leased_by.is_(None), N.leased_by == worker, N.leased_until < now)
    mine = update(ChannelRow).where(N.name == name, free).values(leased_by=worker, leased_until=until)
    if connection.execute(mine).rowcount == 1:
        return True
    if connection.execute(select(N.name).where(N.name == name)).one_or_none() is not None:
        return False
    change(connection, name, enabled=True)  # nothing is kept of it yet
    return connection.execute(mine).rowcount == 1


def release_lease(connection: Connection, name: str, worker: str) -> None:
    """Let another worker have the channel at once."""
    mine = update(ChannelRow).where(N.name == name, N.leased_by == worker)
    connection.execute(mine.values(leased_by=None, leased_until=None))


@dataclass(frozen=True)
class Traffic:
    """What a channel has done: waiting now, and since a moment sent, failed and of unknown fate."""

    waiting: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0


def traffic(connection: Connection, since: datetime) -> Mapping[str, Traffic]:
    """The traffic of each channel; requests are counted, of which a long message takes several."""
    done = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.SEEN)
    recent = O.due_at >= since
    query = select(
        O.channel,
        func.count().filter(O.state.in_(OPEN)),
        func.count().filter(O.state.in_(done), O.sent_at >= since),
        func.count().filter(O.state == DeliveryState.FAILED, recent),
        func.count().filter(O.state == DeliveryState.UNKNOWN, recent),
    ).group_by(O.channel)
    return {row[0]: Traffic(*row[1:]) for row in connection.execute(query)}


CLAIMED, SENDING = "claimed", "sending"
OPEN = (DeliveryState.QUEUED.value, CLAIMED, SENDING)
"""States of requests that are still to be made."""
