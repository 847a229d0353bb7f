"""Who tries each code once or twice and asks for the next is locked all the same, and never learns what is known."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from service.domain.messages import InboundMessage
from service.inbox import handle_message
from service.settings import Settings
from service.storage import links, messages
from tests.scenarios.strangers_world import World, open_world
from tests.service.conftest import Clock
from tests.service.databases import make_tables

KNOWN, UNKNOWN = "+7 913 555-01-01", "+7 913 555-99-99"
NUMBERS = ("+7 913 555-01-01", "770120441", "40817810900001204417")
"""Three numbers of one account."""


@pytest.fixture
def world(settings: Settings, clock: Clock) -> Iterator[World]:
    """An office with the demo's bank and its mailbox."""
    make_tables(settings)
    opened = open_world(settings, clock, seed=1)
    yield opened
    opened.office.close()


def say(world: World, who: str, text: str) -> str:
    """Send a message; what came back."""
    outcome = handle_message(InboundMessage("web", uuid4().hex, who, text, None, "ru"), world.office)
    with world.office.database.read() as connection:
        said = messages.timeline(connection, outcome.message.conversation_id, outcome.message.seq)
        return "\n".join(each.text for each in said)


def ask_for_code(world: World, who: str, number: str) -> str:
    """Ask for a code; what was said."""
    say(world, who, "привяжите чат")
    said = say(world, who, number)
    world.work()
    world.clock.move(seconds=5)
    return said


def wrong(world: World) -> str:
    """A code that is in no letter."""
    return f"{(int(world.codes[-1].digits) + 500_000) % 1_000_000:06d}" if world.codes else "000001"


def test_two_tries_of_each_code_lock_like_three_of_one(world: World) -> None:
    heard = []
    for number in (KNOWN, UNKNOWN):
        who = uuid4().hex
        ask_for_code(world, who, number)
        said = [say(world, who, wrong(world)), say(world, who, wrong(world))]
        world.clock.move(minutes=2)
        said.append(ask_for_code(world, who, number))
        said.append(say(world, who, wrong(world)))
        said.append(ask_for_code(world, uuid4().hex, number))
        heard.append(said)
    assert heard[0] == heard[1]
    assert "трижды" in heard[0][3]
    assert "слишком много" in heard[0][4], "the number is locked for everybody"


def test_guesses_spread_over_the_numbers_of_an_account_are_counted_together_and_silently(world: World) -> None:
    for number in NUMBERS:
        who = uuid4().hex
        ask_for_code(world, who, number)
        assert "осталось две" in say(world, who, wrong(world)), "of the other numbers nothing is told"
    right = world.codes[-1].digits
    said = say(world, who, right)
    assert "одна попытка" in said, "the account is locked: as if the code were wrong"
    with world.office.database.read() as connection:
        assert links.active(connection, world.codes[-1].identity) is None
    letters = len(world.codes)
    world.clock.move(minutes=2)
    ask_for_code(world, uuid4().hex, "990120441")
    assert len(world.codes) == letters, "and no letter goes out"
