"""Which passwords are good enough."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.policies.passwords import LONGEST, SHORTEST, Weakness, normalise, weakness


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", Weakness.SHORT), ("short", Weakness.SHORT), ("x" * 9, Weakness.SHORT), ("x" * 257, Weakness.LONG),
        ("я" * 1_000_000, Weakness.LONG), ("anna.petrova", Weakness.LOGIN), ("ANNA.Petrova ", Weakness.LOGIN),
        ("password123", Weakness.COMMON), ("PassWord123", Weakness.COMMON), ("йцукенгшщз", Weakness.COMMON),
        ("1234567890", Weakness.COMMON), ("aaaaaaaaaaaa", Weakness.MONOTONOUS), ("abababababab", Weakness.MONOTONOUS),
        ("correct horse battery", None), ("вишня трактор луна", None), ("только буквы", None), ("7 чудес света", None),
    ],
)  # fmt: skip
def test_length_and_what_is_tried_first_decide(password: str, said: Weakness | None) -> None:
    assert weakness(password, "anna.petrova") is said


@given(st.text(min_size=SHORTEST, max_size=LONGEST))
def test_no_composition_is_asked_for(password: str) -> None:
    assume(len(normalise(password)) >= SHORTEST)
    assume(len(set(normalise(password).casefold().strip())) > 2)
    assert weakness(password, "anna") in (None, Weakness.COMMON)


@given(st.text(max_size=300), st.text(max_size=100))
def test_it_always_answers(password: str, login: str) -> None:
    found = weakness(password, login)
    assert found is None or found in Weakness


def test_the_same_letters_typed_on_another_system_are_the_same_password() -> None:
    assert normalise("кафе\u0301 и ещё") == normalise("кафе\u0301 и еще\u0308")
    assert normalise("ﬁrst") == "first"
