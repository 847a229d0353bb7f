"""What every channel promises; a new channel inherits these cases and brings its own `channel` and faults."""

import re

import pytest

from service.channels import CHANNELS, open_channels
from service.channels.base import Channel, Delivery, Receipt
from service.domain.conversations import ChannelKind
from service.domain.messages import Button

BUTTONS = (Button("Да, помогло", "feedback:yes"), Button("Сайт", url="https://bank.example"))
TEXTS = ("Здравствуйте!", "я" * 4000, "<b>не разметка</b> & *не* _она_ [x](y)", "🎄👩‍👩‍👧", "строка\n\tещё\n")


class ChannelContract:
    """Inherited by the tests of each channel."""

    @pytest.fixture
    def channel(self) -> Channel:
        """The channel under test, with a platform that works."""
        raise NotImplementedError

    def test_it_is_in_the_table_under_its_own_name(self, channel: Channel) -> None:
        assert type(channel) in CHANNELS
        assert type(open_channels()[channel.name]) is type(channel)

    def test_its_name_fits_the_database_and_an_address(self, channel: Channel) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_-]{1,39}", channel.name)

    def test_it_says_what_kind_it_is(self, channel: Channel) -> None:
        assert isinstance(channel.kind, ChannelKind)
        assert isinstance(channel.pushes, bool)
        assert isinstance(channel.has_idempotency_key, bool)

    @pytest.mark.parametrize("text", TEXTS)
    def test_it_delivers_any_text_we_may_say(self, channel: Channel, text: str) -> None:
        assert isinstance(channel.deliver(Delivery("client", "1/2", text)), Receipt)

    def test_it_delivers_buttons(self, channel: Channel) -> None:
        assert isinstance(channel.deliver(Delivery("client", "1/2", "Это помогло?", BUTTONS)), Receipt)

    def test_the_same_key_gets_the_same_receipt(self, channel: Channel) -> None:
        delivery = Delivery("client", "1/2", "Здравствуйте")
        assert channel.deliver(delivery) == channel.deliver(delivery)

    def test_receipts_of_different_messages_differ(self, channel: Channel) -> None:
        receipts = {channel.deliver(Delivery("client", f"1/{n}", "Здравствуйте")).platform_id for n in range(3)}
        assert len(receipts) == 3
