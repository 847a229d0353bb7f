"""The routing table decides after the taxonomy; waiting makes urgent."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.conversations import ConversationView
from service.domain.decisions import Reason
from service.domain.intents import Priority, Rules
from service.domain.routes import AssignmentMode, Matter, Route
from service.domain.understanding import Understanding
from service.policies.handoff import hand_off
from service.policies.routing import aged_priority, fits, route_for
from tests.service.policies.situations import (
    BANK,
    any_conversation,
    any_rules,
    any_understanding,
    modestly,
    sure,
    talk,
)

CARDS = Matter("cards", "card_pin", "ru", "vip", False, "web")

any_route = st.builds(
    Route,
    intent=st.none() | st.sampled_from(["card_pin", "balance"]),
    department=st.none() | st.sampled_from(["cards", "loans"]),
    language=st.none() | st.sampled_from(["ru", "en"]),
    segment=st.none() | st.sampled_from(["vip", "mass"]),
    verified=st.none() | st.booleans(),
    channel=st.none() | st.sampled_from(["web", "sandbox"]),
    queue=st.none() | st.sampled_from(["cards", "nowhere"]),
    raise_by=st.integers(-2, 2),
    place=st.integers(0, 5),
)


@pytest.mark.parametrize(
    ("winner", "losers"),
    [
        (Route(intent="card_pin"), [Route(department="cards", language="ru", segment="vip", channel="web")]),
        (Route(department="cards"), [Route(segment="vip", language="ru"), Route()]),
        (Route(segment="vip", language="ru"), [Route(segment="vip"), Route(language="ru")]),
        (Route(segment="vip", place=1), [Route(language="ru", place=2)]),
        (Route(), [Route(intent="balance"), Route(verified=True), Route(channel="sandbox")]),
    ],
)
def test_the_most_specific_row_that_fits_decides(winner: Route, losers: list[Route]) -> None:
    assert route_for(CARDS, [*losers, winner]) == winner
    assert route_for(CARDS, [winner, *losers]) == winner


def test_without_a_row_the_taxonomy_decides() -> None:
    assert route_for(CARDS, []) is None
    handed = hand_off(Reason.INTENT_NEEDS_PERSON, sure("card_lost"), talk(), BANK, BANK.intents["card_lost"])
    assert (handed.department, handed.priority, handed.mode, handed.skill) == ("cards", Priority.URGENT, None, None)


def test_a_row_sends_elsewhere_moves_the_priority_and_says_how_it_is_given() -> None:
    row = Route(segment="vip", queue="general", raise_by=1, mode=AssignmentMode.PUSH, skill="vip")
    rules = replace(BANK, routes=(row,))
    vip = replace(talk(), segment="vip")
    handed = hand_off(Reason.INTENT_NEEDS_PERSON, sure("card_pin"), vip, rules, BANK.intents["card_pin"])
    assert (handed.department, handed.priority, handed.mode, handed.skill) == ("general", Priority.HIGH, "push", "vip")


def test_a_queue_that_was_removed_is_not_used() -> None:
    rules = replace(BANK, routes=(Route(queue="gone", raise_by=2),))
    handed = hand_off(Reason.INTENT_NEEDS_PERSON, sure("card_pin"), talk(), rules, BANK.intents["card_pin"])
    assert (handed.department, handed.priority) == ("cards", Priority.URGENT)


@given(any_understanding(), any_conversation(), any_rules(), st.lists(any_route, max_size=5))
@modestly
def test_the_department_exists_and_the_priority_is_one_whatever_the_table_says(
    understanding: Understanding, conversation: ConversationView, rules: Rules, routes: list[Route]
) -> None:
    routed = replace(rules, routes=tuple(routes))
    owned = {rule.department for rule in rules.intents.values()} | set(rules.departments)
    for rule in (None, *rules.intents.values()):
        handed = hand_off(Reason.NOT_UNDERSTOOD, understanding, conversation, routed, rule)
        assert handed.department in owned
        assert handed.priority in Priority


@given(st.lists(any_route, max_size=8), st.randoms(use_true_random=False))
@modestly
def test_the_decision_depends_on_the_rows_and_not_on_their_order_in_memory(routes: list[Route], chance: object) -> None:
    numbered = [replace(route, id=number) for number, route in enumerate(routes)]
    shuffled = list(numbered)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    found = route_for(CARDS, numbered)
    assert route_for(CARDS, shuffled) == found
    assert (found is None) == (not any(fits(each, CARDS) for each in numbered))


# --- waiting makes urgent


@given(st.sampled_from(Priority), st.floats(-1e6, 1e6), st.floats(0, 1e6), st.integers(0, 600))
@modestly
def test_priority_never_falls_while_one_waits(priority: Priority, minutes: float, more: float, step: int) -> None:
    assert aged_priority(priority, minutes + more, step).rank >= aged_priority(priority, minutes, step).rank
    assert aged_priority(priority, minutes, step).rank >= priority.rank


@given(st.sampled_from(Priority), st.sampled_from(Priority), st.integers(1, 600), st.floats(0, 1e5))
@modestly
def test_whoever_waited_two_steps_longer_is_served_before_anybody_who_comes_later(
    mine: Priority, other: Priority, step: int, waited: float
) -> None:
    """So nobody starves: from two steps on only those are ahead who came before."""
    long = waited + 2 * step
    assert aged_priority(mine, long, step) is Priority.URGENT
    assert aged_priority(mine, long, step).rank >= aged_priority(other, waited, step).rank


def test_zero_switches_ageing_off_and_a_clock_set_back_ages_nobody() -> None:
    assert aged_priority(Priority.NORMAL, 1e9, 0) is Priority.NORMAL
    assert aged_priority(Priority.HIGH, -500, 30) is Priority.HIGH


def test_nobody_starves_in_a_queue_that_never_ends() -> None:
    """One server, an urgent client every minute, one calm client before them: served within an hour."""
    waiting = [(Priority.NORMAL, 0)]
    for minute in range(200):
        waiting.append((Priority.URGENT, minute))
        served = min(waiting, key=lambda each: (-aged_priority(each[0], minute - each[1], 30).rank, each[1]))
        waiting.remove(served)
        if served[0] is Priority.NORMAL:
            assert minute <= 61
            return
    raise AssertionError("the calm client was never served")
