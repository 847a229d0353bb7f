"""From a platform's request to a stored message: committed before the answer, once, files fetched and judged."""

import random
from typing import Any

import pytest
from sqlalchemy import select

from service import desk, outbox, receiving
from service.channels.base import DeliveryReported, WebhookRequest
from service.channels.telegram import TelegramChannel
from service.domain.messages import DeliveryState, StoredMessage
from service.errors import InvalidInput, NotFound, StorageUnavailable, Unauthorized
from service.office import Office
from service.reception import take_due
from service.storage import channels, conversations, messages
from service.storage.tables import FactRow, IdentityRow, OutboxRow, table
from tests.doubles.platform import always
from tests.doubles.telegram import TelegramDouble, refused
from tests.service.channels.telegram_talk import press, take, tell, update, webhook
from tests.service.small_office import OPERATOR, PIN, hire
from tests.service.threads import at_once, unexpected, wait_until

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
PHOTO = [{"file_id": "P1", "file_unique_id": "p1", "width": 1, "height": 1, "file_size": len(PNG)}]


def timeline(office: Office, chat: int = 5) -> list[StoredMessage]:
    """All messages of a client."""
    with office.database.read() as connection:
        found = conversations.find(connection, "telegram", str(chat), office.kind_of("telegram"))
        return messages.timeline(connection, found.id or 0) if found else []


def said(office: Office, chat: int = 5) -> list[str]:
    """What the client said."""
    return [message.text for message in timeline(office, chat) if message.author == "client"]


def ours(office: Office, chat: int = 5) -> list[StoredMessage]:
    """What we said."""
    return [message for message in timeline(office, chat) if message.author != "client"]


def test_a_message_is_stored_answered_and_delivered(telegram_office: Office, telegram: TelegramDouble) -> None:
    take(telegram_office, press(PIN, "ПИН-код"))
    assert said(telegram_office) == ["ПИН-код"]
    assert outbox.deliver_due(telegram_office) == 1
    (reply,) = ours(telegram_office)
    assert telegram.sent[0]["text"] == reply.text
    assert (telegram.sent[0]["chat_id"], reply.state) == ("5", DeliveryState.SENT)
    wait_until(lambda: telegram.pressed, "the press is acknowledged")


def test_whoever_presses_start_is_greeted_in_their_own_language(telegram_office: Office) -> None:
    take(telegram_office, update(text="/start"))
    assert ours(telegram_office)[0].text.startswith("Здравствуйте")


def test_a_press_whose_title_is_gone_gets_it_from_our_own_message(
    telegram_office: Office, telegram: TelegramDouble
) -> None:
    take(telegram_office, press(PIN, "ПИН-код"), press("feedback:yes"))
    assert said(telegram_office) == ["ПИН-код", "Да, помогло"]


def test_events_three_times_shuffled_and_at_once_are_stored_once(telegram_office: Office) -> None:
    events = [update(chat, 100 + chat * 10 + n, text=f"вопрос {n}") for chat in (5, 6) for n in range(3)]
    many = events * 3
    random.Random(3).shuffle(many)
    results = at_once(*[lambda part=many[n::6]: take(telegram_office, *part) for n in range(6)])
    assert unexpected(results, StorageUnavailable) == []
    take(telegram_office, *events)  # a platform repeats what was not answered with 2xx
    for chat in (5, 6):
        assert sorted(said(telegram_office, chat)) == [f"вопрос {n}" for n in range(3)]


def test_what_is_not_signed_malformed_or_not_set_up_is_refused(telegram_office: Office) -> None:
    right = webhook(update(text="привет"))
    for name, request, error in (
        ("telegram", WebhookRequest("POST", {}, {}, right.body), Unauthorized),
        ("telegram", WebhookRequest("POST", right.headers, {}, b"{"), InvalidInput),
        ("webhook", right, NotFound),
        ("web", right, NotFound),
        ("nothing", right, NotFound),
    ):
        with pytest.raises(error):
            receiving.take(name, request, telegram_office)
    assert said(telegram_office) == []


def test_a_channel_that_is_switched_off_makes_the_platform_try_again(telegram_office: Office) -> None:
    with telegram_office.database.write() as connection:
        channels.change(connection, "telegram", enabled=False)
    telegram_office.channels.load()
    with pytest.raises(StorageUnavailable):
        take(telegram_office, update(text="привет"))
    with telegram_office.database.write() as connection:
        channels.change(connection, "telegram", enabled=True)
    telegram_office.channels.load()
    take(telegram_office, update(text="привет"))
    assert said(telegram_office) == ["привет"]


def test_a_picture_is_fetched_judged_and_given_to_a_person(telegram_office: Office, telegram: TelegramDouble) -> None:
    telegram.contents["P1"] = ("file_1.png", PNG)
    tell(telegram_office, update(number=7, photo=PHOTO, caption="что это?"), update(number=7, photo=PHOTO))
    assert said(telegram_office) == []
    assert take_due(telegram_office) == 1
    tell(telegram_office, update(number=7, photo=PHOTO, caption="что это?"))
    assert take_due(telegram_office) == 0
    (message,) = [each for each in timeline(telegram_office) if each.author == "client"]
    assert (message.text, [file.media_type for file in message.files]) == ("что это?", ["image/png"])
    assert telegram_office.files.path(message.files[0].key).read_bytes() == PNG
    assert "файл" in ours(telegram_office)[0].text


def test_what_is_written_behind_a_picture_waits_for_it(telegram_office: Office, telegram: TelegramDouble) -> None:
    telegram.contents["P1"] = ("file_1.png", PNG)
    tell(telegram_office, update(photo=PHOTO, caption="раз"), update(text="два"), update(6, text="другой"))
    assert take_due(telegram_office, 1) == 1
    assert (said(telegram_office), said(telegram_office, 6)) == (["раз"], [])
    assert take_due(telegram_office) == 2
    take(telegram_office, update(text="три"))
    assert said(telegram_office) == ["раз", "два", "три"]


def test_an_album_is_one_message(telegram_office: Office, telegram: TelegramDouble, clock: Any) -> None:
    telegram.contents["P1"] = ("file_1.png", PNG)
    parts = [update(photo=PHOTO, media_group_id="G", **({"caption": "три чека"} if n == 0 else {})) for n in range(3)]
    tell(telegram_office, *parts)
    assert take_due(telegram_office) == 0
    clock.move(seconds=receiving.ALBUM_SECONDS)
    assert take_due(telegram_office) == 1
    tell(telegram_office, *parts)
    clock.move(seconds=receiving.ALBUM_SECONDS)
    assert take_due(telegram_office) == 0
    (message,) = [each for each in timeline(telegram_office) if each.author == "client"]
    assert (message.text, len(message.files)) == ("три чека", 3)


@pytest.mark.parametrize(("name", "content"), [("virus.exe", b"MZ"), ("page.png", b"<html>"), ("big.png", None)])
def test_a_file_that_is_not_taken_is_named_and_the_client_is_told(
    telegram_office: Office, telegram: TelegramDouble, name: str, content: bytes | None
) -> None:
    telegram.contents["D"] = (name, content or b"")
    size = 10**9 if content is None else len(content)
    document = {"file_id": "D", "file_unique_id": "d", "file_name": name, "file_size": size}
    tell(telegram_office, update(document=document))
    assert take_due(telegram_office) == 1
    assert said(telegram_office) == [f"[файл «{name}» не удалось принять]"]
    assert "не получилось" in ours(telegram_office)[0].text
    assert not [each for each in timeline(telegram_office) if each.files]


def test_a_file_server_that_is_away_is_asked_again(
    telegram_office: Office, telegram: TelegramDouble, clock: Any
) -> None:
    telegram.contents["P1"] = ("file_1.png", PNG)
    telegram.always = always(refused(500, "Internal Server Error"))
    tell(telegram_office, update(photo=PHOTO))
    assert take_due(telegram_office) == 0
    telegram.always = None
    assert take_due(telegram_office) == 0
    clock.move(seconds=3)
    assert take_due(telegram_office) == 1
    assert len(timeline(telegram_office)[0].files) == 1


def test_blocking_is_written_down_and_what_waits_is_not_sent(telegram_office: Office, telegram: TelegramDouble) -> None:
    take(telegram_office, press(PIN, "ПИН-код"))
    member = {"chat": {"id": 5, "type": "private"}, "new_chat_member": {"status": "kicked"}}
    take(telegram_office, {"update_id": 900, "my_chat_member": member}, {"update_id": 901, "my_chat_member": member})
    outbox.deliver_due(telegram_office)
    assert telegram.sent == []
    assert [message.state for message in ours(telegram_office)] == [DeliveryState.FAILED]
    take(telegram_office, update(text="я вернулся"))
    with telegram_office.database.read() as connection:
        kinds = list(connection.execute(select(table(FactRow).c.kind).order_by(table(FactRow).c.id)).scalars())
        assert connection.execute(select(table(IdentityRow).c.reachable)).scalar_one()
    assert [kind for kind in kinds if "blocked" in kind] == ["blocked", "unblocked"]


def test_a_client_who_has_moved_keeps_the_conversation(telegram_office: Office, telegram: TelegramDouble) -> None:
    take(telegram_office, update(text="меню"))
    telegram.faults = [always(refused(400, "Bad Request: upgraded", migrate_to_chat_id=77))]
    outbox.deliver_due(telegram_office)
    assert [each["chat_id"] for each in telegram.sent] == ["77"]
    assert len(timeline(telegram_office, 77)) == 2


def test_a_long_reply_goes_in_pieces_and_its_state_is_that_of_the_worst(
    telegram_office: Office, telegram: TelegramDouble
) -> None:
    anna, _ = hire(telegram_office, "anna")
    take(telegram_office, press(OPERATOR, "Оператор"))
    outbox.deliver_due(telegram_office)
    conversation_id = timeline(telegram_office)[0].conversation_id
    desk.take(conversation_id, anna, telegram_office)
    outbox.deliver_due(telegram_office)
    before = len(telegram.sent)
    text = "Да. 🎄🎄🎄 " * 490
    desk.reply(conversation_id, anna, telegram_office, key="1", text=text)
    telegram.faults = [lambda _asked: None, always(refused(400, "Bad Request: no"))]
    outbox.deliver_due(telegram_office)
    assert len(telegram.sent) == before + 1
    assert ours(telegram_office)[-1].state is DeliveryState.FAILED


def reported(office: Office, *reports: DeliveryReported) -> list[DeliveryState | None]:
    """The states of our messages after a platform's words."""
    receiving.handle("telegram", reports, office)
    return [message.state for message in ours(office)]


def test_reports_never_go_back_and_may_come_early(telegram_office: Office, telegram: TelegramDouble) -> None:
    take(telegram_office, press(PIN, "ПИН-код"))
    sent, seen = DeliveryState.DELIVERED, DeliveryState.SEEN
    assert reported(telegram_office, DeliveryReported(sent, platform_id="5/1")) == [DeliveryState.QUEUED]
    outbox.deliver_due(telegram_office)
    assert reported(telegram_office) == [DeliveryState.DELIVERED]
    assert reported(telegram_office, DeliveryReported(seen, platform_id="5/1")) == [DeliveryState.SEEN]
    for late in (sent, DeliveryState.SENT, DeliveryState.FAILED):
        assert reported(telegram_office, DeliveryReported(late, platform_id="5/1")) == [DeliveryState.SEEN]


def test_reports_name_messages_by_key_by_moment_and_all_before(telegram_office: Office, clock: Any) -> None:
    for text in ("ПИН-код", "ПИН"):
        take(telegram_office, press(PIN, text))
        outbox.deliver_due(telegram_office)
        clock.move(minutes=1)
    first, second = (message.external_id for message in ours(telegram_office))
    delivered, seen = DeliveryState.DELIVERED, DeliveryState.SEEN
    assert reported(telegram_office, DeliveryReported(delivered, key=first)) == [delivered, DeliveryState.SENT]
    with telegram_office.database.read() as connection:
        ids = list(connection.execute(select(table(OutboxRow).c.platform_id).order_by(table(OutboxRow).c.id)).scalars())
    report = DeliveryReported(delivered, platform_id=ids[1], and_before=True)
    assert reported(telegram_office, report) == [delivered, delivered]
    until = DeliveryReported(seen, client_external_id="5", up_to=clock.now)
    assert reported(telegram_office, until) == [seen, seen]
    assert second != first


def test_the_bot_of_this_office_is_the_one_of_the_environment(telegram_office: Office) -> None:
    channel = telegram_office.channels["telegram"]
    assert isinstance(channel, TelegramChannel)
    assert "@bank_bot" in channel.check()
