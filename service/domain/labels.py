"""What is learned from messages: what happened after them, labels that follow from it, labels of people, topics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

OUT_OF_SCOPE = "out_of_scope"


class Happened(StrEnum):
    """What came of a message that was understood."""

    CORRECTED = "corrected"
    HELPED = "helped"
    DID_NOT_HELP = "did_not_help"
    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"
    TRANSFERRED = "transferred"
    RESOLVED = "resolved"
    ASKED_FOR_PERSON = "asked_for_person"
    REPHRASED = "rephrased"


@dataclass(frozen=True)
class Event:
    """One thing that happened. `intents`: what it says the message was about; of a transfer, `department` is where to.

    `change` (0..1) is how much of a suggestion an operator rewrote.
    """

    kind: Happened
    intents: tuple[str, ...] = ()
    department: str | None = None
    change: float = 0.0

    def to_json(self) -> dict[str, object]:
        """The event as the database keeps it."""
        return {
            "kind": self.kind.value, "intents": list(self.intents), "department": self.department,
            "change": round(self.change, 3),
        }  # fmt: skip


def event_from_json(data: Mapping[str, object]) -> Event:
    """The event behind the JSON of `Event.to_json`."""
    intents, department = data.get("intents"), data.get("department")
    change = data.get("change")
    return Event(
        Happened(str(data["kind"])),
        tuple(str(each) for each in intents) if isinstance(intents, list) else (),
        str(department) if department else None,
        float(change) if isinstance(change, int | float) else 0.0,
    )


@dataclass(frozen=True)
class WeakLabel:
    """A label that nobody gave but that follows from what happened. `weight` (0..1] is how far it can be trusted."""

    intent: str
    weight: float
    reason: str


class Worry(StrEnum):
    """Why a message is worth a look."""

    UNSURE = "unsure"
    DIVIDED = "divided"
    FREQUENT = "frequent"
    DOUBTED = "doubted"
    DRIFTED = "drifted"
    SUSPICIOUS = "suspicious"
    SAMPLE = "sample"


@dataclass(frozen=True)
class Guess:
    """An intent the model thought of, and how likely it found it."""

    intent: str
    confidence: float


@dataclass(frozen=True)
class ReviewItem:
    """A message to be labelled. `text` is masked; `ranking` best first; `label` is None while nobody has labelled it.

    `like` is how many messages read nearly the same. `second`: somebody labelled it already, and what they said is not
    shown. `disputed`: two people said different things. `example`: it is a training example whose label is doubted.
    `weak` is what follows from what happened.
    """

    id: int
    text: str
    language: str
    ranking: tuple[Guess, ...]
    in_scope: bool
    disagreement: float
    worries: tuple[Worry, ...]
    like: int
    weak: WeakLabel | None
    happened: tuple[Event, ...]
    label: tuple[str, ...] | None
    second: bool
    disputed: bool
    example: bool
    decision: str | None
    article: str | None
    created_at: datetime


@dataclass(frozen=True)
class GivenLabel:
    """One line of the label history; `intents` None: taken back, empty: skipped."""

    item_id: int
    text: str
    intents: tuple[str, ...] | None
    source: str
    author: str
    at: datetime


@dataclass(frozen=True)
class AddedIntent:
    """An intent added in the console."""

    id: str
    department: str
    does: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    priority: str
    mode: str
    author: str
    created_at: datetime
