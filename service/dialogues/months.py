"""«За месяц», «за полгода», "for the last year": how long back does the client want to look?"""

import re

MOST_MONTHS = 12
_WORDS = {
    1: ("месяц", "month"), 2: ("два", "two"), 3: ("три", "квартал", "three", "quarter"), 6: ("полгода", "шесть", "six"),
    12: ("год", "year", "twelve"),
}  # fmt: skip
_COUNTED = re.compile(r"(?<!\d)(\d{1,2})[\s-]?(?:месяц|мес\b|months?\b)", re.IGNORECASE)
_WORD = re.compile(r"[а-яёa-z]+")


def read_months(text: str) -> int | None:
    """How many months the client asks for, from 1 to 12; None when they don't say, or ask for more."""
    counted = _COUNTED.search(text)
    if counted:
        months = int(counted[1])
        return months if 1 <= months <= MOST_MONTHS else None
    words = set(_WORD.findall(text.casefold()))
    return next((months for months, known in reversed(_WORDS.items()) if words & set(known)), None)
