"""A breaker spares a failing system, and never for ever."""

from hypothesis import given
from hypothesis import strategies as st

from service.policies.breaker import Breaker, BreakerRules, after_failure, ask_leave

RULES = st.builds(
    BreakerRules, st.integers(min_value=1, max_value=6), st.floats(min_value=0.1, max_value=100, allow_nan=False)
)
STEPS = st.lists(st.tuples(st.floats(min_value=0, max_value=60, allow_nan=False), st.booleans()), max_size=60)


@given(RULES, STEPS)
def test_nothing_goes_through_while_it_rests_and_something_does_after(
    rules: BreakerRules, steps: list[tuple[float, bool]]
) -> None:
    breaker, now, in_a_row, last_failure = Breaker(), 0.0, 0, 0.0
    for wait, succeeds in steps:
        now += wait
        allowed, breaker = ask_leave(breaker, rules, now)
        rests = in_a_row >= rules.failures_to_open and now - last_failure < rules.rest_seconds
        assert allowed is not rests
        if allowed:
            in_a_row, last_failure = (0, last_failure) if succeeds else (in_a_row + 1, now)
            breaker = Breaker() if succeeds else after_failure(breaker, rules, now)


@given(RULES, st.integers(min_value=2, max_value=20))
def test_of_many_who_ask_at_once_after_the_rest_one_may_try(rules: BreakerRules, many: int) -> None:
    breaker = Breaker()
    for _ in range(rules.failures_to_open):
        breaker = after_failure(breaker, rules, 0.0)
    allowed = []
    for _ in range(many):
        leave, breaker = ask_leave(breaker, rules, rules.rest_seconds)
        allowed.append(leave)
    assert allowed == [True] + [False] * (many - 1)


@given(RULES, st.floats(min_value=0, max_value=1000, allow_nan=False))
def test_a_try_that_is_never_heard_of_again_blocks_nobody_for_ever(rules: BreakerRules, later: float) -> None:
    breaker = Breaker(rules.failures_to_open, 0.0)
    _, breaker = ask_leave(breaker, rules, rules.rest_seconds)
    allowed, _ = ask_leave(breaker, rules, 2 * rules.rest_seconds + later + 1e-6)
    assert allowed


@given(RULES, st.integers(min_value=0, max_value=10))
def test_fewer_failures_than_it_takes_hold_nobody_back(rules: BreakerRules, failures: int) -> None:
    breaker = Breaker()
    for _ in range(min(failures, rules.failures_to_open - 1)):
        breaker = after_failure(breaker, rules, 0.0)
    assert ask_leave(breaker, rules, 0.0) == (True, breaker)
