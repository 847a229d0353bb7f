"""Small kindnesses to platforms (a press was taken, somebody types): at once, once, and forgotten when they fail.

One thread a channel, started with the first one; whoever has too many waiting loses the newest. They are nothing that a
client would miss, so nothing of them is stored.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from service.channels.base import Channel, ShowsTyping

log = logging.getLogger(__name__)
MOST_WAITING = 100
TYPING_SHARE = 0.1
"""Of the requests a second that a platform takes: the rest is for messages."""
TOLD_AGAIN = 0.8
"""Of the time that a platform shows it: somebody who goes on typing is seen without a gap."""


class Courtesies:
    """Does small things for each channel in its own thread. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._typing: dict[tuple[str, str], float] = {}
        self._typing_again: dict[str, float] = {}
        self._lock = threading.Lock()
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._waiting: dict[str, int] = {}
        self._closed = False

    def do(self, channel: str, work: Callable[[], object]) -> bool:
        """Have `work` done soon; False when too much waits already. Never raises, returns at once."""
        with self._lock:
            if self._closed or self._waiting.get(channel, 0) >= MOST_WAITING:
                return False
            self._waiting[channel] = self._waiting.get(channel, 0) + 1
            if channel not in self._pools:
                self._pools[channel] = ThreadPoolExecutor(1, thread_name_prefix=f"courtesy-{channel}")
            self._pools[channel].submit(self._work, channel, work)
        return True

    def show_typing(self, channel: Channel, recipient: str) -> bool:
        """Let a client see that we type; False where the platform shows nothing, or was told a moment ago.

        What could not be told in time is not told at all: the message itself may be there by then.
        """
        seconds = channel.rules.typing_seconds
        if not seconds or not isinstance(channel, ShowsTyping):
            return False
        now = self._clock()
        with self._lock:
            self._typing = {key: until for key, until in self._typing.items() if until > now}
            if (channel.name, recipient) in self._typing or self._typing_again.get(channel.name, now) > now:
                return False
            self._typing[channel.name, recipient] = now + seconds * TOLD_AGAIN
            self._typing_again[channel.name] = now + 1 / (channel.rules.per_second * TYPING_SHARE)

        def tell() -> None:
            if self._clock() - now < seconds / 2:
                channel.show_typing(recipient)

        return self.do(channel.name, tell)

    def _work(self, channel: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            log.info("a courtesy failed", extra={"channel": channel, "problem": type(error).__name__})
        finally:
            with self._lock:
                self._waiting[channel] -= 1

    def close(self) -> None:
        """Forget what waits and end."""
        with self._lock:
            self._closed = True
            pools = list(self._pools.values())
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
