"""How well do two people who label agree, and what do they say together?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Label = tuple[str, ...]


@dataclass(frozen=True)
class Agreement:
    """`kappa` is Cohen's (1: always agree, 0: as by chance), None with no pairs; `share` of the pairs agree."""

    pairs: int
    share: float | None
    kappa: float | None


def agreement(pairs: Sequence[tuple[Label, Label]]) -> Agreement:
    """Cohen's kappa of (what the first said, what the second said). Cohen, 1960.

    Where both always say the same one thing chance alone explains it; they agree all the same, and kappa is 1.
    """
    if not pairs:
        return Agreement(0, None, None)
    count = len(pairs)
    share = sum(first == second for first, second in pairs) / count
    ours, theirs = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    chance = sum(ours[label] * theirs[label] for label in ours) / count**2
    kappa = 1.0 if share == 1.0 else (share - chance) / (1.0 - chance) if chance < 1.0 else 0.0
    return Agreement(count, share, kappa)


def standing(said: Sequence[tuple[int, Label | None, str]]) -> tuple[Label | None, int, bool]:
    """What people say together: the label (None: nobody any more), by how many, and whether they are at odds.

    `said`: (person, label or None when taken back, source) in order. The last word of each person counts; whoever
    decides a dispute (source "decision") has the last word of all until somebody labels again.
    """
    last: Mapping[int, tuple[Label, str]] = {}
    for person, label, source in said:
        rest = {who: word for who, word in last.items() if who != person}
        last = rest if not label else {**rest, person: (label, source)}  # in the order of the last words
    words = list(last.values())
    if not words:
        return None, 0, False
    newest, source = words[-1]
    at_odds = len({label for label, _ in words}) > 1 and source != "decision"
    return newest, len(words), at_odds
