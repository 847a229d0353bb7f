"""Asking the models: the live one or the canary for an answer, and the one in the shadow for comparison."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from models.bundle import Bundle, Classification
from models.encoder import Encoder
from models.preparation import Prepared
from service.domain.understanding import ShadowReading
from service.model_shelf import InUse

T = TypeVar("T")
Guard = Callable[[str, Callable[[], T], T], T]
"""(stage, work, otherwise): does the work; when it fails, counts and logs it and gives `otherwise`."""


@dataclass(frozen=True)
class Asked:
    """A message to be classified, and the conversation it belongs to (empty: none). Parts have no shadow."""

    prepared: Prepared
    key: str = ""
    whole: bool = True


@dataclass(frozen=True)
class Classified:
    """What a model made of a message: which model, by which encoder, and what the one in the shadow would have said."""

    found: Classification
    version: str
    encoder: Encoder | None
    shadow: ShadowReading | None = None


def classify(
    asked: Sequence[Asked], models: InUse, guard: Callable[[str, Callable[[], None], None], None]
) -> list[Classified | None]:
    """Each message by the model that answers its conversation; None where that failed or there is no model."""
    results: list[Classified | None] = [None] * len(asked)
    rows_of: dict[int, tuple[Bundle, list[int]]] = {}
    for row, each in enumerate(asked):
        bundle = models.answering(each.key)
        if bundle is not None:
            rows_of.setdefault(id(bundle), (bundle, []))[1].append(row)

    def answer(bundle: Bundle, rows: Sequence[int]) -> None:
        for row, found in zip(rows, _ask(bundle, [asked[row] for row in rows]), strict=True):
            results[row] = Classified(found, bundle.version, bundle.encoder)

    for bundle, rows in rows_of.values():
        guard("model", lambda bundle=bundle, rows=rows: answer(bundle, rows), None)  # type: ignore[misc]
    if models.shadow is not None:
        guard("shadow", lambda: _compare(asked, results, models), None)
    return results


def _compare(asked: Sequence[Asked], results: list[Classified | None], models: InUse) -> None:
    """Add what the model in the shadow says of whole messages that a model answered."""
    shadow = models.shadow
    rows = [row for row, each in enumerate(asked) if each.whole and results[row] is not None]
    if shadow is None or not rows:
        return
    for row, found in zip(rows, _ask(shadow, [asked[row] for row in rows]), strict=True):
        answered = results[row]
        assert answered is not None  # noqa: S101 - rows are those that were answered
        best = found.ranking[0]
        reading = ShadowReading(
            shadow.version, best.intent, float(best.confidence), bool(found.in_scope), bool(found.automatic)
        )
        results[row] = Classified(answered.found, answered.version, answered.encoder, reading)


def _ask(bundle: Bundle, asked: Sequence[Asked]) -> list[Classification]:
    found = bundle.classify([each.prepared for each in asked])
    if len(found) != len(asked):
        raise ValueError(f"the model gave {len(found)} answers to {len(asked)} messages")
    return list(found)
