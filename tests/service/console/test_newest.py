"""Readings of one list end in any order, and the page shows what was asked for last."""

import asyncio

from service.console.components.newest import Newest


async def _read_both(first_ends_last: bool) -> list[str | None]:
    newest = Newest()
    ends = [asyncio.get_running_loop().create_future() for _ in range(2)]
    readings = [asyncio.ensure_future(newest.of(each)) for each in ends]
    await asyncio.sleep(0)  # both have been begun, the first first
    order = (1, 0) if first_ends_last else (0, 1)
    for place in order:
        ends[place].set_result(("without a filter", "filtered")[place])
        await asyncio.sleep(0)
    return list(await asyncio.gather(*readings))


def test_an_older_reading_is_dropped_whenever_it_ends() -> None:
    assert asyncio.run(_read_both(first_ends_last=True)) == [None, "filtered"]
    assert asyncio.run(_read_both(first_ends_last=False)) == [None, "filtered"]


def test_one_that_failed_gives_nothing_and_the_next_is_shown() -> None:
    async def read() -> list[str | None]:
        newest = Newest()

        async def failed() -> str | None:
            return None

        async def good() -> str | None:
            return "rows"

        return [await newest.of(failed()), await newest.of(good())]

    assert asyncio.run(read()) == [None, "rows"]


def test_it_tells_whether_the_newest_is_still_read() -> None:
    async def read() -> list[bool]:
        newest, end = Newest(), asyncio.get_running_loop().create_future()
        said = [newest.is_reading]
        reading = asyncio.ensure_future(newest.of(end))
        await asyncio.sleep(0)
        said.append(newest.is_reading)
        end.set_result("rows")
        await reading
        return [*said, newest.is_reading]

    assert asyncio.run(read()) == [False, True, False]
