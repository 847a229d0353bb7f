"""Articles that were confirmed as the answer to a message: what the ranking of the search is learned from.

An operator sent the article as it was suggested, or changed it little; or the bot answered with one article and the
client said that it had helped, and nothing speaks against it. Erased clients have left both tables.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from models.masking import mask
from service.domain.labels import Happened, event_from_json
from service.policies.weak_labels import LITTLE_CHANGED, is_doubted
from service.storage import exports

ACCEPTED: Final = 1.0
EDITED: Final = 0.5
HELPED: Final = 0.8
INTENTS: Final = 5


def confirmed(connection: Connection) -> Iterator[dict[str, Any]]:
    """A line each: text (masked), language, article, intents with their confidences, weight, reason; streams."""
    for row in exports.sent_articles(connection):
        if row.outcome == "edited" and (row.distance is None or row.distance > LITTLE_CHANGED):
            continue
        weight = ACCEPTED if row.outcome == "accepted" else EDITED
        ranking = [(each["intent"], each["confidence"]) for each in row.understanding.get("ranking") or ()]
        language = str(row.understanding.get("language", "other"))
        yield _line(row.client_text, language, row.source["key"], ranking, weight, row.outcome)
    for row in exports.answered_messages(connection):
        events = [event_from_json(each) for each in row.happened]
        articles: Sequence[str] = (row.decision or {}).get("articles") or ()
        if len(articles) == 1 and any(each.kind is Happened.HELPED for each in events) and not is_doubted(events):
            yield _line(str(row.text), str(row.language), articles[0], row.ranking, HELPED, Happened.HELPED.value)


def _line(
    text: str, language: str, article: str, ranking: Sequence[Sequence[Any]], weight: float, reason: str
) -> dict[str, Any]:  # fmt: skip
    intents = {str(intent): round(float(confidence), 4) for intent, confidence in ranking[:INTENTS]}
    return {
        "text": mask(text), "language": language, "article": str(article), "intents": intents, "weight": weight,
        "reason": reason,
    }  # fmt: skip
