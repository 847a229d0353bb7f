"""Figures of many durations and marks: median, ninth decile, mean; None where there is nothing to count."""

from collections.abc import Collection
from math import ceil
from statistics import fmean, median


def middle(values: Collection[float]) -> float | None:
    """The median."""
    return float(median(values)) if values else None


def p90(values: Collection[float]) -> float | None:
    """The smallest value that nine of ten don't exceed."""
    return sorted(values)[ceil(0.9 * len(values)) - 1] if values else None


def mean(values: Collection[float]) -> float | None:
    """The mean."""
    return fmean(values) if values else None


def share(part: int, whole: int) -> float | None:
    """`part` of `whole` from 0 to 1."""
    return part / whole if whole else None
