"""How the parts of a search become one score. Weights are data: a learned ranking is another JSON file.

The parts are on absolute scales (cosines, shares), not z-scored within a query, so that a score means the same for
every query and a message about nothing we know scores low. Measured, the two order equally well.

The default weights are one set for all of BANKING77, CLINC150, our examples and our articles, from
`training/benchmarks/fit_ranking.py`, rounded; `question` is kept at 0.15, which those sets don't ask for, so that an
article's very own question finds it first.

    sum   = Σ weight(part) · part
    score = 1 / (1 + exp(−(slope · sum + offset)))

The logistic function is monotone: it changes no order. `slope` and `offset` are fitted (Platt, 1999) on first hits,
right and wrong, of in-scope and out-of-scope queries, so that of the first hits that score 0.7 about 70 % are right.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from knowledge_base.errors import WeightsError

PARTS: Final = ("question", "questions", "answer", "words", "letters", "intent", "topic", "other_language")
"""What a score is made of:

- question: cosine of the query and the article's most alike question
- questions: mean cosine of its three most alike questions
- answer: cosine of the query and the article's title and answer
- words: BM25 over title, questions and answer, 0..1
- letters: character n-grams, the most alike question, 0..1
- intent: what the classifier gives the article's intents, 0..1
- topic: 1 for the last article and those that share an intent with it, in a follow-up that names nothing (`bare`)
- other_language: 1 for an article in another language than the client's (its weight is negative)
"""

FORMAT: Final = "otklik-ranking/1"


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of each part; the share of the reading with the last article, in a follow-up that names something
    (`follow_up`: «а за границей?») and in one that names nothing (`bare`: «сколько это стоит?»); the map to 0..1.
    """

    question: float = 0.15
    questions: float = 0.29
    answer: float = 0.20
    words: float = 0.28
    letters: float = 0.08
    intent: float = 0.18
    topic: float = 0.2
    other_language: float = -0.10
    follow_up: float = 0.5
    bare: float = 0.95
    slope: float = 9.7
    offset: float = -3.5

    def __post_init__(self) -> None:
        if self.slope <= 0:
            raise WeightsError("`slope` must be above 0: the score would fall as the likeness grows")
        if not (0 <= self.follow_up <= 1 and 0 <= self.bare <= 1):
            raise WeightsError("`follow_up` and `bare` are shares, 0..1")

    def sum(self, parts: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """The weighted sum of the parts, elementwise; parts that aren't given count as 0."""
        total: NDArray[np.float32] | None = None
        for name, values in parts.items():
            weighted = np.float32(getattr(self, name)) * values
            total = weighted if total is None else total + weighted
        if total is None:
            raise ValueError("no parts to rank by")
        return total

    def score(self, total: float) -> float:
        """A sum as a score in 0..1; never falls as the sum grows."""
        exponent = max(-60.0, min(60.0, -(self.slope * total + self.offset)))
        return 1.0 / (1.0 + math.exp(exponent))

    def to_json(self) -> str:
        """The weights as JSON text."""
        return json.dumps({"format": FORMAT} | asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Weights":
        """The weights of a JSON text. Raises WeightsError naming what is wrong."""
        try:
            values: Any = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise WeightsError(f"ranking weights are not JSON: {error}") from error
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise WeightsError(f"ranking weights must be an object with `format`: `{FORMAT}`")
        names = {item.name for item in fields(cls)}
        if values.keys() != names:
            raise WeightsError(f"ranking weights must have {sorted(names)}; found {sorted(values)}")
        for name, value in values.items():
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
                raise WeightsError(f"ranking weight `{name}` must be a number, not {value!r}")
        return cls(**{name: float(value) for name, value in values.items()})

    @classmethod
    def load(cls, path: Path | str) -> "Weights":
        """The weights of a file. Raises WeightsError with the path."""
        try:
            return cls.from_json(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise WeightsError(f"{path}: can't be read: {error}") from error
        except WeightsError as error:
            raise WeightsError(f"{path}: {error}") from error
