"""What clients wrote in a week, counted."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Week:
    """The client messages of a week. `unsure`: how many were not surely understood; the rest counts by group."""

    messages: int
    unsure: int
    intents: Mapping[str, int]
    languages: Mapping[str, int]
    scope: Mapping[str, int]
