"""`otklik knowledge import`: what is served is replaced as a whole or not at all."""

import shutil
from pathlib import Path

from service.settings import Settings
from service.storage import records
from service.storage.database import Database
from tests.service.commands.conftest import FEW_ARTICLES, Run


def served() -> tuple[str | None, list[str]]:
    """The version and the ids of the articles that are served."""
    database = Database(Settings().database)
    with database.read() as connection:
        version = records.get_note(connection, records.KNOWLEDGE_VERSION)
        ids = sorted(content["id"] for content in records.all_articles(connection))
    database.close()
    return version, ids


def test_importing_replaces_what_is_served(otklik: Run, few_articles: Path) -> None:
    otklik("migrate")
    otklik("knowledge", "import", few_articles, says="2 articles are served")
    assert served()[1] == ["pin", "transfer"]
    few_articles.write_text("\n".join(FEW_ARTICLES.splitlines()[:2]) + "\n", encoding="utf-8")
    otklik("knowledge", "import", few_articles)
    assert served()[1] == ["pin"]


def test_the_shipped_articles_are_imported_by_default_and_twice_is_the_same_version(otklik: Run) -> None:
    otklik("migrate")
    otklik("knowledge", "import")
    version, ids = served()
    assert len(ids) > 100
    otklik("knowledge", "import")
    assert served() == (version, ids)


def test_a_broken_folder_changes_nothing_and_every_mistake_is_named(
    otklik: Run, few_articles: Path, tmp_path: Path
) -> None:
    otklik("migrate")
    otklik("knowledge", "import", few_articles)
    before = served()
    folder = tmp_path / "broken" / "ru"
    folder.mkdir(parents=True)
    shipped = Settings().articles / "ru" / "balance.md"
    shutil.copy(shipped, folder / "balance.md")
    (folder / "no-header.md").write_text("Просто текст\n", encoding="utf-8")
    (folder / "binary.md").write_bytes(b"\xff\xfe\x00\x01")
    facts = Settings().facts
    result = otklik("knowledge", "import", tmp_path / "broken", "--facts", facts, status=1)
    said = result.stderr.replace("\n", "")
    assert f"{folder / 'no-header.md'}:1" in said
    assert f"{folder / 'binary.md'}:1" in said
    assert served() == before


def test_a_folder_that_is_not_there_changes_nothing(otklik: Run, few_articles: Path, tmp_path: Path) -> None:
    otklik("migrate")
    otklik("knowledge", "import", few_articles)
    before = served()
    otklik("knowledge", "import", tmp_path / "nowhere", status=1, says="no such folder of articles")
    assert served() == before
