"""A push channel with faults on request: what the outbox does when a platform is busy, deaf, slow or gone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from service import desk, outbox
from service.channels.base import Channel, Delivery, FateUnknown, RetryLater, Undeliverable
from service.channels.sandbox import SandboxChannel
from service.domain.messages import Author, InboundMessage, StoredMessage
from service.errors import StorageUnavailable
from service.inbox import Outcome, Status, handle_message
from service.model_shelf import Model
from service.office import Office
from service.outbox import deliver_due as deliver
from service.policies.retrying import PAUSES_SECONDS
from service.settings import Settings
from service.storage import messages
from service.storage import outbox as shelf
from service.storage.outbox import LEASE_SECONDS
from service.storage.tables import OutboxRow, table
from service.worker import work_once
from tests.service.channels.contract import ChannelContract
from tests.service.databases import postgresql_url, sqlite_url
from tests.service.small_office import CASH, LOST, OPERATOR, PIN, hire, open_small_office, sandbox_of
from tests.service.threads import at_once, unexpected


class TestSandbox(ChannelContract):
    """A platform that does not deduplicate."""

    @pytest.fixture
    def channel(self) -> Channel:
        """The sandbox as it is opened."""
        return SandboxChannel()


class TestSandboxWithKeys(ChannelContract):
    """A platform that deduplicates by key."""

    @pytest.fixture
    def channel(self) -> Channel:
        """The sandbox with keys."""
        return SandboxChannel(has_idempotency_key=True)

    def test_a_message_sent_again_is_delivered_once(self, channel: SandboxChannel) -> None:
        for _ in range(3):
            channel.deliver(Delivery("client", "1/2", "Здравствуйте"))
        assert len(channel.delivered) == 1


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def office(request: pytest.FixtureRequest, tmp_path: Path, clock: Any, model: Model) -> Iterator[Office]:
    """The service on either database."""
    url = sqlite_url(tmp_path) if request.param == "sqlite" else postgresql_url()
    opened = open_small_office(Settings(var_dir=tmp_path, database_url=url, log_level="WARNING"), clock, model)
    yield opened
    opened.close()


@pytest.fixture
def sandbox(office: Office) -> SandboxChannel:
    """The messenger."""
    return sandbox_of(office)


def say(office: Office, text: str = "ПИН", button: str = PIN, who: str = "client") -> Outcome:
    """A client of the messenger presses a button, and what is due is sent."""
    outcome = handle_message(InboundMessage("sandbox", uuid4().hex, who, text, button, "ru"), office)
    outbox.deliver_due(office)
    return outcome


def ours(office: Office, outcome: Outcome) -> list[StoredMessage]:
    """What we have said."""
    with office.database.read() as connection:
        found = messages.timeline(connection, outcome.message.conversation_id)
    return [message for message in found if message.author is not Author.CLIENT]


def states(office: Office, outcome: Outcome) -> list[str]:
    """How far each of our messages has come."""
    return [str(message.state) for message in ours(office, outcome)]


def failing(error: Exception, times: int | None = None) -> Callable[[Delivery], None]:
    """A fault that raises `error`, so many times or always."""
    left = [times]

    def fault(_delivery: Delivery) -> None:
        if left[0] is None:
            raise error
        if left[0] > 0:
            left[0] -= 1
            raise error

    return fault


def test_an_answer_is_delivered_at_once_and_marked_sent(office: Office, sandbox: SandboxChannel) -> None:
    outcome = say(office)
    (reply,) = ours(office, outcome)
    (delivery,) = sandbox.delivered
    assert (delivery.recipient, delivery.text) == ("client", reply.text)
    assert [button.payload for button in delivery.buttons][:2] == ["feedback:yes", "feedback:no"]
    assert states(office, outcome) == ["sent"]


def test_several_messages_arrive_in_their_order(office: Office, sandbox: SandboxChannel) -> None:
    outcome = say(office, "Карту украли", LOST)
    assert [delivery.text for delivery in sandbox.delivered] == [message.text for message in ours(office, outcome)]
    assert len(sandbox.delivered) == 2


def test_an_operators_words_are_pushed_too(office: Office, sandbox: SandboxChannel) -> None:
    anna, _ = hire(office, "anna")
    outcome = say(office, "Оператор", OPERATOR)
    conversation_id = outcome.message.conversation_id
    desk.take(conversation_id, anna, office)
    desk.reply(conversation_id, anna, office, key="1", text="Здравствуйте!")
    desk.reply(conversation_id, anna, office, key="1", text="Здравствуйте!")
    desk.close(conversation_id, anna, office)
    deliver(office)
    assert [delivery.text for delivery in sandbox.delivered] == [message.text for message in ours(office, outcome)]
    assert [delivery.text for delivery in sandbox.delivered].count("Здравствуйте!") == 1


def test_a_busy_platform_is_asked_again_after_growing_pauses_for_a_day(
    office: Office, sandbox: SandboxChannel, clock: Any
) -> None:
    tries: list[Any] = []

    def busy(_delivery: Delivery) -> None:
        tries.append(clock())
        raise RetryLater("503")

    sandbox.fault = busy
    outcome = say(office)
    while states(office, outcome) == ["queued"]:
        with office.database.read() as connection:
            query = select(table(OutboxRow).c.due_at).where(table(OutboxRow).c.state == "queued")
            due = connection.execute(query).scalar_one()
        clock.now = due - timedelta(milliseconds=1)
        assert deliver(office) == 0
        before = len(tries)
        clock.now = due
        deliver(office)
        assert len(tries) == before + 1
    pauses = [round((later - earlier).total_seconds()) for earlier, later in pairwise(tries)]
    assert pauses[: len(PAUSES_SECONDS)] == list(PAUSES_SECONDS)
    assert set(pauses[len(PAUSES_SECONDS) :]) == {PAUSES_SECONDS[-1]}
    assert timedelta(hours=23) < tries[-1] - tries[0] <= timedelta(hours=24)
    assert states(office, outcome) == ["failed"]
    assert sandbox.delivered == []


def test_a_platform_that_names_its_pause_is_obeyed(office: Office, sandbox: SandboxChannel, clock: Any) -> None:
    sandbox.fault = failing(RetryLater("429", after_seconds=42), times=1)
    outcome = say(office)
    clock.move(seconds=41)
    assert deliver(office) == 0
    clock.move(seconds=1)
    assert deliver(office) == 1
    assert states(office, outcome) == ["sent"]
    assert len(sandbox.delivered) == 1


def test_the_key_is_the_same_at_every_attempt_and_differs_between_messages(
    office: Office, sandbox: SandboxChannel, clock: Any
) -> None:
    keys: list[str] = []

    def note(delivery: Delivery) -> None:
        keys.append(delivery.key)
        if len(keys) < 3:
            raise RetryLater("busy", after_seconds=1)

    sandbox.fault = note
    say(office)
    for _ in range(2):
        clock.move(seconds=1)
        deliver(office)
    say(office, "Наличные", CASH)
    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]


def test_a_message_that_waits_holds_back_those_behind_it_and_no_other_client(
    office: Office, sandbox: SandboxChannel, clock: Any
) -> None:
    sandbox.fault = failing(RetryLater("busy", after_seconds=30), times=1)
    waiting = say(office)
    say(office, "Наличные", CASH)
    other = say(office, who="another")
    assert [delivery.recipient for delivery in sandbox.delivered] == ["another"]
    assert states(office, waiting) == ["queued", "queued"]
    clock.move(seconds=30)
    deliver(office)
    mine = [delivery.text for delivery in sandbox.delivered if delivery.recipient == "client"]
    assert mine == [message.text for message in ours(office, waiting)]
    assert states(office, other) == ["sent"]


def test_what_can_never_be_delivered_is_marked_failed_and_the_next_is_tried(
    office: Office, sandbox: SandboxChannel, clock: Any
) -> None:
    sandbox.fault = failing(Undeliverable("the client has blocked us"), times=1)
    outcome = say(office)
    assert states(office, outcome) == ["failed"]
    say(office, "Наличные", CASH)
    clock.move(days=1)
    deliver(office)
    assert states(office, outcome) == ["failed", "sent"]
    assert len(sandbox.delivered) == 1


def test_an_unknown_fate_without_keys_is_shown_and_never_sent_again(
    office: Office, sandbox: SandboxChannel, clock: Any
) -> None:
    def arrives_and_hangs_up(delivery: Delivery) -> None:
        sandbox.delivered.append(delivery)
        raise FateUnknown("read timeout")

    sandbox.fault = arrives_and_hangs_up
    outcome = say(office)
    for _ in range(10):
        clock.move(hours=1)
        work_once(office)
    assert states(office, outcome) == ["unknown"]
    assert len(sandbox.delivered) == 1


def test_an_unknown_fate_with_keys_is_sent_again_and_arrives_once(office: Office, clock: Any) -> None:
    sandbox = sandbox_of(office)
    sandbox.rules = replace(sandbox.rules, has_idempotency_key=True)

    def arrives_and_hangs_up(delivery: Delivery) -> None:
        sandbox.delivered.append(delivery)
        sandbox.fault = None
        raise FateUnknown("read timeout")

    sandbox.fault = arrives_and_hangs_up
    outcome = say(office)
    assert states(office, outcome) == ["queued"]
    clock.move(seconds=PAUSES_SECONDS[0])
    assert deliver(office) == 1
    assert states(office, outcome) == ["sent"]
    assert len(sandbox.delivered) == 1


def test_a_bug_of_a_channel_counts_as_an_unknown_fate(office: Office, sandbox: SandboxChannel, clock: Any) -> None:
    sandbox.fault = failing(KeyError("chat_id"))
    outcome = say(office)
    clock.move(days=1)
    work_once(office)
    assert states(office, outcome) == ["unknown"]


def test_a_fault_of_the_platform_is_no_fault_of_the_message(office: Office, sandbox: SandboxChannel) -> None:
    sandbox.fault = failing(RuntimeError("boom"))
    message = InboundMessage("sandbox", "1", "client", "ПИН", PIN, "ru")
    assert handle_message(message, office).status is Status.RECORDED
    assert handle_message(message, office).status is Status.DUPLICATE


class WorkerDied(BaseException):
    """Ends a worker in the middle of its work, as a kill would: nothing of the service may catch it."""


def test_a_worker_that_dies_while_sending_leaves_an_unknown_fate_and_nothing_is_sent_twice(
    office: Office, sandbox: SandboxChannel, clock: Any
) -> None:
    def die_after_sending(delivery: Delivery) -> None:
        sandbox.delivered.append(delivery)
        raise WorkerDied

    sandbox.fault = die_after_sending
    with pytest.raises(WorkerDied):
        say(office)
    sandbox.fault = None
    behind = say(office, "Наличные", CASH)
    assert len(sandbox.delivered) == 1, "the next reply waits until the fate of the first is settled"
    clock.move(seconds=LEASE_SECONDS + 1)
    work_once(office)
    work_once(office)
    assert states(office, behind) == ["unknown", "sent"]
    assert len({delivery.key for delivery in sandbox.delivered}) == len(sandbox.delivered) == 2


def test_parcels_of_other_clients_survive_a_worker_that_dies(
    office: Office, sandbox: SandboxChannel, clock: Any
) -> None:
    """Nobody tried to send them, so their fate is not unknown at all: they must still be sent."""
    sandbox.fault = failing(RetryLater("busy", after_seconds=10))
    outcomes = [say(office, who=f"client {n}") for n in range(3)]
    clock.move(seconds=10)
    sandbox.fault = failing(WorkerDied(), times=1)  # type: ignore[arg-type]
    with pytest.raises(WorkerDied):
        deliver(office)
    sandbox.fault = None
    clock.move(seconds=LEASE_SECONDS + 1)
    for _ in range(2):
        work_once(office)
    assert sorted(state for outcome in outcomes for state in states(office, outcome)) == ["sent", "sent", "unknown"]


def test_a_parcel_whose_lease_runs_out_while_others_are_sent_keeps_its_order_and_is_sent_once(
    office: Office, sandbox: SandboxChannel, clock: Any
) -> None:
    """A slow platform: the parcels claimed with the slow one are not taken for lost by another worker."""
    sandbox.fault = failing(RetryLater("busy", after_seconds=10))
    slow, patient = say(office, who="slow"), say(office, who="patient")
    say(office, "Наличные", CASH, who="patient")
    clock.move(seconds=10)

    def take_a_minute(delivery: Delivery) -> None:
        if delivery.recipient == "slow":
            sandbox.fault = None
            clock.move(seconds=LEASE_SECONDS + 1)
            for _ in range(2):  # another worker comes by
                work_once(office)

    sandbox.fault = take_a_minute
    deliver(office)
    mine = [delivery.text for delivery in sandbox.delivered if delivery.recipient == "patient"]
    assert mine == [message.text for message in ours(office, patient)]
    assert states(office, slow) == ["sent"]


def test_a_database_that_fails_after_the_sending_does_not_make_it_sent_again(
    office: Office, sandbox: SandboxChannel, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise StorageUnavailable("the disk is full")

    outcome = handle_message(InboundMessage("sandbox", "1", "client", "ПИН", PIN, "ru"), office)
    with monkeypatch.context() as patched:
        patched.setattr(shelf, "settle", fail)
        with pytest.raises(StorageUnavailable):
            deliver(office)
    clock.move(seconds=LEASE_SECONDS + 1)
    work_once(office)
    assert len(sandbox.delivered) == 1
    assert states(office, outcome) == ["unknown"]


def test_workers_at_once_send_each_message_once_and_in_order(
    office: Office, sandbox: SandboxChannel, clock: Any
) -> None:
    sandbox.fault = failing(RetryLater("busy", after_seconds=10))
    outcomes = [say(office, who=f"client {n}") for n in range(4)]
    for n in range(4):
        say(office, "Наличные", CASH, who=f"client {n}")
    sandbox.fault = None
    clock.move(seconds=10)
    results = at_once(*[lambda: outbox.deliver_due(office)] * 4)
    assert unexpected(results) == []
    assert sum(results) == 8
    for n, outcome in enumerate(outcomes):
        mine = [delivery.text for delivery in sandbox.delivered if delivery.recipient == f"client {n}"]
        assert mine == [message.text for message in ours(office, outcome)]


def test_secure_matters_are_not_served_in_a_messenger(office: Office, sandbox: SandboxChannel) -> None:
    say(office, "Выписка", "intent:statement")
    (delivery,) = sandbox.delivered
    assert "мессенджере" in delivery.text
