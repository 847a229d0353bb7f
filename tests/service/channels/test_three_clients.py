"""One client writes in Telegram, one in VK, one by e-mail; an operator has all three in one list and answers each."""

import json
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import desk, outbox
from service.app import create_app
from service.console.components.inbox_list import row_of
from service.domain.messages import DeliveryState
from service.model_shelf import Model
from service.office import Office
from service.polling import poll_once
from service.reception import take_due
from service.settings import Settings
from service.storage import messages
from service.storage.staff import StaffMember
from tests.doubles import email as mail
from tests.doubles import telegram, vk
from tests.doubles.email import EmailDouble
from tests.doubles.telegram import TelegramDouble
from tests.doubles.vk import VkDouble
from tests.service.databases import sqlite_url
from tests.service.small_office import hire, open_small_office

ASKED = "позовите оператора"
NAMES = ("telegram", "vk", "email")
IVAN = "ivan@client.example"


@pytest.fixture
def platforms() -> Iterator[tuple[TelegramDouble, VkDouble, EmailDouble]]:
    """The three platforms."""
    with TelegramDouble() as telegram_double, VkDouble() as vk_double, EmailDouble() as mail_double:
        yield telegram_double, vk_double, mail_double


@pytest.fixture
def office(
    platforms: tuple[TelegramDouble, VkDouble, EmailDouble], tmp_path: Path, clock: Any, model: Model,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Office]:  # fmt: skip
    """The service with three channels set up by the environment."""
    telegram_double, vk_double, mail_double = platforms
    for name, value in {
        "TELEGRAM_TOKEN": telegram.TOKEN, "TELEGRAM_API_URL": telegram_double.url,
        "VK_TOKEN": vk.TOKEN, "VK_GROUP_ID": vk.GROUP, "VK_SECRET": vk.SECRET, "VK_CONFIRMATION": vk.CONFIRMATION,
        "VK_API_URL": vk_double.url,
        "EMAIL_ADDRESS": mail.ADDRESS, "EMAIL_PASSWORD": mail.PASSWORD, "EMAIL_IMAP_URL": mail_double.imap_url,
        "EMAIL_SMTP_URL": mail_double.url,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"OTKLIK_{name}", value)
    settings = Settings(var_dir=tmp_path, database_url=sqlite_url(tmp_path), log_level="WARNING", burst_seconds=0)
    opened = open_small_office(settings, clock, model)
    yield opened
    opened.close()


@pytest.fixture
def anna(office: Office) -> StaffMember:
    """An operator of every department."""
    return hire(office, "anna")[0]


def write_everywhere(office: Office, platforms: tuple[TelegramDouble, VkDouble, EmailDouble], number: int) -> None:
    """The three clients ask for a person; VK brings its message twice, the others are asked twice."""
    telegram_double, _, mail_double = platforms
    chat = {"id": 5, "type": "private", "first_name": "Мария"}
    told = {"message_id": number, "date": 1763740800, "chat": chat, "from": chat | {"is_bot": False}, "text": ASKED}
    telegram_double.updates = [{"update_id": number, "message": told}]
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = f"Иван <{IVAN}>", mail.ADDRESS, "Карта"
    letter["Message-ID"] = f"<{number}@client.example>"
    letter.set_content(ASKED)
    mail_double.put(letter)
    message = {"id": number, "date": 1763740800, "peer_id": 100, "from_id": 100, "text": ASKED, "out": 0}
    news = {
        "type": "message_new", "group_id": int(vk.GROUP), "event_id": f"e{number}", "v": "5.199", "secret": vk.SECRET,
        "object": {"message": message, "client_info": {"lang_id": 0}},
    }  # fmt: skip
    with TestClient(create_app(office, with_worker=False)) as http:
        for _ in range(2):
            answer = http.post("/channels/v1/vk", content=json.dumps(news))
            assert (answer.status_code, answer.text) == (200, "ok")
            poll_once("telegram", office, 0)
            poll_once("email", office, 0)
    while take_due(office):
        pass


def test_an_operator_answers_three_clients_of_three_channels_in_one_list(
    office: Office, anna: StaffMember, platforms: tuple[TelegramDouble, VkDouble, EmailDouble]
) -> None:
    telegram_double, vk_double, mail_double = platforms
    poll_once("email", office, 0)  # the mailbox is looked into for the first time: what lay there is left to people
    write_everywhere(office, platforms, 1)
    outbox.deliver_due(office)
    assert len(telegram_double.sent) == len(vk_double.sent) == len(mail_double.sent) >= 1  # each is told that one comes

    entries = desk.list_inbox(anna, office).entries
    rows = {each.channel: row_of(each, None, "ru", {}) for each in entries}
    assert sorted(rows) == sorted(NAMES)
    assert len({row["icon"] for row in rows.values()}) == 3
    assert (rows["telegram"]["name"], rows["email"]["name"]) == ("Мария", "Иван")

    for entry in entries:
        desk.take(entry.conversation_id, anna, office)
        desk.reply(
            entry.conversation_id, anna, office, key=entry.channel, text=f"Здравствуйте! Пишу вам: {entry.channel}"
        )
    outbox.deliver_due(office)
    assert telegram_double.sent[-1]["text"] == "Здравствуйте! Пишу вам: telegram"
    assert vk_double.sent[-1]["message"] == "Здравствуйте! Пишу вам: vk"
    recipient, letter = mail_double.sent[-1]
    assert (recipient, letter["In-Reply-To"], letter["Auto-Submitted"]) == (IVAN, "<1@client.example>", None)
    assert letter.get_body().get_content().strip() == "Здравствуйте! Пишу вам: email"  # type: ignore[attr-defined]
    with office.database.read() as connection:
        last = [messages.last_messages(connection, each.conversation_id, 1)[0] for each in entries]
    assert {each.state for each in last} == {DeliveryState.SENT}
