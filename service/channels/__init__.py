"""How clients reach us: one channel = one file = one class; CHANNELS is the explicit table of them."""

from service.channels.base import Channel
from service.channels.sandbox import SandboxChannel
from service.channels.web import WebChannel

CHANNELS: tuple[type[Channel], ...] = (WebChannel, SandboxChannel)


def open_channels() -> dict[str, Channel]:
    """One instance of each channel, by name."""
    return {channel.name: channel for channel in (kind() for kind in CHANNELS)}
