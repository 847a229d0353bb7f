"""Personal data out of text, before anything is encoded, logged or stored for training.

What is promised: no card number written on its own, no telephone number, no e-mail address and no account number is
left, whatever separates its digits; nor is any other cluster of nine or more digits that is not money or a date.
"""

import re
from collections.abc import Sequence
from typing import Final

from models.dates import find_dates
from models.entities import Entity, find_entities
from models.money import find_money
from models.normalise import ascii_digits
from models.numbers import Span, find_cards, find_clusters

TOKENS: Final = {
    "phone": "[phone]",
    "card": "[card]",
    "account": "[account]",
    "email": "[email]",
    "code": "[code]",
    "document": "[document]",
    "name": "[name]",
    "number": "[number]",
}
"""Language-neutral placeholders. Amounts and dates are not personal and stay."""

PLACEHOLDER = re.compile(r"\[(?:phone|card|account|email|code|document|name|number)\]")

_LONG_CLUSTER: Final = 9
_HAS_DIGIT = re.compile(r"[0-9]")
_SECRET = re.compile(r"(?:парол\w{0,3}|password|кодовое слово)\s?[:=]\s?(?P<secret>[^\s,;\[]{3,64})", re.IGNORECASE)

_NAME: Final = r"[A-ZА-ЯЁ][A-Za-zА-яЁё'’-]{1,30}\.?"
_PROPER: Final = r"[A-ZА-ЯЁ][a-zа-яё][A-Za-zА-яЁё'’-]{0,30}"
_SURNAME_ENDINGS: Final = r"(?:ов|ова|ев|ева|ский|ская|цкий|цкая|ович|евич|овна|евна|ична|енко|швили|дзе|ян)"
_RU_NAME = re.compile(
    r"\b(?:меня зовут|зовут меня|мо[её] имя(?: и фамилия)?|мо[яи] фамилия|ф\.?и\.?о\.?:?)(?: ?[:—-])? "
    r"(?!(?:в|во|на|не|как|к|и|а|но|с|по|у|все|всё|просто|это|тоже|часто|только|иначе|указан\w*|написан\w*|другое|"
    r"другая|неправильн\w*|неверн\w*)\b)(?P<name>[A-Za-zА-яЁё][A-Za-zА-яЁё'’-]{1,30}"
    rf"(?:(?-i: {_NAME})| [а-яё]{{3,20}}{_SURNAME_ENDINGS}\b){{0,3}})",
    re.IGNORECASE,
)
_EN_NAME = re.compile(
    r"\b(?i:my (?:full |first |last )?name is|my name's|i am called|this is(?= (?-i:[A-Z][a-z]+ [A-Z][a-z]+)))"
    rf" (?P<name>{_NAME}(?: {_NAME}){{0,3}}|"
    r"(?!(?:not|wrong|spelt|spelled|misspelled|incorrect|different|missing|the|still|on|in|being|also|now|very)\b)"
    r"[a-z]{2,20}(?= and\b|[,.!;]|\Z))"
)
_SIGNATURE = re.compile(
    rf"(?i:\bс уважением|\bregards|\bsincerely|\bя)[,\s—-]{{1,4}}(?P<name>{_PROPER}(?: {_PROPER}){{1,3}})\W{{0,5}}\Z"
)
_NAME_PATTERNS: Final = (
    (_RU_NAME, re.compile(r"зовут|имя|фамили|ф\.?и\.?о", re.IGNORECASE)),
    (_EN_NAME, re.compile(r"name|called|this is", re.IGNORECASE)),
    (_SIGNATURE, re.compile(r"уважением|regards|sincerely|\bя\b", re.IGNORECASE)),
)


def mask(text: str, entities: Sequence[Entity] | None = None) -> str:
    """`text` with personal data replaced by `TOKENS`. `entities` are those of this very text, found here if not given.

    Total and idempotent.
    """
    text = ascii_digits(text)
    if entities is None:
        entities = find_entities(text)
    text = _replace_entities(text, entities)
    if _HAS_DIGIT.search(text):
        text = _mask_numbers(text)
    if ":" in text or "=" in text:
        text = _SECRET.sub(lambda match: _swap(match, "secret", TOKENS["code"]), text)
    for pattern, sign in _NAME_PATTERNS:
        if sign.search(text):
            text = pattern.sub(lambda match: _swap(match, "name", TOKENS["name"]), text)
    return text


def mask_card_numbers(text: str) -> str:
    """Masks card numbers only and keeps their last four digits ("•••• 1111"): for what a person at the desk reads."""
    text = ascii_digits(text)
    pieces: list[str] = []
    position = 0
    for cluster in find_clusters(text, 13):
        for (start, end), digits in find_cards(cluster):
            pieces += [text[position:start], "•••• ", digits[-4:]]
            position = end
    return "".join([*pieces, text[position:]])


def _replace_entities(text: str, entities: Sequence[Entity]) -> str:
    pieces: list[str] = []
    position = 0
    for entity in entities:
        token = TOKENS.get(entity.kind)
        if token is None or entity.start < position:
            continue
        pieces += [text[position : entity.start], token]
        position = entity.end
    return "".join([*pieces, text[position:]])


def _mask_numbers(text: str) -> str:
    if next(find_clusters(text, _LONG_CLUSTER), None) is None:
        return text
    spans = [cluster.span for cluster in find_clusters(_hide_harmless(text), _LONG_CLUSTER)]
    return _replace_spans(text, spans, TOKENS["number"])


def _hide_harmless(text: str) -> str:
    """Money and dates become letters of the same length, so that they neither join nor count as clusters.

    Bare amounts do not: the first digits of a badly written phone look like one.
    """
    for find in (find_money, find_dates):
        for (start, end), _ in find(text):
            text = f"{text[:start]}{'x' * (end - start)}{text[end:]}"
    return text


def _replace_spans(text: str, spans: Sequence[Span], token: str) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]}{token}{text[end:]}"
    return text


def _swap(match: re.Match[str], group: str, token: str) -> str:
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    whole = match.group()
    return whole[:start] + token + whole[end:]
