"""Instagram against a double of the Graph API."""

from collections.abc import Iterator

import pytest

from service.channels.instagram import InstagramChannel
from tests.doubles.instagram import ACCOUNT, InstagramDouble
from tests.service.channels.pages_contract import SECRETS, PagesContract


class TestInstagram(PagesContract):
    """The contract against the double."""

    KIND = InstagramChannel
    SETTINGS = SECRETS | {"account_id": ACCOUNT}
    ACCOUNT = ACCOUNT
    WANTED = "instagram"

    @pytest.fixture
    def double(self) -> Iterator[InstagramDouble]:
        """The API."""
        with InstagramDouble() as running:
            yield running


def test_a_text_is_measured_in_bytes() -> None:
    assert InstagramChannel.rules.unit.value == "bytes"
