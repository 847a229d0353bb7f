"""Messages that the judgements of models quote, in the database and in their pages; and forgetting them.

A judgement shows a few messages beside each confusion and each change. Some are clients' own, masked: when what was
kept of them goes, the quotes go too. They are known by their likeness: the same words of somebody else go with them.
"""

import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from html import unescape
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from models.likeness import likeness
from service.storage import models

QUOTES: Final = "examples"
"""The key, anywhere in a judgement, under which messages are quoted."""
_QUOTE: Final = re.compile(r"<q>(.*?)</q>", re.DOTALL)

Going = Callable[[Collection[str]], Collection[str]]
"""Of these likenesses, those that must not be quoted any more."""


def forget_quotes(connection: Connection, registry: Path, going: Going) -> int:
    """Take out of every judgement what is going; returns how many quotes went.

    The pages are written at once: should the transaction fail, they have lost a few examples and nothing else.
    """
    kept = models.judgements(connection)
    pages = sorted(registry.glob("*.html")) if registry.is_dir() else []
    texts = {text for _, _, content in kept for text in quoted(content)}
    for page in pages:
        texts |= {unescape(each) for each in _QUOTE.findall(_read(page))}
    known = {likeness(text) for text in texts}
    gone = set(going(known)) if known else set()
    if not gone:
        return 0
    count = 0
    for kind, number, content in kept:
        less = _without(content, gone)
        if less != content:
            count += sum(1 for _ in quoted(content)) - sum(1 for _ in quoted(less))
            models.replace_judgement(connection, kind, number, less)
    for page in pages:
        count += _clean(page, gone)
    return count


def quoted(content: Any) -> Iterator[str]:
    """Every message that a judgement quotes."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key == QUOTES and isinstance(value, list):
                yield from (each for each in value if isinstance(each, str))
            else:
                yield from quoted(value)
    elif isinstance(content, list):
        for value in content:
            yield from quoted(value)


def _without(content: Any, gone: Collection[str]) -> Any:
    if isinstance(content, dict):
        return {
            key: [each for each in value if not (isinstance(each, str) and likeness(each) in gone)]
            if key == QUOTES and isinstance(value, list)
            else _without(value, gone)
            for key, value in content.items()
        }
    return [_without(each, gone) for each in content] if isinstance(content, list) else content


def _clean(page: Path, gone: Collection[str]) -> int:
    count = 0

    def keep(found: re.Match[str]) -> str:
        nonlocal count
        goes = likeness(unescape(found[1])) in gone
        count += goes
        return "" if goes else found[0]

    less = _QUOTE.sub(keep, _read(page))
    if count:
        handle, beside = tempfile.mkstemp(dir=page.parent, prefix=f".{page.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(less)
            os.chmod(beside, page.stat().st_mode)
            os.replace(beside, page)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    return count


def _read(page: Path) -> str:
    with suppress(FileNotFoundError):  # a version that was taken away meanwhile
        return page.read_text(encoding="utf-8")
    return ""
