"""Messenger against a double of the Graph API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.channels.base import Delivery, OutFile
from service.channels.messenger import MessengerChannel
from tests.doubles.messenger import PAGE, MessengerDouble
from tests.service.channels.pages_contract import CLIENT, SECRETS, PagesContract


class TestMessenger(PagesContract):
    """The contract against the double."""

    KIND = MessengerChannel
    SETTINGS = SECRETS | {"page_id": PAGE}
    ACCOUNT = PAGE
    WANTED = "page"

    @pytest.fixture
    def double(self) -> Iterator[MessengerDouble]:
        """The API."""
        with MessengerDouble() as running:
            yield running


@pytest.fixture
def double() -> Iterator[MessengerDouble]:
    """The API."""
    with MessengerDouble() as running:
        yield running


@pytest.fixture
def channel(double: MessengerDouble) -> MessengerChannel:
    """A page."""
    return MessengerChannel(SECRETS | {"page_id": PAGE, "api_url": double.url})


def test_a_file_is_sent_by_itself(channel: MessengerChannel, double: MessengerDouble, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"content")
    channel.deliver(Delivery(CLIENT, "✉1/1", "", (), (OutFile("справка.pdf", "application/pdf", 7, path),)))
    assert double.sent[0]["message"]["attachment"]["type"] == "file"
    assert double.uploaded[0][1] == b"content"


def test_typing_is_shown(channel: MessengerChannel, double: MessengerDouble) -> None:
    channel.show_typing(CLIENT)
    assert double.typing == [CLIENT]
