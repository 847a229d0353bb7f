"""Two versions side by side: what they were trained on, from when on they answer alone, what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.domain.staff import StaffMember
from service.office import Office
from service.releases.registry import ModelCard, read_model


@dataclass(frozen=True)
class Change:
    """A value in the one and in the other; None where one of them has no such thing."""

    name: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Comparison:
    """What differs between two versions. `counts`, `thresholds` and `settings` hold what is not equal in both;
    `metrics` everything that was measured out of fold."""

    before: ModelCard
    after: ModelCard
    same_data: bool
    counts: tuple[Change, ...]
    thresholds: tuple[Change, ...]
    settings: tuple[Change, ...]
    metrics: tuple[Change, ...]


def compare(before: str, after: str, staff: StaffMember, office: Office) -> Comparison:
    """The versions whose names are or begin with these; NotFound for one that isn't there."""
    one, other = read_model(before, staff, office), read_model(after, staff, office)
    ours, theirs = one.model.manifest, other.model.manifest
    return Comparison(
        before=one,
        after=other,
        same_data=one.model.data_hash == other.model.data_hash,
        counts=_different(ours.get("counts", {}), theirs.get("counts", {})),
        thresholds=_different(ours["thresholds"], theirs["thresholds"]),
        settings=_different(_settings(ours), _settings(theirs)),
        metrics=tuple(_changes(ours["metrics"], theirs["metrics"])),
    )


def _settings(manifest: Mapping[str, Any]) -> dict[str, float]:
    return {name: manifest[name] for name in ("examples", "error_rate", "scope_threshold", "temperature", "seed")}


def _different(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[Change, ...]:
    return tuple(each for each in _changes(before, after) if each.before != each.after)


def _changes(before: Mapping[str, float], after: Mapping[str, float]) -> list[Change]:
    names = sorted({*before, *after})
    return [Change(name, before.get(name), after.get(name)) for name in names]
