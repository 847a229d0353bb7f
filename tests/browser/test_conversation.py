"""A whole conversation in Russian through the widget, with the real service and an operator behind it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from service.bench.server import Server, running_server
from service.preparation import open_database
from service.settings import Settings
from service.storage import staff
from service.storage.staff import Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SENT = re.compile("доставлено|прочитано")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server of this module writes."""
    return tmp_path_factory.mktemp("conversation")


@pytest.fixture(scope="module")
def service(folder: Path, trained_model: Path) -> Iterator[Server]:
    """`otklik serve` as a process, with the demo page and explanations on."""
    settings = Settings(var_dir=folder, model_dir=trained_model)
    with running_server(settings, folder, OTKLIK_DEMO_SITE="true", OTKLIK_EXPLAIN="true") as server:
        yield server


@pytest.fixture
def operator(folder: Path, service: Server) -> Iterator[httpx.Client]:
    """Anna, who sees every department."""
    database = open_database(Settings(var_dir=folder))
    with database.write() as connection:
        _, token = staff.add(connection, f"anna-{uuid4().hex[:6]}", "Анна", Role.OPERATOR, (), datetime.now(UTC))
    database.close()
    with httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {token}"}, timeout=10) as client:
        yield client


class Visitor:
    """A person at the widget."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)
        self.at(".launcher").click()
        expect(self.at(".bot .bubble").first).to_contain_text("Здравствуйте")

    def at(self, selector: str, has_text: str | re.Pattern[str] | None = None) -> Locator:
        """Something inside the chat."""
        return self.page.locator(f"#otklik {selector}", has_text=has_text)

    def say(self, text: str) -> None:
        """Write and press Enter."""
        self.at("textarea").fill(text)
        self.page.keyboard.press("Enter")

    @property
    def last_answer(self) -> Locator:
        """The last thing the bot said."""
        return self.at(".bot .bubble").last


def test_a_conversation_from_greeting_to_an_operators_live_reply(
    page: Page, service: Server, operator: httpx.Client
) -> None:
    visitor = Visitor(page, service.url)

    visitor.say("Добрый день!")
    expect(visitor.last_answer).to_contain_text("Чем помочь")

    visitor.say("Как перевести деньги по номеру телефона?")
    expect(visitor.last_answer).to_contain_text("Это помогло?")
    expect(visitor.last_answer).to_contain_text("По номеру телефона")

    visitor.say("перевод")
    expect(visitor.last_answer).to_contain_text(re.compile("Хочу ответить точно|Это помогло"))
    topics = visitor.at(".chip:not(:disabled)")
    offered = [text for text in topics.all_inner_texts() if text != "Позвать специалиста"]
    assert offered
    said = visitor.at(".bot .bubble").count()
    topics.first.click()
    expect(visitor.at(".bot .bubble")).not_to_have_count(said)

    visitor.say("у меня кот рожает помогите")
    expect(visitor.last_answer).to_contain_text(re.compile("отвечаю на вопросы о банке|Хочу ответить точно"))
    visitor.say("кот говорю рожает, что делать то")
    expect(visitor.last_answer).to_contain_text("зову человека")

    waiting = operator.get("/api/v1/queue").json()["conversations"]
    (entry,) = [each for each in waiting if "кот" in each["last_text"]]
    assert entry["reason"] == "not_understood"
    assert any("кот рожает" in line for line in entry["summary"]["client_said"])
    number = entry["conversation"]
    assert operator.post(f"/api/v1/conversations/{number}/take").json()["state"] == "operator"
    operator.post(f"/api/v1/conversations/{number}/typing", json={"on": True})
    expect(visitor.at(".typing")).to_contain_text("печатает")
    reply = {"id": str(uuid4()), "text": "Здравствуйте, это Анна. С котом не помогу, но позвоните ветеринару :)"}
    assert operator.post(f"/api/v1/conversations/{number}/reply", json=reply).status_code == httpx.codes.CREATED
    expect(visitor.at(".operator .bubble").last).to_contain_text("это Анна")

    before = visitor.at(".bot .bubble").count()
    visitor.say("спасибо вам")
    expect(visitor.at(".client .meta [role=img]").last).to_have_attribute(
        "aria-label", re.compile("доставлено|прочитано")
    )
    assert visitor.at(".bot .bubble").count() == before  # the bot does not talk over a person

    page.reload()
    visitor.at(".launcher").click() if visitor.at("textarea").count() == 0 else None
    expect(visitor.at(".operator .bubble").last).to_contain_text("это Анна")


def test_an_ambiguous_word_is_clarified_by_a_button(page: Page, service: Server) -> None:
    visitor = Visitor(page, service.url)
    visitor.say("у меня вопрос по комиссии")
    expect(visitor.last_answer).to_contain_text("Хочу ответить точно")
    topic = visitor.at(".chip:not(:disabled)").first
    label = topic.inner_text()
    topic.click()
    expect(visitor.at(".client .bubble").last).to_have_text(label)
    expect(visitor.last_answer).to_contain_text("Это помогло?")


def test_the_demo_shows_what_was_understood(page: Page, service: Server) -> None:
    visitor = Visitor(page, service.url)
    page.get_by_label("Показывать, как понято").check()
    visitor.say("карту потерял в такси!!!")
    expect(visitor.at("[role=note]", has_text="Как понято").first).to_contain_text("Карта потеряна или украдена")
    expect(visitor.last_answer).to_contain_text("вне очереди")
