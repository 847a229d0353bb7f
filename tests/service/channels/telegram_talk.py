"""Talking to a service through the double of Telegram: updates in, what the client reads out."""

import itertools
import json
from typing import Any

from service import receiving
from service.channels.base import WebhookRequest
from service.office import Office
from service.reception import take_due
from tests.doubles.telegram import SECRET

_numbers = itertools.count(1000)


def webhook(update: dict[str, Any]) -> WebhookRequest:
    """An update as Telegram posts it."""
    return WebhookRequest(
        "POST", {"x-telegram-bot-api-secret-token": SECRET}, {}, json.dumps(update, ensure_ascii=False).encode()
    )


def update(chat: int = 5, number: int | None = None, **what: Any) -> dict[str, Any]:
    """An update with a message of a client."""
    who = {"id": chat, "is_bot": False, "first_name": f"Клиент {chat}", "language_code": "ru"}
    said = {"message_id": 1, "date": 1763740800, "chat": {"id": chat, "type": "private"}, "from": who}
    return {"update_id": number if number is not None else next(_numbers), "message": said | what}


def press(data: str, title: str = "", chat: int = 5, number: int | None = None) -> dict[str, Any]:
    """An update with a pressed button."""
    whole = update(chat, number)
    keyboard = {"inline_keyboard": [[{"text": title, "callback_data": data}]]} if title else None
    under = whole["message"] | ({"reply_markup": keyboard} if keyboard else {})
    query = {"id": f"q{whole['update_id']}", "from": under["from"], "chat_instance": "1", "data": data}
    return {"update_id": whole["update_id"], "callback_query": query | {"message": under}}


def tell(office: Office, *updates: dict[str, Any]) -> None:
    """Telegram calls with these, one after the other, and is answered."""
    for each in updates:
        receiving.take("telegram", webhook(each), office)


def take(office: Office, *updates: dict[str, Any]) -> None:
    """The same, and messages are made of them."""
    tell(office, *updates)
    while take_due(office):
        pass
