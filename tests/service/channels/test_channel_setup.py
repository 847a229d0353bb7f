"""Setting channels up: secrets are kept sealed and never shown, the environment comes first, a broken one stops."""

import json
import logging
from typing import Any

import pytest
from sqlalchemy import text

from service import channel_setup, outbox
from service.channel_book import ChannelBook, Condition
from service.channel_setup import ChannelState
from service.channels.telegram import TelegramChannel
from service.domain.messages import DeliveryState
from service.domain.staff import Role, StaffMember
from service.errors import ChannelRefused, Forbidden, InvalidInput, NotFound, SetupError
from service.office import Office
from service.storage.audit import AuditFilter, entries
from service.storage.timeline import page
from tests.doubles.platform import always
from tests.doubles.telegram import TOKEN, TelegramDouble, refused
from tests.doubles.webhook import SECRET, WebhookDouble
from tests.service.channels.telegram_talk import take, update
from tests.service.small_office import hire


@pytest.fixture
def admin(telegram_office: Office) -> StaffMember:
    """An administrator."""
    return hire(telegram_office, "root", role=Role.ADMIN)[0]


def state(office: Office, admin: StaffMember, name: str = "telegram") -> ChannelState:
    """A channel as the page shows it."""
    return next(each for each in channel_setup.list_channels(admin, office) if each.name == name)


def test_secrets_are_sealed_never_shown_and_never_in_the_trail(
    telegram_office: Office, admin: StaffMember, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with WebhookDouble() as double:
        channel_setup.set_up("webhook", {"secret": SECRET, "url": double.url}, True, admin, telegram_office)
        assert channel_setup.check("webhook", admin, telegram_office)
    shown = state(telegram_office, admin, "webhook")
    assert shown.condition is Condition.WORKING
    assert [(each.value, each.is_set) for each in shown.settings] == [("", True), (double.url, True)]
    with telegram_office.database.read() as connection:
        kept = connection.execute(text("SELECT settings FROM channels WHERE name = 'webhook'")).scalar_one()
        trail = entries(connection, AuditFilter(object_kind="channel"))
    told = [repr(shown), repr(telegram_office.channels.entry("webhook")), caplog.text, *(repr(each) for each in trail)]
    assert not [words for words in (kept, *told) if SECRET in words]
    assert trail[-1].data == {"settings": ["secret", "url"], "enabled": True}


def test_a_secret_left_empty_stays_and_the_environment_comes_first(telegram_office: Office, admin: StaffMember) -> None:
    with WebhookDouble() as double:
        for values in ({"secret": SECRET, "url": "http://127.0.0.1:9"}, {"secret": " ", "url": double.url}):
            channel_setup.set_up("webhook", values, True, admin, telegram_office)
        assert channel_setup.check("webhook", admin, telegram_office)
    channel_setup.set_up("telegram", {"token": "7:other", "mode": "polling"}, True, admin, telegram_office)
    assert "@bank_bot" in channel_setup.check("telegram", admin, telegram_office)
    token = state(telegram_office, admin).settings[0]
    assert (token.from_environment, token.value) == (True, "")


def test_what_is_set_is_checked_and_only_administrators_may(telegram_office: Office, admin: StaffMember) -> None:
    for name, values, error in (
        ("webhook", {"url": "javascript:alert(1)"}, InvalidInput),
        ("webhook", {"url": "http://user:word@host"}, InvalidInput),
        ("webhook", {"secret": "a\nb"}, InvalidInput),
        ("web", {}, NotFound),
        ("nothing", {}, NotFound),
    ):
        with pytest.raises(error):
            channel_setup.set_up(name, values, True, admin, telegram_office)
    leader, _ = hire(telegram_office, "lead", role=Role.SUPERVISOR)
    for work in (channel_setup.list_channels, lambda *who: channel_setup.check("telegram", *who)):
        with pytest.raises(Forbidden):
            work(leader, telegram_office)
    with pytest.raises(InvalidInput, match="OTKLIK_WEBHOOK_SECRET"):
        channel_setup.check("webhook", admin, telegram_office)


def test_a_broken_account_stops_the_channel_queues_and_goes_on_when_mended(
    telegram_office: Office, telegram: TelegramDouble, admin: StaffMember, clock: Any
) -> None:
    telegram.always = always(refused(401, "Unauthorized"))
    take(telegram_office, update(text="меню"), update(6, text="меню"))
    outbox.deliver_due(telegram_office)
    asked = len(telegram.asked)
    shown = state(telegram_office, admin)
    assert (shown.condition, shown.traffic.waiting) == (Condition.STOPPED, 2)
    assert shown.trouble is not None
    assert TOKEN not in shown.trouble
    clock.move(hours=2)
    take(telegram_office, update(text="меню"))  # what comes in is taken all the same
    assert outbox.deliver_due(telegram_office) == 0
    assert len(telegram.asked) == asked, "a stopped channel leaves its platform alone"
    with pytest.raises(ChannelRefused):
        channel_setup.check("telegram", admin, telegram_office)
    telegram.always = None
    channel_setup.check("telegram", admin, telegram_office)
    assert outbox.deliver_due(telegram_office) == 3
    with telegram_office.database.read() as connection:
        actions = [each.action for each in entries(connection, AuditFilter(object_kind="channel"))]
    assert actions == ["channel_resumed", "channel_stopped"]


def test_new_settings_make_a_stopped_channel_try_again(
    telegram_office: Office, telegram: TelegramDouble, admin: StaffMember
) -> None:
    telegram.faults = [always(refused(401, "Unauthorized"))]
    take(telegram_office, update(text="меню"))
    outbox.deliver_due(telegram_office)
    before = telegram_office.channels["telegram"]
    channel_setup.set_up("telegram", {}, True, admin, telegram_office)
    assert telegram_office.channels["telegram"] is not before
    assert outbox.deliver_due(telegram_office) == 1


def test_the_timeline_says_why_a_message_did_not_arrive(telegram_office: Office, telegram: TelegramDouble) -> None:
    telegram.faults = [always(refused(400, "Bad Request: chat not found")), always("accept_and_drop")]
    take(telegram_office, update(text="меню"), update(6, text="меню"))
    outbox.deliver_due(telegram_office)
    with telegram_office.database.read() as connection:
        items = page(connection, {1: "telegram", 2: "telegram"}, None, 50).items
    told = {each.message.state: each.problem for each in items if each.message is not None and each.problem}
    assert told[DeliveryState.FAILED] == "gone: Bad Request: chat not found"
    assert "may have arrived" in (told[DeliveryState.UNKNOWN] or "")


def test_a_test_message_and_a_webhook(telegram_office: Office, telegram: TelegramDouble, admin: StaffMember) -> None:
    channel_setup.send_test("telegram", "5", admin, telegram_office)
    assert telegram.sent[0]["chat_id"] == "5"
    with pytest.raises(InvalidInput):
        channel_setup.send_test("telegram", " ", admin, telegram_office)
    with pytest.raises(SetupError, match="OTKLIK_PUBLIC_URL"):
        channel_setup.set_webhook("telegram", admin, telegram_office)
    settings = telegram_office.settings.model_copy(update={"public_url": "https://bank.example"})
    object.__setattr__(telegram_office, "settings", settings)
    channel_setup.set_webhook("telegram", admin, telegram_office)
    assert telegram.webhook["url"] == "https://bank.example/channels/v1/telegram"


def test_where_a_platform_sends_its_news_is_shown_only_where_it_does(
    telegram_office: Office, admin: StaffMember
) -> None:
    shown = {each.name: each for each in channel_setup.list_channels(admin, telegram_office)}
    assert shown["telegram"].webhook.endswith("/channels/v1/telegram")
    assert (shown["email"].webhook, shown["email"].sets_webhook) == ("", False)
    environment = {"OTKLIK_TELEGRAM_TOKEN": TOKEN, "OTKLIK_TELEGRAM_MODE": "polling"}
    object.__setattr__(telegram_office, "channels", ChannelBook(telegram_office.database, environment))
    asked = state(telegram_office, admin)
    assert (asked.webhook, asked.sets_webhook) == ("", False)


def test_an_unknown_word_of_the_environment_is_a_clear_error(
    telegram_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SetupError, match="OTKLIK_TELEGRAM_MODE must be one of polling, webhook"):
        ChannelBook(telegram_office.database, {"OTKLIK_TELEGRAM_MODE": "pigeon"})
    assert isinstance(telegram_office.channels["telegram"], TelegramChannel)
    assert json.dumps(sorted(telegram_office.channels)) == json.dumps(sorted(set(telegram_office.channels)))
