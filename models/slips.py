"""What slips cost: letters taken for each other by the ear or the finger are likelier than any others."""

from itertools import pairwise
from typing import Final

from rapidfuzz.distance import OSA, Levenshtein

_KEYBOARDS: Final = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_SOUNDS_ALIKE: Final = (
    "оа еи ея иы еэ яи ео ую тд сз бп гк вф жш цс щш чш хг ьъ йи "
    "ae ei ie ou ao ay ck sc sz td bp vf ij ey kc gj mn"
)  # fmt: skip
_SILENT: Final = frozenset("ьъйтвhe'’")
_PLAIN, _NEAR_KEY, _SOUND, _SWAPPED, _DOUBLED, _SILENT_LETTER, _LOST, _FIRST = (
    1.0,
    0.75,
    0.5,
    0.7,
    0.45,
    0.55,
    0.85,
    0.4,
)


def _cheap_pairs() -> dict[tuple[str, str], float]:
    """Letters often taken for each other -> the price of it."""
    prices: dict[tuple[str, str], float] = {}
    rows = _KEYBOARDS
    for row in rows:
        for a, b in pairwise(row):
            prices[a, b] = prices[b, a] = _NEAR_KEY
    for upper, lower in ((0, 1), (1, 2), (3, 4), (4, 5)):
        for position, letter in enumerate(rows[lower]):
            for other in rows[upper][position : position + 2]:
                prices[letter, other] = prices[other, letter] = _NEAR_KEY
    for pair in _SOUNDS_ALIKE.split():
        prices[pair[0], pair[1]] = prices[pair[1], pair[0]] = _SOUND
    return prices


_PRICES: Final = _cheap_pairs()


def slip_price(written: str, meant: str) -> float:
    """What it takes to write `written` for `meant`, two different words at most two slips apart; 1 is a plain slip."""
    if sorted(written) == sorted(meant) and OSA.distance(written, meant) == 1:
        return _SWAPPED + (_FIRST if written[0] != meant[0] else 0.0)
    price = 0.0
    for edit in Levenshtein.editops(written, meant):
        operation, source, target = edit.tag, edit.src_pos, edit.dest_pos
        if source == 0 and target == 0:
            price += _FIRST
        if operation == "replace":
            price += _PRICES.get((written[source], meant[target]), _PLAIN)
        elif operation == "delete":
            letter = written[source]
            doubled = letter in (written[source - 1 : source], written[source + 1 : source + 2])
            price += _DOUBLED if doubled else _SILENT_LETTER if letter in _SILENT else _PLAIN
        else:
            letter = meant[target]
            doubled = letter in (meant[target - 1 : target] if target else "", meant[target + 1 : target + 2])
            price += _DOUBLED if doubled else _SILENT_LETTER if letter in _SILENT else _LOST
    return price
