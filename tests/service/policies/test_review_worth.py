"""What is worth a person's time, and how well people agree."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from service.domain.labels import Worry
from service.policies.agreement import agreement, standing
from service.policies.review_worth import Signals, judge

signals = st.builds(
    Signals, lead=st.floats(0, 1), in_scope=st.booleans(), automatic=st.booleans(), disagreement=st.floats(0, 1),
    alike=st.integers(1, 5000), doubted=st.booleans(), drifted=st.booleans(), suspicious=st.booleans(),
)  # fmt: skip
LABELS = st.sampled_from([("a",), ("b",), ("c",)])


@given(signals)
def test_a_worry_never_makes_a_message_less_worth(before: Signals) -> None:
    worth, _ = judge(before)
    assert worth >= 0
    for more in ({"doubted": True}, {"drifted": True}, {"suspicious": True}, {"alike": before.alike * 2}):
        assert judge(replace(before, **more))[0] >= worth


def test_what_was_sure_and_doubted_by_nobody_is_left_alone() -> None:
    assert judge(Signals(lead=0.9, in_scope=True, automatic=True, alike=500)) == (0.0, ())


def test_the_worst_worry_is_named_first() -> None:
    _, worries = judge(Signals(lead=0.1, in_scope=True, automatic=False, disagreement=0.4, suspicious=True))
    assert worries == (Worry.SUSPICIOUS, Worry.UNSURE, Worry.DIVIDED)


def test_kappa_of_a_known_table() -> None:
    # Cohen's own kind of example: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no -> 0.4
    yes, no = ("yes",), ("no",)
    pairs = [(yes, yes)] * 20 + [(yes, no)] * 5 + [(no, yes)] * 10 + [(no, no)] * 15
    found = agreement(pairs)
    assert (found.pairs, found.share) == (50, 0.7)
    assert found.kappa is not None
    assert abs(found.kappa - 0.4) < 1e-9


def test_nobody_agrees_about_nothing() -> None:
    assert agreement([]).kappa is None


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40))
def test_kappa_is_at_most_one_and_symmetric(pairs: list[tuple[tuple[str], tuple[str]]]) -> None:
    found, mirrored = agreement(pairs), agreement([(b, a) for a, b in pairs])
    assert found.kappa is not None
    assert mirrored.kappa is not None
    assert -1 <= found.kappa <= 1
    assert abs(found.kappa - mirrored.kappa) < 1e-9


@given(st.lists(st.tuples(st.integers(1, 3), st.none() | LABELS, st.sampled_from(["review", "topic"])), max_size=12))
def test_the_last_word_of_each_person_counts(said: list[tuple[int, tuple[str] | None, str]]) -> None:
    last = {person: label for person, label, _ in said}
    stands, by, at_odds = standing(said)
    words = [label for label in last.values() if label]
    assert by == len(words)
    assert (stands in words) if words else stands is None
    assert at_odds == (len(set(words)) > 1)


def test_a_decision_ends_a_dispute() -> None:
    said = [(1, ("a",), "review"), (2, ("b",), "review")]
    assert standing(said) == (("b",), 2, True)
    assert standing([*said, (1, ("b",), "decision")]) == (("b",), 2, False)
    assert standing([*said, (3, ("a",), "decision")]) == (("a",), 3, False)
