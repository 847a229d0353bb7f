"""A channel stops itself when its account is broken, tells the administrators, and goes on when it is mended."""

import logging
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from service.channel_book import CHANGED
from service.errors import StorageUnavailable
from service.events import CHANNELS_TOPIC
from service.office import Office
from service.storage import channels
from service.storage.audit import record_audit

log = logging.getLogger(__name__)
SERVICE = "otklik"
"""Who stands in the audit trail for what the service does by itself."""


def stop(connection: Connection, name: str, trouble: str, now: datetime) -> bool:
    """Write down that the channel can't go on, in a transaction; False when it had stopped before. Then `tell`."""
    stopped = channels.stop(connection, name, trouble, now)
    if stopped:
        record_audit(connection, SERVICE, "channel_stopped", "channel", name, {"reason": trouble}, now)
        log.error("a channel has stopped; messages wait", extra={"channel": name, "problem": trouble})
    return stopped


def stop_now(name: str, trouble: str, office: Office) -> None:
    """`stop` in a transaction of its own, and `tell`; a database that is away makes it wait for the next time."""
    with suppress(StorageUnavailable):
        with office.database.write() as connection:
            stopped = stop(connection, name, trouble, office.clock())
        if stopped:
            tell(name, office)


def resume(name: str, office: Office) -> bool:
    """The platform takes our messages again; False when the channel had not stopped."""
    with office.database.write() as connection:
        resumed = channels.resume(connection, name)
        if resumed:
            record_audit(connection, SERVICE, "channel_resumed", "channel", name, {}, office.clock())
    if resumed:
        log.warning("a channel works again", extra={"channel": name})
        tell(name, office)
    return resumed


def note_error(name: str, error: str, office: Office) -> None:
    """Keep the last error of a channel for its page; lost when the database is away."""
    with suppress(StorageUnavailable), office.database.write() as connection:
        channels.change(connection, name, last_error=error, last_error_at=office.clock())
    office.events.publish(CHANNELS_TOPIC)


def tell(name: str, office: Office) -> None:
    """After the commit: let every process and every open page look at the channel again."""
    office.events.whisper(CHANGED, {"channel": name})
    office.events.publish(CHANNELS_TOPIC)
