"""What every database must keep: transactions, unique keys, compare-and-set, claims, time and text as they were."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from service.domain.conversations import ChannelKind, ConversationState, ConversationView
from service.domain.decisions import HandOff, Reason
from service.domain.intents import Priority
from service.domain.messages import Author, Button, DeliveryState, Reply
from service.errors import Conflict, NotFound
from service.storage import conversations, messages, outbox, queue, records, staff
from service.storage.database import Database
from service.storage.migrate import check_current, migrate
from service.storage.staff import Role
from service.storage.tables import ConversationRow, MessageRow, StaffRow, table
from tests.service.databases import open_ring
from tests.service.threads import at_once, raised, unexpected

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HARD_TEXT = "Ёлки 🎄👩‍👩‍👧 «кавычки» \\ ' \" %s {x} ؟ 𝔘 \n\tконец"


def begin(connection: Connection, who: str | None = None, channel: str = "sandbox") -> ConversationView:
    """A new conversation."""
    return conversations.begin(
        connection, channel, who or uuid4().hex, ChannelKind.MESSENGER, "ru", "Анна", NOON
    )  # fmt: skip


def say(connection: Connection, view: ConversationView, seq: int, text: str = "привет", **changes: Any) -> int:
    """A client's message at `seq`, without moving the conversation on."""
    values: dict[str, Any] = {
        "conversation_id": view.id, "seq": seq, "channel": view.channel, "external_id": uuid4().hex, "text": text,
        "original_hash": messages.hash_text(text), "understanding": None, "decision": None, "now": NOON,
    }  # fmt: skip
    return messages.add_client_message(connection, **(values | changes))


def answer(connection: Connection, view: ConversationView, seq: int, *texts: str) -> list[int]:
    """Replies of the bot from `seq` on, put into the outbox."""
    replies = [Reply(text) for text in texts]
    keys = messages.add_replies(
        connection, conversation_id=view.id or 0, first_seq=seq, channel=view.channel, replies=replies,
        state=DeliveryState.QUEUED, now=NOON,
    )  # fmt: skip
    for key in keys:
        outbox.enqueue(connection, key, 1, view.id or 0, view.channel, NOON)
    return keys


def put_in_queue(
    connection: Connection, department: str, priority: Priority, minutes: int, state: str = "queued"
) -> int:
    """A conversation that has waited for a person since so many minutes past noon."""
    view = begin(connection)
    say(connection, view, 1, f"{department} {minutes}")
    since = NOON + timedelta(minutes=minutes)
    conversations.change(
        connection, view, state=state, department=department, priority=priority.value, queued_at=since, last_seq=1
    )
    decision = HandOff(department, priority, Reason.ASKED_FOR_PERSON)
    queue.open_handoff(connection, view.id or 0, decision, {"client_said": ["да"]}, since)
    return view.id or 0


class StorageContract:
    """Inherited by one class a database; each supplies `url`."""

    @pytest.fixture
    def url(self) -> str:
        """The address of a migrated, empty database."""
        raise NotImplementedError

    @pytest.fixture
    def database(self, url: str) -> Iterator[Database]:
        """The database under test."""
        opened = Database(url, ring=open_ring())
        yield opened
        opened.close()

    # --- transactions

    def test_a_migrated_database_is_current_and_migrating_again_changes_nothing(self, database: Database) -> None:
        check_current(database)
        before, after = migrate(database)
        assert before == after

    def test_a_failed_transaction_leaves_nothing_behind(self, database: Database) -> None:
        def fail_half_way() -> None:
            with database.write() as connection:
                begin(connection, "half")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail_half_way()
        with database.read() as connection:
            assert conversations.find(connection, "sandbox", "half", ChannelKind.MESSENGER) is None

    def test_what_is_written_inside_a_read_is_not_kept(self, database: Database) -> None:
        with database.read() as connection:
            begin(connection, "never")
        with database.read() as connection:
            assert conversations.find(connection, "sandbox", "never", ChannelKind.MESSENGER) is None

    def test_a_reader_sees_no_half_of_a_transaction(self, database: Database) -> None:
        with database.write() as connection:
            begin(connection, "growing")
            with database.read() as other:
                assert conversations.find(other, "sandbox", "growing", ChannelKind.MESSENGER) is None
        with database.read() as other:
            assert conversations.find(other, "sandbox", "growing", ChannelKind.MESSENGER) is not None

    def test_a_read_is_one_snapshot_whatever_others_commit_meanwhile(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection, "watched")
        with database.read() as reader:
            assert conversations.get(reader, view.id or 0).last_seq == 0
            with database.write() as connection:
                say(connection, view, 1)
                conversations.change(connection, view, last_seq=1)
            assert conversations.get(reader, view.id or 0).last_seq == 0
            assert messages.timeline(reader, view.id or 0) == []

    def test_writers_of_many_threads_all_get_their_turn(self, database: Database) -> None:
        def write_one() -> int:
            with database.write() as connection:
                return begin(connection).id or 0

        keys = at_once(*[write_one] * 8)
        assert unexpected(keys) == []
        assert len(set(keys)) == 8

    # --- values

    def test_texts_and_json_come_back_as_they_were(self, database: Database) -> None:
        understood = {"text": HARD_TEXT, "ranking": [{"intent": "пин", "confidence": 0.25}], "nothing": None}
        with database.write() as connection:
            view = begin(connection)
            say(connection, view, 1, HARD_TEXT, understanding=understood, decision={"kind": "wait"})
            button = Button("Да", "feedback:yes")
            messages.add_replies(
                connection, conversation_id=view.id or 0, first_seq=2, channel="sandbox",
                replies=[Reply(HARD_TEXT, (button,))], state=None, now=NOON,
            )  # fmt: skip
        with database.read() as connection:
            client, ours = messages.timeline(connection, view.id or 0)
        assert (client.text, client.understanding, client.decision) == (HARD_TEXT, understood, {"kind": "wait"})
        assert (ours.text, ours.buttons) == (HARD_TEXT, (button,))

    def test_a_missing_json_value_is_null_and_not_the_word_null(self, database: Database) -> None:
        with database.write() as connection:
            say(connection, begin(connection), 1)
        with database.read() as connection:
            rows = connection.execute(select(table(MessageRow).c.id).where(table(MessageRow).c.decision.is_(None)))
            assert len(rows.all()) == 1

    def test_a_moment_comes_back_aware_and_exact_whatever_zone_it_came_in(self, database: Database) -> None:
        moment = datetime(2026, 3, 29, 2, 30, 15, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
        with database.write() as connection:
            view = begin(connection)
            conversations.change(connection, view, last_client_at=moment)
        with database.read() as connection:
            kept = conversations.get(connection, view.id or 0).last_client_at
        assert kept == moment
        assert kept is not None
        assert kept.utcoffset() == timedelta(0)

    def test_a_naive_moment_is_refused(self, database: Database) -> None:
        naive = datetime(2026, 1, 1)  # noqa: DTZ001 - what the test is about
        with pytest.raises(Exception, match="naive"), database.write() as connection:
            conversations.change(connection, begin(connection), last_client_at=naive)

    # --- keys

    def test_a_message_id_is_taken_once_in_a_channel(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)
            say(connection, view, 1, external_id="42")
        with pytest.raises(IntegrityError), database.write() as connection:
            say(connection, view, 2, external_id="42")
        with database.write() as connection:
            say(connection, begin(connection, channel="web"), 1, external_id="42")
        with database.read() as connection:
            assert len(messages.timeline(connection, view.id or 0)) == 1

    def test_a_place_in_the_timeline_is_taken_once(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)
            say(connection, view, 1, "первое")
        with pytest.raises(IntegrityError), database.write() as connection:
            say(connection, view, 1, "второе")
        with database.read() as connection:
            assert [message.text for message in messages.timeline(connection, view.id or 0)] == ["первое"]

    def test_of_threads_that_begin_the_same_client_one_wins(self, database: Database) -> None:
        def meet() -> int:
            with database.write() as connection:
                return begin(connection, "same").id or 0

        results = at_once(*[meet] * 4)
        assert len(raised(results, IntegrityError)) == 3
        assert unexpected(results, IntegrityError) == []

    def test_a_recorded_message_is_found_with_the_hash_of_its_text(self, database: Database) -> None:
        with database.write() as connection:
            key = say(connection, begin(connection), 1, "баланс", external_id="7")
        with database.read() as connection:
            found = messages.find_recorded(connection, "sandbox", "7")
            assert found is not None
            assert messages.is_same_text(connection, found[1], "баланс")
            assert not messages.is_same_text(connection, found[1], "Баланс")
            assert messages.find_recorded(connection, "web", "7") is None
        assert (found[0].id, found[0].author) == (key, Author.CLIENT)

    # --- conversations

    def test_of_threads_that_change_the_same_version_one_wins(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)

        def change(number: int) -> int:
            with database.write() as connection:
                return conversations.change(connection, view, repeats=number)

        results = at_once(*[lambda n=n: change(n) for n in range(1, 5)])
        assert len(raised(results, Conflict)) == 3
        assert unexpected(results, Conflict) == []
        with database.read() as connection:
            now = conversations.get(connection, view.id or 0)
        assert (now.version, now.repeats) == (view.version + 1, 1 + results.index(view.version + 1))

    def test_a_lock_makes_the_next_writer_see_what_the_first_one_wrote(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)

        def count_up() -> int:
            with database.write() as connection:
                current = conversations.get(connection, view.id or 0, lock=True)
                return conversations.change(connection, current, repeats=current.repeats + 1)

        results = at_once(*[count_up] * 6)
        assert unexpected(results) == []
        with database.read() as connection:
            assert conversations.get(connection, view.id or 0).repeats == 6

    def test_a_missing_conversation_is_named(self, database: Database) -> None:
        with pytest.raises(NotFound, match="12345"), database.read() as connection:
            conversations.get(connection, 12345)

    def test_a_mark_moves_forward_only_and_never_past_the_last_message(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)
            say(connection, view, 1)
            answer(connection, view, 2, "раз", "два")
            conversations.change(connection, view, last_seq=3)
            moved = [
                conversations.mark(connection, view.id or 0, "client_seen_seq", seq) for seq in (2, 1, 2, 4, 3)
            ]  # fmt: skip
        assert moved == [True, False, False, False, True]
        with database.read() as connection:
            marks = conversations.marks(connection, view.id or 0)
        assert marks is not None
        assert (marks.client_seen, marks.client_delivered, marks.staff_seen) == (3, 0, 0)

    def test_bursts_come_due_oldest_first_and_only_when_their_time_has_come(self, database: Database) -> None:
        with database.write() as connection:
            late, early, future = begin(connection), begin(connection), begin(connection)
            for view, seconds in ((late, 5), (early, 1), (future, 60)):
                due = NOON + timedelta(seconds=seconds)
                conversations.change(connection, view, answer_due_at=due, waiting_since=NOON)
        with database.read() as connection:
            assert conversations.due_for_answer(connection, NOON) == []
            due_now = conversations.due_for_answer(connection, NOON + timedelta(seconds=10))
        assert due_now == [(early.id, NOON + timedelta(seconds=1)), (late.id, NOON + timedelta(seconds=5))]

    def test_a_timeline_is_read_in_order_from_any_place(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)
            for seq in (3, 1, 2, 5, 4):
                say(connection, view, seq, str(seq))
        with database.read() as connection:
            page = messages.timeline(connection, view.id or 0, after=1, limit=3)
            assert [message.seq for message in page] == [2, 3, 4]
            assert [message.seq for message in messages.last_messages(connection, view.id or 0, 2)] == [4, 5]

    def test_unanswered_are_the_messages_since_our_last_one(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)
            say(connection, view, 1, "раз")
            answer(connection, view, 2, "ответ")
            say(connection, view, 3, "два")
            say(connection, view, 4, "три")
        with database.read() as connection:
            assert [message.text for message in messages.unanswered(connection, view.id or 0)] == ["два", "три"]

    # --- the queue

    def test_the_queue_is_by_urgency_and_then_by_who_waits_longest(self, database: Database) -> None:
        with database.write() as connection:
            second = put_in_queue(connection, "cards", Priority.NORMAL, 1)
            third = put_in_queue(connection, "cards", Priority.NORMAL, 2)
            first = put_in_queue(connection, "cards", Priority.URGENT, 9)
            other = put_in_queue(connection, "loans", Priority.URGENT, 0)
        with database.read() as connection:
            entries = queue.entries(connection, ("cards",), (ConversationState.QUEUED,))
            places = [queue.position(connection, each) for each in (first, second, third, other)]
        assert [entry.conversation_id for entry in entries] == [first, second, third]
        assert places == [1, 2, 3, 1]
        assert [entry.last_text for entry in entries] == ["cards 9", "cards 1", "cards 2"]
        assert [entry.unread for entry in entries] == [1, 1, 1]

    def test_the_queue_shows_the_asked_departments_and_states_only(self, database: Database) -> None:
        with database.write() as connection:
            put_in_queue(connection, "cards", Priority.NORMAL, 1, state="operator")
            waiting = put_in_queue(connection, "cards", Priority.NORMAL, 2)
            put_in_queue(connection, "loans", Priority.NORMAL, 3)
        with database.read() as connection:
            shown = queue.entries(connection, ("cards",), (ConversationState.QUEUED,))
            nothing = queue.entries(connection, (), (ConversationState.QUEUED, ConversationState.OPERATOR))
            counts = queue.counts(connection)
        assert [entry.conversation_id for entry in shown] == [waiting]
        assert nothing == []
        assert counts == {("cards", "operator"): 1, ("cards", "queued"): 1, ("loans", "queued"): 1}

    # --- the outbox

    def test_parcels_of_one_conversation_are_claimed_one_after_another(self, database: Database) -> None:
        with database.write() as connection:
            one, two = begin(connection), begin(connection)
            answer(connection, one, 1, "первый", "второй")
            answer(connection, two, 1, "другой")
        with database.write() as connection:
            claimed = outbox.claim_due(connection, "sandbox", NOON)
        assert [parcel.text for parcel in claimed] == ["первый", "другой"]
        with database.write() as connection:
            assert outbox.claim_due(connection, "sandbox", NOON) == []
            outbox.settle(connection, claimed[0], DeliveryState.SENT, NOON, platform_id="p1")
        with database.write() as connection:
            assert [parcel.text for parcel in outbox.claim_due(connection, "sandbox", NOON)] == ["второй"]

    def test_a_parcel_that_is_put_off_holds_back_those_behind_it(self, database: Database) -> None:
        later = NOON + timedelta(seconds=30)
        with database.write() as connection:
            view = begin(connection)
            answer(connection, view, 1, "первый", "второй")
            (parcel,) = outbox.claim_due(connection, "sandbox", NOON)
            assert outbox.begin_sending(connection, parcel, NOON)
            outbox.settle(connection, parcel, DeliveryState.QUEUED, NOON, error="busy", retry_at=later)
        with database.write() as connection:
            assert outbox.claim_due(connection, "sandbox", NOON) == []
            (again,) = outbox.claim_due(connection, "sandbox", later)
        assert (again.text, again.key, again.attempts) == ("первый", parcel.key, 1)

    def test_two_workers_never_claim_the_same_parcel(self, database: Database) -> None:
        with database.write() as connection:
            for _ in range(12):
                answer(connection, begin(connection), 1, "раз", "два")

        def claim() -> list[int]:
            with database.write() as connection:
                return [parcel.outbox_id for parcel in outbox.claim_due(connection, "sandbox", NOON, limit=5)]

        results = at_once(*[claim] * 4)
        assert unexpected(results) == []
        claimed = [key for keys in results for key in keys]
        assert len(claimed) == len(set(claimed))
        conversations_claimed = {(key - 1) // 2 for key in claimed}
        assert len(conversations_claimed) == len(claimed)

    def test_a_parcel_whose_worker_died_becomes_unknown_and_is_not_claimed_again(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)
            answer(connection, view, 1, "первый", "второй")
            (parcel,) = outbox.claim_due(connection, "sandbox", NOON)
            assert outbox.begin_sending(connection, parcel, NOON)
        with database.write() as connection:
            assert outbox.mark_lost(connection, NOON + timedelta(seconds=outbox.LEASE_SECONDS - 1)) == []
            assert outbox.mark_lost(connection, NOON + timedelta(seconds=outbox.LEASE_SECONDS + 1)) == [view.id]
        with database.write() as connection:
            timeline = messages.timeline(connection, view.id or 0)
            claimed = outbox.claim_due(connection, "sandbox", NOON + timedelta(hours=1))
        assert [message.state for message in timeline] == [DeliveryState.UNKNOWN, DeliveryState.QUEUED]
        assert [parcel.text for parcel in claimed] == ["второй"]

    def test_a_parcel_whose_worker_died_before_sending_goes_back_in_line(self, database: Database) -> None:
        after_lease = NOON + timedelta(seconds=outbox.LEASE_SECONDS + 1)
        with database.write() as connection:
            answer(connection, begin(connection), 1, "первый")
            (parcel,) = outbox.claim_due(connection, "sandbox", NOON)
        with database.write() as connection:
            assert outbox.mark_lost(connection, after_lease) == []
            assert not outbox.begin_sending(connection, parcel, after_lease)
            (again,) = outbox.claim_due(connection, "sandbox", after_lease)
        assert (again.text, again.key, again.attempts) == ("первый", parcel.key, 0)

    # --- staff, notes, articles

    def test_a_staff_token_is_kept_as_a_hash_only(self, database: Database) -> None:
        with database.write() as connection:
            member, token = staff.add(connection, "anna", "Анна", Role.OPERATOR, ["cards"], NOON)
        with database.read() as connection:
            assert staff.find_by_token(connection, token) == member
            assert staff.find_by_token(connection, token + "x") is None
            (row,) = connection.execute(select(table(StaffRow)))
        assert token not in str(row)

    def test_a_login_is_taken_once(self, database: Database) -> None:
        with database.write() as connection:
            _, token = staff.add(connection, "anna", "Анна", Role.OPERATOR, [], NOON)
        with pytest.raises(Conflict, match="anna"), database.write() as connection:
            staff.add(connection, "anna", "Другая", Role.ADMIN, [], NOON)
        with database.read() as connection:
            member = staff.find_by_token(connection, token)
        assert member is not None
        assert member.name == "Анна"

    def test_a_renewed_or_withdrawn_token_stops_working(self, database: Database) -> None:
        with database.write() as connection:
            _, old = staff.add(connection, "anna", "Анна", Role.OPERATOR, [], NOON)
            new = staff.renew_token(connection, "anna")
            assert staff.renew_token(connection, "nobody") is None
        assert new is not None
        with database.write() as connection:
            assert staff.find_by_token(connection, old) is None
            assert staff.find_by_token(connection, new) is not None
            connection.execute(update(StaffRow).values(disabled_at=NOON))
            assert staff.find_by_token(connection, new) is None

    def test_of_threads_that_keep_the_first_note_all_get_the_same(self, database: Database) -> None:
        def keep(number: int) -> str:
            with database.write() as connection:
                return records.keep_first_note(connection, "key", f"value {number}")

        kept = at_once(*[lambda n=n: keep(n) for n in range(4)])
        assert unexpected(kept) == []
        assert len(set(kept)) == 1
        with database.read() as connection:
            assert records.get_note(connection, "key") == kept[0]

    def test_articles_are_replaced_all_at_once(self, database: Database) -> None:
        old = [{"id": "a", "language": "ru", "text": "1"}, {"id": "b", "language": "ru", "text": "2"}]
        new = [{"id": "b", "language": "ru", "text": "3"}]
        with database.write() as connection:
            records.replace_articles(connection, old, "v1", NOON)
        with database.write() as connection:
            records.replace_articles(connection, new, "v2", NOON)
            with database.read() as reader:
                assert records.all_articles(reader) == old
                assert records.get_note(reader, records.KNOWLEDGE_VERSION) == "v1"
        with database.read() as reader:
            assert records.all_articles(reader) == new

    def test_a_timeline_belongs_to_its_conversation(self, database: Database) -> None:
        with database.write() as connection:
            one, two = begin(connection), begin(connection)
            say(connection, one, 1, "моё")
            say(connection, two, 1, "чужое")
        with database.read() as connection:
            assert [message.text for message in messages.timeline(connection, one.id or 0)] == ["моё"]
            missing = messages.get_by_seq(connection, one.id or 0, 2)
        assert missing is None

    def test_a_stale_view_changes_nothing(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)
            conversations.change(connection, view, state="queued")
        with pytest.raises(Conflict), database.write() as connection:
            conversations.change(connection, replace(view, state=ConversationState.BOT), state="operator")
        with database.read() as connection:
            rows = connection.execute(select(table(ConversationRow).c.state)).scalars().all()
        assert rows == ["queued"]
