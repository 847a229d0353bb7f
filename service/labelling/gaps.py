"""Gaps in the knowledge base: what is asked often and no article answers well; drafts from operators' own replies."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from models.masking import mask
from service import editing
from service.domain.intents import Does
from service.domain.staff import StaffMember
from service.errors import InvalidInput, NotFound
from service.office import Office
from service.permits import must
from service.policies.gaps import Asked, Gap, rank_gaps
from service.policies.permissions import Action
from service.storage import knowledge_gaps

LOOK_BACK: Final = timedelta(days=30)
MOST_REPLIES, MOST_QUESTIONS = 3, 8


@dataclass(frozen=True)
class GapView:
    """A gap with what an article about it could be made of: clients' questions and operators' replies."""

    gap: Gap
    title: str
    questions: tuple[str, ...]
    replies: tuple[str, ...]


def list_gaps(staff: StaffMember, office: Office, language: str, *, limit: int = 20) -> list[GapView]:
    """The gaps of the last thirty days, worst first, with masked questions and replies in `language`."""
    must(staff, Action.LABEL_MESSAGES)
    since = office.clock() - LOOK_BACK
    with office.database.read() as connection:
        asked = [
            Asked(row.intent, row.asked, row.weak, row.rejected, row.best_article)
            for row in knowledge_gaps.asked(connection, since)
            if _is_answered_by_articles(row.intent, office)
        ]
        views = []
        for gap in rank_gaps(asked)[:limit]:
            rule = office.rules.intents[gap.intent]
            questions = knowledge_gaps.questions(connection, gap.intent, language, since, MOST_QUESTIONS)
            replies = knowledge_gaps.replies(connection, gap.intent, language, MOST_REPLIES)
            views.append(GapView(gap, rule.label(language), tuple(questions), tuple(replies)))
    return views


def propose_article(intent: str, language: str, staff: StaffMember, office: Office) -> str:
    """Put a draft article about an intent into the editor, made of clients' questions and operators' replies.

    Returns its id. Clients see nothing of it: a supervisor reads, mends and publishes it. NotFound when operators have
    not answered such questions yet, InvalidInput for an intent that is not there.
    """
    must(staff, Action.PROPOSE_ARTICLES)
    rule = office.rules.rule(intent)
    if rule is None:
        raise InvalidInput(f"there is no intent {intent[:80]!r}")
    with office.database.read() as connection:
        questions = knowledge_gaps.questions(
            connection, intent, language, office.clock() - LOOK_BACK, MOST_QUESTIONS
        )  # fmt: skip
        replies = knowledge_gaps.replies(connection, intent, language, MOST_REPLIES)
        article_id = knowledge_gaps.free_id(connection, intent.replace("_", "-"), language)
    if not replies:
        raise NotFound(
            "operators have not answered such questions in this language yet: there is nothing to make a draft of",
            reason="no_replies_for_draft",
        )
    source = _draft(article_id, language, rule.label(language), intent, questions, replies)
    editing.propose(article_id, language, staff, office, source=source, comment="from operators' replies")
    return article_id


def _is_answered_by_articles(intent: str, office: Office) -> bool:
    rule = office.rules.rule(intent)
    return rule is not None and rule.does is Does.ANSWER


def _draft(
    article_id: str, language: str, title: str, intent: str, questions: list[str], replies: list[str]
) -> str:  # fmt: skip
    lines = ["---", f"id: {article_id}", f"language: {language}", f"title: {_quoted(title)}", f"intents: [{intent}]"]
    if questions:
        lines += ["questions:", *(f"  - {_quoted(mask(each))}" for each in questions)]
    body = "\n\n".join(mask(each).replace("{", "(").replace("}", ")") for each in replies)
    return "\n".join([*lines, "---", body, ""])


def _quoted(text: str) -> str:
    """As a YAML string: whatever clients wrote, it stays a string."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
