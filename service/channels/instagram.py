"""Instagram: direct messages to a professional account. See instagram.md beside this file."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from service.channels.base import Delivery, Inbound, Receipt, RemoteFile, Setting, WebhookRequest
from service.channels.pages import Page
from service.domain.channels import ButtonKind, ButtonRules, ChannelKind, ChannelRules, LengthUnit


class InstagramChannel:
    """One account. Instagram fetches files itself, so ours can't be sent; windows are those of Messenger."""

    name = "instagram"
    kind = ChannelKind.MESSENGER
    pushes = True
    takes_files = False
    rules = ChannelRules(
        text_length=1000,
        unit=LengthUnit.BYTES,
        buttons=ButtonRules(ButtonKind.QUICK_REPLY, most=13, title_length=20),
        per_second=10.0,
        chat_per_second=1.0,
        window_hours=24.0,
        human_window_hours=168.0,
    )
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("token", secret=True),
        Setting("account_id"),
        Setting("app_secret", secret=True),
        Setting("verify_token", secret=True),
        Setting("api_url", required=False, default="https://graph.instagram.com"),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._page = Page(self.name, "instagram", settings["account_id"], settings)

    def verify(self, request: WebhookRequest, now: datetime) -> None:
        """Signed with the app's secret; a GET has our verify token."""
        self._page.verify(request)

    def parse(self, request: WebhookRequest) -> Inbound:
        """Messages, presses and readings."""
        return self._page.parse(request)

    def deliver(self, delivery: Delivery) -> Receipt:
        """A text with quick replies."""
        return self._page.deliver(delivery)

    def check(self) -> str:
        """The account's name."""
        return self._page.name_of("username", "name")

    def fetch(self, file: RemoteFile, into: Path, most_bytes: int) -> str:
        """Get the file from Meta's own hosts, and no others."""
        return self._page.fetch(file, into, most_bytes)
