"""From what was not understood to a topic, an intent, an article."""

import threading
from collections.abc import Callable

import pytest

from service import editing, labelling
from service.demo.unclear import seed_unclear
from service.errors import Forbidden, NotFound
from service.events import TOPICS_TOPIC
from service.labelling import discovering
from service.labelling.weighing import weigh_due
from service.office import Office
from service.storage import understood
from service.storage.staff import Role, StaffMember
from tests.service.conftest import Client, Clock
from tests.service.labelling.conftest import collected
from tests.service.small_office import hire


@pytest.fixture
def asked(office: Office, anna: StaffMember) -> Office:
    """An office whose clients asked what the demo's clients ask."""
    seed_unclear(office, {"anna": anna})
    return office


def test_a_topic_is_found_named_and_made_an_intent(asked: Office, vera: StaffMember) -> None:
    assert labelling.find_topics(vera, asked) >= 1
    topic = next(each for each in labelling.list_topics(vera, asked) if "темную" in each.words)
    assert topic.size >= 10
    assert topic.growth > 0
    messages = labelling.messages_of(topic.id, vera, asked)
    labelling.add_intent(
        "app_theme", vera, asked, department="digital", title={"ru": "Тёмная тема"}, about={"ru": "Оформление"},
        messages=[each.id for each in messages],
    )  # fmt: skip
    labelling.settle(topic.id, "intent", vera, asked)
    assert topic.id not in {each.id for each in labelling.list_topics(vera, asked)}
    with pytest.raises(NotFound, match="decided"):
        labelling.settle(topic.id, "dismissed", vera, asked)
    labelling.find_topics(vera, asked)  # what is labelled is not found again
    labelled = {each.id for each in messages}
    for left in labelling.list_topics(vera, asked):
        assert not labelled & {each.id for each in labelling.messages_of(left.id, vera, asked)}


def test_a_search_goes_on_without_whoever_began_it_and_there_is_one_at_a_time(
    asked: Office, vera: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, told = threading.Event(), threading.Semaphore(0)
    monkeypatch.setattr(asked.events, "publish", lambda topic: told.release() if topic == TOPICS_TOPIC else None)
    monkeypatch.setattr(discovering, "known_examples", lambda _: go.wait(10) and None)
    begun = labelling.begin_search(vera, asked)
    boss, _ = hire(asked, "boss", role=Role.SUPERVISOR)
    assert labelling.begin_search(boss, asked) == begun == labelling.search_in_progress(boss, asked)
    assert labelling.list_topics(vera, asked) == []
    go.set()
    assert all(told.acquire(timeout=10) for _ in range(2))
    assert labelling.search_in_progress(boss, asked) is None
    assert labelling.list_topics(boss, asked)


def test_a_search_that_fails_says_so_keeps_what_was_found_and_can_be_begun_again(
    asked: Office, vera: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert labelling.find_topics(vera, asked)
    before, told = labelling.list_topics(vera, asked), threading.Semaphore(0)
    monkeypatch.setattr(asked.events, "publish", lambda _: told.release())

    def break_down(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(discovering.topics, "add", break_down)
        labelling.begin_search(vera, asked)
        assert all(told.acquire(timeout=20) for _ in range(2))
    failed = labelling.search_in_progress(vera, asked)
    assert failed is not None
    assert failed.failed
    assert labelling.list_topics(vera, asked) == before
    labelling.begin_search(vera, asked)
    assert all(told.acquire(timeout=20) for _ in range(2))
    assert labelling.search_in_progress(vera, asked) is None


def test_nothing_is_found_among_few_messages(office: Office, vera: StaffMember, client: Client, clock: Clock) -> None:
    client.ask("абракадабра шмурдяк кукарача")
    collected(office, clock)
    assert labelling.find_topics(vera, office) == 0
    assert labelling.list_topics(vera, office) == []


def test_a_whole_topic_can_be_out_of_scope(asked: Office, vera: StaffMember) -> None:
    labelling.find_topics(vera, asked)
    topic = labelling.list_topics(vera, asked)[0]
    ids = [each.id for each in labelling.messages_of(topic.id, vera, asked)]
    assert labelling.label_all([*ids, 999_999], ["out_of_scope"], vera, asked) == len(ids)
    assert labelling.list_topics(vera, asked) == labelling.list_topics(vera, asked)
    assert topic.id not in {each.id for each in labelling.list_topics(vera, asked)}


def test_a_gap_is_shown_with_what_operators_reply_and_becomes_a_draft(
    asked: Office, vera: StaffMember, anna: StaffMember
) -> None:
    (view,) = [each for each in labelling.list_gaps(vera, asked, "ru") if each.gap.intent == "card_abroad"]
    assert view.gap.bad >= 5
    assert view.replies[0].startswith("В этой стране")
    made = labelling.propose_article("card_abroad", "ru", vera, asked)
    sofia = hire(asked, "sofia", role=Role.SUPERVISOR)[0]
    (draft,) = [each for each in editing.list_articles(sofia, asked) if each.article_id == made]
    assert (draft.state, draft.serving, draft.author) == ("draft", None, "vera")
    assert labelling.propose_article("card_abroad", "ru", vera, asked) != made
    with pytest.raises(NotFound, match="not answered"):
        labelling.propose_article("card_abroad", "en", vera, asked)


def test_what_is_asked_often_is_worth_more(
    office: Office, new_client: Callable[..., Client], clock: Clock, vera: StaffMember
) -> None:
    texts = ["где скачать музыку для рингтона", *["почему в приложении нет тёмной темы"] * 4]
    for text in texts:
        new_client().ask(text)
    collected(office, clock)
    assert weigh_due(office) == 5
    assert weigh_due(office) == 0
    with office.database.read() as connection:
        alike = {row.text: row.alike for row in understood.stream_all(connection)}
    assert alike["почему в приложении нет тёмной темы"] == 4
    assert alike["где скачать музыку для рингтона"] == 1


def test_a_doubted_example_is_reviewed_and_relabelled_for_the_next_training(
    office: Office, vera: StaffMember
) -> None:  # fmt: skip
    suspect = {
        "text": "как поменять пин", "label": "card_order", "language": "ru", "suggested": "card_pin",
        "confidence": 0.9, "own": 0.05, "file": "x", "line": 1, "twin": None,
    }  # fmt: skip
    assert labelling.queue_suspects([suspect], vera, office) == 1
    assert labelling.queue_suspects([suspect], vera, office) == 0
    (item,) = labelling.next_items(vera, office, worry="suspicious")
    assert item.example
    assert [guess.intent for guess in item.ranking] == ["card_pin", "card_order"]
    assert labelling.label(item.id, ["card_pin"], vera, office).label == ("card_pin",)


def test_those_who_serve_clients_may_not_look_for_topics(office: Office, anna: StaffMember) -> None:
    for work in (labelling.find_topics, labelling.list_topics, labelling.examine):
        with pytest.raises(Forbidden):
            work(anna, office)
