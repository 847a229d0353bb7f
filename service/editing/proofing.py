"""An article looked at before clients see it: what is wrong with it, how it will look, what questions find it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge_base.article import Article, Source
from knowledge_base.article_reader import read_article
from knowledge_base.articles import MAX_FILE
from knowledge_base.checks import check
from knowledge_base.errors import ArticleError, Problem
from knowledge_base.facts import Facts, parse_facts
from models.preparation import prepare
from service.domain.conversations import ChannelKind, ConversationView
from service.domain.messages import Reply
from service.errors import Forbidden, InvalidInput
from service.importing import FACTS_NAME, path_of
from service.knowledge import Knowledge
from service.office import Office
from service.replies import Wording
from service.rule_making import whole_taxonomy
from service.storage import articles as shelf
from service.storage import records, suggestions
from service.storage.staff import Role, StaffMember

RECENT_MESSAGES = 300
SEARCHED = 10
"""Places that count: below the tenth a client never sees an article."""

_UNSENDABLE = {chr(code) for code in (*range(9), 11, 12, *range(14, 32), 127)}


@dataclass(frozen=True)
class Proof:
    """What a source reads as. `article` is None while it does not read; `errors` keep it from being published."""

    article: Article | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> list[Problem]:
        """What has to be mended first."""
        return [each for each in self.problems if each.severity == "error"]


@dataclass(frozen=True)
class Preview:
    """What a client would get, by kind of channel ("web", "messenger", "email"); only those it is meant for."""

    proof: Proof
    replies: Mapping[str, tuple[Reply, ...]]


@dataclass(frozen=True)
class Hit:
    """A question and the article's place among the answers to it, now and with the draft; None: not in the first ten.

    `own`: a sample question of the article, otherwise what a client wrote (masked). `rival` is the title of what
    stands first instead, with the draft.
    """

    question: str
    own: bool
    before: int | None
    after: int | None
    rival: str | None


def check_source(article_id: str, language: str, source: str, office: Office) -> Proof:
    """Everything that is wrong with an article, by line: its own mistakes, then those it makes among the others.

    The lines count within `source`. Never raises for what is written in it but for its size and for characters that
    no text has (InvalidInput).
    """
    must_be_text(source)
    path = path_of(article_id, language)
    article, problems = read_article(source, path, facts_of(office))
    if article is None:
        return Proof(None, problems)
    found = [*problems]
    if (article.id, article.language) != (article_id, language):
        what = f"this is the article `{article_id}` in `{language}`; id and language can't be changed"
        found.append(Problem(path, article.source.line_of("id"), "error", what))
    others = [
        replace(each, source=Source(path_of(each.id, each.language)))
        for each in office.knowledge.articles()
        if (each.id, each.language) != (article_id, language)
    ]
    together = check([*others, article], whole_taxonomy(office.database, office.settings), at=office.clock().date())
    found += [each for each in together if each.file == path]
    return Proof(article, tuple(sorted(found)))


def broken_links(article_id: str, language: str, office: Office) -> list[Problem]:
    """What breaks in other articles when this one is gone."""
    left = [
        replace(each, source=Source(path_of(each.id, each.language)))
        for each in office.knowledge.articles()
        if (each.id, each.language) != (article_id, language)
    ]
    found = check(left, whole_taxonomy(office.database, office.settings), at=office.clock().date())
    return [each for each in found if each.severity == "error" and f"`{article_id}`" in each.what]


def preview(article_id: str, language: str, source: str, staff: StaffMember, office: Office) -> Preview:
    """The article as the client will see it, buttons and all, in each kind of channel."""
    must_know_articles(staff)
    proof = check_source(article_id, language, source, office)
    article = proof.article
    if article is None:
        return Preview(proof, {})
    wording = Wording(office.knowledge.proof(article, searchable=False), office.rules)
    shown = {
        kind: wording.answers(
            (article.id,), ConversationView(language=article.language, channel_kind=ChannelKind(kind))
        )
        for kind in article.channels
    }
    return Preview(proof, shown)


def find_hits(article_id: str, language: str, source: str, staff: StaffMember, office: Office) -> list[Hit]:
    """Which questions would find the article: its own, and what clients wrote lately in conversations staff may see.

    Messages that the article has nothing to do with, before and after, are left out. Takes a second or two.
    """
    must_know_articles(staff)
    proof = check_source(article_id, language, source, office)
    article = proof.article
    if article is None or not article.questions:
        return []
    with office.database.read() as connection:
        written = suggestions.recent_questions(connection, staff, article.language, RECENT_MESSAGES)
    changed = office.knowledge.proof(article, searchable=True)
    asked = [(text, True) for text in article.questions] + [(text, False) for text in dict.fromkeys(written)]
    places = _places(article, [text for text, _ in asked], (office.knowledge, changed), office)
    found = [
        Hit(text, own, before[0], after[0], after[1])
        for (text, own), (before, after) in zip(asked, places, strict=True)
        if own or before[0] is not None or after[0] is not None
    ]
    return sorted(found, key=lambda hit: (not hit.own, hit.before == hit.after, hit.after or SEARCHED + 1))


def _places(
    article: Article, texts: Sequence[str], both: tuple[Knowledge, Knowledge], office: Office
) -> list[list[tuple[int | None, str | None]]]:
    """(place, title of the first when it is another) of the article for each text, in each knowledge base."""
    vectors = office.vectors.of(texts)
    kind = ChannelKind(article.channels[0])
    found = []
    for number, text in enumerate(texts):
        places = []
        for knowledge in both:
            hits = knowledge.search(
                prepare(text), vector=vectors[number] if vectors is not None else None, language=article.language,
                intents={}, last_article=None, channel=kind, at=office.clock(), limit=SEARCHED,
            )  # fmt: skip
            ids = [hit.article.id for hit in hits]
            place = ids.index(article.id) + 1 if article.id in ids else None
            places.append((place, hits[0].article.title if hits and place != 1 else None))
        found.append(places)
    return found


def facts_of(office: Office) -> Facts:
    """The figures that articles are filled from: those of the last import."""
    with office.database.read() as connection:
        text = records.get_note(connection, shelf.FACTS)
    try:
        return parse_facts(text, FACTS_NAME) if text is not None else Facts(FACTS_NAME)
    except ArticleError:
        return Facts(FACTS_NAME)


def must_be_text(source: str) -> None:
    """InvalidInput for what can't be kept: too long, or with characters that no text has."""
    if len(source.encode("utf-8", "surrogatepass")) > MAX_FILE:
        raise InvalidInput(f"the article is larger than {MAX_FILE} bytes; an article is a page")
    if _UNSENDABLE & set(source) or any("\ud800" <= letter <= "\udfff" for letter in source):
        raise InvalidInput("the article has unprintable characters; delete them")


def must_know_articles(staff: StaffMember) -> None:
    """Everybody who serves clients may read articles and propose changes."""
    if staff.role is Role.ML:
        raise Forbidden("the role ml reads data sets; articles are edited by supervisors")
