"""How often did it happen? Counted with `limits` in memory, or in Redis for all processes together.

Whom a counter is about (an address, a telephone number, an id of a platform) is hashed with a key first: Redis may
write what it holds to a disk.
"""

import logging
import threading
import time
from typing import cast

from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from service.keyed import keyed_hex

log = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0
AWAY_SECONDS = 5.0
"""So long Redis is left alone after it failed: a message must not wait for it again and again."""


class SweptMemory(MemoryStorage):
    """Counters in memory, swept every ten seconds.

    As it comes, the library looks at every counter there is up to a hundred times a second, on a thread of its own.
    """

    @property
    def timer(self) -> threading.Timer:
        """The thread that sweeps next."""
        return self._timer

    @timer.setter
    def timer(self, timer: threading.Timer) -> None:
        """Let it wait for longer than the library would, and not keep the process alive."""
        timer.interval = SWEEP_SECONDS
        timer.daemon = True
        self._timer = timer


class _Counters:
    """One storage and its limiter."""

    def __init__(self, url: str = "") -> None:
        # The library's word for a Unix socket is another one than that of the Redis client.
        url = f"redis+{url}" if url.startswith("unix:") else url
        shared = storage_from_string(url, wrap_exceptions=True) if url else None
        self.storage = cast(Storage, shared or SweptMemory())
        self.limiter = MovingWindowRateLimiter(self.storage)


class Rates:
    """Limits and counters by name. While Redis is away each process counts for itself; nothing is ever raised."""

    def __init__(self, redis_url: str = "", key: str = "") -> None:
        self._key = key.encode()
        self._here = _Counters()
        self._shared = _Counters(redis_url) if redis_url else None
        self._away_until = 0.0

    def within(self, what: str, who: str, most: int, seconds: int) -> bool:
        """Count one more; False when there were `most` in the last `seconds` already (it then doesn't count)."""
        limit, who = RateLimitItemPerSecond(most, seconds, "otklik"), self._hidden(who)
        if (shared := self._reachable()) is not None:
            try:
                return shared.limiter.hit(limit, what, who)
            except StorageError as error:
                self._note_away(error)
        return self._here.limiter.hit(limit, what, who)

    def seconds_left(self, what: str, who: str, most: int, seconds: int) -> int:
        """After `within` said no: in how many seconds one more may come; at least 1."""
        limit, who = RateLimitItemPerSecond(most, seconds, "otklik"), self._hidden(who)
        counters = self._reachable() or self._here
        try:
            reset = counters.limiter.get_window_stats(limit, what, who).reset_time
        except StorageError as error:
            self._note_away(error)
            return seconds
        return max(1, round(reset - time.time()))

    def count(self, what: str, who: str, seconds: int) -> int:
        """Count one more; how many there are now, from the first one on until `seconds` later."""
        key = f"otklik/{what}/{self._hidden(who)}"
        if (shared := self._reachable()) is not None:
            try:
                return shared.storage.incr(key, seconds)
            except StorageError as error:
                self._note_away(error)
        return self._here.storage.incr(key, seconds)

    def clear(self, what: str, who: str) -> None:
        """Forget what `count` has counted; in this process, and in Redis if it is there."""
        key = f"otklik/{what}/{self._hidden(who)}"
        self._here.storage.clear(key)
        if (shared := self._reachable()) is not None:
            try:
                shared.storage.clear(key)
            except StorageError as error:
                self._note_away(error)

    def _hidden(self, who: str) -> str:
        return keyed_hex(self._key, who)[:32]

    def _reachable(self) -> _Counters | None:
        return self._shared if time.monotonic() >= self._away_until else None

    def _note_away(self, error: Exception) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        log.warning("redis is away, this process counts for itself", extra={"problem": str(error)[:200]})
