"""When may the next request go, so that a rate is kept? Moments are seconds on any one clock."""

from dataclasses import dataclass, field

CATCH_UP_SECONDS = 0.25
"""What was late by less is made up for, so that the mean rate is the rate; no second has more than a quarter extra."""


@dataclass
class Pace:
    """Keeps `per_second` for a whole channel, and `chat_per_second` for each conversation in it.

    Remembers only conversations that were written to within the last moments.
    """

    per_second: float
    chat_per_second: float
    _next: float = 0.0
    _chats: dict[int, float] = field(default_factory=dict)

    def wait_seconds(self, now: float) -> float:
        """How long until the channel may make its next request; 0 for now."""
        return max(0.0, self._next - now)

    def resting(self, now: float) -> tuple[int, ...]:
        """The conversations that may not be written to yet."""
        self._chats = {chat: until for chat, until in self._chats.items() if until > now}
        return tuple(self._chats)

    def rest_seconds(self, now: float) -> float:
        """How long until the first of the resting conversations may be written to; 0 when none rests."""
        return max(0.0, min(self._chats.values(), default=now) - now)

    def count(self, chat: int, now: float) -> None:
        """A request was made for this conversation."""
        self._next = max(self._next, now - CATCH_UP_SECONDS) + 1.0 / self.per_second
        self._chats[chat] = now + 1.0 / self.chat_per_second

    def quiet(self, chat: int, seconds: float, now: float) -> None:
        """The platform asked to leave this conversation alone."""
        self._chats[chat] = max(self._chats.get(chat, 0.0), now + seconds)
