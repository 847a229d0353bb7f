"""How are buttons shown in a channel: as they are, or as a numbered list whose numbers are typed back?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.domain.channels import ButtonKind, ButtonRules
from service.domain.messages import Button

_NUMBER = re.compile(r"\W*(\d{1,2})\W*")


@dataclass(frozen=True)
class LaidOut:
    """A message with what its channel shows of the buttons; the rest is in the text."""

    text: str
    buttons: tuple[Button, ...] = ()


def lay_out(text: str, buttons: Sequence[Button], rules: ButtonRules, hint: str) -> LaidOut:
    """The text and the buttons that fit the rules. `hint` is put under a numbered list: how to choose from it."""
    links = [each for each in buttons if each.url and (rules.kind is ButtonKind.NUMBERED or not rules.links)]
    choices = [each for each in buttons if each not in links]
    if links:
        text = "\n".join([text, *(f"{each.text}: {each.url}" for each in links)])
    if is_numbered(choices, rules):
        lines = [f"{number}. {each.text}" for number, each in enumerate(_offered(choices), 1)]
        opening = [f"{each.text}: {each.url}" for each in choices if each.url]
        text = "\n\n".join(each for each in (text, "\n".join([*lines, *opening]), hint if lines else "") if each)
        return LaidOut(text)
    return LaidOut(text, tuple(replace(each, text=_short(each.text, rules.title_length)) for each in choices))


def is_numbered(buttons: Sequence[Button], rules: ButtonRules) -> bool:
    """Whether these buttons become a list there: the channel has none, or not as many."""
    return bool(buttons) and (rules.kind is ButtonKind.NUMBERED or len(buttons) > rules.most)


def chosen(text: str, buttons: Sequence[Button], rules: ButtonRules) -> Button | None:
    """The button that the client means with «2» or «2.»; None when no list with that number was shown."""
    found = _NUMBER.fullmatch(text)
    choices = [each for each in buttons if not each.url or (rules.links and rules.kind is not ButtonKind.NUMBERED)]
    if found is None or not is_numbered(choices, rules):
        return None
    offered = _offered(choices)
    number = int(found[1])
    return offered[number - 1] if 1 <= number <= len(offered) else None


def _offered(buttons: Sequence[Button]) -> list[Button]:
    return [each for each in buttons if each.payload is not None]


def _short(title: str, most: int) -> str:
    return title if len(title) <= most else title[: max(1, most - 1)].rstrip() + "…"
