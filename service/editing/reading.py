"""What is read of articles: the list, their versions, what changed between two of them."""

from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Literal

from knowledge_base.article import LANGUAGES, Article
from knowledge_base.article_reader import ARTICLE_ID
from knowledge_base.articles import to_markdown
from service.editing.proofing import must_know_articles
from service.errors import Conflict, InvalidInput, NotFound
from service.importing import IMPORTER
from service.knowledge import from_content, to_content
from service.office import Office
from service.storage import articles as shelf
from service.storage.articles import Key, Version
from service.storage.staff import StaffMember


@dataclass(frozen=True)
class ArticleEntry:
    """One line of the list. `state` is the newest version's; `serving` the number that clients get (None: nothing).

    `edited_here`: the console changed it since the last import, so that an import keeps it.
    """

    article_id: str
    language: str
    title: str
    state: str
    newest: int
    serving: int | None
    edited_here: bool
    valid_from: date | None
    valid_to: date | None
    author: str
    changed_at: datetime
    intents: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class DiffLine:
    """One line of a comparison."""

    kind: Literal["same", "added", "removed"]
    text: str


def mark_of_all(staff: StaffMember, office: Office) -> str:
    """Another word whenever anything of `list_articles` has changed; costs a glance, not a reading."""
    must_know_articles(staff)
    with office.database.read() as connection:
        return shelf.mark(connection)


def list_articles(staff: StaffMember, office: Office) -> list[ArticleEntry]:
    """Every article there is or was, by id and language."""
    must_know_articles(staff)
    with office.database.read() as connection:
        served = shelf.all_served(connection)
        newest = shelf.latest_versions(connection)
    entries = []
    for key in sorted({*served, *newest}):
        now, last = served.get(key), newest.get(key)
        article = from_content(now.content) if now is not None else None
        known = article or (from_content(last.content) if last is not None and last.content else None)
        entries.append(
            ArticleEntry(
                article_id=key[0],
                language=key[1],
                title=known.title if known is not None else key[0],
                state=last.state if last is not None else "published",
                newest=last.number if last is not None else 0,
                serving=now.version or 0 if now is not None else None,
                edited_here=now is not None and shelf.hash_content(now.content) != now.imported_hash,
                valid_from=known.valid_from if known is not None else None,
                valid_to=known.valid_to if known is not None else None,
                author=last.changed_by if last is not None else IMPORTER,
                changed_at=last.changed_at if last is not None else office.clock(),
                intents=known.intents if known is not None else (),
                questions=known.questions if known is not None else (),
            )
        )
    return entries


def read_versions(article_id: str, language: str, staff: StaffMember, office: Office) -> list[Version]:
    """Every version, newest first; NotFound for an article that never was."""
    must_know_articles(staff)
    with office.database.read() as connection:
        found = shelf.versions_of(connection, (article_id, language))
        content = shelf.content_of(connection, article_id, language)
    if not found and content is not None:  # served since before there were versions
        return [served_before(from_content(content), office.clock())]
    if not found:
        raise NotFound(f"there is no article {article_id} in {language}")
    return found


def compare(article_id: str, language: str, one: int, other: int, staff: StaffMember, office: Office) -> list[DiffLine]:
    """What changed from version `one` to version `other`, line by line."""
    must_know_articles(staff)
    key = key_of(article_id, language)
    return diff(*(version_of(key, number, office).source for number in (one, other)))


def diff(one: str, other: str) -> list[DiffLine]:
    """What changed from one text to another, line by line."""
    before, after = one.splitlines(), other.splitlines()
    lines: list[DiffLine] = []
    for what, start, end, to_start, to_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            lines += [DiffLine("same", line) for line in before[start:end]]
            continue
        lines += [DiffLine("removed", line) for line in before[start:end]]
        lines += [DiffLine("added", line) for line in after[to_start:to_end]]
    return lines


def key_of(article_id: str, language: str) -> Key:
    """The key of an article; InvalidInput for what can be none."""
    if not ARTICLE_ID.match(article_id) or language not in LANGUAGES:
        raise InvalidInput(
            "an article id has a-z, 0-9, _ and -; languages are " + ", ".join(LANGUAGES), reason="bad_article_id"
        )
    return article_id, language


def must_be_base(newest: Version | None, base: int, mine: str) -> None:
    """Conflict with both texts unless `base` is the newest version."""
    number = newest.number if newest is not None else 0
    if number != base:
        by = f" by {newest.author}" if newest is not None else ""
        raise Conflict(
            f"version {number}{by} is newer than the {base} you began with; compare them and save yours again",
            newest=number, newest_source=newest.source if newest is not None else "", your_source=mine,
            reason="article_changed", author=newest.author if newest is not None else "",
        )  # fmt: skip


def version_of(key: Key, number: int, office: Office, *, newest: int | None = None) -> Version:
    """The version; with `newest` it is first looked whether that is still the newest one."""
    with office.database.read() as connection:
        found = shelf.get_version(connection, key, number)
        last = shelf.latest(connection, key) if newest is not None else None
        if last is not None and newest is not None:
            must_be_base(last, newest, found.source if found is not None else "")
        content = shelf.content_of(connection, *key) if number == 1 else None
    if found is None and content is not None:
        return served_before(from_content(content), office.clock())
    if found is None:
        raise NotFound(f"the article {key[0]} has no version {number} in {key[1]}")
    return found


def served_before(article: Article, now: datetime) -> Version:
    """Version 1 of an article that was imported before there were versions."""
    source, content = to_markdown(article), to_content(article)
    key = (article.id, article.language)
    return Version(*key, 1, "published", article.title, source, content, IMPORTER, None, now, now, IMPORTER, True)
