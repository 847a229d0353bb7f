"""May this candidate go live? Pure: two judgements on the same messages in, a verdict with its reasons out.

It may when no intent that the golden set knows well gets much worse, the scope gate and the calibration get no worse,
what it answers alone keeps the promise, and there is a reason for it: over all messages it is better by more than
luck; or the rest gets no worse, and it serves an intent that the live one doesn't know or finds articles sooner.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from models.calibration import POOL_CERTAINTY
from models.taxonomy import OUT_OF_SCOPE
from training.judging import Judged
from training.metrics import Paired, mcnemar
from training.ranking import RankingCompared

LEAST_EXAMPLES: Final = 20
"""Of an intent with fewer golden messages a fall says little; it counts in the whole only."""
ALLOWED_FALL: Final = 0.05
"""By so much the F1 of an intent may fall: one message in twenty."""
ALLOWED_SCOPE: Final = 0.005
"""By so much the area under the scope's curve may fall; the standard error on 1,500 messages is about that."""
ALLOWED_CALIBRATION: Final = 0.01
SIGNIFICANCE: Final = 0.05
LEAST_NEW: Final = 3
"""Held-out messages that a new intent needs before it can be a reason."""
LEAST_NEW_RIGHT: Final = 0.6
"""Of these messages, the share that must be served rightly."""


@dataclass(frozen=True)
class Check:
    """One condition: its name, whether it is met, and the figures that say why, for a sentence in any language."""

    name: str
    passed: bool
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """`passed`: every check is. In the order they are explained."""

    passed: bool
    checks: tuple[Check, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def accept(live: Judged, candidate: Judged, ranking: RankingCompared | None = None) -> Verdict:
    """The verdict; both were judged on the same messages in the same order. ValueError when they weren't.

    `ranking`: what was measured of their searches, if anything.
    """
    if live.report.data_hash != candidate.report.data_hash:
        raise ValueError("the two models were judged on different messages")
    checks = (
        _intents(live, candidate), _scope(live, candidate), _calibration(live, candidate), _promise(candidate),
        *([_ranking(ranking)] if ranking is not None else []), _better(live, candidate, ranking),
    )  # fmt: skip
    return Verdict(all(check.passed for check in checks), checks)


def _intents(live: Judged, candidate: Judged) -> Check:
    falls: list[dict[str, Any]] = [
        {"intent": label, "n": was.n, "before": round(was.f1, 4), "after": round(candidate.by_label[label].f1, 4)}
        for label, was in live.by_label.items()
        if label != OUT_OF_SCOPE
        and was.n >= LEAST_EXAMPLES
        and was.f1 - candidate.by_label[label].f1 > ALLOWED_FALL + 1e-9
    ]
    falls.sort(key=lambda each: float(each["after"] - each["before"]))
    looked_at = sum(each.n >= LEAST_EXAMPLES for label, each in live.by_label.items() if label != OUT_OF_SCOPE)
    return Check("intents", not falls, {"falls": falls, "looked_at": looked_at, "allowed": ALLOWED_FALL})


def _scope(live: Judged, candidate: Judged) -> Check:
    before, after = live.report.scope_auroc, candidate.report.scope_auroc
    worse = before is not None and after is not None and before - after > ALLOWED_SCOPE
    return Check("scope", not worse, {"before": before, "after": after, "allowed": ALLOWED_SCOPE})


def _calibration(live: Judged, candidate: Judged) -> Check:
    before, after = live.report.calibration_error, candidate.report.calibration_error
    worse = after - before > ALLOWED_CALIBRATION
    return Check("calibration", not worse, {"before": before, "after": after, "allowed": ALLOWED_CALIBRATION})


def _promise(candidate: Judged) -> Check:
    """The share of wrong automatic answers is not surely above the one that was promised (lower binomial bound)."""
    from scipy.special import betaincinv

    report = candidate.report
    answers = report.answers
    wrong = round(report.error_rate * answers)
    least = float(betaincinv(wrong, answers - wrong + 1, 1.0 - POOL_CERTAINTY)) if wrong else 0.0
    figures = {"error_rate": report.error_rate, "promised": report.promised_error_rate, "answers": answers}
    return Check("promise", least <= report.promised_error_rate, figures)


def _ranking(ranking: RankingCompared) -> Check:
    """The right article is not surely found later than before (95 % interval of the mean reciprocal rank)."""
    return Check("ranking", ranking.high >= 0, asdict(ranking))


def _better(live: Judged, candidate: Judged, ranking: RankingCompared | None) -> Check:
    """What the change is for: more right answers; or topics that were unknown, or articles found sooner, at no price.

    `why` says which: "messages", "new_intents", "ranking", or "" for nothing.
    """
    paired, price = mcnemar(live.right, candidate.right), _price(live, candidate)
    new = _new_intents(live, candidate)
    why = ""
    if paired.p < SIGNIFICANCE:
        why = "messages"
    elif price.p >= SIGNIFICANCE and new and all(each["right"] >= LEAST_NEW_RIGHT * each["n"] for each in new):
        why = "new_intents"
    elif price.p >= SIGNIFICANCE and ranking is not None and ranking.low > 0:
        why = "ranking"
    figures = {
        "gained": paired.gained, "lost": paired.lost, "p": round(paired.p, 5), "significance": SIGNIFICANCE,
        "before": round(float(live.right.mean()), 5), "after": round(float(candidate.right.mean()), 5),
        "n": len(live.right), "why": why, "new": new, "others_lost": price.gained, "others_gained": price.lost,
    }  # fmt: skip
    return Check("better", bool(why), figures)


def _price(live: Judged, candidate: Judged) -> Paired:
    """Is the live one better on messages of what both know? (`p` is small when it surely is.)"""
    fresh = candidate.intents - live.intents
    known = [label not in fresh for label in live.truth] or [True] * len(live.right)
    return mcnemar(candidate.right[known], live.right[known])


def _new_intents(live: Judged, candidate: Judged) -> list[dict[str, Any]]:
    """Of each intent that only the candidate knows, the held-out messages and how many it serves rightly."""
    found: list[dict[str, Any]] = []
    for intent in sorted(candidate.intents - live.intents):
        rows = [row for row, label in enumerate(candidate.truth) if label == intent]
        if len(rows) >= LEAST_NEW:
            found.append({"intent": intent, "n": len(rows), "right": int(candidate.right[rows].sum())})
    return found
