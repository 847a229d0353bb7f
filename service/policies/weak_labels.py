"""What was this message about, judging by what happened after it? A label with a weight and a reason, or none."""

from collections.abc import Mapping, Sequence
from typing import Final

from service.domain.labels import Event, Guess, Happened, WeakLabel

LITTLE_CHANGED: Final = 0.3
"""An edited suggestion of which no more than this was rewritten was the right one."""

WEIGHTS: Final[Mapping[Happened, float]] = {
    Happened.CORRECTED: 1.0,
    Happened.HELPED: 0.8,
    Happened.ACCEPTED: 0.7,
    Happened.EDITED: 0.5,
    Happened.RESOLVED: 0.4,
    Happened.TRANSFERRED: 0.3,
    Happened.REPHRASED: 0.3,
}
"""How far each is trusted beside the word of a person who reads messages for this purpose (1)."""

DOUBTS: Final = frozenset(
    {
        Happened.DID_NOT_HELP,
        Happened.REJECTED,
        Happened.TRANSFERRED,
        Happened.ASKED_FOR_PERSON,
        Happened.REPHRASED,
    }
)


def is_doubted(events: Sequence[Event]) -> bool:
    """Whether something that happened says that the message was understood wrongly, and nobody has said how."""
    kinds = {event.kind for event in events}
    return bool(kinds & DOUBTS) and Happened.CORRECTED not in kinds


def label_from(
    ranking: Sequence[Guess], in_scope: bool, events: Sequence[Event], departments: Mapping[str, str]
) -> WeakLabel | None:
    """The label that follows from `events`, the most trusted one; None when they say nothing or contradict it.

    `ranking`: what the model thought, best first. `departments`: the department of each intent. What a person said
    stands above all; praise for an answer counts only where nothing speaks against it.
    """
    best = ranking[0].intent if ranking and in_scope else None
    if any(event.kind is Happened.CORRECTED for event in events):
        events = [event for event in events if event.kind is Happened.CORRECTED]
    found = [label for event in events if (label := _told(event, best, ranking, departments)) is not None]
    found.sort(key=lambda label: -label.weight)
    if not found:
        return None
    if not is_doubted(events):
        return found[0]
    # Somebody was not content: what supports the model's own guess is worth nothing now, what names another one is.
    return next((label for label in found if label.intent != best), None)


def _told(event: Event, best: str | None, ranking: Sequence[Guess], departments: Mapping[str, str]) -> WeakLabel | None:
    weight = WEIGHTS.get(event.kind)
    if weight is None:
        return None
    intent: str | None = None
    match event.kind:
        case Happened.CORRECTED | Happened.REPHRASED:
            intent = event.intents[0] if len(event.intents) == 1 else None
        case Happened.HELPED | Happened.RESOLVED:
            intent = event.intents[0] if len(event.intents) == 1 else best
        case Happened.ACCEPTED | Happened.EDITED:
            if event.change <= LITTLE_CHANGED:
                intent = _of_article(event.intents, best)
        case Happened.TRANSFERRED:
            there = [guess.intent for guess in ranking if departments.get(guess.intent) == event.department]
            intent = there[0] if there and there[0] != best else None
    return WeakLabel(intent, weight, event.kind.value) if intent is not None else None


def _of_article(intents: Sequence[str], best: str | None) -> str | None:
    """What an accepted article says of the message: what the model thought, where it fits, else its only intent."""
    if best is not None and (not intents or best in intents):
        return best
    return intents[0] if len(intents) == 1 else None
