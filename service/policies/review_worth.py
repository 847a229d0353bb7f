"""Is this message worth a person's time, and why? Larger is worthier; 0 means not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import Final

from service.domain.labels import Worry

UNSURE_FROM: Final = 0.5
"""Uncertainty (one minus the lead of the best intent) from which a message is called unsure."""
FREQUENT_FROM: Final = 3
RISEN_FROM: Final = 20
"""Messages in each span of time below which nothing is said of a rise; a quarter of it of the intent itself."""
SHARES: Final = {
    Worry.UNSURE: 1.0,
    Worry.DIVIDED: 0.5,
    Worry.FREQUENT: 0.25,
    Worry.DOUBTED: 0.75,
    Worry.DRIFTED: 0.3,
    Worry.SUSPICIOUS: 1.5,
}
"""How much each kind of worry says at its strongest. All but frequency add to the worth: what is asked often is worth
more by its neighbours (`models.selection.with_neighbours`), and counting it twice costs labels."""


@dataclass(frozen=True)
class Signals:
    """What is known of a message. `lead`: of the best intent over the second, 0..1. `alike`: messages that read so.

    `automatic`: the model was sure enough to answer. `drifted`: its intent comes much more often than it used to.
    """

    lead: float
    in_scope: bool
    automatic: bool
    disagreement: float = 0.0
    alike: int = 1
    doubted: bool = False
    drifted: bool = False
    suspicious: bool = False


def judge(signals: Signals) -> tuple[float, tuple[Worry, ...]]:
    """The worth and the worries, worst first. What was answered surely and doubted by nobody is worth nothing."""
    quiet = signals.automatic and not (signals.doubted or signals.suspicious or signals.drifted)
    if quiet and signals.disagreement < 0.5:
        return 0.0, ()
    uncertainty = 1.0 if not signals.in_scope else 1.0 - min(max(signals.lead, 0.0), 1.0)
    strengths = {
        Worry.SUSPICIOUS: float(signals.suspicious),
        Worry.UNSURE: uncertainty,
        Worry.DOUBTED: float(signals.doubted),
        Worry.DIVIDED: signals.disagreement,
        Worry.DRIFTED: float(signals.drifted),
        Worry.FREQUENT: min(log2(max(signals.alike, 1)), 4.0),
    }
    worth = sum(SHARES[worry] * strength for worry, strength in strengths.items() if worry is not Worry.FREQUENT)
    floors = {Worry.UNSURE: UNSURE_FROM, Worry.DIVIDED: 0.3, Worry.FREQUENT: log2(FREQUENT_FROM)}
    named = [worry for worry, strength in strengths.items() if strength > 0 and strength >= floors.get(worry, 0.0)]
    return round(worth, 4), tuple(sorted(named, key=lambda each: -SHARES[each] * strengths[each]))


def risen(now: Mapping[str, int], before: Mapping[str, int]) -> frozenset[str]:
    """Intents whose share of the messages has at least doubled; of few messages nothing is said.

    `now`, `before`: messages by intent in two spans of time, which may be of different length.
    """
    total, former = sum(now.values()), sum(before.values())
    if total < RISEN_FROM or former < RISEN_FROM:
        return frozenset()
    return frozenset(
        intent
        for intent, count in now.items()
        if count >= RISEN_FROM / 4 and count / total >= 2 * before.get(intent, 0) / former
    )
