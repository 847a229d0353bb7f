"""The search of the reply box: articles, canned replies and colleagues' replies while the operator is typing."""

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz, process

from models.masking import mask
from service import desk
from service.acts import storable
from service.domain.conversations import ConversationView
from service.domain.suggestions import Candidate, Suggestion
from service.office import Office
from service.policies.suggesting import Scene, normalised, rank_suggestions
from service.storage import canned, suggestions
from service.storage.canned import CannedReply
from service.storage.staff import StaffMember
from service.suggesting.gathering import (
    Question,
    article_candidate,
    articles,
    canned_candidate,
    canned_replies,
    replies,
    topics_of,
)
from service.suggesting.offers import visible, words_of
from service.understanding import Context

LONGEST_QUERY = 300
ALIKE = 75.0
"""RapidFuzz partial ratio (0..100) from which a title counts as named by what was typed."""
SURE = 0.9
LOOKED_UP = 20
WORDS_OF_A_QUESTION = 3


def search_replies(
    query: str, conversation_id: int, staff: StaffMember, office: Office, limit: int = 10
) -> list[Suggestion]:
    """What could be said, best first, as this operator would send it to this client; `rank` counts from 1.

    «/bal» finds canned replies by their shortcut, the operator's own among them; words (and what is no shortcut) find
    articles, canned and past replies by title, text and meaning. Channel rules and the client's language hold as for
    offers. Nothing asked gives the canned replies in the order of their shortcuts. NotFound for a conversation they
    may not see.
    """
    with office.database.read() as connection:
        conversation = visible(connection, conversation_id, staff)
        name = suggestions.client_name(connection, conversation_id)
        mine = [c for c in canned.of_scopes(connection, None, staff.id) if c.department is None
                or staff.may_see(c.department)]  # fmt: skip
    conversation = replace(conversation, channel_kind=office.kind_of(conversation.channel))
    asked = storable(query[:LONGEST_QUERY]).replace("\n", " ")
    departments = desk.visible_departments(staff, office) if staff.departments else None
    topics = _topics(asked, conversation, office)
    question = Question(mask(asked), conversation, name, office.clock(), topics, departments=departments)
    found: list[Candidate] = []
    if not asked or asked.startswith("/"):
        found = _by_shortcut(asked.lower(), mine, question, office)
    if not found and (plain := asked.removeprefix("/")):  # «/cash» may be a word as well
        found = _by_words(plain, mine, replace(question, text=mask(plain)), conversation, office)
    scene = Scene(conversation.language, conversation.channel_kind)
    ranked = rank_suggestions(found, scene, office.rules, max(1, min(limit, 50)))
    said = [replace(each, text=words) for each in ranked if (words := words_of(each, staff)) is not None]
    return [replace(each, rank=place) for place, each in enumerate(said, start=1)]


def _topics(asked: str, conversation: ConversationView, office: Office) -> dict[str, float]:
    """What a whole question is about; a word or two say too little."""
    if len(asked.split()) < WORDS_OF_A_QUESTION:
        return {}
    context = Context(conversation.language, conversation.channel_kind)
    return topics_of(office.reader.understand(asked, context, office.clock()).to_json())


def _by_shortcut(typed: str, mine: Sequence[CannedReply], question: Question, office: Office) -> list[Candidate]:
    """Exact first, then those that begin so, then those that have it inside."""
    found = []
    for place, each in enumerate(mine):
        score = 1.0 if each.shortcut == typed else 0.9 if each.shortcut.startswith(typed) else 0.0
        if not score and typed.strip("/") in each.shortcut:
            score = 0.5
        made = canned_candidate(each, score - place * 1e-6, question, office) if score else None
        if made is not None:
            found.append(made)
    return found


def _by_words(
    asked: str, mine: Sequence[CannedReply], question: Question, conversation: ConversationView, office: Office
) -> list[Candidate]:
    vector = office.vectors.one(question.text)
    office.past_replies.load()
    found = canned_replies(question, vector, mine, office)
    for each in _named(asked, {c.id: c.title for c in mine}):
        made = canned_candidate(next(c for c in mine if c.id == each[0]), each[1], question, office)
        found += [made] if made is not None else []
    found += articles(question, vector, office)
    day, kind = question.now.date(), conversation.channel_kind.value
    titles = {a.id: a.title for a in office.knowledge.articles(conversation.language) if kind in a.channels}
    for article_id, score in _named(asked, titles):
        article = office.knowledge.get(str(article_id), conversation.language)
        if article is not None and article.is_valid(day):
            found.append(article_candidate(article, score, conversation, office))
    found += replies(question, vector, office)
    return _best_of_each(found)


def _named(asked: str, titles: dict[int, str] | dict[str, str]) -> list[tuple[int | str, float]]:
    """(key, score) of the titles that what was typed may be the beginning or a part of."""
    typed = normalised(asked)
    if len(typed) < 2:
        return []
    choices: dict[int | str, str] = {key: normalised(title) for key, title in titles.items()}
    near = process.extract(typed, choices, scorer=fuzz.partial_ratio, score_cutoff=ALIKE, limit=LOOKED_UP)
    return [(key, SURE * ratio / 100 * min(1.0, 0.6 + len(typed) / 20)) for title, ratio, key in near
            if len(title) * 2 >= len(typed)]  # fmt: skip


def _best_of_each(found: Sequence[Candidate]) -> list[Candidate]:
    """One candidate a source: found by its title and by its meaning it has the better score."""
    best: dict[tuple[str, str], Candidate] = {}
    for each in found:
        key = (each.source.kind.value, each.source.key)
        if key not in best or best[key].score < each.score:
            best[key] = each
    return list(best.values())
