"""Waiting makes urgent: what the order of the queue needs to know of time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Ageing:
    """At `now`, each whole `step_minutes` of waiting counts as one priority more; 0 switches it off."""

    now: datetime
    step_minutes: int
