"""Every platform at once: its double, the settings that connect us to it, what it tells us and what it got."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from service.channels.base import WebhookRequest
from service.channels.whatsapp import known_as
from tests.doubles import telegram as bot_api
from tests.doubles.chatwoot import ChatwootDouble
from tests.doubles.email import EmailDouble
from tests.doubles.instagram import ACCOUNT, InstagramDouble
from tests.doubles.messenger import PAGE, MessengerDouble
from tests.doubles.telegram import TelegramDouble
from tests.doubles.viber import ViberDouble
from tests.doubles.vk import GROUP, VkDouble
from tests.doubles.webhook import SECRET, WebhookDouble
from tests.doubles.whatsapp import WhatsappDouble
from tests.service.channels import pages_contract as pages
from tests.service.channels import test_chatwoot as chatwoot
from tests.service.channels import test_email as email
from tests.service.channels import test_viber as viber
from tests.service.channels import test_vk as vk
from tests.service.channels import test_webhook as webhook
from tests.service.channels import test_whatsapp as whatsapp
from tests.service.channels.telegram_talk import update
from tests.service.channels.telegram_talk import webhook as telegram_request

MESSAGES = 5
WORDS = ("забыл пин-код", "карта не работает", "меню", "как снять наличные", "спасибо")
Sent = Counter[tuple[str, str]]
"""What a platform got: (client, text), how often."""


@dataclass(frozen=True)
class Platform:
    """One of them. `events`: id of the message -> the request at this moment, for those that call us."""

    name: str
    double: Any
    settings: dict[str, str]
    got: Callable[[], Sent]
    events: dict[str, Callable[[], WebhookRequest]] = field(default_factory=dict)
    asked_for: tuple[str, ...] = ()

    @property
    def ids(self) -> set[str]:
        """Every message that it has for us."""
        return {*self.events, *self.asked_for}


def said(number: int) -> str:
    """The words of a client's message."""
    return f"{WORDS[number % len(WORDS)]} {number}"


@contextmanager
def everybody(*, telegram_polls: bool) -> Iterator[list[Platform]]:
    """All platforms, at work while the block lasts."""
    with ExitStack() as stack:
        yield [
            _telegram(stack.enter_context(TelegramDouble()), polls=telegram_polls),
            _vk(stack.enter_context(VkDouble())),
            _viber(stack.enter_context(ViberDouble())),
            _whatsapp(stack.enter_context(WhatsappDouble())),
            _page("messenger", stack.enter_context(MessengerDouble()), "page", "page_id", PAGE),
            _page("instagram", stack.enter_context(InstagramDouble()), "instagram", "account_id", ACCOUNT),
            _email(stack.enter_context(EmailDouble())),
            _chatwoot(stack.enter_context(ChatwootDouble())),
            _webhook(stack.enter_context(WebhookDouble())),
        ]


def _telegram(double: TelegramDouble, *, polls: bool) -> Platform:
    told = [update(100 + number % 2, 1 + number, text=said(number)) for number in range(MESSAGES)]
    settings = {"token": bot_api.TOKEN, "webhook_secret": bot_api.SECRET, "api_url": double.url}

    def got() -> Sent:
        return Counter((str(each["chat_id"]), each["text"]) for each in double.sent)

    ids = [f"7000000001/{each['update_id']}" for each in told]
    if polls:
        double.updates = [each for each in told for _ in range(3)]
        return Platform("telegram", double, settings | {"mode": "polling"}, got, asked_for=tuple(ids))
    events = {key: (lambda each=each: telegram_request(each)) for key, each in zip(ids, told, strict=True)}
    return Platform("telegram", double, settings | {"mode": "webhook"}, got, events)


def _vk(double: VkDouble) -> Platform:
    events = {
        f"{GROUP}/e{number}": (lambda number=number: vk.signed(vk.message(f"e{number}", text=said(number))))
        for number in range(MESSAGES)
    }
    return Platform(
        "vk", double, vk.SETTINGS | {"api_url": double.url},
        lambda: Counter((str(each["peer_id"]), each["message"]) for each in double.sent), events,
    )  # fmt: skip


def _viber(double: ViberDouble) -> Platform:
    events = {
        str(viber.MESSAGE_TOKEN + number): (lambda number=number: viber.message(number, text=said(number)))
        for number in range(MESSAGES)
    }
    return Platform(
        "viber", double, viber.SETTINGS | {"api_url": double.url},
        lambda: Counter((each["receiver"], each["text"]) for each in double.sent), events,
    )  # fmt: skip


def _whatsapp(double: WhatsappDouble) -> Platform:
    def told(number: int) -> WebhookRequest:
        return whatsapp.signed(whatsapp.message(f"wamid.{number}", type="text", text={"body": said(number)}))

    def text_of(sent: dict[str, Any]) -> str:
        body = sent["text"] if "text" in sent else sent["interactive"]["body"]
        return str(body.get("body") or body.get("text"))

    events = {known_as(f"wamid.{number}"): (lambda number=number: told(number)) for number in range(MESSAGES)}
    return Platform(
        "whatsapp", double, whatsapp.SETTINGS | {"api_url": double.url},
        lambda: Counter((each["to"], text_of(each)) for each in double.sent), events,
    )  # fmt: skip


def _page(name: str, double: MessengerDouble | InstagramDouble, wanted: str, setting: str, account: str) -> Platform:
    def told(number: int) -> WebhookRequest:
        event = {
            "sender": {"id": pages.CLIENT}, "recipient": {"id": account}, "timestamp": 1763740800000,
            "message": {"mid": f"m{number}", "text": said(number)},
        }  # fmt: skip
        return pages.signed({"object": wanted, "entry": [{"id": account, "time": 1, "messaging": [event]}]})

    return Platform(
        name, double, pages.SECRETS | {setting: account, "api_url": double.url},
        lambda: Counter((each["recipient"]["id"], each["message"]["text"]) for each in double.sent),
        {f"m{number}": (lambda number=number: told(number)) for number in range(MESSAGES)},
    )  # fmt: skip


def _email(double: EmailDouble) -> Platform:
    settings = email.SETTINGS | {"smtp_url": double.url, "imap_url": double.imap_url}

    def text_of(letter: Any) -> str:
        return str(letter.get_body().get_content()).strip()

    ids = tuple(f"<{number}@client.example>" for number in range(MESSAGES))
    return Platform(
        "email", double, settings,
        lambda: Counter((recipient, text_of(letter)) for recipient, letter in double.sent), asked_for=ids,
    )  # fmt: skip


def _chatwoot(double: ChatwootDouble) -> Platform:
    def told(number: int) -> WebhookRequest:
        return chatwoot.signed(chatwoot.event(600 + number, content=said(number)), at=time.time())

    return Platform(
        "chatwoot", double, chatwoot.TestChatwoot.SETTINGS | {"api_url": double.url},
        lambda: Counter(("contact-41", each["content"]) for each in double.sent),
        {str(600 + number): (lambda number=number: told(number)) for number in range(MESSAGES)},
    )  # fmt: skip


def _webhook(double: WebhookDouble) -> Platform:
    def told(number: int) -> WebhookRequest:
        body = {"type": "message", "id": f"w-{number}", "client": {"id": f"c-{number % 2}"}, "text": said(number)}
        return webhook.signed(body, at=time.time())

    return Platform(
        "webhook", double, {"secret": SECRET, "url": double.url},
        lambda: Counter((each["client"]["id"], each["text"]) for each in double.sent),
        {f"w-{number}": (lambda number=number: told(number)) for number in range(MESSAGES)},
    )  # fmt: skip
