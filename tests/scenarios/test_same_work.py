"""Known and unknown numbers are the same work: statement by statement, and by the clock over many samples."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from time import perf_counter
from uuid import uuid4

import pytest
from scipy.stats import mannwhitneyu
from sqlalchemy import event

from service.domain.messages import InboundMessage
from service.inbox import handle_message
from service.policies.code_limits import MOST_TRIES
from service.settings import Settings
from tests.scenarios.strangers_world import World, open_world
from tests.service.conftest import Clock
from tests.service.databases import make_tables

KNOWN, UNKNOWN = "+7 913 555-01-01", "+7 913 555-99-99"
PAIRS = 120
CERTAINTY = 1e-6
"""A difference is one when chance alone shows it once in a million runs; the order of each pair is drawn."""


@pytest.fixture
def world(settings: Settings, clock: Clock) -> Iterator[World]:
    """An office with the demo's bank."""
    make_tables(settings)
    opened = open_world(settings, clock, seed=1)
    yield opened
    opened.office.close()


def say(world: World, who: str, text: str) -> float:
    """Send a message; how many seconds passed until it was answered."""
    message = InboundMessage("web", uuid4().hex, who, text, None, "ru")
    began = perf_counter()
    handle_message(message, world.office)
    return perf_counter() - began


@contextmanager
def written_down(world: World) -> Iterator[list[str]]:
    """The statements that the database is asked meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(re.sub(r"sa_savepoint_\d+", "savepoint", statement))

    event.listen(world.office.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(world.office.database.engine, "before_cursor_execute", note)


def asked(world: World, number: str) -> list[list[str]]:
    """The statements of the number and of three wrong codes, by a stranger of whom nothing is known."""
    who = uuid4().hex
    say(world, who, "привяжите чат")
    steps = []
    for text in (number, *("000001", "000002", "000003")[:MOST_TRIES]):
        world.office.guard.forget()  # it looks at what stands every two seconds: now, each time
        with written_down(world) as seen:
            say(world, who, text)
        steps.append(seen)
        world.work()
        world.clock.move(seconds=5)
    return steps


def test_each_step_asks_the_database_the_same_whether_the_number_is_known_or_not(world: World) -> None:
    known = asked(world, KNOWN)
    world.clock.move(days=40)
    unknown = asked(world, UNKNOWN)
    assert len(known[0]) > 10
    assert known == unknown


@pytest.mark.slow
def test_the_clock_tells_no_known_number_from_an_unknown_one(world: World) -> None:
    order = Random(5)
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in range(PAIRS):
        pair = [KNOWN, UNKNOWN]
        order.shuffle(pair)
        for number in pair:
            who = uuid4().hex
            say(world, who, "привяжите чат")
            times[number, "number"].append(say(world, who, number))
            world.work()
            world.clock.move(seconds=5)
            times[number, "code"].append(say(world, who, "000001"))
        world.clock.move(hours=2)
    for step in ("number", "code"):
        difference = mannwhitneyu(times[KNOWN, step], times[UNKNOWN, step])
        assert difference.pvalue > CERTAINTY, (step, difference)
