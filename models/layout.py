"""Text typed in the wrong keyboard layout: "ghbdtn" -> "привет", "руддщ" -> "hello".

A message is turned round only when its words look wrong as they are and right in the other layout, by letter triples
and common words (`letters.py`). Addresses, links, account numbers, names of products and real words never are.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from models import letters, vocabulary

REPAIR_LIMIT: Final = 1_000
"""Longer messages are not repaired: nobody types a page without looking at the screen."""

_LATIN_KEYS: Final = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./" + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?' + "@#$^&|"
_CYRILLIC_KEYS: Final = "ёйцукенгшщзхъфывапролджэячсмитьбю." + "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ," + '"№;:?/'
_TO_CYRILLIC: Final = str.maketrans(_LATIN_KEYS, _CYRILLIC_KEYS)
_TO_LATIN: Final = str.maketrans(_CYRILLIC_KEYS, _LATIN_KEYS)

_TOKEN = re.compile(r"\S+")
_LATIN = re.compile(r"[A-Za-z]")
_CYRILLIC = re.compile(r"[А-яЁё]")
_TRAILING = re.compile(r"[,.;:'\"\]\[/?!)(]+\Z")
_PROTECTED = re.compile(
    r"@\w|://|\Awww\.|\w\.(?:ru|su|com|net|org|io|kz|by|uz|me|рф|info|bank|app)\b|[0-9]|\A\W*\[[a-z]{4,8}\]",
    re.IGNORECASE | re.ASCII,
)

_CLEAR_GAP: Final = 2.5
"""Bits a letter by which the other layout must look better where no common word decides."""
_WORD_GAP: Final = 1.0
_PLAUSIBLE_RUSSIAN: Final = -5.0
_PLAUSIBLE_ENGLISH: Final = -4.6
_MARKS_ARE_LETTERS: Final = 1.0
_SHARE: Final = 0.5


def repair_layout(text: str) -> str:
    """The text in the layout its author meant; unchanged when that is how it is. Total; looks at short texts only."""
    if len(text) > REPAIR_LIMIT:
        return text
    if _LATIN.search(text):
        repaired = _repair(text, _LATIN, _to_russian)
        if repaired != text:
            return repaired
    return _repair(text, _CYRILLIC, _to_english) if _CYRILLIC.search(text) else text


@dataclass(frozen=True, slots=True)
class _Reading:
    """One token read in the other layout, and how many of its letters speak for that (negative: against).

    `strong`: unmistakable by itself. `kept`: a word as it is and none in the other layout, left alone in any case.
    """

    text: str
    evidence: float
    strong: bool
    kept: bool = False


def _repair(text: str, script: re.Pattern[str], read: Callable[[str], _Reading]) -> str:
    """Turn round the whole message if most of its letters of this script ask for it, else only unmistakable words."""
    tokens = [(match, read(match.group())) for match in _TOKEN.finditer(text) if _is_candidate(match.group(), script)]
    total = sum(len(match.group()) for match, _ in tokens)
    evidence = sum(reading.evidence for _, reading in tokens)
    if any(reading.strong for _, reading in tokens) and evidence >= _SHARE * total:
        chosen = [(match, reading) for match, reading in tokens if not reading.kept]
    elif script is _LATIN and _CYRILLIC.search(text):
        chosen = [(match, reading) for match, reading in tokens if reading.strong and len(reading.text) > 3]
    else:
        return text
    asks = text.endswith("?")
    for match, reading in reversed(chosen):
        text = text[: match.start()] + reading.text + text[match.end() :]
    return text[:-1] + "?" if asks and text.endswith(",") else text


def _is_candidate(token: str, script: re.Pattern[str]) -> bool:
    other = _CYRILLIC if script is _LATIN else _LATIN
    if not script.search(token) or other.search(token) or _PROTECTED.search(token):
        return False
    return token.lower().strip(".,!?;:()\"'") not in vocabulary.NAMES


@lru_cache(maxsize=4096)
def _to_russian(token: str) -> _Reading:
    """A Latin token read on the Russian layout. Marks at its end may be letters ("lj,hsq") or marks ("ghbdtn,")."""
    original = token.lower().strip(".,!?;:()\"'")
    whole = token.translate(_TO_CYRILLIC)
    mark = _TRAILING.search(token)
    candidates = [(whole, _core(whole))]
    if mark is not None and mark.start() > 0:
        kept = token[: mark.start()].translate(_TO_CYRILLIC) + mark.group()
        candidates.append((kept, _core(kept)))
    text, core = max(candidates, key=_likelihood)
    known, english = letters.knows_russian(core), letters.knows_english(original)
    if token.isupper():
        text = text.upper()  # a comma is a comma with and without capitals, the letter "б" is not
    score = letters.RUSSIAN.score(core)
    gap = score - letters.ENGLISH.score(_letters_only(original))
    plausible = gap > _CLEAR_GAP and score > _PLAUSIBLE_RUSSIAN
    return _weigh(text, core, known, english, gap, plausible)


def _likelihood(candidate: tuple[str, str]) -> tuple[bool, float]:
    """A common word wins; then letters win over marks, for who is in the wrong layout has its marks wrong as well."""
    text, core = candidate
    return core in vocabulary.RUSSIAN, letters.RUSSIAN.score(core) + (_MARKS_ARE_LETTERS if text[-1:].isalpha() else 0)


@lru_cache(maxsize=4096)
def _to_english(token: str) -> _Reading:
    """A Cyrillic token read on the English layout."""
    original = _core(token)
    text = token.translate(_TO_LATIN)
    core = _letters_only(text.lower())
    known = core in vocabulary.ENGLISH or core in vocabulary.NAMES
    score = letters.ENGLISH.score(core)
    gap = score - letters.RUSSIAN.score(original)
    plausible = "-" not in core and gap > _CLEAR_GAP and score > _PLAUSIBLE_ENGLISH
    reading = _weigh(text, core, known, letters.knows_russian(original), gap, plausible)
    return reading if known else replace(reading, strong=False)  # other Cyrillic languages must not look like English


def _weigh(text: str, core: str, known: bool, known_as_it_is: bool, gap: float, plausible: bool) -> _Reading:
    length = len(text)
    if known_as_it_is:
        return _Reading(text, 0.0 if known else -2.0 * length, False, kept=not known)
    if known and gap > _WORD_GAP:
        return _Reading(text, length, len(core) >= 3)
    if plausible and len(core) >= 4:
        return _Reading(text, length, len(core) >= 5)
    return _Reading(text, -length if gap < 0 else 0.0, False)


def _core(token: str) -> str:
    return token.lower().strip(".,!?;:()\"'«»/№-")


def _letters_only(token: str) -> str:
    return "".join(letter for letter in token if letter.isalpha())
