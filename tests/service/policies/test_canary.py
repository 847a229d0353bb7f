"""Who meets the canary: the same ones each time, about the share asked for, and more of them with a larger share."""

from hypothesis import given
from hypothesis import strategies as st

from service.policies.canary import takes_part

shares = st.floats(0.0, 1.0)


@given(st.text(), st.text(), shares)
def test_the_draw_is_the_same_each_time(key: str, version: str, share: float) -> None:
    assert takes_part(key, version, share) == takes_part(key, version, share)


@given(st.text(min_size=1), st.text(), shares, shares)
def test_a_larger_share_keeps_who_took_part(key: str, version: str, one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert takes_part(key, version, more) or not takes_part(key, version, less)


@given(st.text())
def test_what_has_no_conversation_never_takes_part(version: str) -> None:
    assert not takes_part("", version, 1.0)


@given(st.text(min_size=1), st.text())
def test_nobody_and_everybody(key: str, version: str) -> None:
    assert not takes_part(key, version, 0.0)
    assert takes_part(key, version, 1.0)


def test_the_share_is_kept_and_another_version_draws_others() -> None:
    keys = [f"web:{number}" for number in range(20_000)]
    one, other = ({key for key in keys if takes_part(key, version, 0.1)} for version in ("a1", "b2"))
    assert abs(len(one) / len(keys) - 0.1) < 0.01
    assert len(one & other) < 0.3 * len(one)
