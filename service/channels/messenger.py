"""Facebook Messenger: messages to a page. See messenger.md beside this file."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from service.channels.base import Delivery, Inbound, Receipt, RemoteFile, Setting, WebhookRequest
from service.channels.graph import BASE_URL
from service.channels.pages import Page
from service.domain.channels import ButtonKind, ButtonRules, ChannelKind, ChannelRules, LengthUnit


class MessengerChannel:
    """One page. Words may be sent for 24 hours after the client's, by a person for seven days."""

    name = "messenger"
    kind = ChannelKind.MESSENGER
    pushes = True
    takes_files = True
    rules = ChannelRules(
        text_length=2000,
        unit=LengthUnit.UTF16,
        buttons=ButtonRules(ButtonKind.QUICK_REPLY, most=13, title_length=20),
        per_second=20.0,
        chat_per_second=1.0,
        window_hours=24.0,
        human_window_hours=168.0,
        typing_seconds=20.0,
    )
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("token", secret=True),
        Setting("page_id"),
        Setting("app_secret", secret=True),
        Setting("verify_token", secret=True),
        Setting("api_url", required=False, default=BASE_URL),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._page = Page(self.name, "page", settings["page_id"], settings)

    def verify(self, request: WebhookRequest, now: datetime) -> None:
        """Signed with the app's secret; a GET has our verify token."""
        self._page.verify(request)

    def parse(self, request: WebhookRequest) -> Inbound:
        """Messages, presses, deliveries and readings."""
        return self._page.parse(request)

    def deliver(self, delivery: Delivery) -> Receipt:
        """A text with quick replies, or one file."""
        return self._page.deliver(delivery)

    def check(self) -> str:
        """The page's name."""
        return self._page.name_of("name")

    def show_typing(self, recipient: str) -> None:
        """Shown for twenty seconds."""
        self._page.show_typing(recipient)

    def fetch(self, file: RemoteFile, into: Path, most_bytes: int) -> str:
        """Get the file from Meta's own hosts, and no others."""
        return self._page.fetch(file, into, most_bytes)
