"""What would have been decided otherwise: two models on messages that the service got, nobody having labelled them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from models.bundle import Bundle, Classification
from models.errors import DataError
from models.preparation import prepare
from training.dataset import load_messages

MOST_MESSAGES: Final = 20_000
"""A replay of more says nothing new, and takes minutes."""
_BATCH: Final = 500
_CHANGES: Final = 30
_EXAMPLES: Final = 3


@dataclass(frozen=True)
class Changed:
    """`count` messages would be served otherwise: what was decided, what would be, and a few of them."""

    before: str
    after: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Replay:
    """`same` and `changed` count messages; `before` and `after` are the shares that are answered automatically.

    `since` and `until`: when the first and the last of them came (ISO 8601), where the file says it.
    """

    n: int
    same: int
    changed: int
    before: float
    after: float
    changes: tuple[Changed, ...]
    since: str | None = None
    until: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def replay(live: Bundle, candidate: Bundle, file: Path) -> Replay:
    """Both models on the texts of a JSONL file. Raises DataError for a file without any."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[str]] = {}
    n = alone_before = alone_after = 0
    times: list[str] = []
    for lines in _batches(islice(load_messages(file), MOST_MESSAGES)):
        batch = [text for text, _ in lines]
        seen = [at for _, at in lines if at is not None]
        times = [min([*times, *seen]), max([*times, *seen])] if seen else times
        prepared = [prepare(text) for text in batch]
        for text, was, now in zip(batch, live.classify(prepared), candidate.classify(prepared), strict=True):
            n += 1
            alone_before += was.automatic
            alone_after += now.automatic
            decided = _decided(was), _decided(now)
            if decided[0] != decided[1]:
                counts[decided] += 1
                known = examples.setdefault(decided, [])
                if len(known) < _EXAMPLES:
                    known.append(text)
    if not n:
        raise DataError("holds no messages to replay", file)
    changed = sum(counts.values())
    found = tuple(Changed(*pair, count, tuple(examples[pair])) for pair, count in counts.most_common(_CHANGES))
    since, until = times or (None, None)
    return Replay(n, n - changed, changed, alone_before / n, alone_after / n, found, since, until)


def _decided(found: Classification) -> str:
    if not found.in_scope:
        return "out of scope"
    return f"{found.ranking[0].intent}: {'answered' if found.automatic else 'asked or handed over'}"


def _batches(lines: Iterator[tuple[str, str | None]]) -> Iterator[Sequence[tuple[str, str | None]]]:
    while batch := list(islice(lines, _BATCH)):
        yield batch
