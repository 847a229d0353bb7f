"""Hand-written lists of words and phrases in TOML, and finding them in a text by their stems."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from models.errors import DataError
from models.stems import split_words, stem


def read_lists(path: Path) -> dict[str, list[str]]:
    """A TOML file of `name = ["phrase", ...]`. Raises DataError with the file, the line and what to change."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"can't be read ({error.strerror})", path) from error
    except UnicodeDecodeError as error:
        raise DataError("is not UTF-8 text; save it as UTF-8", path) from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"is not valid TOML: {error}", path, getattr(error, "lineno", None)) from error
    for name, phrases in content.items():
        if not isinstance(phrases, list):
            raise DataError(f'`{name}` must be a list: {name} = ["phrase", ...]', path, _line_of(text, name))
        for phrase in phrases:
            if not isinstance(phrase, str) or not phrase.strip():
                raise DataError(
                    f"`{name}` holds {phrase!r}; only non-empty text is allowed", path, _line_of(text, name)
                )
    return content


def _line_of(text: str, name: str) -> int | None:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().strip('"').startswith(name):
            return number
    return None


class PhraseFinder:
    """Finds which kinds of phrases occur in a text.

    A phrase is given as a client would write it and matched by stems; "word*" matches by its beginning, "=word" in
    this form only. At each place the longest phrase wins, and its words are used up.
    """

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        self._exact: dict[str, str] = {}
        prefixes: list[tuple[str, str]] = []
        for kind, phrases in lists.items():
            for phrase in phrases:
                if phrase.startswith("="):
                    self._exact.update(dict.fromkeys(split_words(phrase), kind))
                elif phrase.endswith("*"):
                    prefixes += [(word, kind) for word in split_words(phrase)]
                elif words := split_words(phrase):
                    stems = tuple(map(stem, words))
                    self._phrases[stems[0]].append((stems, kind))
        for found in self._phrases.values():
            found.sort(key=lambda item: -len(item[0]))
        self._prefixes = tuple(prefixes)
        self._prefix_starts = tuple(word for word, _ in prefixes)

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        """(first word, number of words, kind) of each phrase, left to right. `words` as `stems.split_words` gives."""
        stems = [stem(word) for word in words]
        position = 0
        while position < len(words):
            found = self._at(words, stems, position)
            if found is None:
                position += 1
            else:
                size, kind = found
                yield position, size, kind
                position += size

    def _at(self, words: Sequence[str], stems: list[str], position: int) -> tuple[int, str] | None:
        for phrase, kind in self._phrases.get(stems[position], ()):
            more_exact = len(phrase) == 1 and words[position] in self._exact
            if not more_exact and tuple(stems[position : position + len(phrase)]) == phrase:
                return len(phrase), kind
        word = words[position]
        if word in self._exact:
            return 1, self._exact[word]
        if self._prefix_starts and word.startswith(self._prefix_starts):
            return 1, next(kind for start, kind in self._prefixes if word.startswith(start))
        return None
