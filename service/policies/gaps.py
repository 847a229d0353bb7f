"""Which questions does the knowledge base answer badly?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST_ASKED: Final = 5
BAD_SHARE: Final = 0.4
"""A gap is where at least this share of the questions found no good article, or one that operators would not send."""


@dataclass(frozen=True)
class Asked:
    """How often an intent was asked about; for how many questions the best article scored low or there was none
    (`weak`), and how often operators rejected what was found, or wrote something else (`rejected`)."""

    intent: str
    asked: int
    weak: int
    rejected: int
    article: str | None = None


@dataclass(frozen=True)
class Gap:
    """A gap: `bad` of the `asked` questions were answered badly."""

    intent: str
    asked: int
    weak: int
    rejected: int
    bad: int
    article: str | None


def rank_gaps(asked: Sequence[Asked]) -> list[Gap]:
    """The gaps, those first that concern most clients."""
    gaps = []
    for each in asked:
        bad = min(each.asked, each.weak + each.rejected)
        if each.asked >= LEAST_ASKED and bad >= BAD_SHARE * each.asked:
            gaps.append(Gap(each.intent, each.asked, each.weak, each.rejected, bad, each.article))
    return sorted(gaps, key=lambda gap: (-gap.bad, gap.intent))
