"""Do clients write about other things, or in another way, than before? Counts of weeks in, indices and alarms out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.domain.drift import Week

STABLE: Final = 0.1
SHIFTED: Final = 0.25
"""The customary bounds of the population stability index: below the first little has changed, above the second much."""
UNSURE_RISE: Final = 0.1
"""So much more of the messages not being surely understood is an alarm."""
LEAST_MESSAGES: Final = 100
"""A week with fewer says nothing."""
PAST_WEEKS: Final = 4


@dataclass(frozen=True)
class Drift:
    """How a week differs. The indices compare with the weeks before (None: too few messages to say), `from_training`
    the intents with the examples the live model was trained on, which people wrote and clients never sent in these
    shares; what chance alone makes is taken off. `alarms` name what has changed too much."""

    week: Week
    unsure: float
    unsure_before: float | None
    intents: float | None
    languages: float | None
    scope: float | None
    from_training: float | None
    alarms: tuple[str, ...]


def compare(week: Week, past: Sequence[Week], trained_on: Mapping[str, int]) -> Drift:
    """A week against the (up to four) before it, and against the training data; both may be empty."""
    whole = _together(past)
    told = week.messages >= LEAST_MESSAGES and whole.messages >= LEAST_MESSAGES
    indices = {
        name: beyond_chance(getattr(whole, name), getattr(week, name)) if told else None
        for name in ("intents", "languages", "scope")
    }
    unsure, before = _share(week), _share(whole) if told else None
    alarms = [name for name, index in indices.items() if index is not None and index > SHIFTED]
    if before is not None and unsure - before > UNSURE_RISE:
        alarms.append("unsure")
    trained = beyond_chance(trained_on, week.intents) if trained_on and week.messages >= LEAST_MESSAGES else None
    return Drift(week, unsure, before, indices["intents"], indices["languages"], indices["scope"], trained,
                 tuple(alarms))  # fmt: skip


def stability(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """The population stability index of two counts by group: the sum of (q - p) * ln(q / p) over their shares p and q.

    0 for equal shares. A group that one of them lacks counts as half a message there, so that it is finite.
    """
    if not sum(before.values()) or not sum(after.values()):
        return 0.0
    groups = sorted({*before, *after})
    p, q = (_shares([counts.get(group, 0) for group in groups]) for counts in (before, after))
    return sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))


def beyond_chance(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """The index less what two samples of the same population have of it on average, at least 0.

    With equal shares it is distributed as (1/n + 1/m) times chi-squared of groups - 1 degrees of freedom (Yurdakul and
    Naranjo, "Statistical properties of the population stability index", 2020): without this a week of a hundred
    messages about forty topics would always be an alarm.
    """
    first, second = sum(before.values()), sum(after.values())
    if not first or not second:
        return 0.0
    groups = sum(1 for group in {*before, *after} if before.get(group, 0) or after.get(group, 0))
    return max(stability(before, after) - (groups - 1) * (1 / first + 1 / second), 0.0)


def _shares(counts: Sequence[int]) -> list[float]:
    filled = [max(float(count), 0.5) for count in counts]
    return [each / sum(filled) for each in filled]


def _share(week: Week) -> float:
    return week.unsure / week.messages if week.messages else 0.0


def _together(weeks: Sequence[Week]) -> Week:
    def added(name: str) -> dict[str, int]:
        total: dict[str, int] = {}
        for week in weeks:
            for group, count in getattr(week, name).items():
                total[group] = total.get(group, 0) + count
        return total

    return Week(
        sum(week.messages for week in weeks), sum(week.unsure for week in weeks), added("intents"),
        added("languages"), added("scope"),
    )  # fmt: skip
