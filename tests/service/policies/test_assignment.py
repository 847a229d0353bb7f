"""Who gets the next waiting conversation."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.presence import PresenceState
from service.policies.assignment import Candidate, Waiting, assign, can_serve, has_room
from tests.service.policies.situations import modestly

ANNA = Candidate(1, ("cards",))
BORIS = Candidate(2, ("cards", "loans"))

departments = st.sampled_from(["cards", "loans", "general"])
languages = st.sampled_from(["ru", "en"])
skills = st.sampled_from(["mortgage", "vip"])
slots = st.sampled_from([0.5, 1.0, 2.0])


def some(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """None, one or several of them."""
    return st.lists(values, max_size=2, unique=True).map(tuple)


any_candidates = st.lists(
    st.builds(
        Candidate,
        id=st.integers(1, 9),
        departments=some(departments),
        languages=some(languages),
        skills=some(skills),
        capacity=st.sampled_from([0.0, 1.0, 2.5, 5.0]),
        load=st.sampled_from([0.0, 0.5, 1.0, 3.0, 6.0]),
        state=st.sampled_from(PresenceState),
    ),
    max_size=6,
    unique_by=lambda each: each.id,
)
any_queue = st.lists(
    st.builds(
        Waiting, id=st.integers(1, 99), department=departments, language=languages, slots=slots,
        skill=st.none() | skills,
    ),
    max_size=20,
    unique_by=lambda each: each.id,
)  # fmt: skip


def in_cards(number: int, **fields: object) -> Waiting:
    """Somebody who waits for the cards department."""
    return Waiting(number, "cards", "ru", **fields)  # type: ignore[arg-type]


def test_the_least_loaded_gets_the_next_one_and_equals_take_turns() -> None:
    busier = Candidate(3, ("cards",), load=4.0)
    pairs = assign([in_cards(number) for number in range(10, 14)], [busier, BORIS, ANNA])
    assert pairs == [(10, 1), (11, 2), (12, 1), (13, 2)]


def test_load_is_measured_against_capacity() -> None:
    small, large = Candidate(1, capacity=2, load=1), Candidate(2, capacity=10, load=3)
    assert assign([in_cards(10)], [small, large]) == [(10, 2)]


def test_a_polyglot_is_kept_for_those_who_need_one() -> None:
    russian, both = Candidate(2, languages=("ru",)), Candidate(1, languages=("ru", "en"))
    assert assign([in_cards(10), Waiting(11, "cards", "en")], [both, russian]) == [(10, 2), (11, 1)]


def test_a_call_leaves_less_room_and_a_heavy_channel_takes_more() -> None:
    on_the_phone = Candidate(1, capacity=5, load=3, state=PresenceState.ON_CALL)
    assert assign([in_cards(10, slots=2.0), in_cards(11)], [on_the_phone]) == [(10, 1)]


def test_nobody_on_a_break_gets_anything() -> None:
    away = [Candidate(number, state=state) for number, state in enumerate(PresenceState) if not state.takes_new]
    assert len(away) == 3
    assert assign([in_cards(10)], away) == []


def test_ten_thousand_who_wait_for_a_skill_that_nobody_has_hold_nobody_up() -> None:
    queue = [in_cards(number, skill="unknown") for number in range(10_000)] + [in_cards(10_001)]
    assert assign(queue, [Candidate(number) for number in range(50)]) == [(10_001, 0)]


@given(any_queue, any_candidates)
@modestly
def test_nobody_is_over_capacity_absent_or_outside_of_what_they_may(
    queue: list[Waiting], candidates: list[Candidate]
) -> None:
    people, waits = {each.id: each for each in candidates}, {each.id: each for each in queue}
    load = {each.id: each.load for each in candidates}
    for conversation, operator in assign(queue, candidates):
        assert people[operator].state.takes_new
        assert can_serve(people[operator], waits[conversation])
        load[operator] += waits[conversation].slots
        assert load[operator] <= people[operator].capacity + 1e-6


@given(any_queue, any_candidates)
@modestly
def test_nobody_is_left_waiting_for_whom_there_is_somebody(queue: list[Waiting], candidates: list[Candidate]) -> None:
    pairs = dict(assign(queue, candidates))
    waits = {each.id: each for each in queue}
    load = {each.id: each.load for each in candidates}
    for conversation, operator in pairs.items():
        load[operator] += waits[conversation].slots
    for each in queue:
        if each.id not in pairs:
            free = [
                c for c in candidates
                if c.state.takes_new and c.capacity > 0 and can_serve(c, each) and has_room(c, load[c.id], each.slots)
            ]  # fmt: skip
            assert not free


@given(any_queue, any_candidates, st.randoms(use_true_random=False))
@modestly
def test_the_order_of_the_operators_changes_nothing(
    queue: list[Waiting], candidates: list[Candidate], chance: object
) -> None:
    shuffled = list(candidates)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert assign(queue, shuffled) == assign(queue, candidates)


@given(any_queue, any_candidates)
@modestly
def test_of_those_who_need_the_same_the_first_in_the_queue_is_first(
    queue: list[Waiting], candidates: list[Candidate]
) -> None:
    served = {conversation for conversation, _ in assign(queue, candidates)}
    kinds: dict[object, bool] = {}
    for each in queue:
        kind = (each.department, each.language, each.slots, each.skill)
        assert not (each.id in served and kinds.get(kind) is False)
        kinds[kind] = each.id in served
