"""Who gets the next waiting conversation? The least loaded operator who is there, may and can."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.presence import PresenceState

ROUNDING = 1e-9


@dataclass(frozen=True)
class Candidate:
    """An operator as assignment sees them. No departments means all of them, no languages means all of them.

    `load` and `capacity` are in slots: what they hold by channel, and calls.
    """

    id: int
    departments: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    capacity: float = 5.0
    load: float = 0.0
    state: PresenceState = PresenceState.ONLINE


@dataclass(frozen=True)
class Waiting:
    """A conversation that waits; `slots` is what it takes of an operator's capacity."""

    id: int
    department: str
    language: str
    slots: float = 1.0
    skill: str | None = None


def can_serve(candidate: Candidate, waiting: Waiting) -> bool:
    """Whether department, language and skill fit; says nothing about room."""
    return (
        (not candidate.departments or waiting.department in candidate.departments)
        and (not candidate.languages or waiting.language in candidate.languages)
        and (waiting.skill is None or waiting.skill in candidate.skills)
    )


def has_room(candidate: Candidate, load: float, slots: float) -> bool:
    """Whether `slots` more fit on top of `load`."""
    return load + slots <= candidate.capacity + ROUNDING


def assign(queue: Sequence[Waiting], candidates: Sequence[Candidate]) -> list[tuple[int, int]]:
    """(conversation, operator) for everyone who can be served now, in the order of the queue.

    The operator with the smallest share of their capacity in use gets the next one; of equals the one with fewer
    languages and skills (who knows more is kept for those who need it), then the smaller id. Whoever is not assigned
    could not have been given to anybody after those before them were.
    """
    load = {each.id: each.load for each in candidates}
    present = [each for each in candidates if each.state.takes_new and each.capacity > 0]
    hopeless: set[tuple[str, str, float, str | None]] = set()  # loads only grow: no need to look again
    pairs: list[tuple[int, int]] = []
    for waiting in queue:
        kind = (waiting.department, waiting.language, waiting.slots, waiting.skill)
        if kind in hopeless:
            continue
        able = [c for c in present if can_serve(c, waiting) and has_room(c, load[c.id], waiting.slots)]
        if not able:
            hopeless.add(kind)
            continue
        chosen = min(able, key=lambda each: (load[each.id] / each.capacity, _breadth(each), each.id))
        load[chosen.id] += waiting.slots
        pairs.append((waiting.id, chosen.id))
    return pairs


def _breadth(candidate: Candidate) -> int:
    everything = 100
    return (len(candidate.languages) or everything) + len(candidate.skills)
