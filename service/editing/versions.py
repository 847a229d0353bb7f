"""Versions of articles: anyone who serves clients may propose one, supervisors decide what clients see.

Every change names the newest version it was made from (`base`); when somebody was faster it is refused with both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from knowledge_base.article import Article
from knowledge_base.errors import Problem
from service.acts import storable
from service.editing.proofing import Proof, broken_links, check_source, must_know_articles
from service.editing.reading import key_of, must_be_base, served_before, version_of
from service.errors import Forbidden, InvalidInput, NotFound
from service.events import KNOWLEDGE_TOPIC
from service.importing import IMPORTER
from service.knowledge import from_content, to_content
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.storage import articles as shelf
from service.storage.articles import Key, Version
from service.storage.audit import record_audit
from service.storage.staff import Role, StaffMember, must_work

LONGEST_COMMENT = 500
_EDITORS = (Role.SUPERVISOR, Role.ADMIN)


@dataclass(frozen=True)
class Saved:
    """A version as it was written, and what is wrong with it (which does not keep a draft from being saved)."""

    version: Version
    problems: tuple[Problem, ...]


def save_draft(
    article_id: str, language: str, staff: StaffMember, office: Office, *, source: str, base: int,
    comment: str | None = None,
) -> Saved:  # fmt: skip
    """Keep `source` (Markdown with front matter, facts by name) as the next version; clients see nothing of it.

    `base` is the newest version it was made from, 0 for a new article. Raises Conflict with both versions when there
    is a newer one, InvalidInput for what can't be kept at all. Mistakes are returned, not refused: it is a draft.
    """
    return _save(article_id, language, staff, office, must_know_articles, source, base, comment)


def propose(
    article_id: str, language: str, staff: StaffMember, office: Office, *, source: str, comment: str | None = None
) -> Saved:  # fmt: skip
    """Keep the draft of a new article. Whoever looks after the model may do this too, though not edit what is there."""

    def may_propose(who: StaffMember) -> None:
        must(who, Action.PROPOSE_ARTICLES)

    return _save(article_id, language, staff, office, may_propose, source, 0, comment)


def _save(
    article_id: str, language: str, staff: StaffMember, office: Office, may: Callable[[StaffMember], None],
    source: str, base: int, comment: str | None,
) -> Saved:  # fmt: skip
    may(staff)
    key = key_of(article_id, language)
    proof = check_source(article_id, language, source, office)
    _must_be_itself(proof, key)
    now = office.clock()
    with office.database.write() as connection:
        may(must_work(connection, staff.id))
        newest = _newest(connection, key, now)
        must_be_base(newest, base, source)
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
    key = key_of(article_id, language)
    found = version_of(key, number, office, newest=number)
    proof = _must_be_right(check_source(article_id, language, found.source, office))
    now = office.clock()
    with office.database.write() as connection:
        _must_edit(must_work(connection, staff.id))
        newest = _newest(connection, key, now)
        must_be_base(newest, number, found.source)
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
    key = key_of(article_id, language)
    found = version_of(key, number, office, newest=base)
    proof = _must_be_right(check_source(article_id, language, found.source, office))
    now = office.clock()
    with office.database.write() as connection:
        _must_edit(must_work(connection, staff.id))
        must_be_base(_newest(connection, key, now), base, found.source)
        _write(connection, key, base + 1, "draft", found.source, proof.article, staff, comment, now)
        _serve(connection, key, base + 1, proof, staff, now)
        version = shelf.get_version(connection, key, base + 1)
    _spread(office)
    assert version is not None  # noqa: S101 - written above
    return Saved(version, proof.problems)


def withdraw(article_id: str, language: str, staff: StaffMember, office: Office, *, base: int) -> list[Problem]:
    """Stop serving an article at once; returns what now leads nowhere in others. `base`: the newest version seen."""
    _must_edit(staff)
    key = key_of(article_id, language)
    broken = broken_links(article_id, language, office)
    now = office.clock()
    with office.database.write() as connection:
        _must_edit(must_work(connection, staff.id))
        newest = _newest(connection, key, now)
        must_be_base(newest, base, "")
        served = shelf.all_served(connection).get(key)
        if served is None or served.version is None:
            raise NotFound(f"the article {article_id} is not served in {language}")
        shelf.stop_serving(connection, key)
        shelf.change_version(connection, key, served.version, now, staff.login, state="withdrawn")
        _record(connection, "article_withdrawn", key, served.version, staff, now)
        shelf.sum_up(connection)
    _spread(office)
    return broken


def _spread(office: Office) -> None:
    office.knowledge.load()
    office.events.publish(KNOWLEDGE_TOPIC)


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


def _newest(connection: Connection, key: Key, now: datetime) -> Version | None:
    """The newest version, read under the lock of the knowledge base."""
    shelf.lock(connection)
    newest = shelf.latest(connection, key)
    served = shelf.all_served(connection).get(key) if newest is None else None
    if served is None:
        return newest
    first = served_before(from_content(served.content), now)
    shelf.add_version(
        connection, key, 1, state="published", source=first.source, content=served.content, author=IMPORTER,
        comment=None, now=now,
    )  # fmt: skip
    shelf.serve(connection, key, served.content, 1, now, served.imported_hash)
    return shelf.latest(connection, key)


def _write(
    connection: Connection, key: Key, number: int, state: str, source: str, article: Article | None,
    staff: StaffMember, comment: str | None, now: datetime,
) -> None:  # fmt: skip
    why = storable(comment)[:LONGEST_COMMENT] if comment else None
    content = to_content(article) if article is not None else None
    shelf.add_version(
        connection, key, number, state=state, source=source, content=content, author=staff.login, comment=why, now=now
    )
    _record(connection, "article_drafted", key, number, staff, now)


def _record(connection: Connection, action: str, key: Key, number: int, staff: StaffMember, now: datetime) -> None:
    data = {"language": key[1], "version": number}
    record_audit(connection, staff.login, action, "article", key[0], data, now)


def _serve(connection: Connection, key: Key, number: int, proof: Proof, staff: StaffMember, now: datetime) -> None:
    assert proof.article is not None  # noqa: S101 - _must_be_right
    content = to_content(proof.article)
    before = shelf.all_served(connection).get(key)
    shelf.serve(connection, key, content, number, now, before.imported_hash if before is not None else None)
    shelf.change_version(connection, key, number, now, staff.login, state="published", content=content)
    _record(connection, "article_published", key, number, staff, now)
    shelf.sum_up(connection)
