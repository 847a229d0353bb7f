"""The owner's wording of the bot's sentences: checked, kept with who and when, said at once, taken back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from service import bot_texts, texts
from service.domain.staff import Role, StaffMember
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.office import Office
from service.policies.wording import fields_of
from service.storage import bot_texts as storage
from service.word_book import WordBook
from tests.service.staff.conftest import Hire
from tests.service.threads import at_once, raised, unexpected

GREETING = ("bot", "greeting", "ru")


@pytest.fixture(autouse=True)
def shipped_words() -> Iterator[None]:
    """Whatever a test words, the next one hears the shipped sentences."""
    yield
    texts.use({})


def test_the_owners_words_are_said_at_once_and_in_their_language_only(office: Office, admin: StaffMember) -> None:
    after = bot_texts.change_text(*GREETING, "Привет! Это ваш банк.", admin, office, version=0)
    assert (after.own, after.version, after.author) == ("Привет! Это ваш банк.", 1, "root")
    assert texts.text("greeting", "ru") == "Привет! Это ваш банк."
    assert texts.text("greeting", "kk") == "Привет! Это ваш банк."
    assert texts.text("greeting", "en") == texts.table("bot", "en")["greeting"]


def test_fields_are_filled_into_the_owners_words(office: Office, admin: StaffMember) -> None:
    bot_texts.change_text("bot", "operator_joined", "ru", "С вами {name}!", admin, office, version=0)
    assert texts.text("operator_joined", "ru", name="Анна") == "С вами Анна!"


def test_the_shipped_words_come_back_and_the_former_ones_stay(office: Office, admin: StaffMember) -> None:
    bot_texts.change_text(*GREETING, "Раз", admin, office, version=0)
    bot_texts.change_text(*GREETING, "Два", admin, office, version=1)
    after = bot_texts.change_text(*GREETING, None, admin, office, version=2)
    assert after.own is None
    assert texts.text("greeting", "ru") == after.shipped
    former = bot_texts.read_text_versions(*GREETING, admin, office)
    assert [(each.number, each.words) for each in former] == [(3, None), (2, "Два"), (1, "Раз")]


def test_saving_the_same_words_again_writes_nothing(office: Office, admin: StaffMember) -> None:
    bot_texts.change_text(*GREETING, "Раз", admin, office, version=0)
    assert bot_texts.change_text(*GREETING, " Раз ", admin, office, version=1).version == 1


def test_who_was_slower_is_told_and_changes_nothing(office: Office, admin: StaffMember) -> None:
    bot_texts.change_text(*GREETING, "Раз", admin, office, version=0)
    with pytest.raises(Conflict) as told:
        bot_texts.change_text(*GREETING, "Два", admin, office, version=0)
    assert told.value.fields["author"] == "root"
    assert texts.text("greeting", "ru") == "Раз"


def test_of_two_at_once_one_wins(office: Office, admin: StaffMember) -> None:
    results = at_once(
        *(lambda words=words: bot_texts.change_text(*GREETING, words, admin, office, version=0) for words in "АБ")
    )
    assert not unexpected(results, Conflict)
    assert len(raised(results, Conflict)) == 1
    assert len(bot_texts.read_text_versions(*GREETING, admin, office)) == 1


@pytest.mark.parametrize(
    ("section", "key", "words", "reason"),
    [
        ("bot", "greeting", "  ", "words_empty"),
        ("bot", "greeting", "Привет, {name}", "words_no_fields"),
        ("bot", "greeting", "Привет {", "words_braces"),
        ("bot", "greeting", "я" * 100_000, "words_long"),
        ("bot", "operator_joined", "Подключается коллега.", "words_fields"),
        ("bot", "operator_joined", "{name} и {login}", "words_fields"),
        ("bot", "operator_joined", "{name.__class__}", "words_braces"),
        ("bot", "operator_joined", "{name!r:>9999999}", "words_braces"),
        ("bot", "operator_joined", "{name} {{}}", "words_braces"),
        ("buttons", "yes", "Да, мне это очень помогло, спасибо вам", "words_long_button"),
    ],
)
def test_words_that_can_not_be_said_are_refused_with_the_reason(
    section: str, key: str, words: str, reason: str, office: Office, admin: StaffMember
) -> None:
    with pytest.raises(InvalidInput) as told:
        bot_texts.change_text(section, key, "ru", words, admin, office, version=0)
    assert told.value.fields["reason"] in (reason, "words_no_fields")
    assert texts.text("greeting", "ru") == texts.table("bot", "ru")["greeting"]


@pytest.mark.parametrize("place", [("commands", "menu", "ru"), ("bot", "nothing", "ru"), ("bot", "greeting", "de")])
def test_what_is_no_sentence_of_the_bot_is_not_found(
    place: tuple[str, str, str], office: Office, admin: StaffMember
) -> None:
    with pytest.raises(NotFound):
        bot_texts.change_text(*place, "Привет", admin, office, version=0)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.ML])
def test_only_administrators_word_the_bot(role: Role, office: Office, hire: Hire) -> None:
    with pytest.raises(Forbidden):
        bot_texts.change_text(*GREETING, "Привет", hire("anna", role=role), office, version=0)
    with pytest.raises(Forbidden):
        bot_texts.list_texts(hire("boris", role=role), office)


def test_saying_something_asks_no_database(office: Office, admin: StaffMember) -> None:
    bot_texts.change_text(*GREETING, "Раз", admin, office, version=0)
    asked: list[str] = []
    event.listen(office.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert texts.text("greeting", "ru") == "Раз"
    assert not asked


def test_another_process_hears_of_it_when_it_looks(office: Office, admin: StaffMember) -> None:
    elsewhere = WordBook(office.database)
    with office.database.write() as connection:
        storage.add(connection, GREETING, 1, "Из другого процесса", "root", office.clock())
    assert texts.text("greeting", "ru") != "Из другого процесса"
    elsewhere.load()
    assert texts.text("greeting", "ru") == "Из другого процесса"


def test_every_sentence_is_listed_and_its_preview_has_no_field_left(office: Office, admin: StaffMember) -> None:
    listed = bot_texts.list_texts(admin, office)
    assert {each.language for each in listed} == set(texts.LANGUAGES)
    assert any(each.is_button for each in listed)
    for each in listed:
        said = bot_texts.preview_text(each.section, each.key, each.language, each.shipped, office)
        assert not fields_of(said)
