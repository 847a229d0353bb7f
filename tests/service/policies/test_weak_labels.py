"""Labels that follow from what happened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.labels import Event, Guess, Happened, WeakLabel
from service.policies.weak_labels import DOUBTS, WEIGHTS, is_doubted, label_from

DEPARTMENTS = {"card_pin": "cards", "card_order": "cards", "top_up": "payments", "balance": "accounts"}
RANKING = (Guess("card_pin", 0.6), Guess("top_up", 0.3), Guess("balance", 0.1))

events = st.builds(
    Event,
    st.sampled_from(Happened),
    st.lists(st.sampled_from(sorted(DEPARTMENTS)), max_size=2).map(tuple),
    st.sampled_from(["cards", "payments", None]),
    st.floats(0, 1),
)


def told(*happened: Event, in_scope: bool = True) -> WeakLabel | None:
    """What follows for a message that looks like a question about a PIN."""
    return label_from(RANKING, in_scope, happened, DEPARTMENTS)


@pytest.mark.parametrize(
    ("event", "intent"),
    [
        (Event(Happened.HELPED, ("card_pin",)), "card_pin"),
        (Event(Happened.RESOLVED), "card_pin"),
        (Event(Happened.ACCEPTED, ("top_up",)), "top_up"),
        (Event(Happened.ACCEPTED, ("balance", "card_pin")), "card_pin"),
        (Event(Happened.ACCEPTED, ("balance", "top_up")), None),
        (Event(Happened.EDITED, ("card_pin",), change=0.2), "card_pin"),
        (Event(Happened.EDITED, ("card_pin",), change=0.8), None),
        (Event(Happened.CORRECTED, ("balance",)), "balance"),
        (Event(Happened.CORRECTED, ("balance", "top_up")), None),
        (Event(Happened.TRANSFERRED, department="payments"), "top_up"),
        (Event(Happened.TRANSFERRED, department="cards"), None),
        (Event(Happened.REPHRASED, ("balance",)), "balance"),
        (Event(Happened.REPHRASED), None),
        (Event(Happened.DID_NOT_HELP), None),
        (Event(Happened.ASKED_FOR_PERSON), None),
    ],
)
def test_what_one_thing_says(event: Event, intent: str | None) -> None:
    label = told(event)
    assert (label.intent if label else None) == intent
    assert label is None or (label.reason == event.kind and label.weight == WEIGHTS[event.kind])


def test_praise_is_worth_nothing_after_a_complaint() -> None:
    assert told(Event(Happened.RESOLVED), Event(Happened.DID_NOT_HELP)) is None
    assert told(Event(Happened.HELPED), Event(Happened.ASKED_FOR_PERSON)) is None


def test_a_message_out_of_scope_is_not_confirmed_by_a_closed_request() -> None:
    assert told(Event(Happened.RESOLVED), in_scope=False) is None
    assert told(Event(Happened.CORRECTED, ("balance",)), in_scope=False) is not None


@given(st.lists(events, max_size=6))
def test_what_a_person_said_stands_whatever_else_happened(happened: list[Event]) -> None:
    rest = [each for each in happened if each.kind is not Happened.CORRECTED]
    label = label_from(RANKING, True, [*rest, Event(Happened.CORRECTED, ("balance",))], DEPARTMENTS)
    assert label == WeakLabel("balance", 1.0, "corrected")
    assert not is_doubted([*rest, Event(Happened.CORRECTED, ("balance",))])


@given(st.lists(events, max_size=6))
def test_a_label_is_never_stronger_than_its_reason_and_never_the_doubted_guess(happened: list[Event]) -> None:
    label = label_from(RANKING, True, happened, DEPARTMENTS)
    if label is None:
        return
    assert 0 < label.weight <= 1
    assert label.reason in {event.kind for event in happened}
    if {event.kind for event in happened} & DOUBTS and label.reason != Happened.CORRECTED:
        assert label.intent != RANKING[0].intent
