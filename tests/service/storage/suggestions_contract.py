"""What every database must keep of suggestions, past replies, canned replies and versions of articles."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service.domain.conversations import ConversationView
from service.domain.suggestions import OutcomeKind, Source, Suggestion, SuggestionKind
from service.errors import Conflict
from service.importing import import_articles
from service.storage import articles, canned, conversations, exports, messages, past_replies, suggestions
from service.storage.database import Database
from service.storage.past_replies import Lesson
from service.storage.suggestions import NewOutcome
from tests.service.databases import open_ring
from tests.service.small_office import _few_articles
from tests.service.storage.contract import HARD_TEXT, NOON, begin, say
from tests.service.threads import at_once, raised, unexpected

SHOWN = (
    Suggestion(1, Source(SuggestionKind.REPLY, "7", HARD_TEXT, None, NOON), HARD_TEXT, 0.75, "cards"),
    Suggestion(2, Source(SuggestionKind.ARTICLE, "card-pin", "ПИН"), "{x}", 0.5),
)


def asked(connection: Connection, state: str = "queued") -> tuple[ConversationView, int]:
    """A conversation whose client waits, and their message."""
    view = begin(connection)
    message = say(connection, view, 1, "вопрос", understanding={"text": "вопрос", "ranking": []})
    conversations.change(connection, view, state=state, last_seq=1, last_client_at=NOON)
    return view, message


def offer(connection: Connection, view: ConversationView, message: int) -> Any:
    """An offer for the message."""
    suggestions.add_offer(
        connection, conversation_id=view.id or 0, message_id=message, version=1, language="ru", suggestions=SHOWN,
        now=NOON,
    )  # fmt: skip
    return suggestions.offer_of(connection, message)


def lesson(message: int, **changes: Any) -> Lesson:
    """A lesson."""
    values: dict[str, Any] = {
        "message_id": message, "conversation_id": 1, "client_id": 1, "operator_id": None, "question": HARD_TEXT,
        "reply": f"Ответ {HARD_TEXT}", "reply_hash": "h", "language": "ru", "department": None, "intent": "card_pin",
        "vector": bytes(range(256)), "encoder": "use", "at": NOON,
    }  # fmt: skip
    return Lesson(**(values | changes))


class SuggestionsContract:
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

    def test_an_offer_is_read_back_as_it_was_made_and_made_once(self, database: Database) -> None:
        with database.write() as connection:
            view, message = asked(connection)
        done = at_once(*[lambda: self._offer(database, view, message)] * 4)
        assert unexpected(done) == []
        with database.read() as connection:
            found = suggestions.offer_of(connection, message)
            assert found is not None
            assert suggestions.get_offer(connection, found.id) == found
        assert (found.suggestions, found.seq, found.client_text) == (SHOWN, 1, "вопрос")

    def _offer(self, database: Database, view: ConversationView, message: int) -> None:
        with database.write() as connection:
            offer(connection, view, message)

    def test_only_conversations_with_an_operator_and_without_an_offer_are_due(self, database: Database) -> None:
        with database.write() as connection:
            asked(connection)  # it waits: whoever opens it gets an offer made then
            held, _ = asked(connection, "operator")
            asked(connection, "bot")
            done, message = asked(connection, "operator")
            offer(connection, done, message)
            newest = suggestions.newest_ids(connection)
        with database.read() as connection:
            assert sorted(suggestions.without_offer(connection, 0, 0, 10)) == [held.id]
            assert suggestions.without_offer(connection, *newest, 10) == []

    def test_a_conversation_moves_on_when_a_person_speaks(self, database: Database) -> None:
        with database.write() as connection:
            view, _ = asked(connection)
            messages.add_replies(
                connection, conversation_id=view.id or 0, first_seq=2, channel=view.channel,
                replies=[messages.Reply("бот")], state=None, now=NOON,
            )  # fmt: skip
            assert not suggestions.moved_on(connection, view.id or 0, 1)
            key = say(connection, view, 3)
            assert suggestions.moved_on(connection, view.id or 0, 1)
            assert not suggestions.moved_on(connection, view.id or 0, 1, but=key)

    def test_an_outcome_happens_once(self, database: Database) -> None:
        with database.write() as connection:
            made = offer(connection, *asked(connection))

        def write() -> int:
            with database.write() as connection:
                new = NewOutcome(
                    f"close/{made.id}", made, OutcomeKind.EDITED, 1, 2.5, SHOWN[0], 5, final_text=HARD_TEXT
                )
                return suggestions.add_outcome(connection, new, NOON)

        done = at_once(*[write] * 3)
        assert len(raised(done, IntegrityError)) == 2
        with database.read() as connection:
            (row,) = exports.suggestion_outcomes(connection)
            found = suggestions.outcome_of_reply(connection, 5)
        assert (row["final"], row["score"], row["seconds"], row["outcome"]) == (HARD_TEXT, 0.75, 2.5, "edited")
        assert found is not None
        with database.write() as connection:
            suggestions.forget(connection, [made.conversation_id])
        with database.read() as connection:
            (after,) = exports.suggestion_outcomes(connection)
            assert suggestions.get_offer(connection, made.id) is None
        assert (after["final"], after["score"]) == (None, 0.75)

    def test_a_lesson_is_read_back_as_it_was_learned(self, database: Database) -> None:
        with database.write() as connection:
            reply = past_replies.add(connection, lesson(1), None)
            assert past_replies.add(connection, lesson(2), reply) == reply
            past_replies.count(connection, reply, "accepted")
            past_replies.count(connection, 10**6, "accepted")
        with database.read() as connection:
            (kept,) = past_replies.changed_replies(connection, 0)
            both = past_replies.changed_questions(connection, 0)
            erased, changed = past_replies.version(connection)
            assert past_replies.changed_questions(connection, changed) == []
        assert (kept.given, kept.accepted, kept.operator, kept.given_at) == (2, 1, None, NOON)
        assert [(row.question, row.vector) for row in both] == [(HARD_TEXT, bytes(range(256)))] * 2
        assert erased == 0

    def test_changes_are_numbered_without_a_gap_or_a_double(self, database: Database) -> None:
        def learn(number: int) -> int:
            with database.write() as connection:
                return past_replies.add(connection, lesson(number, reply_hash=str(number)), None)

        done = at_once(*[lambda n=n: learn(n) for n in range(1, 7)])
        assert unexpected(done) == []
        with database.read() as connection:
            numbers = [row.changed for row in past_replies.changed_replies(connection, 0)]
            assert past_replies.version(connection) == (0, 6)
        assert numbers == [1, 2, 3, 4, 5, 6]

    def test_what_one_worker_reads_no_other_does(self, database: Database) -> None:
        def claim() -> bool:
            with database.write() as connection:
                return past_replies.claim(connection, 0, 9)

        assert sorted(at_once(*[claim] * 4)) == [False, False, False, True]

    def test_a_forgotten_client_leaves_nothing(self, database: Database) -> None:
        with database.write() as connection:
            one = past_replies.add(connection, lesson(1, client_id=1, reply="их слова"), None)
            past_replies.add(connection, lesson(2, client_id=2, reply="другие слова"), one)
            past_replies.add(connection, lesson(3, client_id=1), None)
            assert past_replies.forget(connection, 1) == 2
        with database.read() as connection:
            assert [row.reply for row in past_replies.changed_replies(connection, 0)] == ["другие слова"]
            assert past_replies.version(connection)[0] == 1

    def test_a_canned_reply_is_unique_in_its_scope_and_changed_by_compare_and_set(self, database: Database) -> None:
        values = {"shortcut": "/a", "title": HARD_TEXT, "text_ru": HARD_TEXT, "text_en": None, "department": None,
                  "tags": ["x"]}  # fmt: skip
        with database.write() as connection:
            key = canned.add(connection, None, "boss", values, NOON)
            canned.add(connection, 7, "anna", values, NOON)
        with pytest.raises(Conflict), database.write() as connection:
            canned.add(connection, None, "boss", values, NOON)
        with database.write() as connection:
            assert canned.change(connection, key, 1, "boss", values | {"title": "b"}, NOON)
            assert not canned.change(connection, key, 1, "boss", values, NOON)
        with database.read() as connection:
            shared, own = canned.of_scopes(connection, None, 7)
        assert (shared.title, shared.version, shared.owner, own.owner) == ("b", 2, None, 7)
        assert own.text == {"ru": HARD_TEXT}

    def test_imports_at_once_serve_one_whole_set(self, database: Database) -> None:
        few = _few_articles()
        done = at_once(*[lambda: import_articles(database, few, NOON)] * 3)
        assert unexpected(done) == []
        assert len({each.version for each in done}) == 1
        with database.read() as connection:
            served = articles.all_served(connection)
            newest = articles.latest_versions(connection)
        assert set(served) == set(newest) == {(each.id, each.language) for each in few}
        assert {each.number for each in newest.values()} == {1}
        assert all(each.serving for each in newest.values())

    def test_a_number_of_a_version_is_written_once(self, database: Database) -> None:
        def write() -> None:
            with database.write() as connection:
                articles.add_version(
                    connection, ("a", "ru"), 1, state="draft", source=HARD_TEXT, content=None, author=uuid4().hex,
                    comment=None, now=NOON,
                )  # fmt: skip

        done = at_once(*[write] * 3)
        assert len(raised(done, Conflict)) == 2
        with database.read() as connection:
            (version,) = articles.versions_of(connection, ("a", "ru"))
        assert (version.source, version.serving, version.title) == (HARD_TEXT, False, None)
