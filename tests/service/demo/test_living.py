"""The demo's clients: stories told by the clock, answers waited for, the queue never flooded."""

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest

from models.taxonomy import load_taxonomy
from service import desk
from service.demo import living
from service.demo.living import After, Line, LivingDemo, Story, load_stories
from service.model_shelf import load_model
from service.office import Office
from service.settings import Settings
from service.visits import read_visit
from service.worker import answer_bursts
from tests.service.conftest import Clock
from tests.service.databases import make_tables
from tests.service.small_office import hire, open_small_office

PERSON = "позовите оператора"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(tmp_path: Path, trained_model: Path, clock: Clock) -> Iterator[Office]:
    settings = Settings(var_dir=tmp_path, log_level="WARNING")
    make_tables(settings)
    model = load_model(trained_model, load_taxonomy(Settings().taxonomy))
    opened = open_small_office(settings, clock, model)
    yield opened
    opened.close()


def story(*lines: Line) -> Story:
    return Story("Вера", "ru", lines)


def pass_time(demo: LivingDemo, office: Office, clock: Clock, seconds: int) -> int:
    """Let that many seconds pass, one step each; the bot answers as the worker would make it."""
    said = 0
    for _ in range(seconds):
        clock.move(seconds=1)
        answer_bursts(office)
        said += demo.step()
    return said


def the_client(demo: LivingDemo) -> str:
    return demo._tellers[0].client


def test_there_are_enough_different_stories() -> None:
    stories = load_stories()
    assert len(stories) >= 25
    assert len({each.name for each in stories}) == len(stories)
    assert len({each.lines[0].text for each in stories}) == len(stories)
    assert {each.language for each in stories} == {"ru", "en"}
    assert all(any(line.after is After.OPERATOR for line in each.lines) for each in stories)
    assert all(each.lines[0].after is After.PAUSE for each in stories)


def test_a_line_waits_for_the_answer_it_replies_to(office: Office, clock: Clock) -> None:
    told = story(Line(PERSON, After.PAUSE), Line("Спасибо!", After.OPERATOR))
    demo = LivingDemo(office, (told,), random.Random(1))
    pass_time(demo, office, clock, 2)
    client = the_client(demo)
    assert pass_time(demo, office, clock, 9) == 0  # in all less than 20 s, when the next client comes
    anna, _ = hire(office, "anna")
    conversation = desk.list_inbox(anna, office).entries[0].conversation_id
    desk.take(conversation, anna, office)
    assert pass_time(demo, office, clock, 7) == 0  # «Анна is here» is no answer
    desk.reply(conversation, anna, office, key=uuid4().hex, text="Разобралась, всё вернётся завтра.")
    pass_time(demo, office, clock, 16)
    assert [each.text for each in read_visit(client, office).messages if each.author == "client"] == [
        PERSON, "Спасибо!",
    ]  # fmt: skip


def test_the_queue_is_never_flooded(office: Office, clock: Clock) -> None:
    demo = LivingDemo(office, (story(Line(PERSON, After.PAUSE)),), random.Random(2))
    pass_time(demo, office, clock, 1000)
    anna, _ = hire(office, "anna")
    waiting = desk.list_inbox(anna, office).entries
    assert len(waiting) == living.MOST_OPEN
    desk.close(waiting[0].conversation_id, anna, office)
    pass_time(demo, office, clock, 60)
    assert len(desk.list_inbox(anna, office).entries) == living.MOST_OPEN


def test_clients_come_twenty_to_forty_seconds_apart(office: Office, clock: Clock) -> None:
    demo = LivingDemo(office, (story(Line("Здравствуйте", After.PAUSE), Line("?", After.OPERATOR)),), random.Random(3))
    seen = []
    for second in range(200):
        clock.move(seconds=1)
        demo.step()
        if len(demo._tellers) > len(seen):
            seen.append(second)
    apart = [later - earlier for earlier, later in pairwise(seen)]
    assert len(seen) >= 5
    assert all(20 <= each <= 41 for each in apart)


def test_who_waits_for_a_person_does_not_go_on_with_the_bot(office: Office, clock: Clock) -> None:
    told = story(Line(PERSON, After.PAUSE), Line("а сколько ждать", After.BOT))
    demo = LivingDemo(office, (told,), random.Random(4))
    pass_time(demo, office, clock, 19)
    client = the_client(demo)
    assert [each.text for each in read_visit(client, office).messages if each.author == "client"] == [PERSON]
