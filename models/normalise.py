"""Characters: from any `str` whatsoever to text that is safe to search, show and store.

Wrong layouts and transliteration live in `layout.py` and `transliteration.py`.
"""

import re
import unicodedata
from typing import Final

from models import letters, vocabulary

CLEAN_LIMIT: Final = 4_000
"""Characters of a message that are looked at. Cut before any pattern runs, so that every step has a bound."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_NON_ASCII_DIGIT = re.compile(r"[^\D0-9]")
_KEYCAP = re.compile("(?<=[0-9#*])\ufe0f?\u20e3|(?<=[0-9])\ufe0f")
_LINE_BREAK = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# Controls, invisible joiners and selectors that no client types, bidirectional controls, tag characters (used to hide
# text from people), non-characters. U+200D and U+FE0F stay for now: they belong to emoji.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e"
    "\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
# A joiner or selector means something only after a pictograph (or after another selector or skin tone).
_LOOSE_JOINER = re.compile("(?<![\u00a9\u00ae\u2000-\u32ff\U0001f000-\U0001faff\ufe0f])[\u200d\ufe0f]+")
_MARK_PILE = re.compile("([\u0300-\u036f\u1dc0-\u1dff\u20d0-\u20ff]{2})[\u0300-\u036f\u1dc0-\u1dff\u20d0-\u20ff]+")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(r" ?\n[ \n]*")
_CUT_NUMBER = re.compile(r"[\d\W_]{1,60}\Z")

_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,300}>")
_ENTITY: Final = {"&nbsp;": " ", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'"}
_ENTITY_PATTERN = re.compile("|".join(_ENTITY))

_WORD = re.compile(r"[^\W\d_]{3,}")
_STRETCHED_LETTER = re.compile(r"([^\W\d_wW])\1{2,}", re.IGNORECASE)
_STRETCHED_MARK = re.compile(r"([!?])(?:\s?[!?]){2,}")
_STRETCHED_OTHER = re.compile(r"([^\w\s.])\1{2,}|(\.)\.{3,}")

_LATIN_LOOKALIKES: Final = "aceopxyABCEHKMOPTXY"
_CYRILLIC_LOOKALIKES: Final = "асеорхуАВСЕНКМОРТХУ"
_TO_CYRILLIC: Final = str.maketrans(_LATIN_LOOKALIKES, _CYRILLIC_LOOKALIKES)
_TO_LATIN: Final = str.maketrans(_CYRILLIC_LOOKALIKES, _LATIN_LOOKALIKES)
_MIXED_WORD = re.compile(r"[A-Za-z]+[А-яЁё][A-Za-zА-яЁё]*|[А-яЁё]+[A-Za-z][A-Za-zА-яЁё]*")
_RUSSIAN_ENDING = re.compile(r"[а-яё]{1,3}\Z")
_LONELY_LATIN = re.compile(r"(?<=[а-яё] )[acoykABCOKY](?= [а-яё])")


def clean_characters(text: str) -> str:
    """Text in NFC without surrogates, controls, invisible characters or runs of spaces; single line breaks are kept.

    Digits of any script become 0-9. At most `CLEAN_LIMIT` characters come back; where the cut falls into a number, the
    whole number goes, so that half a card number is never left behind. Total and idempotent.
    """
    text = cut(text, CLEAN_LIMIT)
    text = _INVISIBLE.sub("", _LINE_BREAK.sub("\n", text)) if text.isascii() else _fold_unicode(text)
    text = _SPACES.sub(" ", text)
    if "\n" in text:
        text = _AROUND_BREAK.sub("\n", text)
    return cut(text.strip(), CLEAN_LIMIT)


def cut(text: str, limit: int) -> str:
    """The first `limit` characters, less a number that the cut would split."""
    if len(text) <= limit:
        return text
    text = text[:limit]
    return _CUT_NUMBER.sub("", text) or text if text[-1:].isdigit() else text.rstrip()


def ascii_digits(text: str) -> str:
    """Decimal digits of every script as 0-9; positions do not change."""
    if text.isascii():
        return text
    return _NON_ASCII_DIGIT.sub(lambda match: str(unicodedata.decimal(match.group(), "0")), text)


def _fold_unicode(text: str) -> str:
    if _SURROGATE.search(text):  # pairs that were split by a careless client are joined, lone halves go
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    text = ascii_digits(_INVISIBLE.sub("", _LINE_BREAK.sub("\n", text)))
    text = unicodedata.normalize("NFC", _LOOSE_JOINER.sub("", _KEYCAP.sub("", text)))
    return _MARK_PILE.sub(r"\1", text)


def strip_markup(text: str) -> str:
    """Text without HTML tags; the common character references are resolved."""
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = _ENTITY_PATTERN.sub(lambda match: _ENTITY[match.group()], text)
    return text


def squeeze_stretched(text: str) -> str:
    """ "приветттт" -> "привет", "???!!!" -> "?", "))))" -> ")". Double letters and "..." stay as they are."""
    if _STRETCHED_LETTER.search(text):
        text = _WORD.sub(lambda match: _squeeze_word(match.group()), text)
    text = _STRETCHED_MARK.sub(lambda match: "?" if "?" in match.group() else "!", text)
    return _STRETCHED_OTHER.sub(lambda match: match.group(1) or "...", text)


def _squeeze_word(word: str) -> str:
    if not _STRETCHED_LETTER.search(word) or (len(word) == 3 and word.isascii()):  # "AAA", "xxx": an abbreviation
        return word
    single, double = _STRETCHED_LETTER.sub(r"\1", word), _STRETCHED_LETTER.sub(r"\1\1", word)
    lower = double.lower()
    return double if lower in vocabulary.RUSSIAN or letters.knows_english(lower) else single


def repair_lookalikes(text: str) -> str:
    """Words that mix Latin and Cyrillic letters of one shape ("кapтa") are written in one alphabet.

    A word whose foreign letters have no twin ("smsка") is meant as it is and stays.
    """
    if text.isascii():
        return text
    text = _MIXED_WORD.sub(lambda match: _one_alphabet(match.group()), text)
    return _LONELY_LATIN.sub(lambda match: match.group().translate(_TO_CYRILLIC), text)


def _one_alphabet(word: str) -> str:
    cyrillic = word.translate(_TO_CYRILLIC)
    if not any("A" <= letter <= "z" for letter in cyrillic):
        return cyrillic
    latin = word.translate(_TO_LATIN)
    ending = _RUSSIAN_ENDING.search(word)
    if ending is not None and ending.group().islower() and word[: ending.start()].isupper():
        return word  # "VIPу": an abbreviation with a Russian ending
    return latin if latin.isascii() else word
