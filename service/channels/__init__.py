"""How clients reach us: one channel = one file = one class; CHANNELS is the explicit table of them."""

from collections.abc import Mapping
from typing import cast

from service.channels.base import Channel, Connector, Setting
from service.channels.chatwoot import ChatwootChannel
from service.channels.email import EmailChannel
from service.channels.instagram import InstagramChannel
from service.channels.messenger import MessengerChannel
from service.channels.sandbox import SandboxChannel
from service.channels.telegram import TelegramChannel
from service.channels.viber import ViberChannel
from service.channels.vk import VkChannel
from service.channels.web import WebChannel
from service.channels.webhook import WebhookChannel
from service.channels.whatsapp import WhatsappChannel

CHANNELS: tuple[type[Channel], ...] = (
    WebChannel,
    SandboxChannel,
    TelegramChannel,
    VkChannel,
    EmailChannel,
    WhatsappChannel,
    ViberChannel,
    MessengerChannel,
    InstagramChannel,
    ChatwootChannel,
    WebhookChannel,
)


def settings_of(kind: type[Channel]) -> tuple[Setting, ...]:
    """What an owner has to say about this kind of channel; nothing for those that are part of the service."""
    return getattr(kind, "SETTINGS", ())


def is_connector(kind: type[Channel]) -> bool:
    """Whether it is a platform outside, with settings and a webhook."""
    return bool(settings_of(kind))


def connect(kind: type[Channel], settings: Mapping[str, str]) -> Channel:
    """A channel with these settings; what is not said has its default."""
    if not is_connector(kind):
        return kind()
    values = {each.name: settings.get(each.name) or each.default for each in settings_of(kind)}
    return cast(type[Connector], kind)(values)


def open_channels() -> dict[str, Channel]:
    """One instance of each channel without any settings, by name."""
    return {kind.name: connect(kind, {}) for kind in CHANNELS}
