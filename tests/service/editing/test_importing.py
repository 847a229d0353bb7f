"""What an import of files leaves alone of what was edited here, and how other processes notice."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge_base.articles import load_any, load_articles
from service import editing
from service.errors import InvalidInput
from service.importing import import_articles, served_sources, write_served
from service.model_shelf import Model
from service.office import Office
from service.policies.importing import Fate
from service.settings import Settings
from service.storage import articles as shelf
from service.storage import records
from service.storage.staff import StaffMember
from tests.service.conftest import NOON, Clock
from tests.service.editing.conftest import FACTS, NEW, PIN, change, files


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
