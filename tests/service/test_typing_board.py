"""Who is typing is known in every process, and whoever watches is woken after the board knows it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from service.events import LocalEvents, RedisEvents, conversation_topic
from service.typing_board import TypingBoard
from tests.service.test_events import running_redis
from tests.service.threads import wait_until

PATIENCE_SECONDS = 20.0


def test_a_watcher_that_is_woken_sees_who_types() -> None:
    events = LocalEvents()
    board = TypingBoard(events)

    async def scenario() -> tuple[bool, bool]:
        with events.watch(conversation_topic(7)) as watcher:
            await asyncio.to_thread(board.set, 7, "client", True)
            return await watcher.wait(PATIENCE_SECONDS), board.is_typing(7, "client")

    assert asyncio.run(scenario()) == (True, True)


def test_a_listener_that_fails_harms_nobody() -> None:
    events = LocalEvents()
    heard: list[object] = []
    events.listen("kind", lambda words: 1 / 0)  # type: ignore[arg-type, return-value]
    events.listen("kind", heard.append)
    events.whisper("kind", {"a": 1})
    assert heard == [{"a": 1}]


@pytest.fixture
def url() -> Iterator[str]:
    """A Redis server of one's own; its folder has a short path, as sockets want."""
    with TemporaryDirectory(prefix="otklik-redis-") as folder, running_redis(Path(folder) / "r.sock"):
        yield f"unix://{folder}/r.sock"


@pytest.mark.slow
def test_typing_is_seen_in_other_processes_and_forgotten_there_too(url: str) -> None:
    near, far = RedisEvents(url), RedisEvents(url)
    try:
        here, there = TypingBoard(near), TypingBoard(far)
        wait_until(lambda: here.set(7, "operator", True) or there.is_typing(7, "operator"), "the other board knows")
        assert here.is_typing(7, "operator")
        assert not there.is_typing(8, "operator")
        here.set(7, "operator", False)
        wait_until(lambda: not there.is_typing(7, "operator"), "the other board forgets")

        async def woken_there() -> bool:
            with far.watch(conversation_topic(7)) as watcher:
                await asyncio.to_thread(here.set, 7, "client", True)
                return await watcher.wait(PATIENCE_SECONDS) and there.is_typing(7, "client")

        assert asyncio.run(woken_there())
        near._client.publish(RedisEvents.WHISPERS, "not json")
        near._client.publish(RedisEvents.WHISPERS, json.dumps(["stranger", "typing", {"strange": 1}]))
        here.set(9, "client", True)
        wait_until(lambda: there.is_typing(9, "client"), "a stranger's words do not stop the listening")
    finally:
        near.close()
        far.close()
