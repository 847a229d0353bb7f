"""Versions of articles: anyone who serves clients may propose one, supervisors decide what clients see.

Every change names the newest version it was made from (`base`); when somebody was faster it is refused with both.
"""

from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Literal

from sqlalchemy import Connection

from knowledge_base.article import LANGUAGES, Article
from knowledge_base.article_reader import ARTICLE_ID
from knowledge_base.articles import to_markdown
from knowledge_base.errors import Problem
from service.acts import storable
from service.editing.proofing import Proof, broken_links, check_source, must_know_articles
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.events import KNOWLEDGE_TOPIC
from service.importing import IMPORTER
from service.knowledge import from_content, to_content
from service.office import Office
from service.storage import articles as shelf
from service.storage.articles import Key, Version
from service.storage.staff import Role, StaffMember

LONGEST_COMMENT = 500
_EDITORS = (Role.SUPERVISOR, Role.ADMIN)


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
class Saved:
    """A version as it was written, and what is wrong with it (which does not keep a draft from being saved)."""

    version: Version
    problems: tuple[Problem, ...]


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
        return [_served_before(from_content(content), office.clock())]
    if not found:
        raise NotFound(f"there is no article {article_id} in {language}")
    return found


def save_draft(
    article_id: str, language: str, staff: StaffMember, office: Office, *, source: str, base: int,
    comment: str | None = None,
) -> Saved:  # fmt: skip
    """Keep `source` (Markdown with front matter, facts by name) as the next version; clients see nothing of it.

    `base` is the newest version it was made from, 0 for a new article. Raises Conflict with both versions when there
    is a newer one, InvalidInput for what can't be kept at all. Mistakes are returned, not refused: it is a draft.
    """
    must_know_articles(staff)
    key = _key(article_id, language)
    proof = check_source(article_id, language, source, office)
    _must_be_itself(proof, key)
    now = office.clock()
    with office.database.write() as connection:
        newest = _newest(connection, key, now)
        _must_be_base(newest, base, source)
        number = base + 1
        _write(connection, key, number, "draft", source, proof.article, staff, comment, now)
        version = shelf.get_version(connection, key, number)
    office.events.publish(KNOWLEDGE_TOPIC)
    assert version is not None  # noqa: S101 - written a line above
    return Saved(version, proof.problems)


def publish(article_id: str, language: str, number: int, staff: StaffMember, office: Office) -> Saved:
    """Let clients have this version; it must be the newest. Publishing it again changes nothing.

    Raises InvalidInput with every problem when there is a mistake that would fail a client, Conflict with both
    versions when there is a newer one.
    """
    _must_edit(staff)
    key = _key(article_id, language)
    found = _version_of(key, number, office, newest=number)
    proof = _must_be_right(check_source(article_id, language, found.source, office))
    now = office.clock()
    with office.database.write() as connection:
        newest = _newest(connection, key, now)
        _must_be_base(newest, number, found.source)
        if newest is not None and not newest.serving:
            _serve(connection, key, number, proof, staff, now)
        version = shelf.get_version(connection, key, number)
    _spread(office)
    assert version is not None  # noqa: S101 - read above, versions are never deleted
    return Saved(version, proof.problems)


def restore(
    article_id: str, language: str, number: int, staff: StaffMember, office: Office, *, base: int,
    comment: str | None = None,
) -> Saved:  # fmt: skip
    """Publish the text of an earlier version as a new one. `base` is the newest version that was seen."""
    _must_edit(staff)
    key = _key(article_id, language)
    found = _version_of(key, number, office, newest=base)
    proof = _must_be_right(check_source(article_id, language, found.source, office))
    now = office.clock()
    with office.database.write() as connection:
        _must_be_base(_newest(connection, key, now), base, found.source)
        _write(connection, key, base + 1, "draft", found.source, proof.article, staff, comment, now)
        _serve(connection, key, base + 1, proof, staff, now)
        version = shelf.get_version(connection, key, base + 1)
    _spread(office)
    assert version is not None  # noqa: S101 - written above
    return Saved(version, proof.problems)


def withdraw(article_id: str, language: str, staff: StaffMember, office: Office, *, base: int) -> list[Problem]:
    """Stop serving an article at once; returns what now leads nowhere in others. `base`: the newest version seen."""
    _must_edit(staff)
    key = _key(article_id, language)
    broken = broken_links(article_id, language, office)
    now = office.clock()
    with office.database.write() as connection:
        newest = _newest(connection, key, now)
        _must_be_base(newest, base, "")
        served = shelf.all_served(connection).get(key)
        if served is None or served.version is None:
            raise NotFound(f"the article {article_id} is not served in {language}")
        shelf.stop_serving(connection, key)
        shelf.change_version(connection, key, served.version, now, staff.login, state="withdrawn")
        shelf.sum_up(connection)
    _spread(office)
    return broken


def compare(article_id: str, language: str, one: int, other: int, staff: StaffMember, office: Office) -> list[DiffLine]:
    """What changed from version `one` to version `other`, line by line."""
    must_know_articles(staff)
    key = _key(article_id, language)
    return diff(*(_version_of(key, number, office).source for number in (one, other)))


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


def _spread(office: Office) -> None:
    office.knowledge.load()
    office.events.publish(KNOWLEDGE_TOPIC)


def _key(article_id: str, language: str) -> Key:
    if not ARTICLE_ID.match(article_id) or language not in LANGUAGES:
        raise InvalidInput(
            "an article id has a-z, 0-9, _ and -; languages are " + ", ".join(LANGUAGES), reason="bad_article_id"
        )
    return article_id, language


def _must_edit(staff: StaffMember) -> None:
    must_know_articles(staff)
    if staff.role not in _EDITORS:
        raise Forbidden(
            "supervisors decide what clients see; save a draft and ask one to publish it",
            reason="publish_asks_supervisor",
        )


def _must_be_itself(proof: Proof, key: Key) -> None:
    if proof.article is not None and (proof.article.id, proof.article.language) != key:
        raise InvalidInput(
            f"this is the article {key[0]} in {key[1]}; its id and language can't be changed",
            reason="article_id_changed",
        )


def _must_be_right(proof: Proof) -> Proof:
    if proof.article is None or proof.errors:
        wrong = [str(each) for each in proof.errors]
        raise InvalidInput(
            f"the article can't be published: {'; '.join(wrong[:5])}", problems=wrong[:50], reason="article_has_errors"
        )
    return proof


def _must_be_base(newest: Version | None, base: int, mine: str) -> None:
    number = newest.number if newest is not None else 0
    if number != base:
        by = f" by {newest.author}" if newest is not None else ""
        raise Conflict(
            f"version {number}{by} is newer than the {base} you began with; compare them and save yours again",
            newest=number, newest_source=newest.source if newest is not None else "", your_source=mine,
            reason="article_changed", author=newest.author if newest is not None else "",
        )  # fmt: skip


def _version_of(key: Key, number: int, office: Office, *, newest: int | None = None) -> Version:
    """The version; with `newest` it is first looked whether that is still the newest one."""
    with office.database.read() as connection:
        found = shelf.get_version(connection, key, number)
        last = shelf.latest(connection, key) if newest is not None else None
        if last is not None and newest is not None:
            _must_be_base(last, newest, found.source if found is not None else "")
        content = shelf.content_of(connection, *key) if number == 1 else None
    if found is None and content is not None:
        return _served_before(from_content(content), office.clock())
    if found is None:
        raise NotFound(f"the article {key[0]} has no version {number} in {key[1]}")
    return found


def _newest(connection: Connection, key: Key, now: datetime) -> Version | None:
    """The newest version, read under the lock of the knowledge base."""
    shelf.lock(connection)
    newest = shelf.latest(connection, key)
    served = shelf.all_served(connection).get(key) if newest is None else None
    if served is None:
        return newest
    first = _served_before(from_content(served.content), now)
    shelf.add_version(
        connection, key, 1, state="published", source=first.source, content=served.content, author=IMPORTER,
        comment=None, now=now,
    )  # fmt: skip
    shelf.serve(connection, key, served.content, 1, now, served.imported_hash)
    return shelf.latest(connection, key)


def _served_before(article: Article, now: datetime) -> Version:
    """Version 1 of an article that was imported before there were versions."""
    source, content = to_markdown(article), to_content(article)
    key = (article.id, article.language)
    return Version(*key, 1, "published", article.title, source, content, IMPORTER, None, now, now, IMPORTER, True)


def _write(
    connection: Connection, key: Key, number: int, state: str, source: str, article: Article | None,
    staff: StaffMember, comment: str | None, now: datetime,
) -> None:  # fmt: skip
    why = storable(comment)[:LONGEST_COMMENT] if comment else None
    content = to_content(article) if article is not None else None
    shelf.add_version(
        connection, key, number, state=state, source=source, content=content, author=staff.login, comment=why, now=now
    )


def _serve(connection: Connection, key: Key, number: int, proof: Proof, staff: StaffMember, now: datetime) -> None:
    assert proof.article is not None  # noqa: S101 - _must_be_right
    content = to_content(proof.article)
    before = shelf.all_served(connection).get(key)
    shelf.serve(connection, key, content, number, now, before.imported_hash if before is not None else None)
    shelf.change_version(connection, key, number, now, staff.login, state="published", content=content)
    shelf.sum_up(connection)
