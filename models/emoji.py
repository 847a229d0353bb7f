"""Emoji and text smileys: a signal for the mood, noise for the encoder."""

import re
from typing import Final

EMOJI_LIMIT: Final = 100
"""Emoji reported for one message; ten thousand say no more than a hundred."""

_PICTOGRAPH: Final = (
    "\u203c\u2049\u2194-\u21aa\u231a-\u23ff\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b07"
    "\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f0ff\U0001f170-\U0001f19a\U0001f200-\U0001faff"
)
_MODIFIER: Final = "\ufe0f?[\U0001f3fb-\U0001f3ff]?\ufe0f?"
_SEQUENCE: Final = (
    f"[\U0001f1e6-\U0001f1ff]{{1,2}}|(?:[{_PICTOGRAPH}]|[\u00a9\u00ae\u2122]\ufe0f){_MODIFIER}"
    f"(?:\u200d[{_PICTOGRAPH}]{_MODIFIER})*"
)
_SMILEY: Final = (
    r"(?<![0-9])[:;=8][-'’^]{0,2}(?:[)\](\[|]+|[DPpООO3*](?![0-9A-Za-zА-яЁё/])|/(?=\s|\Z))"
    r"|<3(?![0-9])|\^_{0,3}\^|(?<![A-Za-zА-яЁё0-9])[xXхХ]D{1,9}(?![A-Za-zА-яЁё])|¯\\_\(ツ\)_/¯|T_T|>_<|-_-"
)
_EMOJI = re.compile(f"{_SEQUENCE}|{_SMILEY}")
_VARIANT = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[\u2640\u2642]")
_LIST_MARKER = re.compile(r"(?:\A|[\s,;(])(?:[0-9]{1,3}|[A-Za-zА-яЁё])\Z")


def extract_emojis(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with emoji and smileys replaced by spaces, and they themselves in order (at most `EMOJI_LIMIT`).

    A bracket that closes or opens nothing is a smiley, as Russian clients write: "спасибо)))", "не работает(".
    """
    found: list[tuple[int, str]] = []

    def take(match: re.Match[str]) -> str:
        if len(found) < EMOJI_LIMIT:
            found.append((match.start(), match.group()))
        return " " * len(match.group())

    if not text.isascii() or _may_hold_smiley(text):
        text = _EMOJI.sub(take, text)
    if "(" in text or ")" in text:
        spans = _loose_brackets(text)
        for start, end in reversed(spans):
            found.append((start, text[start:end]))
            text = text[:start] + " " * (end - start) + text[end:]
    found.sort()
    return text, tuple(emoji for _, emoji in found[:EMOJI_LIMIT])


def plain_emoji(emoji: str) -> str:
    """One spelling for all variants: no skin tone, no gender sign, no selector; smileys by their mouth only."""
    if emoji[0] in ":;=8" and len(emoji) > 1:
        mouth = emoji.lstrip(":;=8-'’^")[:1]
        return {")": ")", "]": ")", "D": ")", "P": ")", "p": ")", "3": ")", "*": ")"}.get(mouth, "(")
    if emoji[0] in "()":
        return emoji[0]
    return _VARIANT.sub("", emoji) or emoji


def _may_hold_smiley(text: str) -> bool:
    return any(mark in text for mark in ":;=^<_") or "D" in text or "(" in text or ")" in text


def _loose_brackets(text: str) -> list[tuple[int, int]]:
    """Runs of brackets without a partner, as (start, end); "1)" and "а)" of a list are not smileys."""
    opened: list[int] = []
    loose: set[int] = set()
    for position, letter in enumerate(text):
        if letter == "(":
            opened.append(position)
        elif letter == ")":
            if opened:
                opened.pop()
            elif text[position + 1 : position + 2] == ")" or not _LIST_MARKER.search(
                text[max(0, position - 5) : position]
            ):
                loose.add(position)
    loose.update(opened)
    spans: list[tuple[int, int]] = []
    for position in sorted(loose):
        if spans and spans[-1][1] == position and text[position] == text[position - 1]:
            spans[-1] = (spans[-1][0], position + 1)
        else:
            spans.append((position, position + 1))
    return spans[:EMOJI_LIMIT]
