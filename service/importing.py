"""Files of articles -> what is served. What was edited in the console is never overwritten silently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from knowledge_base.article import Article
from knowledge_base.article_reader import read_article
from knowledge_base.articles import to_markdown
from knowledge_base.csv_file import write_csv
from knowledge_base.facts import parse_facts
from service.knowledge import from_content, to_content
from service.policies.importing import Fate, decide_import
from service.storage import articles as shelf
from service.storage import records
from service.storage.articles import Key, Served, Version, hash_content
from service.storage.database import Database

FACTS_NAME = "facts.toml"
IMPORTER = "import"
"""The author of versions that came from files."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did. `kept` names the articles (id, language) that differ from the files because of the console.

    `version` is the hash of everything that is served now, `served` how many articles that is.
    """

    version: str
    served: int
    fates: Mapping[Key, Fate] = field(default_factory=dict)

    @property
    def kept(self) -> list[Key]:
        """Written, edited or withdrawn here: the files did not get through."""
        return sorted(key for key, fate in self.fates.items() if fate is Fate.KEPT)

    def count(self, fate: Fate) -> int:
        """How many articles had this fate."""
        return sum(each is fate for each in self.fates.values())


def import_articles(
    database: Database, articles: Sequence[Article], now: datetime, *, facts: str | None = None, overwrite: bool = False
) -> ImportReport:
    """Serve these articles from now on, but for what the console changed; `overwrite` serves exactly these.

    `facts` is the text of facts.toml that they were filled from: articles edited later are filled from it too.
    All of it is one transaction.
    """
    incoming = {(each.id, each.language): each for each in articles}
    contents = {key: to_content(each) for key, each in incoming.items()}
    with database.write() as connection:
        shelf.lock(connection)
        served = shelf.all_served(connection)
        newest = shelf.latest_versions(connection)
        fates: dict[Key, Fate] = {}
        added: list[dict[str, Any]] = []
        for key in sorted({*incoming, *served}):
            fate = _fate(contents.get(key), served.get(key), newest.get(key), overwrite)
            fates[key] = fate
            if fate is Fate.KEPT and facts is not None and key in served:
                _refill(connection, key, served[key], facts, now)
            elif fate is Fate.REMOVED:
                shelf.stop_serving(connection, key)
                _close(connection, key, served[key], now)
            elif fate in (Fate.ADDED, Fate.REPLACED, Fate.SAME):
                number = _number(fate, served.get(key), newest.get(key))
                if fate is not Fate.SAME or served[key].version is None:
                    added.append(_version(key, number, contents[key], _source(incoming[key], facts), now))
                if fate is not Fate.SAME or served[key] != Served(contents[key], hash_content(contents[key]), number):
                    shelf.serve(connection, key, contents[key], number, now, hash_content(contents[key]))
        shelf.add_versions(connection, added)
        if facts is not None:
            records.set_note(connection, shelf.FACTS, facts)
        version = shelf.sum_up(connection)
        count = len(shelf.all_served(connection))
    return ImportReport(version, count, fates)


def _fate(content: dict[str, Any] | None, served: Served | None, newest: Version | None, overwrite: bool) -> Fate:
    return decide_import(
        hash_content(content) if content is not None else None,
        hash_content(served.content) if served is not None else None,
        served.imported_hash if served is not None else None,
        withdrawn=newest is not None and newest.state == "withdrawn" and newest.changed_by != IMPORTER,
        overwrite=overwrite,
    )


def _number(fate: Fate, served: Served | None, newest: Version | None) -> int:
    if fate is Fate.SAME and served is not None and served.version is not None:
        return served.version
    return newest.number + 1 if newest is not None else 1


def _version(key: Key, number: int, content: dict[str, Any], source: str, now: datetime) -> dict[str, Any]:
    return {
        "article_id": key[0], "language": key[1], "number": number, "state": "published", "source": source,
        "content": content, "title": content["title"][:300], "author": IMPORTER, "comment": None, "created_at": now,
        "changed_at": now, "changed_by": IMPORTER,
    }  # fmt: skip


def _refill(connection: Connection, key: Key, served: Served, facts: str, now: datetime) -> None:
    """Put the figures of today into an article that was edited here; left as it is when one of them is gone."""
    version = shelf.get_version(connection, key, served.version) if served.version is not None else None
    if version is None:
        return
    article, _ = read_article(version.source, path_of(*key), parse_facts(facts, FACTS_NAME))
    content = to_content(article) if article is not None else served.content
    if content != served.content:
        shelf.serve(connection, key, content, version.number, now, served.imported_hash)
        shelf.change_version(connection, key, version.number, now, version.changed_by, content=content)


def path_of(article_id: str, language: str) -> str:
    """What an article that is not a file is called in messages."""
    return f"{language}/{article_id}.md"


def served_sources(connection: Connection) -> list[tuple[Article, str]]:
    """Everything that is served, with the Markdown behind it (facts by name where it was written so)."""
    found = []
    for key, served in shelf.all_served(connection).items():
        article = from_content(served.content)
        version = shelf.get_version(connection, key, served.version) if served.version is not None else None
        found.append((article, version.source if version is not None else to_markdown(article)))
    return found


def write_served(found: Sequence[tuple[Article, str]], facts: str | None, target: Path) -> None:
    """Write articles to a .csv file, or to a folder of Markdown with their facts.toml, that import reads back."""
    if target.suffix.lower() == ".csv":
        write_csv((article for article, _ in found), target)
        return
    for article, source in found:
        path = target / path_of(article.id, article.language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8", newline="\n")
    if facts is not None:
        (target / "facts.toml").write_text(facts, encoding="utf-8", newline="\n")


def _source(article: Article, facts: str | None) -> str:
    """The file as it was written, its facts by name; what it reads as where there is no file (CSV) or no facts."""
    path = Path(article.source.path)
    if path.suffix == ".md" and (facts is not None or not article.facts):
        try:
            return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
        except (OSError, UnicodeDecodeError):
            pass
    return to_markdown(article)


def _close(connection: Connection, key: Key, served: Served, now: datetime) -> None:
    if served.version is not None:
        shelf.change_version(connection, key, served.version, now, IMPORTER, state="withdrawn")
