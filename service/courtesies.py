"""Small kindnesses to platforms (a press was taken, somebody types): at once, once, and forgotten when they fail.

One thread a channel, started with the first one; whoever has too many waiting loses the newest. They are nothing that a
client would miss, so nothing of them is stored.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

log = logging.getLogger(__name__)
MOST_WAITING = 100


class Courtesies:
    """Does small things for each channel in its own thread."""

    def __init__(self) -> None:
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
