"""What every database must do for the console: the list's order and pages, the timeline, the search, merges, tags."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from service.domain.console import InboxFilters, InboxPage, Snoozed
from service.domain.conversations import ConversationState, ConversationView
from service.domain.decisions import HandOff, Reason
from service.domain.files import AttachedFile
from service.domain.intents import Priority
from service.domain.search import Search
from service.domain.waiting import Ageing
from service.errors import InvalidInput
from service.storage import clients, conversations, files, inbox, marks, queue, records, search, staff, timeline, views
from service.storage.database import Database
from service.storage.staff import Role, StaffMember
from service.storage.tables import MessageRow, SearchTextRow, table
from tests.service.databases import open_ring
from tests.service.storage.contract import NOON, begin, put_in_queue, say
from tests.service.threads import at_once, unexpected


def hire(connection: Connection, login: str = "anna", *departments: str) -> StaffMember:
    """A new operator."""
    return staff.add(connection, login, login.title(), Role.OPERATOR, departments, NOON)[0]


def found(connection: Connection, who: StaffMember, text: str = "", **fields: Any) -> list[int]:
    """The conversations a search finds."""
    page = search.find(connection, who, Search(text, **fields), None, 50)
    return [each.conversation_id for each in page.conversations]


AGEING = Ageing(NOON, 30)


def _ids(page: InboxPage) -> list[int]:
    return [each.conversation_id for each in page.entries]


class DeskContract:
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

    # --- the list

    def test_the_list_is_by_urgency_then_place_and_pages_have_no_gaps(self, database: Database) -> None:
        with database.write() as connection:
            anna = hire(connection)
            calm = [put_in_queue(connection, "cards", Priority.NORMAL, minutes % 3) for minutes in range(6)]
            urgent = put_in_queue(connection, "loans", Priority.URGENT, 30)
        with database.read() as connection:
            whole = inbox.page(connection, anna, InboxFilters(), None, 50, AGEING)
            cursor, pages = None, []
            while True:
                page = inbox.page(connection, anna, InboxFilters(), cursor, 2, AGEING)
                pages += [each.conversation_id for each in page.entries]
                cursor = page.next
                if cursor is None:
                    break
        shown = [each.conversation_id for each in whole.entries]
        assert shown == [urgent, *sorted(calm, key=lambda each: (calm.index(each) % 3, each))]
        assert pages == shown
        assert whole.next is None

    def test_the_list_shows_one_s_departments_and_what_was_filtered(self, database: Database) -> None:
        with database.write() as connection:
            anna, vera = hire(connection), hire(connection, "vera", "loans")
            cards = put_in_queue(connection, "cards", Priority.HIGH, 1)
            loans = put_in_queue(connection, "loans", Priority.NORMAL, 2)
            marks.add_tag(connection, loans, "vip", anna.id, NOON)
            view = conversations.get(connection, cards)
            conversations.change(connection, view, snoozed_until=NOON + timedelta(hours=1))

            def shown(who: StaffMember, **fields: Any) -> list[int]:
                page = inbox.page(connection, who, InboxFilters(**fields), None, 50, AGEING)
                return [each.conversation_id for each in page.entries]

            assert shown(anna) == shown(vera) == [loans]
            assert shown(anna, snoozed=Snoozed.ONLY) == [cards]
            assert shown(vera, snoozed=Snoozed.ONLY) == shown(vera, departments=("cards",)) == []
            assert shown(anna, snoozed=Snoozed.SHOWN, priorities=(Priority.HIGH,)) == [cards]
            assert shown(anna, tags=("vip",)) == [loans]
            assert shown(anna, tags=("vip", "other")) == shown(anna, states=(ConversationState.CLOSED,)) == []
            assert shown(anna, channels=("sandbox",), languages=("ru",)) == [loans]

    def test_a_line_says_who_waits_since_when_and_in_what_mood(self, database: Database) -> None:
        with database.write() as connection:
            anna = hire(connection)
            conversation_id = put_in_queue(connection, "cards", Priority.NORMAL, 0)
            view = conversations.get(connection, conversation_id)
            for seq, mood in ((2, 1.0), (3, -1.0), (4, -0.5), (5, -0.6)):
                say(connection, view, seq, f"строка\n{seq} " + "я" * 300, understanding={"mood_score": mood},
                    now=NOON + timedelta(minutes=seq))  # fmt: skip
            conversations.change(connection, view, last_seq=5)
            entry = inbox.page(connection, anna, InboxFilters(), None, 5, AGEING).entries[0]
        assert entry.mood == pytest.approx(-0.7)
        assert (entry.unread, entry.waits_since, entry.client_name) == (5, NOON, "Анна")
        assert entry.last_text.startswith("строка 5 я")
        assert len(entry.last_text) == inbox.LINE_LETTERS

    def test_who_waits_long_comes_first_and_pages_keep_to_their_moment(self, database: Database) -> None:
        with database.write() as connection:
            anna = hire(connection)
            high = put_in_queue(connection, "cards", Priority.HIGH, 40)
            late = [put_in_queue(connection, "cards", Priority.NORMAL, minutes) for minutes in (20, 0)]
        orders, pages = [], []
        with database.read() as connection:
            for minutes in (50, 70, 90):
                ageing = Ageing(NOON + timedelta(minutes=minutes), 60)
                orders.append(_ids(inbox.page(connection, anna, InboxFilters(), None, 9, ageing)))
                waiting = queue.entries(connection, ["cards"], (ConversationState.QUEUED,), ageing=ageing)
                assert orders[-1] == [each.conversation_id for each in waiting]
            cursor = None
            for minutes in (50, 70, 90):  # time passes while somebody pages
                page = inbox.page(
                    connection, anna, InboxFilters(), cursor, 1, Ageing(NOON + timedelta(minutes=minutes), 60)
                )
                pages += _ids(page)
                cursor = page.next
        assert orders == [[high, late[1], late[0]], [late[1], high, late[0]], [late[1], late[0], high]]
        assert (pages, cursor) == (orders[0], None)

    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "x",
            "1~2~3",
            "1~2026-11-20T12:00:00~3",
            "1~2026-11-20T12:00:00+00:00~-3",
            "1~2026-11-20T12:00:00+00:00~3~x",
            "1~2026-11-20T12:00:00+00:00~3~2026-11-20",
            "1~2026-11-20T12:00:00+00:00~3~0001-01-01T00:00:00+00:00",
            f"1~2026-11-20T12:00:00+00:00~{2**31}~2026-11-20T12:00:00+00:00",
        ],
    )
    def test_a_cursor_of_somebody_else_is_refused(self, database: Database, cursor: str) -> None:
        with database.write() as connection:
            anna = hire(connection)
        for ask in (
            lambda: inbox.page(connection, anna, InboxFilters(), cursor, 5, AGEING),
            lambda: timeline.page(connection, {1: "web"}, cursor, 5),
            lambda: search.find(connection, anna, Search(), cursor, 5),
        ):
            with database.read() as connection, pytest.raises(InvalidInput):
                ask()

    # --- the timeline

    def test_a_timeline_of_two_channels_is_one_story_and_pages_backwards(self, database: Database) -> None:
        with database.write() as connection:
            anna = hire(connection)
            one, two = begin(connection), begin(connection)
            for minute in range(10):
                view = (one, two)[minute % 2]
                say(connection, view, minute // 2 + 1, f"{minute}", now=NOON + timedelta(minutes=minute))
            number, other = one.id or 0, two.id or 0
            records.add_fact(connection, number, "taken", "anna", {}, NOON + timedelta(minutes=4, seconds=30))
            marks.add_note(connection, other, anna, "k", 2, "заметка", NOON + timedelta(minutes=3, seconds=30))
            decision = HandOff("cards", Priority.NORMAL, Reason.ASKED_FOR_PERSON)
            queue.open_handoff(connection, number, decision, {}, NOON + timedelta(minutes=2, seconds=30))
        with database.read() as connection:
            channels = {number: "web", other: "telegram"}
            whole = timeline.page(connection, channels, None, 50)
            pages, cursor = [], None
            while True:
                page = timeline.page(connection, channels, cursor, 3)
                pages = [*page.items, *pages]
                cursor = page.before
                if cursor is None:
                    break
        told = [
            item.message.text
            if item.message
            else item.note.text
            if item.note
            else item.event.kind
            if item.event
            else ""
            for item in whole.items
        ]
        assert told == ["0", "1", "2", "handed_off", "3", "заметка", "4", "taken", "5", "6", "7", "8", "9"]
        assert [item.key for item in pages] == [item.key for item in whole.items]
        assert whole.items[1].channel == "telegram"

    def test_things_of_one_moment_keep_their_order_on_any_page(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)
            for seq in range(1, 8):
                say(connection, view, seq, str(seq))
                records.add_fact(connection, view.id or 0, f"fact {seq}", "x", {}, NOON, seq=seq)
        with database.read() as connection:
            shown: list[str] = []
            cursor = None
            while True:
                page = timeline.page(connection, {view.id or 0: "web"}, cursor, 2)
                shown = [i.message.text if i.message else i.event.kind if i.event else "" for i in page.items] + shown
                cursor = page.before
                if cursor is None:
                    break
        assert shown == [each for seq in range(1, 8) for each in (str(seq), f"fact {seq}")]

    # --- the search

    def test_words_are_found_in_any_form_and_all_of_them_must_be_there(self, database: Database) -> None:
        with database.write() as connection:
            anna = hire(connection)
            one, two, three = (begin(connection) for _ in range(3))
            say(connection, one, 1, "Где мои переводы на карты? Заёмщик №77, «Ёлка»")
            say(connection, two, 1, "перевод не дошёл!")
            say(connection, three, 1, "Can't withdraw cash: my cards don't work 🎄")
            assert search.anything_new(connection)
            assert search.index_new(connection, 2) == 2
            assert search.index_new(connection, 200) == 1
            assert search.index_new(connection, 200) == 0
            assert not search.anything_new(connection)
            numbers = [each.id or 0 for each in (one, two, three)]
            assert found(connection, anna, "переводом") == [numbers[1], numbers[0]]
            assert found(connection, anna, "перевод карта") == [numbers[0]]
            assert found(connection, anna, "ПЕРЕВ") == [numbers[1], numbers[0]]
            assert found(connection, anna, "елку") == found(connection, anna, "заемщика 77") == [numbers[0]]
            assert found(connection, anna, "CARD working can't") == [numbers[2]]
            assert found(connection, anna, "кот") == []
            hit = search.find(connection, anna, Search("дошёл"), None, 5).conversations[0].hit
        assert hit is not None
        assert (hit.seq, hit.text) == (1, "перевод не дошёл!")

    @pytest.mark.parametrize(
        "text",
        ["' OR 1=1 --", 'a" OR "b', "NEAR(a b)", "stems:x", "a* -b", "a & !b | c:*", "\\'", "(", "ы" * 5000, "½²"],
    )
    def test_no_text_breaks_the_search(self, database: Database, text: str) -> None:
        with database.write() as connection:
            anna, view = hire(connection), begin(connection)
            say(connection, view, 1, f"нечто {text}")
            search.index_new(connection, 10)
        with database.read() as connection:
            try:
                assert found(connection, anna, text) in ([], [view.id])
            except InvalidInput as refusal:
                assert "word" in refusal.detail

    def test_a_removed_message_is_found_no_more(self, database: Database) -> None:
        with database.write() as connection:
            anna, view = hire(connection), begin(connection)
            number = say(connection, view, 1, "мандарин")
            search.index_new(connection, 10)
            assert found(connection, anna, "мандарины") == [view.id]
            connection.execute(delete(table(MessageRow)).where(table(MessageRow).c.id == number))
            assert found(connection, anna, "мандарины") == []
            assert connection.execute(table(SearchTextRow).select()).all() == []

    def test_many_workers_index_a_message_once(self, database: Database) -> None:
        with database.write() as connection:
            anna, view = hire(connection), begin(connection)
            for seq in range(1, 21):
                say(connection, view, seq, f"апельсин {seq}")

        def work() -> int:
            with database.write() as connection:
                return search.index_new(connection, 100)

        assert unexpected(at_once(work, work, work)) == []
        with database.read() as connection:
            assert len(connection.execute(table(SearchTextRow).select()).all()) == 20
            assert found(connection, anna, "апельсины 7") == [view.id]

    def test_filters_hold_together_and_departments_are_kept_apart(self, database: Database) -> None:
        with database.write() as connection:
            anna, vera = hire(connection), hire(connection, "vera", "loans")
            cards = put_in_queue(connection, "cards", Priority.HIGH, 1)
            loans = put_in_queue(connection, "loans", Priority.NORMAL, 2)
            note = marks.add_note(connection, cards, anna, "k", 1, "обещали скидку", NOON)
            search.index_note(connection, cards, note, "обещали скидку")
            marks.add_tag(connection, loans, "vip", anna.id, NOON)
            queue.change_open(connection, loans, intent="loan_repay", taken_by=vera.id)
            search.index_new(connection, 10)
            assert found(connection, anna, "скидка") == [cards]
            assert found(connection, vera, "скидка") == found(connection, vera, departments=("cards",)) == []
            assert found(connection, vera) == [loans]
            assert found(connection, anna, tags=("vip",)) == found(connection, anna, intents=("loan_repay",)) == [loans]
            assert found(connection, anna, operator_id=vera.id) == [loans]
            assert found(connection, anna, states=(ConversationState.CLOSED,)) == []
            assert set(found(connection, anna, since=NOON, until=NOON + timedelta(seconds=1))) == {cards, loans}
            assert found(connection, anna, since=NOON + timedelta(seconds=1)) == []
            assert found(connection, anna, "cards", channels=("sandbox",)) == [cards]
            first = search.find(connection, anna, Search(), None, 1)
            second = search.find(connection, anna, Search(), first.next, 1)
        assert {first.conversations[0].conversation_id, second.conversations[0].conversation_id} == {cards, loans}
        assert second.next is None

    # --- merges, tags, views, files

    def test_a_merge_moves_identities_and_is_undone_in_order(self, database: Database) -> None:
        def owner(view: ConversationView) -> int | None:
            with database.read() as connection:
                return conversations.get(connection, view.id or 0).client_id

        with database.write() as connection:
            anna = hire(connection)
            one, two, three = (begin(connection) for _ in range(3))
            first = clients.merge(connection, two.client_id or 0, one.client_id or 0, "сам сказал", anna.id, NOON)
            second = clients.merge(connection, one.client_id or 0, three.client_id or 0, "тоже", anna.id, NOON)
        assert owner(one) == owner(two) == three.client_id
        with database.write() as connection:
            assert not clients.unmerge(connection, first, anna.id, NOON)
            assert clients.unmerge(connection, second, anna.id, NOON)
            assert clients.unmerge(connection, first, anna.id, NOON)
            assert [each.id for each in clients.merges_of(connection, one.client_id or 0)] == [second, first]
        assert [owner(view) for view in (one, two, three)] == [one.client_id, two.client_id, three.client_id]

    def test_a_tag_is_there_once(self, database: Database) -> None:
        with database.write() as connection:
            anna, view = hire(connection), begin(connection)
            number = view.id or 0
            assert marks.add_tag(connection, number, "vip", anna.id, NOON)
            assert not marks.add_tag(connection, number, "vip", anna.id, NOON)
            assert marks.add_tag(connection, number, "100%", anna.id, NOON)
            assert set(marks.used_tags(connection, anna, "", 5)) == {"100%", "vip"}
            assert marks.used_tags(connection, anna, "%", 5) == []
            assert marks.remove_tag(connection, number, "vip")
            assert not marks.remove_tag(connection, number, "vip")

    def test_views_belong_to_one_person(self, database: Database) -> None:
        with database.write() as connection:
            anna, boris = hire(connection), hire(connection, "boris")
            views.save(connection, anna.id, "мои", {"text": "а"}, NOON, new=True)
            views.save(connection, anna.id, "мои", {"text": "б"}, NOON, new=False)
            assert views.of(connection, anna.id) == [("мои", {"text": "б"})]
            assert views.of(connection, boris.id) == []
            assert not views.remove(connection, boris.id, "мои")
            assert views.remove(connection, anna.id, "мои")

    def test_a_file_waits_until_a_message_refers_to_it_and_is_forgotten_otherwise(self, database: Database) -> None:
        with database.write() as connection:
            view = begin(connection)
            for key in ("a", "b"):
                file = AttachedFile(key, f"{key}.png", "image/png", 3)
                files.add(connection, file, "0" * 64, "web", NOON, owner="client")
            assert [each.file.key for each in files.waiting(connection, ("b", "a", "c"))] == ["b", "a"]
            files.attach(connection, ("a",), view.id or 0, say(connection, view, 1))
            assert files.count_waiting(connection, "web", "client") == 1
            assert files.forget_waiting(connection, NOON) == []
            assert files.forget_waiting(connection, NOON + timedelta(seconds=1)) == ["b"]
            kept = files.get(connection, "a")
            assert kept is not None
            assert files.identity_of(connection, kept.conversation_id or 0) is not None
            assert files.get(connection, "b") is None

    def test_the_tables_are_those_that_the_code_knows(self, database: Database) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        from service.storage.tables import Base

        def is_compared(_thing: Any, name: str | None, kind: str, *_: Any) -> bool:
            # What the engines keep for themselves to search with.
            return not str(name).startswith(("search_texts_fts", "search_texts_words"))

        with database.read() as connection:
            options = {"include_object": is_compared, "compare_type": True}
            context = MigrationContext.configure(connection, opts=options)
            differences = compare_metadata(context, Base.metadata)
        assert differences == [], differences
