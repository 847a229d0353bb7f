"""Where is a message cut that is longer than its channel takes, and which files go with which piece?

A text is cut at the end of a paragraph, else of a sentence, else between words, else anywhere but inside a letter.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from service.domain.channels import ChannelRules, LengthUnit
from service.domain.files import AttachedFile
from service.domain.messages import Button
from service.policies.button_layout import lay_out

_PARAGRAPH = re.compile(r"\n\s*\n")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"[.!?…]+[»\")\]]*\s")
_WORD = re.compile(r"\s")
LEAST_SHARE = 0.4
"""A piece is at least this part of what it could be, or the next finer cut is taken."""
_JOINERS = ("\u200d", "\ufe0e", "\ufe0f")


@dataclass(frozen=True)
class Part:
    """What goes to the platform in one request."""

    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[AttachedFile, ...] = ()


def part_message(
    text: str, buttons: Sequence[Button], files: Sequence[AttachedFile], rules: ChannelRules, hint: str
) -> tuple[Part, ...]:
    """A message as the requests that carry it, in order; at least one. `hint` says how to choose from a list."""
    laid = lay_out(text, buttons, rules.buttons, hint)
    measure = MEASURES[rules.unit]
    if files and len(files) <= rules.files_at_once and measure(laid.text) <= rules.caption_length:
        return (Part(laid.text, laid.buttons, tuple(files)),)
    pieces = [Part(each) for each in split_text(laid.text, rules.text_length, measure)]
    if pieces:
        pieces[-1] = replace(pieces[-1], buttons=laid.buttons)
    most = max(1, rules.files_at_once)
    groups = [tuple(files[start : start + most]) for start in range(0, len(files), most)]
    return (*pieces, *(Part("", (), group) for group in groups)) or (Part(text),)


def split_text(text: str, limit: int, measure: Callable[[str], int] = len) -> list[str]:
    """The text in pieces of at most `limit` by `measure`; none is empty, and only white space is lost between them."""
    pieces: list[str] = []
    rest = text.strip()
    while rest and measure(rest) > limit:
        fits = _longest_fit(rest, limit, measure)
        cut = _best_cut(rest, fits)
        piece = rest[:cut].rstrip()
        pieces.append(piece)
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def _longest_fit(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """How many characters of the text are at most `limit` by `measure`; at least one."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= limit else (low, middle - 1)
    return low


def _best_cut(text: str, fits: int) -> int:
    window = text[: fits + 1]  # white space just behind the limit ends a piece as well
    for pattern in (_PARAGRAPH, _LINE, _SENTENCE, _WORD):
        found = [match.end() for match in pattern.finditer(window) if match.start() > 0 and _fits(match, fits)]
        if found and found[-1] >= fits * LEAST_SHARE:
            return min(found[-1], len(text))
    cut = fits
    while cut > 1 and _inside_letter(text, cut):
        cut -= 1
    return cut if cut > 1 or not _inside_letter(text, 1) else fits


def _fits(match: re.Match[str], fits: int) -> bool:
    return len(match.string[: match.end()].rstrip()) <= fits


def _inside_letter(text: str, cut: int) -> bool:
    """Whether what stands before and after `cut` is shown as one letter: accents, joined emoji, skin tones."""
    if cut >= len(text):
        return False
    before, after = text[cut - 1], text[cut]
    tone = "\U0001f3fb" <= after <= "\U0001f3ff"
    return bool(unicodedata.combining(after)) or tone or after in _JOINERS or before == "\u200d"


def _utf16(text: str) -> int:
    return len(text) + sum(1 for each in text if each > "\uffff")


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


MEASURES: dict[LengthUnit, Callable[[str], int]] = {
    LengthUnit.CHARACTERS: len,
    LengthUnit.UTF16: _utf16,
    LengthUnit.BYTES: _bytes,
}
