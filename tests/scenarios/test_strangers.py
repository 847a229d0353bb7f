"""The promise that everything else serves: nobody who has not proved who they are is ever shown an account."""

import pytest
from sqlalchemy import update

from service.settings import Settings
from service.storage.tables import MessageRow
from tests.scenarios.strangers_world import World, open_world
from tests.service.conftest import Clock
from tests.service.databases import make_tables


def begun(settings: Settings, clock: Clock, seed: int, steps: int) -> World:
    """A world after so many steps; every one of them is looked at."""
    make_tables(settings)
    world = open_world(settings, clock, seed)
    for _ in range(steps):
        world.step()
    return world


@pytest.mark.slow
def test_no_10_000_random_messages_times_and_identities_show_an_account_to_a_stranger(
    settings: Settings, clock: Clock
) -> None:
    world = begun(settings, clock, seed=7, steps=10_000)
    world.office.close()
    # A run in which nothing was proved and nothing shown would prove nothing either.
    assert world.count["messages"] > 5_000, world.count
    assert world.count["proofs"] > 50, world.count
    assert world.count["shown"] > 50, world.count


def test_a_thousand_steps_of_another_world_show_nothing_either(settings: Settings, clock: Clock) -> None:
    world = begun(settings, clock, seed=20, steps=1_000)
    world.office.close()
    assert world.count["proofs"] > 5, world.count


def test_the_world_notices_what_is_said_without_a_proof(settings: Settings, clock: Clock) -> None:
    world = begun(settings, clock, seed=3, steps=20)
    said = f"На счёте {world.secrets['c-1001'][0]}"
    with world.office.database.write() as connection:
        connection.execute(update(MessageRow).values(author="bot", text=said))
    world.message_read = 0
    with pytest.raises(AssertionError, match="said to one who proved None"):
        world.look()
    world.office.close()
