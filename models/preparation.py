"""THE one path from a client's raw text to what a model sees. Training and serving both take it."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from models.emoji import extract_emojis
from models.entities import Entity, find_entities
from models.language import Language, detect_language
from models.layout import repair_layout
from models.masking import PLACEHOLDER, mask
from models.normalise import clean_characters, cut, repair_lookalikes, squeeze_stretched, strip_markup
from models.questions import split_greeting
from models.transliteration import repair_transliteration

MODEL_LIMIT: Final = 1_000
"""Characters of `Prepared.model_text`; encoders read about a hundred words."""

_REPAIRS: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("lookalikes", repair_lookalikes),
    ("layout", repair_layout),
    ("transliteration", repair_transliteration),
)
_ROUNDS: Final = 4

_SPACES = re.compile(r"\s+")
_SPACE_BEFORE_MARK = re.compile(r"[ ,;:]+([?!.,])")
# The last word on numbers: whatever slipped through between removed tags and placeholders goes here.
_LONG_NUMBER = re.compile(r"[0-9](?:[\W_]{0,3}[0-9]){8,}")
_INTRODUCTION = re.compile(
    r"\A\W*(?:меня зовут|мо[её] имя|my name is|my name's) \[name\][\s,.!;]*(?=\w+\W+\w+)"
    r"|(?<=\w)\W+(?:с уважением|best regards|regards|sincerely)\W{0,4}\[name\]\W*\Z",
    re.IGNORECASE,
)
_HAS_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message on its way to the models.

    original    exactly what came in
    clean       readable text: NFC, no controls, wrong layout and transliteration repaired; at most 4,000 characters
    masked      clean without personal data; safe for logs and training
    model_text  what encoders see: masked, no emoji, no placeholders, greeting stripped; at most `MODEL_LIMIT`
    language    of the words; "other" also when there are none (see `wordless`)
    emojis      emoji and smileys in order, at most 100
    repairs     what was repaired, of "layout", "transliteration", "lookalikes"; a model adds "spelling" (`spelling.py`)
    entities    spans refer to `clean`
    greeting    the greeting the message opens with, stripped from `model_text` when a question follows
    """

    original: str
    clean: str
    masked: str
    model_text: str
    language: Language
    emojis: tuple[str, ...]
    repairs: tuple[str, ...]
    entities: tuple[Entity, ...]
    greeting: str | None

    @property
    def wordless(self) -> bool:
        """Only emoji, digits or punctuation, or nothing at all: no model can say anything about it."""
        return _HAS_LETTER.search(self.model_text) is None


def prepare(text: str) -> Prepared:
    """Prepare one message. Total: returns for every `str`, in time bounded by the first 4,000 characters."""
    clean, repairs = _repair(clean_characters(text))
    entities = find_entities(clean)
    masked = mask(clean, entities)
    plain, emojis = extract_emojis(strip_markup(masked))
    greeting, question = split_greeting(plain.lstrip())
    return Prepared(
        original=text,
        clean=clean,
        masked=masked,
        model_text=_for_model(question),
        language=detect_language(masked),
        emojis=emojis,
        repairs=repairs,
        entities=entities,
        greeting=greeting,
    )


@cache
def preparation_mark() -> str:
    """Changes with the code that prepares: what was kept of prepared texts is of no use to another version."""
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        code.update(file.read_bytes())
    return code.hexdigest()[:16]


def _repair(text: str) -> tuple[str, tuple[str, ...]]:
    """The text its author meant, and the names of the repairs. Repeated until nothing changes: hence idempotent."""
    done: dict[str, None] = {}
    for _ in range(_ROUNDS):
        before = text
        for name, repair in _REPAIRS:
            repaired = repair(text)
            if repaired != text:
                done[name] = None
                text = repaired
        if text == before:
            break
    return text, tuple(done)


def _for_model(text: str) -> str:
    """What an encoder gains from: no placeholders, no stretched letters, no "ё", no shouting, no long number."""
    text = squeeze_stretched(PLACEHOLDER.sub(" ", _INTRODUCTION.sub("", text)))
    text = _SPACES.sub(" ", _LONG_NUMBER.sub(" ", text.replace("ё", "е").replace("Ё", "Е")))
    text = _SPACE_BEFORE_MARK.sub(r"\1", text).strip(" ,;:-–—")
    if text.isupper() and " " in text:
        text = text.lower()
    return cut(text, MODEL_LIMIT)
