"""Who is typing, in both directions and across processes. Forgotten after six seconds, never stored."""

import threading
import time
from typing import Any

from service.events import Events, conversation_topic

TYPING_SECONDS = 6.0
WHISPER = "typing"


class TypingBoard:
    """Who is typing in which conversation right now.

    With `events` the news reaches the boards of all processes, and whoever watches the conversation is woken. Each
    process counts the six seconds on its own clock: clocks of two machines differ.
    """

    def __init__(self, events: Events | None = None) -> None:
        self._lock = threading.Lock()
        self._until: dict[tuple[int, str], float] = {}
        self._events = events
        if events is not None:
            events.listen(WHISPER, self._heard)

    def set(self, conversation_id: int, who: str, on: bool) -> None:
        """`who` ("client" or "operator") has begun or stopped typing."""
        if self._events is None:
            self._note(conversation_id, who, on)
            return
        self._events.whisper(WHISPER, {"conversation": conversation_id, "who": who, "on": on})

    def is_typing(self, conversation_id: int, who: str) -> bool:
        """Whether `who` is typing there now."""
        with self._lock:
            return self._until.get((conversation_id, who), 0.0) > time.monotonic()

    def _heard(self, words: dict[str, Any]) -> None:
        conversation_id = int(words["conversation"])
        self._note(conversation_id, str(words["who"]), bool(words["on"]))
        if self._events is not None:
            # Here and not by the writer: a watcher that is woken before the board knows would see nothing new.
            self._events.wake(conversation_topic(conversation_id))

    def _note(self, conversation_id: int, who: str, on: bool) -> None:
        now = time.monotonic()
        with self._lock:
            self._until = {key: until for key, until in self._until.items() if until > now}
            if on:
                self._until[conversation_id, who] = now + TYPING_SECONDS
            else:
                self._until.pop((conversation_id, who), None)
