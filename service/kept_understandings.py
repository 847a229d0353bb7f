"""What was understood of messages that wait for more, so that a burst of one is not understood twice."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.understanding import Understanding

KEPT_SECONDS = 120
"""Longer than any burst waits."""
MOST = 4_096
"""Conversations. Beyond that the oldest are forgotten, and understood again."""


@dataclass(frozen=True)
class _Kept:
    version: int
    understanding: Understanding
    at: datetime


class KeptUnderstandings:
    """One understanding a conversation, good for one version of it and for a short time. Any number of threads.

    Nothing depends on it: what was written in another process, or before a restart, is understood again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int, _Kept] = {}  # oldest first

    def keep(self, conversation_id: int, version: int, understanding: Understanding, now: datetime) -> None:
        """Remember it for the conversation as it is at `version`, in place of what was there."""
        with self._lock:
            self._kept.pop(conversation_id, None)
            self._kept[conversation_id] = _Kept(version, understanding, now)
            while len(self._kept) > MOST or self._is_over(next(iter(self._kept.values())), now):
                del self._kept[next(iter(self._kept))]

    def take(self, conversation_id: int, version: int, now: datetime) -> Understanding | None:
        """What is kept for this very version, once; None when there is nothing, or it has become too old."""
        with self._lock:
            kept = self._kept.pop(conversation_id, None)
        if kept is None or kept.version != version or self._is_over(kept, now):
            return None
        return kept.understanding

    def __len__(self) -> int:
        return len(self._kept)

    @staticmethod
    def _is_over(kept: _Kept, now: datetime) -> bool:
        return abs(now - kept.at) > timedelta(seconds=KEPT_SECONDS)
