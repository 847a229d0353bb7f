"""Tables that are saved as a whole: what is wrong with their rows taken together."""

from collections.abc import Hashable, Iterable, Iterator


def repeated(keys: Iterable[Hashable]) -> Iterator[tuple[int, int]]:
    """(row, first row with the same key) of each row whose key came before; rows count from 1."""
    first: dict[Hashable, int] = {}
    for number, key in enumerate(keys, 1):
        if first.setdefault(key, number) != number:
            yield number, first[key]
