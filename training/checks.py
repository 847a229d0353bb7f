"""Is a data set fit to train on? Duplicates, contradictions, monotony and gaps, each with file and line.

A model learns what examples share. If every example of an intent holds the same word, the model learns the word and
fails the client who puts it otherwise; so variety is measured, not only quantity.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from models.encoder import Encoder
from models.lexical import Vocabulary
from models.likeness import grouping_key
from models.preparation import prepare
from models.taxonomy import OUT_OF_SCOPE, Taxonomy
from training.dataset import Dataset, Example

Severity = Literal["error", "warning"]
_WORD = re.compile(r"\w+")
_NEGATIONS: Final = frozenset({"не", "нет", "без", "not", "no", "don", "t", "never"})
_NEGATING_PREFIXES: Final = ("не", "без", "un", "dis", "in", "non", "de")
_STEMMERS: Final = {"ru": "russian", "en": "english"}


@dataclass(frozen=True)
class Floors:
    """What is enough. Shares are of 1, similarities from 0 to 1; language -> number of messages an intent.

    `near_text`: similarity of spelling (RapidFuzz ratio) of two messages of one intent that adds nothing.
    `near_meaning`: cosine of encoder vectors, likewise; messages of two intents this close are hard to tell apart.
    `typical_words`: how many of an intent's most telling words count as typical.
    """

    messages: Mapping[str, int] = field(default_factory=lambda: {"ru": 15, "en": 5})
    out_of_scope: int = 100
    styles: int = 3
    type_token_ratio: float = 0.25
    words_spread: float = 1.5
    without_typical: float = 0.15
    typical_words: int = 3
    near_text: float = 0.93
    near_meaning: float = 0.97


@dataclass(frozen=True)
class Problem:
    """One finding. `error`: training on it would be wrong. `warning`: better than this is possible."""

    file: str
    line: int
    severity: Severity
    what: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.severity}: {self.what}"


@dataclass(frozen=True)
class IntentRow:
    """Measurements of one intent in one language.

    type_token_ratio   distinct stems / words
    words_spread       standard deviation of the number of words in a message
    typical            stems that tell this intent from the others most (log-odds, Monroe et al. 2008)
    without_typical    share of messages with none of them: those teach the model more than a word
    """

    intent: str
    language: str
    messages: int
    styles: tuple[str, ...]
    type_token_ratio: float
    mean_words: float
    words_spread: float
    typical: tuple[str, ...]
    without_typical: float


@dataclass(frozen=True)
class Inspection:
    """All findings, by file and line, and a row of measurements for each intent and language."""

    problems: tuple[Problem, ...]
    rows: tuple[IntentRow, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "error")


def inspect(
    dataset: Dataset, *, taxonomy: Taxonomy | None = None, encoder: Encoder | None = None, floors: Floors | None = None
) -> Inspection:
    """Check a data set. `taxonomy`: also unknown and missing intents. `encoder`: also likeness in meaning."""
    floors = floors or Floors()
    examples = dataset.examples
    problems = [Problem("", 0, "warning", text) for text in dataset.warnings if "empty" in text]
    rows = _measure(examples, floors)
    problems += _labels(examples, taxonomy)
    problems += _counts(examples, floors, taxonomy)
    problems += _monotony(rows, examples, floors)
    problems += _repeats(examples)
    problems += _near_repeats(examples, floors, encoder)
    return Inspection(tuple(sorted(problems, key=lambda p: (p.file, p.line, p.what))), tuple(rows))


def _labels(examples: Sequence[Example], taxonomy: Taxonomy | None) -> Iterator[Problem]:
    if taxonomy is None:
        return
    known = {*taxonomy.ids, OUT_OF_SCOPE}
    reported = set()
    for e in examples:
        if e.label not in known and (e.label, e.file) not in reported:
            reported.add((e.label, e.file))
            yield Problem(e.file, e.line, "error", f"`{e.label}` is not an intent of the taxonomy")


def _counts(examples: Sequence[Example], floors: Floors, taxonomy: Taxonomy | None) -> Iterator[Problem]:
    counts = Counter((e.label, e.language) for e in examples)
    files = {(e.label, e.language): e.file for e in examples}
    styles: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    for e in examples:
        if e.style:
            styles[e.label, e.language].add(e.style)
    intents = taxonomy.ids if taxonomy else tuple(sorted({e.label for e in examples} - {OUT_OF_SCOPE}))
    languages = {e.language for e in examples}
    for language, floor in floors.messages.items():
        if language not in languages:
            continue
        for intent in intents:
            found = counts[intent, language]
            file = files.get((intent, language), "")
            if found < floor:
                severity: Severity = "error" if found == 0 else "warning"
                yield Problem(
                    file, 0, severity, f"`{intent}` has {found} messages in {language}, {floor} are the floor"
                )
            elif (own := len(styles[intent, language])) and own < floors.styles:
                yield Problem(
                    file, 0, "warning", f"`{intent}` has {own} styles in {language}, {floors.styles} are the floor"
                )
    outside = sum(counts[OUT_OF_SCOPE, language] for language in languages)
    if outside < floors.out_of_scope:
        yield Problem("", 0, "warning", f"{outside} out-of-scope messages, {floors.out_of_scope} are the floor")


def stems(text: str, language: str | None) -> list[str]:
    """Lower-case words, stemmed in Russian and English, numbers left out."""
    import snowballstemmer

    words = [w for w in _WORD.findall(text.lower()) if not w.isdigit()]
    name = _STEMMERS.get(language or "en")
    return list(snowballstemmer.stemmer(name).stemWords(words)) if name else words


def _measure(examples: Sequence[Example], floors: Floors) -> list[IntentRow]:
    by_language: dict[str, dict[str, list[tuple[Example, list[str]]]]] = defaultdict(lambda: defaultdict(list))
    for e in examples:
        by_language[e.language or "-"][e.label].append((e, stems(e.text, e.language)))
    rows = []
    for language in sorted(by_language):
        intents = by_language[language]
        everywhere = Counter(s for pairs in intents.values() for _, words in pairs for s in set(words))
        for intent in sorted(set(intents) - {OUT_OF_SCOPE}):
            pairs = intents[intent]
            lengths = [len(words) for _, words in pairs]
            all_words = [word for _, words in pairs for word in words]
            typical = _typical([words for _, words in pairs], everywhere, floors.typical_words)
            rows.append(
                IntentRow(
                    intent=intent,
                    language=language,
                    messages=len(pairs),
                    styles=tuple(sorted({e.style for e, _ in pairs if e.style})),
                    type_token_ratio=len(set(all_words)) / max(1, len(all_words)),
                    mean_words=float(np.mean(lengths)),
                    words_spread=float(np.std(lengths)),
                    typical=typical,
                    without_typical=sum(not set(words) & set(typical) for _, words in pairs) / len(pairs),
                )
            )
    return rows


def _typical(messages: Sequence[Sequence[str]], everywhere: Counter[str], count: int) -> tuple[str, ...]:
    """The stems with the highest z-scored log-odds against all other messages, with the corpus as the prior."""
    own = Counter(stem for words in messages for stem in set(words))
    total_own, total = sum(own.values()), sum(everywhere.values())
    prior = 100.0  # in words; the customary weight is that of a few messages
    scored = []
    for stem, seen in own.items():
        expected = prior * everywhere[stem] / total
        others = everywhere[stem] - seen
        # One is added below, for a corpus of a single word.
        inside = np.log((seen + expected) / (total_own + prior - seen - expected + 1.0))
        outside = np.log((others + expected) / (total - total_own + prior - others - expected + 1.0))
        scored.append((-(inside - outside) / np.sqrt(1 / (seen + expected) + 1 / (others + expected)), stem))
    return tuple(stem for _, stem in sorted(scored)[:count])


def _monotony(rows: Iterable[IntentRow], examples: Sequence[Example], floors: Floors) -> Iterator[Problem]:
    files = {(e.label, e.language or "-"): e.file for e in examples}
    for row in rows:
        if row.messages < floors.messages.get(row.language, 10):
            continue  # already reported, and too few to measure
        file = files[row.intent, row.language]
        if row.type_token_ratio < floors.type_token_ratio:
            text = f"distinct words are {row.type_token_ratio:.0%} of all, {floors.type_token_ratio:.0%} is the floor"
            yield Problem(file, 0, "warning", f"`{row.intent}`: {text}; say it in other words")
        if row.words_spread < floors.words_spread:
            text = f"all messages are about {row.mean_words:.0f} words long; add short and long ones"
            yield Problem(file, 0, "warning", f"`{row.intent}`: {text}")
        if row.without_typical < floors.without_typical:
            text = f"only {row.without_typical:.0%} of the messages do without {', '.join(row.typical)}"
            yield Problem(file, 0, "warning", f"`{row.intent}`: {text}; {floors.without_typical:.0%} is the floor")


def _repeats(examples: Sequence[Example]) -> Iterator[Problem]:
    first: dict[str, Example] = {}
    for e in examples:
        key = " ".join(_WORD.findall(e.text.casefold())) or e.text
        other = first.setdefault(key, e)
        if other is e:
            continue
        if other.label != e.label:
            yield Problem(
                e.file, e.line, "error", f"is `{e.label}` here and `{other.label}` at {other.place}: {e.text}"
            )
        else:
            yield Problem(e.file, e.line, "warning", f"repeats {other.place}: {e.text}")


def _near_repeats(examples: Sequence[Example], floors: Floors, encoder: Encoder | None) -> Iterator[Problem]:
    from rapidfuzz.fuzz import ratio

    keys = [grouping_key(e.text) for e in examples]
    prepared = [prepare(e.text) for e in examples]
    texts = ["" if message.wordless else message.model_text for message in prepared]
    meaning: dict[tuple[int, int], float] = {}
    if encoder is not None:
        vectors = encoder.encode(texts)
        for start in range(0, len(texts), 1_000):
            near = vectors[start : start + 1_000] @ vectors.T >= floors.near_meaning
            for i, j in np.argwhere(near).tolist():
                if start + i < j and texts[j]:
                    meaning[start + i, j] = float(vectors[start + i] @ vectors[j])
    for i, j in sorted(meaning.keys() | set(_alike_in_spelling(texts))):
        a, b = examples[i], examples[j]
        spelling = ratio(keys[i], keys[j]) / 100
        if keys[i] == keys[j] or not texts[i] or (spelling < floors.near_text and (i, j) not in meaning):
            continue
        how = f"{spelling:.0%} alike in spelling" if (i, j) not in meaning else f"{meaning[i, j]:.0%} alike in meaning"
        if a.label != b.label and _negates(keys[i], keys[j]):
            continue  # "subscribe" and "unsubscribe" are near for an encoder; for a client they are opposites
        if a.label == b.label:
            yield Problem(b.file, b.line, "warning", f"is {how} to {a.place} and adds little: {b.text}")
        else:
            yield Problem(b.file, b.line, "warning", f"is `{b.label}` but {how} to `{a.label}` at {a.place}: {b.text}")


def _negates(one: str, other: str) -> bool:
    """Whether two texts differ by nothing but a negation, as a word ("не надо") or in front of one ("unsubscribe")."""
    left, right = one.split(), other.split()
    only_left = [word for word in left if word not in right]
    only_right = [word for word in right if word not in left]
    if not only_left or not only_right:
        return set(only_left + only_right) <= _NEGATIONS and bool(only_left or only_right)
    if len(only_left) != 1 or len(only_right) != 1:
        return False
    short, long = sorted((only_left[0], only_right[0]), key=len)
    return any(long == prefix + short for prefix in _NEGATING_PREFIXES)


def _alike_in_spelling(texts: Sequence[str], cosine: float = 0.6) -> Iterator[tuple[int, int]]:
    """Pairs worth a slow comparison: those that share many character n-grams."""
    if len(texts) < 2:
        return
    vocabulary = Vocabulary.learn(texts)
    features = vocabulary.transform(texts)[:, : vocabulary.characters]
    for start in range(0, len(texts), 500):
        products = (features[start : start + 500] @ features.T).tocoo()
        close = products.data >= cosine
        for i, j in zip(products.row[close].tolist(), products.col[close].tolist(), strict=True):
            if start + i < j:
                yield start + i, j
