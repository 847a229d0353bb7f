"""Editing the knowledge base: who may, versions, two at once, checks, previews, and what an import leaves alone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge_base.article import Article
from knowledge_base.articles import load_any, load_articles
from service import editing
from service.domain.messages import InboundMessage
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.importing import import_articles, served_sources, write_served
from service.inbox import handle_message
from service.model_shelf import Model
from service.office import Office
from service.policies.importing import Fate
from service.settings import Settings
from service.storage import articles as shelf
from service.storage import records
from service.storage.staff import Role, StaffMember
from tests.service.conftest import NOON, Clock
from tests.service.databases import sqlite_url
from tests.service.small_office import hire, open_small_office
from tests.service.threads import at_once, raised, unexpected

PIN = "card-pin"
FACTS = Settings().facts.read_text(encoding="utf-8")
NEW = """---
id: gift-card
language: ru
title: Подарочная карта
intents: [card_order]
questions:
  - можно купить подарочную карту
  - как подарить карту другу
---
Подарочную карту оформляют в отделении за {cards.check_time}. Вставьте \\{name} сами.

## email
Подарочную карту оформляют в отделении. Возьмите паспорт.
"""


@pytest.fixture
def office(tmp_path: Path, clock: Clock, model: Model) -> Iterator[Office]:
    """A small office."""
    sqlite_url(tmp_path)
    opened = open_small_office(Settings(var_dir=tmp_path, log_level="WARNING"), clock, model)
    yield opened
    opened.close()


@pytest.fixture
def boss(office: Office) -> StaffMember:
    """A supervisor."""
    return hire(office, "boss", role=Role.SUPERVISOR)[0]


@pytest.fixture
def anna(office: Office) -> StaffMember:
    """An operator."""
    return hire(office, "anna")[0]


def source_of(office: Office, who: StaffMember, article: str = PIN) -> str:
    """The newest source, without buttons to articles that a small office lacks."""
    source = editing.read_versions(article, "ru", who, office)[0].source
    return re.sub(r"\nbuttons:\n(?:[ -].*\n)+?(?=---|\w)", "\n", source)


def change(office: Office, who: StaffMember, base: int, text: str = "Изменено.", article: str = PIN) -> editing.Saved:
    """Save and publish another wording."""
    source = source_of(office, who, article) + f"\n{text}"
    editing.save_draft(article, "ru", who, office, source=source, base=base)
    return editing.publish(article, "ru", base + 1, who, office)


def files() -> list[Article]:
    """The articles of the files."""
    shipped = Settings()
    return [each for each in load_any(shipped.articles, shipped.facts) if each.id in (PIN, "card-declined")]


def test_an_import_leaves_versions_with_facts_by_name(office: Office, boss: StaffMember) -> None:
    (version,) = editing.read_versions(PIN, "ru", boss, office)
    assert (version.number, version.state, version.author, version.serving) == (1, "published", "import", True)
    assert "{" in version.source
    assert version.content is not None


def test_draft_publish_withdraw_restore(office: Office, boss: StaffMember) -> None:
    served = office.knowledge.get(PIN, "ru")
    saved = editing.save_draft(
        PIN, "ru", boss, office, source=source_of(office, boss) + "\nНовое.", base=1, comment="x"
    )
    assert (saved.version.state, saved.version.serving, saved.version.comment) == ("draft", False, "x")
    assert office.knowledge.get(PIN, "ru") == served
    published = editing.publish(PIN, "ru", 2, boss, office)
    assert published.version.serving
    now = office.knowledge.get(PIN, "ru")
    assert now is not None
    assert now.answer.endswith("Новое.")
    assert "{" not in now.answer
    editing.withdraw(PIN, "ru", boss, office, base=2)
    gone = office.knowledge.get(PIN, "ru")
    assert gone is None or gone.language != "ru"
    assert editing.read_versions(PIN, "ru", boss, office)[0].state == "withdrawn"
    editing.restore(PIN, "ru", 2, boss, office, base=2)
    again = office.knowledge.get(PIN, "ru")
    assert again == now
    assert [each.number for each in editing.read_versions(PIN, "ru", boss, office)] == [3, 2, 1]
    assert [each.serving for each in editing.read_versions(PIN, "ru", boss, office)] == [True, False, False]


def test_publishing_again_changes_nothing(office: Office, boss: StaffMember) -> None:
    change(office, boss, 1)
    version = office.knowledge._shelf.version
    assert editing.publish(PIN, "ru", 2, boss, office).version.serving
    assert office.knowledge._shelf.version == version


def test_a_new_article_is_written_here_and_found(office: Office, boss: StaffMember) -> None:
    saved = editing.save_draft("gift-card", "ru", boss, office, source=NEW, base=0)
    assert not [each for each in saved.problems if each.severity == "error"]
    editing.publish("gift-card", "ru", 1, boss, office)
    article = office.knowledge.get("gift-card", "ru")
    assert article is not None
    assert "{name}" in article.answer
    assert "cards." not in article.answer
    entry = next(each for each in editing.list_articles(boss, office) if each.article_id == "gift-card")
    assert (entry.state, entry.serving, entry.newest, entry.edited_here, entry.author) == (
        "published",
        1,
        1,
        True,
        "boss",
    )


def test_operators_propose_and_supervisors_decide(office: Office, anna: StaffMember, boss: StaffMember) -> None:
    editing.save_draft(PIN, "ru", anna, office, source=source_of(office, anna) + "\nСовет.", base=1)
    for act in (
        lambda: editing.publish(PIN, "ru", 2, anna, office),
        lambda: editing.withdraw(PIN, "ru", anna, office, base=2),
        lambda: editing.restore(PIN, "ru", 1, anna, office, base=2),
    ):
        with pytest.raises(Forbidden):
            act()
    reader, _ = hire(office, "reader", role=Role.ML)
    with pytest.raises(Forbidden):
        editing.list_articles(reader, office)
    published = editing.publish(PIN, "ru", 2, boss, office)
    assert (published.version.author, published.version.changed_by) == ("anna", "boss")


def test_of_two_edits_at_once_one_is_told_with_both_texts(office: Office, anna: StaffMember, boss: StaffMember) -> None:
    mine, theirs = source_of(office, boss) + "\nМой.", source_of(office, boss) + "\nИх."
    both = at_once(
        lambda: editing.save_draft(PIN, "ru", boss, office, source=mine, base=1),
        lambda: editing.save_draft(PIN, "ru", anna, office, source=theirs, base=1),
    )
    (conflict,) = raised(both, Conflict)
    assert unexpected(both, Conflict) == []
    assert isinstance(conflict, Conflict)
    assert {conflict.fields["newest_source"], conflict.fields["your_source"]} == {mine, theirs}
    assert conflict.fields["newest"] == 2


def test_a_stale_page_publishes_withdraws_and_restores_nothing(office: Office, boss: StaffMember) -> None:
    change(office, boss, 1)
    for act in (
        lambda: editing.publish(PIN, "ru", 1, boss, office),
        lambda: editing.withdraw(PIN, "ru", boss, office, base=1),
        lambda: editing.restore(PIN, "ru", 1, boss, office, base=1),
        lambda: editing.save_draft(PIN, "ru", boss, office, source=NEW.replace("gift-card", PIN), base=1),
    ):
        with pytest.raises(Conflict):
            act()
    assert editing.read_versions(PIN, "ru", boss, office)[0].serving


def test_publishing_twice_at_once_serves_it_once(office: Office, boss: StaffMember) -> None:
    editing.save_draft(PIN, "ru", boss, office, source=source_of(office, boss) + "\nНовое.", base=1)
    done = at_once(*[lambda: editing.publish(PIN, "ru", 2, boss, office)] * 3)
    assert unexpected(done) == []
    assert [each.serving for each in editing.read_versions(PIN, "ru", boss, office)] == [True, False]


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ("нет заголовка", "front matter"),
        (NEW.replace("{cards.check_time}", "{cards.no_such}"), "unknown fact"),
        (NEW.replace("в отделении", "в отделении " * 100), "at most 600"),
        (NEW.replace("intents: [card_order]", "intents: [no_such]"), "unknown intent"),
        (NEW.replace("как подарить карту другу", "забыл пин-код, где его посмотреть"), ""),
        (NEW.replace("---\nПод", "valid_from: 2026-12-01\nvalid_to: 2026-01-01\n---\nПод"), "is before"),
        (NEW.replace("---\nПод", "buttons:\n  - {text: Туда, article: nowhere}\n---\nПод"), "missing article"),
    ],
)
def test_a_broken_article_is_kept_as_a_draft_and_not_published(
    broken: str, what: str, office: Office, boss: StaffMember
) -> None:
    if not what:  # a question of another article, word for word
        article = office.knowledge.get(PIN, "ru")
        assert article is not None
        broken, what = NEW.replace("как подарить карту другу", article.questions[0]), "also a question of"
    saved = editing.save_draft("gift-card", "ru", boss, office, source=broken, base=0)
    assert any(what in each.what for each in saved.problems)
    with pytest.raises(InvalidInput, match="can't be published") as refused:
        editing.publish("gift-card", "ru", 1, boss, office)
    assert any(what in each for each in refused.value.fields["problems"])
    assert office.knowledge.get("gift-card", "ru") is None


@pytest.mark.parametrize("source", ["x" * 200_000, NEW + "\x00", NEW + "\ud800"])
def test_what_no_text_has_is_refused(source: str, office: Office, boss: StaffMember) -> None:
    with pytest.raises(InvalidInput):
        editing.save_draft("gift-card", "ru", boss, office, source=source, base=0)


@pytest.mark.parametrize(
    ("article", "language"), [("../etc", "ru"), ("", "ru"), ("a" * 100, "ru"), ("gift-card", "fr")]
)
def test_an_id_is_an_id(article: str, language: str, office: Office, boss: StaffMember) -> None:
    with pytest.raises(InvalidInput):
        editing.save_draft(article, language, boss, office, source=NEW, base=0)
    with pytest.raises(NotFound):
        editing.read_versions(article, language, boss, office)


def test_an_article_stays_itself(office: Office, boss: StaffMember) -> None:
    with pytest.raises(InvalidInput, match="can't be changed"):
        editing.save_draft(PIN, "ru", boss, office, source=NEW, base=1)


def test_the_preview_is_what_clients_get(office: Office, boss: StaffMember, clock: Clock) -> None:
    shown = editing.preview("gift-card", "ru", NEW, boss, office)
    assert set(shown.replies) == {"web", "messenger", "email"}
    assert shown.replies["email"][0].text.startswith("Подарочную карту оформляют в отделении. Возьмите паспорт.")
    assert shown.replies["web"][0].buttons
    assert office.knowledge.get("gift-card", "ru") is None
    assert editing.preview("gift-card", "ru", "---", boss, office).replies == {}


def test_which_questions_would_hit_shows_the_place_before_and_after(
    office: Office, boss: StaffMember, clock: Clock
) -> None:
    for number, text in enumerate(("хочу подарочную карту для мамы +7 916 123-45-67", "как снять деньги в банкомате")):
        handle_message(InboundMessage("web", f"m{number}", f"c{number}", text), office)
    hits = editing.find_hits("gift-card", "ru", NEW, boss, office)
    own = [hit for hit in hits if hit.own]
    assert [hit.after for hit in own] == [1, 1]
    assert [hit.before for hit in own] == [None, None]
    written = next(hit for hit in hits if "подарочную" in hit.question and not hit.own)
    assert (written.before, written.after) == (None, 1)
    assert "916" not in written.question
    limited, _ = hire(office, "loans", "loans", role=Role.SUPERVISOR)
    assert all(hit.own for hit in editing.find_hits("gift-card", "ru", NEW, limited, office))


def test_differences_are_shown_line_by_line(office: Office, boss: StaffMember) -> None:
    change(office, boss, 1, "Добавлено.")
    lines = editing.compare(PIN, "ru", 1, 2, boss, office)
    assert ("added", "Добавлено.") in [(each.kind, each.text) for each in lines]
    assert {each.kind for each in editing.compare(PIN, "ru", 2, 2, boss, office)} == {"same"}
    with pytest.raises(NotFound):
        editing.compare(PIN, "ru", 1, 9, boss, office)


def test_withdrawing_says_what_leads_nowhere_then(office: Office, boss: StaffMember) -> None:
    source = NEW.replace("---\nПод", f"buttons:\n  - {{text: Про ПИН, article: {PIN}}}\n---\nПод")
    editing.save_draft("gift-card", "ru", boss, office, source=source, base=0)
    editing.publish("gift-card", "ru", 1, boss, office)
    for language in ("en", "ru"):
        broken = editing.withdraw(PIN, language, boss, office, base=1)
    assert any(PIN in each.what and "gift-card" in each.file for each in broken)
    with pytest.raises((NotFound, Conflict)):
        editing.withdraw(PIN, "ru", boss, office, base=1)


# --- what an import leaves alone


def test_an_import_keeps_what_was_edited_here_and_says_so(office: Office, boss: StaffMember) -> None:
    change(office, boss, 1)
    report = import_articles(office.database, files(), NOON, facts=FACTS)
    assert (PIN, "ru") in report.kept
    assert report.fates["card-declined", "ru"] is Fate.SAME
    office.knowledge.load()
    article = office.knowledge.get(PIN, "ru")
    assert article is not None
    assert article.answer.endswith("Изменено.")
    forced = import_articles(office.database, files(), NOON, facts=FACTS, overwrite=True)
    assert forced.kept == []
    office.knowledge.load()
    article = office.knowledge.get(PIN, "ru")
    assert article is not None
    assert "Изменено" not in article.answer
    versions = editing.read_versions(PIN, "ru", boss, office)
    assert [each.number for each in versions] == [3, 2, 1]
    assert "Изменено" in versions[1].source


def test_an_import_does_not_bring_back_what_was_withdrawn_nor_drop_what_was_written_here(
    office: Office, boss: StaffMember
) -> None:
    editing.withdraw(PIN, "ru", boss, office, base=1)
    editing.save_draft("gift-card", "ru", boss, office, source=NEW, base=0)
    editing.publish("gift-card", "ru", 1, boss, office)
    report = import_articles(office.database, files(), NOON, facts=FACTS)
    assert {(PIN, "ru"), ("gift-card", "ru")} <= set(report.kept)
    assert report.fates["transfer-how-to", "ru"] is Fate.REMOVED
    back = import_articles(office.database, files(), NOON, facts=FACTS, overwrite=True)
    assert back.fates[PIN, "ru"] is Fate.ADDED
    assert back.fates["gift-card", "ru"] is Fate.REMOVED
    assert import_articles(office.database, files(), NOON, facts=FACTS).kept == []


def test_importing_again_changes_nothing(office: Office, boss: StaffMember) -> None:
    first = import_articles(office.database, files(), NOON, facts=FACTS)
    again = import_articles(office.database, files(), NOON, facts=FACTS)
    assert again.version == first.version
    assert set(again.fates.values()) == {Fate.SAME}
    assert len(editing.read_versions(PIN, "ru", boss, office)) == 1


def test_new_figures_reach_articles_that_were_edited_here(office: Office, boss: StaffMember) -> None:
    editing.save_draft("gift-card", "ru", boss, office, source=NEW, base=0)
    editing.publish("gift-card", "ru", 1, boss, office)
    facts = FACTS.replace("[cards]", "[cards]\ngift_days = 3", 1)
    editing.save_draft("gift-card", "ru", boss, office, source=NEW.replace("check_time", "gift_days"), base=1)
    with pytest.raises(InvalidInput):
        editing.publish("gift-card", "ru", 2, boss, office)
    import_articles(office.database, files(), NOON, facts=facts)
    editing.publish("gift-card", "ru", 2, boss, office)
    import_articles(office.database, files(), NOON, facts=facts.replace("gift_days = 3", "gift_days = 9"))
    office.knowledge.load()
    article = office.knowledge.get("gift-card", "ru")
    assert article is not None
    assert "за 9." in article.answer


def test_what_is_served_is_written_and_reads_back_the_same(office: Office, boss: StaffMember, tmp_path: Path) -> None:
    change(office, boss, 1)
    with office.database.read() as connection:
        found, facts = served_sources(connection), records.get_note(connection, shelf.FACTS)
    write_served(found, facts, tmp_path / "out")
    read = {(each.id, each.language): each for each in load_articles(tmp_path / "out")}
    assert read == {(each.id, each.language): each for each in office.knowledge.articles()}
    write_served(found, facts, tmp_path / "out.csv")
    assert len(load_any(tmp_path / "out.csv")) == len(found)
    report = import_articles(office.database, list(read.values()), NOON, facts=facts)
    assert report.kept == []


def test_a_database_from_before_versions_can_be_edited(office: Office, boss: StaffMember) -> None:
    with office.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM article_versions")
        connection.exec_driver_sql("UPDATE articles SET version = NULL")
    (first,) = editing.read_versions(PIN, "ru", boss, office)
    assert (first.number, first.serving) == (1, True)
    saved = change(office, boss, 1)
    assert saved.version.number == 2
    assert [each.number for each in editing.read_versions(PIN, "ru", boss, office)] == [2, 1]


def test_other_processes_notice(office: Office, boss: StaffMember, clock: Clock, model: Model, settings: Settings,
                                open_again: Callable[[], Office]) -> None:  # fmt: skip
    elsewhere = open_again()
    change(office, boss, 1)
    elsewhere.knowledge.load()
    article = elsewhere.knowledge.get(PIN, "ru")
    assert article == office.knowledge.get(PIN, "ru")
    assert replace(article or files()[0]).answer.endswith("Изменено.")
    elsewhere.close()


@pytest.fixture
def open_again(office: Office, clock: Clock, model: Model) -> Callable[[], Office]:
    """Another process on the same database."""
    from service.office import open_office

    return lambda: open_office(office.settings, clock=clock, model=model)
