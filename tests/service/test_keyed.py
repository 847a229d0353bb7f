"""The keyed hash is the one that every library makes of the same key and words."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from service.keyed import keyed_hex


@given(st.binary(max_size=100), st.text() | st.sampled_from(["", "я" * 5_000, "\ud83d"]))
def test_it_is_hmac_sha256(key: bytes, words: str) -> None:
    expected = hmac.digest(key, words.encode("utf-8", "surrogatepass"), "sha256").hex()
    assert keyed_hex(key, words) == expected
    assert keyed_hex(key, words) == expected  # what is begun once is not used up


def test_it_is_the_published_example() -> None:
    """RFC 4231, test case 2."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert keyed_hex(b"Jefe", "what do ya want for nothing?") == expected
