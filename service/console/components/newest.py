"""Of several readings of one list only the one that was asked for last is shown, in whatever order they end."""

from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Newest:
    """A page reads on threads, and filters are changed faster than a busy database answers: an older reading that ends
    after a newer one would show rows that the filters above it don't say."""

    def __init__(self) -> None:
        self._asked = self._ended = 0

    async def of(self, reading: Awaitable[T | None]) -> T | None:
        """What was read; None when it failed, or when another was begun meanwhile."""
        self._asked += 1
        mine = self._asked
        try:
            found = await reading
        finally:
            self._ended = max(self._ended, mine)
        return found if mine == self._asked else None

    @property
    def is_reading(self) -> bool:
        """Whether the one asked for last has not ended: until then nothing may be added below what is shown."""
        return self._ended < self._asked
