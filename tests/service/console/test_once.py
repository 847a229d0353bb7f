"""A double click does nothing twice, and a third one after it is over does something again."""

import asyncio

import pytest

from service.console.components.once import once_at_a_time


class Door:
    """Something that is opened by key."""

    def __init__(self) -> None:
        self.opened = 0
        self.free = asyncio.Event()

    @once_at_a_time
    async def open(self, *, fails: bool = False) -> None:
        """Takes as long as `free` says."""
        self.opened += 1
        await self.free.wait()
        if fails:
            raise ValueError("it sticks")


def test_a_second_press_is_left_alone_while_the_first_goes_on() -> None:
    async def press() -> int:
        door, other = Door(), Door()
        door.free.set()
        first = asyncio.create_task(other.open())
        await asyncio.sleep(0)
        await other.open()
        await door.open()  # another one is not concerned
        other.free.set()
        await first
        await other.open()
        return other.opened

    assert asyncio.run(press()) == 2


def test_what_went_wrong_does_not_lock_the_door() -> None:
    async def press() -> int:
        door = Door()
        door.free.set()
        with pytest.raises(ValueError, match="sticks"):
            await door.open(fails=True)
        await door.open()
        return door.opened

    assert asyncio.run(press()) == 2
