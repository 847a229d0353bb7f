"""Labels that the service exported from its conversations, and joining them with the examples."""

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.errors import DataError
from models.likeness import grouping_key, likeness
from models.taxonomy import OUT_OF_SCOPE, Taxonomy, load_taxonomy
from training.dataset import UNKNOWN_LABEL, Dataset, Example, contradictions, read_examples

FORMAT: Final = "otklik-labels/1"
MOST_AN_INTENT: Final = 1_000
"""Labels of one intent that are taken from an export: memory and training time are bounded however long it is."""
_FILES: Final = ("labels.jsonl", "taxonomy.yaml", "unlabelled.jsonl", "confirmed.jsonl", "articles.csv")


@dataclass(frozen=True)
class Labels:
    """An export: its labels, the taxonomy they are of, and its content hash."""

    dataset: Dataset
    taxonomy: Taxonomy
    hash: str


def load_labels(folder: Path | str) -> Labels:
    """Read a folder that `otklik data export --out` wrote; of each intent the `MOST_AN_INTENT` most telling labels.

    Raises DataError when it is none, was changed or cut short since, or holds a label of an unknown intent.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    if content_hash(folder) != manifest.get("hash"):
        raise DataError("was changed or cut short since it was exported; export it again", folder)
    taxonomy, file = load_taxonomy(folder / "taxonomy.yaml"), folder / "labels.jsonl"
    dataset = _most_telling(read_examples(file), {*taxonomy.ids, OUT_OF_SCOPE}, file)
    return Labels(dataset, taxonomy, str(manifest["hash"]))


def _most_telling(found: Iterable[Example], known: set[str], file: Path) -> Dataset:
    """At most `MOST_AN_INTENT` of each intent, in the order of the file; memory does not grow with what is left out.

    What people said comes first, then by weight; among equals they are drawn by their own words, so that the same
    export always gives the same examples.
    """
    kept: dict[str, list[tuple[float, str, int, Example]]] = {}
    left_out: Counter[str] = Counter()
    for number, example in enumerate(found):
        if example.label not in known:
            raise DataError(UNKNOWN_LABEL.format(label=example.label), example.file, example.line)
        if not example.text.strip():
            continue
        ranked = (example.weight, likeness(example.text)[::-1], -number, example)
        if len(same := kept.setdefault(example.label, [])) < MOST_AN_INTENT:
            heapq.heappush(same, ranked)
        else:
            heapq.heappushpop(same, ranked)
            left_out[example.label] += 1
    examples = [each[-1] for each in sorted((r for same in kept.values() for r in same), key=lambda r: -r[2])]
    if not examples:
        raise DataError("holds no labels; export them again", file)
    most = ", ".join(f"{label} {count:,}" for label, count in left_out.most_common(3))
    bounded = [
        f"{file}: {left_out.total():,} labels are left out, at most {MOST_AN_INTENT:,} an intent are taken; most of "
        f"them: {most}"
    ]
    return Dataset(tuple(examples), (*(bounded if left_out else ()), *contradictions(examples)))


def hold_out(labels: Dataset) -> tuple[Dataset, Dataset]:
    """(to train on, to judge by): how the golden set grows by review.

    One in five of the messages that a person labelled is never trained on, always the same ones: they are drawn by
    their own words. What nobody has confirmed (weight below 1) is never judged by.
    """
    judged = tuple(e for e in labels.examples if e.weight >= 1.0 and int(likeness(e.text)[:8], 16) % 5 == 0)
    kept = set(map(id, judged))
    return Dataset(tuple(e for e in labels.examples if id(e) not in kept), labels.warnings), Dataset(judged)


def join(examples: Dataset, labels: Dataset) -> Dataset:
    """The examples and behind them the labels. Of texts that read the same the better word stands, with a warning.

    A label a person gave (weight 1) replaces an example with another label: it is the later word. A label that only
    follows from events never stands beside an example or a label of a person.
    """
    said = {grouping_key(e.text): e for e in labels.examples if e.weight >= 1.0}
    kept: list[Example] = []
    warnings = [*examples.warnings, *labels.warnings]
    for example in examples.examples:
        other = said.get(grouping_key(example.text))
        if other is None or other.label == example.label:
            kept.append(example)
        else:
            warnings.append(
                f"{example.place}: is `{example.label}` here and `{other.label}` at {other.place}, the later"
            )
    present = {(grouping_key(e.text), e.label) for e in kept}
    texts = {grouping_key(e.text) for e in kept}
    for label in labels.examples:
        key = grouping_key(label.text)
        if (key, label.label) in present or (label.weight < 1.0 and (key in texts or key in said)):
            continue
        kept.append(label)
    return Dataset(tuple(kept), tuple(warnings))


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError("is no export of labels; make one: otklik data export --out DIR", folder) from error
    except ValueError as error:
        raise DataError(f"is not JSON ({error}); export the labels again", path) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise DataError(f"is not a manifest of the format {FORMAT}; export the labels again", path)
    return manifest


def content_hash(folder: Path) -> str:
    """SHA-256 over the files of an export, by name, byte for byte; read piece by piece."""
    whole = hashlib.sha256()
    for name in _FILES:
        if (folder / name).is_file():
            with (folder / name).open("rb") as file:
                whole.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
