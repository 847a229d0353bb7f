"""When two messages are the same for our purposes."""

import hashlib
import re
from typing import Final

_NOT_A_LETTER: Final = re.compile(r"[\W_]+")


def grouping_key(text: str) -> str:
    """Equal for texts that differ in case, punctuation, digits or spaces only."""
    return _NOT_A_LETTER.sub(" ", re.sub(r"\d+", "0", text.casefold())).strip()


def likeness(text: str) -> str:
    """SHA-256 (hex) of the grouping key, of fixed length for a database; of the text itself when it has no letter."""
    return hashlib.sha256((grouping_key(text) or text).encode("utf-8", "surrogatepass")).hexdigest()
