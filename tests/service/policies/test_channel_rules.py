"""Which intents a channel may serve."""

import pytest

from service.domain.conversations import ChannelKind
from service.policies.channel_rules import is_served_in
from tests.service.policies.situations import BANK, intent


@pytest.mark.parametrize("channel", [ChannelKind.WEB, ChannelKind.EMAIL])
def test_documents_are_served_in_the_web_account_and_by_email(channel: ChannelKind) -> None:
    assert is_served_in(BANK.intents["certificate"], channel)


def test_documents_are_never_served_in_a_messenger() -> None:
    assert not is_served_in(BANK.intents["certificate"], ChannelKind.MESSENGER)


@pytest.mark.parametrize("channel", list(ChannelKind))
def test_anything_else_is_served_everywhere(channel: ChannelKind) -> None:
    assert is_served_in(intent("open_topic"), channel)
