"""Telegram judged by software that nobody here wrote: an emulator of the Bot API, and aiogram's types."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service import desk
from service.channels.base import Delivery
from service.channels.telegram import TelegramChannel
from service.couriers import Couriers
from service.domain.messages import Button
from service.model_shelf import Model
from service.office import Office, now_utc
from service.reception import Reception
from service.settings import Settings
from service.storage import conversations
from service.worker import Worker
from tests.doubles.bot_api_emulator import TOKEN, Emulator, missing, running_emulator
from tests.doubles.telegram import TOKEN as OUR_TOKEN
from tests.doubles.telegram import TelegramDouble
from tests.service.channels.telegram_talk import press, update
from tests.service.channels.test_receiving import said
from tests.service.channels.test_telegram import DOCUMENT, PHOTOS, PRESS, message
from tests.service.databases import sqlite_url
from tests.service.small_office import hire, open_small_office
from tests.service.threads import wait_until


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """telegram-test-api."""
    if reason := missing():
        pytest.skip(reason)
    with running_emulator() as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, model: Model, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office whose bot polls the emulator."""
    monkeypatch.setenv("OTKLIK_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("OTKLIK_TELEGRAM_API_URL", emulator.url)
    sqlite_url(tmp_path)
    opened = open_small_office(Settings(var_dir=tmp_path, log_level="WARNING", burst_seconds=0), now_utc, model)
    yield opened
    opened.close()


def answered(emulator: Emulator, what: str) -> list[str]:
    """What came back, as soon as something did."""
    found: list[str] = []

    def look() -> bool:
        found.extend(emulator.look())
        return bool(found)

    wait_until(look, what, 20.0)
    return found


@pytest.mark.slow
def test_a_whole_conversation_in_russian_over_long_polling(office: Office, emulator: Emulator) -> None:
    worker, reception = Worker(office), Reception(office)
    worker.start()
    reception.start()
    try:
        emulator.say("/start")
        assert "Здравствуйте" in answered(emulator, "a greeting")[0]
        emulator.say("забыл пин-код от карты")
        answer = " ".join(answered(emulator, "an answer"))
        assert "ПИН" in answer
        emulator.press("Да, помогло")
        answered(emulator, "thanks")
        emulator.say("позовите оператора")
        assert answered(emulator, "a promise")
        anna, _ = hire(office, "anna")
        with office.database.read() as connection:
            found = conversations.find(connection, "telegram", "5", office.kind_of("telegram"))
        assert found is not None
        desk.take(found.id or 0, anna, office)
        desk.reply(found.id or 0, anna, office, key="1", text="Добрый день! Чем помочь?")
        news: list[str] = []

        def operator_wrote() -> bool:
            news.extend(emulator.look())
            return "Добрый день! Чем помочь?" in news

        wait_until(operator_wrote, "the operator's words", 20.0)
        assert said(office) == ["/start", "забыл пин-код от карты", "Да, помогло", "позовите оператора"]
    finally:
        reception.stop()
        worker.stop()


def test_aiogram_reads_what_we_send_and_we_read_what_it_writes(telegram: TelegramDouble) -> None:
    types = pytest.importorskip("aiogram.types")
    methods = pytest.importorskip("aiogram.methods")
    settings = {"token": OUR_TOKEN, "mode": "polling", "webhook_secret": "", "api_url": telegram.url}
    channel = TelegramChannel(settings)
    buttons = (Button("Да, помогло", "feedback:yes"), Button("Сайт", url="https://bank.example"))
    channel.deliver(Delivery("5", "✉1/1", "Помогло? <b>&</b>", buttons))
    channel.acknowledge("77")
    channel.show_typing("5")
    sent = {each.path.rpartition("/")[2]: each.fields for each in telegram.asked}
    for method, known in (
        ("sendMessage", methods.SendMessage),
        ("answerCallbackQuery", methods.AnswerCallbackQuery),
        ("sendChatAction", methods.SendChatAction),
    ):
        assert set(sent[method]) <= set(known.model_fields), method
        known.model_validate(sent[method])
    types.InlineKeyboardMarkup.model_validate(sent["sendMessage"]["reply_markup"])
    captured: list[dict[str, Any]] = [
        message(7, text="привет"), PRESS, message(12, document=DOCUMENT, caption="вот"), message(13, photo=PHOTOS),
        update(text="привет"), press("feedback:yes", "Да"),
    ]  # fmt: skip
    for each in captured:  # our captured updates are whole in the eyes of aiogram
        read = types.Update.model_validate(each)
        assert read.update_id == each["update_id"]
        assert json.loads(json.dumps(each)) == each


def test_couriers_of_an_office_without_platforms_have_nothing_to_do(tmp_path: Path, model: Model) -> None:
    sqlite_url(tmp_path)
    office = open_small_office(Settings(var_dir=tmp_path, log_level="WARNING"), now_utc, model)
    working = Couriers(office)
    working.start()
    working.stop()
    office.close()
