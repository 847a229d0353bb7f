"""Russian written in Latin letters: "zablokiruyte kartu" -> "заблокируйте карту".

There is no one romanisation, every client has their own ("kh", "h" or "x" for х; "ya", "ja" or "ia" for я; "4" for ч).
So each Latin chunk has several readings, and a beam search picks the most Russian-looking word (letter triples of
`letters.py`), common words first. Real English, names and addresses are left alone.
"""

import re
from functools import lru_cache
from typing import Final

from models import letters, vocabulary
from models.language import OTHER_LATIN

REPAIR_LIMIT: Final = 1_000

# Latin chunk -> Cyrillic readings, each with its price in bits. Longer chunks are tried beside shorter ones.
_READINGS: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "shch": (("щ", 0),), "sch": (("щ", 0), ("сч", 2)), "sh": (("ш", 0), ("щ", 2)), "ch": (("ч", 0),), "4": (("ч", 0),),
    "zh": (("ж", 0),), "kh": (("х", 0),), "ts": (("ц", 0), ("тс", 1)), "tc": (("ц", 0),), "tz": (("ц", 0),),
    "ya": (("я", 0), ("ья", 1)), "ja": (("я", 0), ("ья", 1)), "ia": (("я", 0), ("иа", 1), ("ия", 1)),
    "iya": (("ия", 0),), "ija": (("ия", 0),), "yu": (("ю", 0), ("ью", 1)), "ju": (("ю", 0), ("ью", 1)),
    "iu": (("ю", 0),), "yo": (("е", 0), ("йо", 2)), "jo": (("е", 0),), "io": (("е", 3), ("ио", 0)),
    "ye": (("е", 0), ("ые", 1), ("ье", 1)), "je": (("е", 0), ("ье", 1)), "ie": (("ие", 0), ("ье", 1)),
    "yy": (("ый", 0),), "iy": (("ий", 0), ("ый", 1)), "ij": (("ий", 0), ("ый", 1)), "yj": (("ый", 0),),
    "yi": (("ый", 1), ("ий", 1)), "ii": (("ий", 1), ("ии", 0)), "ck": (("к", 1),), "ph": (("ф", 1),),
    "oo": (("у", 2),), "ee": (("и", 3), ("ее", 0)), "6": (("ш", 0),), "'": (("ь", 0), ("ъ", 2)), "`": (("ь", 0),),
    "’": (("ь", 0),), "a": (("а", 0), ("я", 4)), "b": (("б", 0), ("бъ", 2)),
    "c": (("ц", 0), ("к", 1), ("с", 1), ("ч", 2)), "d": (("д", 0), ("дь", 1.5)), "e": (("е", 0), ("э", 1)),
    "f": (("ф", 0),), "g": (("г", 0), ("ж", 4)), "h": (("х", 0), ("ш", 4)), "i": (("и", 0), ("й", 2), ("ы", 2)),
    "j": (("й", 0), ("ж", 1), ("ь", 2)), "k": (("к", 0),), "l": (("л", 0), ("ль", 1)), "m": (("м", 0),),
    "n": (("н", 0), ("нь", 1)), "o": (("о", 0), ("а", 6)), "p": (("п", 0),), "q": (("к", 0), ("я", 2)),
    "r": (("р", 0), ("рь", 2)), "s": (("с", 0), ("сь", 1), ("ш", 4)), "t": (("т", 0), ("ть", 1)),
    "u": (("у", 0), ("ю", 4)), "v": (("в", 0), ("вь", 2)), "w": (("ш", 0), ("в", 0), ("щ", 2)),
    "x": (("х", 0), ("кс", 1)), "y": (("ы", 0), ("й", 0), ("и", 1), ("у", 4)), "z": (("з", 0), ("зь", 1.5), ("ж", 3)),
}  # fmt: skip
_LONGEST_CHUNK: Final = max(map(len, _READINGS))
_BEAM: Final = 10
_LONGEST_WORD: Final = 30

_WORD = re.compile(r"(?<![\w@./\[])[A-Za-z46](?:[A-Za-z46]|['`’](?=[A-Za-z]))*['`’]?(?![\w@/\]]|\.\w)")
_HAS_CYRILLIC = re.compile(r"[А-яЁё]")
_HAS_LATIN = re.compile(r"[A-Za-z]{3}")
_ACCENTED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]")
_PLAUSIBLE: Final = -4.0
_SLIGHT_GAIN: Final = 0.5
_CLEAR_GAIN: Final = 1.5
"""Bits a letter by which the Cyrillic reading must look better where no common word decides."""
_SLANG: Final = {"wto": "что", "shto": "что", "4o": "что", "pliz": "пожалуйста", "spb": "спб", "ok": "ок"}
# Words that are one thing in English and another in romanised Russian: they decide nothing.
_EITHER_WAY_WORDS: Final = """
    a i o u v k s y b ne na no to so do po za my on mne ja ya vy ty da net kak tak tam god pin chat bot bank sms ok
    oni ona ono est online internet problem problema code kod ili uzhe plus mama papa i'm im me he she we
"""
_EITHER_WAY: Final = frozenset(_EITHER_WAY_WORDS.split())


def repair_transliteration(text: str) -> str:
    """The text in Cyrillic letters where it is Russian in Latin letters; unchanged otherwise. Total."""
    if len(text) > REPAIR_LIMIT or not _HAS_LATIN.search(text):
        return text
    words = [match for match in _WORD.finditer(text) if not match.group().isdigit()]
    if not words:
        return text
    chosen = _unmistakable(words) if _HAS_CYRILLIC.search(text) else _whole_message(text, words)
    for match in reversed(chosen):
        word = match.group()
        text = text[: match.start()] + _with_case(read_word(word.lower()), word) + text[match.end() :]
    return text


def _whole_message(text: str, words: list[re.Match[str]]) -> list[re.Match[str]]:
    """The words to rewrite if the message is romanised Russian, else none."""
    for_russian = against = 0
    strong = 0
    unknown: list[str] = []
    for match in words:
        word = match.group().lower()
        if word in _EITHER_WAY or word in vocabulary.NAMES:
            continue
        if letters.knows_english(word) or word in OTHER_LATIN:
            against += 0 if read_word(word) in vocabulary.RUSSIAN else len(word)  # "operator", "karta": either
        else:
            unknown.append(word)
    if not unknown or sum(map(len, unknown)) < 2 * against or _ACCENTED.search(text):
        return []
    for word in unknown:
        cyrillic = read_word(word)
        gain = letters.RUSSIAN.score(cyrillic) - letters.ENGLISH.score(word)
        if cyrillic in vocabulary.RUSSIAN or (
            gain > _SLIGHT_GAIN and len(words) > 1 and letters.knows_russian(cyrillic)
        ):
            for_russian += len(word)
            strong += len(cyrillic) >= 4 or (len(cyrillic) == 3 and len(words) > 1)
        elif gain > _CLEAR_GAIN and len(word) > 3 and len(words) > 1:
            for_russian += len(word)
            strong += len(word) > 5
        elif gain > 0 and letters.RUSSIAN.score(cyrillic) > _PLAUSIBLE:
            for_russian += len(word) // 2
        else:
            against += len(word)
    if not strong or for_russian <= against * (1 if strong > 1 else 2) - (against == 0):
        return []
    return [match for match in words if _is_rewritten(match.group().lower())]


def _is_rewritten(word: str) -> bool:
    """In a romanised message everything is rewritten but names, and English words that no Russian one sounds like."""
    if word in vocabulary.NAMES and word not in ("online", "bank"):
        return False
    return not letters.knows_english(word) or word in _EITHER_WAY or read_word(word) in vocabulary.RUSSIAN


def _unmistakable(words: list[re.Match[str]]) -> list[re.Match[str]]:
    """Beside Cyrillic text only long common words are rewritten: what else is Latin there is meant to be."""
    return [
        match
        for match in words
        if len(match.group()) >= 5
        and (match.group().islower() or match.start() == 0)  # "Yulia" inside Russian text is how a name is spelt
        and not letters.knows_english(match.group().lower())
        and read_word(match.group().lower()) in vocabulary.RUSSIAN
    ]


@lru_cache(maxsize=8192)
def read_word(word: str) -> str:
    """The likeliest Cyrillic spelling of a lower-case Latin word."""
    if word in _SLANG:
        return _SLANG[word]
    word = word[:_LONGEST_WORD]
    beams: list[list[tuple[float, str]]] = [[] for _ in range(len(word) + 1)]
    beams[0] = [(0.0, "^^")]
    for position in range(len(word)):
        hypotheses = sorted(beams[position], reverse=True)[:_BEAM]
        for size in range(1, min(_LONGEST_CHUNK, len(word) - position) + 1):
            for reading, price in _READINGS.get(word[position : position + size], ()):
                for score, text in hypotheses:
                    beams[position + size].append(_extended(score - price, text, reading))
    finals = sorted(
        ((score + letters.RUSSIAN.step(text[-2:], "^"), text[2:]) for score, text in beams[-1]), reverse=True
    )
    if not finals:
        return word
    return next((text for _, text in finals[: 2 * _BEAM] if text in vocabulary.RUSSIAN), finals[0][1])


def _extended(score: float, text: str, reading: str) -> tuple[float, str]:
    for letter in reading:
        score += letters.RUSSIAN.step(text[-2:], letter)
        text += letter
    return score, text


def _with_case(cyrillic: str, original: str) -> str:
    if original.isupper() and len(original) > 1:
        return cyrillic.upper()
    return cyrillic.capitalize() if original[0].isupper() else cyrillic
