"""How good is a trained model on labelled messages? Through the very code that serves clients."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from models.bundle import Bundle, Classification
from models.preparation import prepare
from models.taxonomy import OUT_OF_SCOPE
from training.dataset import Dataset, Example
from training.metrics import accuracy, auroc, automation, expected_calibration_error, macro_f1

_EXAMPLES_SHOWN: Final = 3
_CONFUSIONS: Final = 20


@dataclass(frozen=True)
class Group:
    """A part of the messages, by style or language. `accuracy` of in-scope messages; `refused`: the share of
    out-of-scope messages found out of scope; None where there are none of the kind."""

    n: int
    accuracy: float | None
    refused: float | None
    coverage: float | None


@dataclass(frozen=True)
class Confusion:
    """`count` messages of intent `truth` were taken for `predicted` (out_of_scope: the scope gate decided)."""

    truth: str
    predicted: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """Figures of `training.metrics` on one data set.

    accuracy           share of in-scope messages whose first intent is right, the scope gate left aside
    macro_f1           of the same, averaged over intents
    gated_accuracy     of all messages, with the gate: out-of-scope messages count as right when refused
    scope_auroc        None without out-of-scope messages
    scope_recall, scope_refusal   at the artifact's threshold: in-scope messages let through, others refused
    coverage, error_rate          see `training.metrics.Automation`; `promised_error_rate` is what the owner asked for
    calibration_error  of the confidence of in-scope messages
    answers            messages answered automatically, out-of-scope ones included
    by_...             groups; `by_language_and_style` is keyed "ru typos"
    n                  all messages; n_in_scope of them in scope; n_unknown have a label the model never saw
    """

    n: int
    n_in_scope: int
    n_unknown: int
    accuracy: float
    macro_f1: float
    gated_accuracy: float
    scope_auroc: float | None
    scope_recall: float
    scope_refusal: float | None
    coverage: float
    error_rate: float
    promised_error_rate: float
    calibration_error: float
    answers: int
    model: str
    data_hash: str
    confusions: tuple[Confusion, ...]
    by_style: dict[str, Group]
    by_language: dict[str, Group]
    by_language_and_style: dict[str, Group]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def evaluate(bundle: Bundle, dataset: Dataset, results: Sequence[Classification] | None = None) -> Report:
    """Classify every message (unless `results` are there) and compare.

    A label the model never saw counts as a mistake, not as out of scope.
    """
    examples = dataset.examples
    results = results or bundle.classify([prepare(e.text) for e in examples])
    truth = [e.label for e in examples]
    first = [r.ranking[0].intent for r in results]
    confidence = np.array([r.ranking[0].confidence for r in results])
    inside = np.array([label != OUT_OF_SCOPE for label in truth])
    correct = np.array([a == b for a, b in zip(truth, first, strict=True)])
    passed = np.array([r.in_scope for r in results])
    gated = [intent if r.in_scope else OUT_OF_SCOPE for intent, r in zip(first, results, strict=True)]
    promised = automation([r.automatic for r in results], correct, inside)
    inside_truth = [label for label in truth if label != OUT_OF_SCOPE]
    inside_first = [intent for intent, is_inside in zip(first, inside, strict=True) if is_inside]
    known = {*bundle.manifest.intents, OUT_OF_SCOPE}
    return Report(
        n=len(examples),
        n_in_scope=int(inside.sum()),
        n_unknown=sum(label not in known for label in truth),
        accuracy=accuracy(inside_truth, inside_first),
        macro_f1=macro_f1(inside_truth, inside_first),
        gated_accuracy=accuracy(truth, gated),
        scope_auroc=auroc([r.scope_score for r in results], inside),
        scope_recall=float(passed[inside].mean()) if inside.any() else 0.0,
        scope_refusal=float((~passed[~inside]).mean()) if not inside.all() else None,
        coverage=promised.coverage,
        error_rate=promised.error_rate,
        promised_error_rate=bundle.manifest.error_rate,
        calibration_error=expected_calibration_error(confidence[inside], correct[inside]),
        answers=promised.answers,
        model=bundle.version,
        data_hash=dataset.hash,
        confusions=_confusions(examples, gated),
        by_style=_groups(examples, results, lambda e: e.style),
        by_language=_groups(examples, results, lambda e: e.language),
        by_language_and_style=_groups(
            examples, results, lambda e: f"{e.language} {e.style}" if e.language and e.style else None
        ),
    )


def _confusions(examples: Sequence[Example], predicted: Sequence[str]) -> tuple[Confusion, ...]:
    wrong = [(e, p) for e, p in zip(examples, predicted, strict=True) if e.label != p]
    counts = Counter((e.label, p) for e, p in wrong)
    return tuple(
        Confusion(
            truth,
            taken_for,
            count,
            tuple([e.text for e, p in wrong if (e.label, p) == (truth, taken_for)][:_EXAMPLES_SHOWN]),
        )
        for (truth, taken_for), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_CONFUSIONS]
    )


def _groups(
    examples: Sequence[Example], results: Sequence[Classification], of: Callable[[Example], str | None]
) -> dict[str, Group]:
    names = sorted({name for e in examples if (name := of(e)) is not None})
    return {name: _group([(e, r) for e, r in zip(examples, results, strict=True) if of(e) == name]) for name in names}


def _group(pairs: Sequence[tuple[Example, Classification]]) -> Group:
    inside = [(e, r) for e, r in pairs if e.label != OUT_OF_SCOPE]
    outside = [r for e, r in pairs if e.label == OUT_OF_SCOPE]
    return Group(
        n=len(pairs),
        accuracy=accuracy([e.label for e, _ in inside], [r.ranking[0].intent for _, r in inside]) if inside else None,
        refused=sum(not r.in_scope for r in outside) / len(outside) if outside else None,
        coverage=sum(r.automatic for _, r in inside) / len(inside) if inside else None,
    )
