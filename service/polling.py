"""Ask a platform for its news, again and again: for those who have no address that platforms could call."""

import logging
import threading
import time
from collections.abc import Callable

from service import channel_health, receiving
from service.channel_book import Condition
from service.channels.base import AccountBroken, Polls, RetryLater, problem_of
from service.errors import SupportError
from service.office import Office
from service.policies.retrying import rest_of_channel
from service.storage import channels

log = logging.getLogger(__name__)
WAIT_SECONDS = 20.0
IDLE_SECONDS = 1.0
SHORT_SECONDS = 0.3
NOTED_FAILURES = (2, 6)


class Poller:
    """Polls one channel until `stopping`, while the channel works and `is_mine` says that it is this worker's."""

    def __init__(self, name: str, office: Office, stopping: threading.Event, is_mine: Callable[[], bool]) -> None:
        self._name = name
        self._office = office
        self._stopping = stopping
        self._is_mine = is_mine
        self._failures = 0

    def run(self) -> None:
        """The body of the thread."""
        while not self._stopping.is_set():
            pause = self._once()
            if pause > 0:
                self._stopping.wait(pause)

    def _once(self) -> float:
        try:
            if not self._may_poll():
                return IDLE_SECONDS
            began = time.monotonic()
            came = poll_once(self._name, self._office, WAIT_SECONDS)
        except RetryLater as error:
            return self._rest(problem_of(error), error.after_seconds)
        except AccountBroken as trouble:
            channel_health.stop_now(self._name, problem_of(trouble), self._office)
            return IDLE_SECONDS
        except SupportError as error:
            log.warning("polling put off", extra={"channel": self._name, "problem": error.detail})
            return IDLE_SECONDS
        except Exception:
            log.exception("polling failed", extra={"channel": self._name})
            return self._rest("polling_failed", None)
        self._failures = 0
        # A platform that does not wait for news itself must not be asked without end.
        return 0.0 if came or time.monotonic() - began >= IDLE_SECONDS else SHORT_SECONDS

    def _may_poll(self) -> bool:
        entry = self._office.channels.entry(self._name)
        works = entry.condition is Condition.WORKING and isinstance(entry.channel, Polls) and entry.channel.polls()
        return works and self._is_mine()

    def _rest(self, error: str, asked_seconds: float | None) -> float:
        self._failures += 1
        if self._failures in NOTED_FAILURES:
            channel_health.note_error(self._name, error, self._office)
        return rest_of_channel(self._failures, asked_seconds)


def poll_once(name: str, office: Office, wait_seconds: float) -> int:
    """Ask for news, commit them, and only then move the cursor on; returns how many events came.

    Whoever dies in between asks for the same news again, and what was stored is known by its id.
    """
    channel = office.channels[name]
    if not isinstance(channel, Polls):
        return 0
    with office.database.read() as connection:
        cursor = channels.get(connection, name).cursor
    news = channel.poll(cursor, wait_seconds)
    receiving.handle(name, news.events, office)
    if news.cursor != cursor:
        with office.database.write() as connection:
            channels.change(connection, name, cursor=news.cursor)
    return len(news.events)
