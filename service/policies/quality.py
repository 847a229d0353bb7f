"""Which closed conversations are looked at, and how good were they?"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

MOST_POINTS = 2


def sample(handoffs: Iterable[int], size: int, seed: str) -> tuple[int, ...]:
    """`size` of them at random, the same ones for the same seed whatever their order; a larger sample holds the smaller
    one, and hand-offs that come later don't reshuffle the others."""

    def draw(handoff: int) -> str:
        return hashlib.sha256(f"{seed}\0{handoff}".encode()).hexdigest()

    return tuple(sorted(set(handoffs), key=draw)[: max(0, size)])


def problems_of(points: Mapping[str, int], criteria: Sequence[str]) -> list[str]:
    """What is wrong with a filled-in card; every criterion needs its points."""
    found = [f"there is no criterion {each!r}" for each in sorted(set(points) - set(criteria))]
    found += [f"{each!r} has no points" for each in criteria if each not in points]
    found += [
        f"{each!r} has {value} points; give 0 to {MOST_POINTS}"
        for each, value in points.items()
        if each in criteria and not 0 <= value <= MOST_POINTS
    ]
    return found


def quality(points: Mapping[str, int]) -> float | None:
    """From 0 to 1: the points given of the points there are; None for an empty card."""
    return sum(points.values()) / (MOST_POINTS * len(points)) if points else None
