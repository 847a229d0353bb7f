"""What a message names: phones, cards, accounts, documents, amounts, dates, e-mail addresses, confirmation codes.

Spans never overlap. Where two readings are possible, the one that is more dangerous to miss wins; the order is
`PRIORITY`: e-mail, account, card, document, phone, code after its word, money with a currency or multiplier, date,
code that is the whole message, bare amount.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from models import dates, money
from models.normalise import ascii_digits
from models.numbers import Span, find_cards, find_clusters, find_phones

ENTITY_LIMIT: Final = 200
"""Entities reported for one message."""

Found = Iterator[tuple[Span, str]]


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing the client named, at [start, end) of the text.

    `value` is the canonical form. phone: E.164 where the country is known, else digits. card, account, code, document:
    digits (a card's span covers the expiry date and security code written after it; an account may also be an IBAN).
    amount: a plain decimal, then a space and the ISO 4217 code when a currency was named ("5000", "20 USD"). date: ISO
    8601, "--05-12" without a year, or "today", "yesterday" ... email: as written, in lower case.
    """

    kind: str
    value: str
    start: int
    end: int


_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}(?![\w@])",
)
_URL = re.compile(r"(?:https?://|www\.)\S{1,500}", re.IGNORECASE)
_CODE_WORD: Final = r"(?:код\w{0,4}|парол\w{0,3}|пин(?:-?код\w{0,3})?|смс|sms|otp|passcode|password|pin(?: code)?|code)"
_CODE = re.compile(
    rf"\b{_CODE_WORD}(?: (?:из|в|от|с|смс|sms|сообщени\w|подтверждени\w|из смс|is|was|from|the|text|:|-|—)){{0,4}}"
    r" ?[:=—-]? ?(?P<code>[0-9]{4,6}|[0-9]{3}[ -][0-9]{3})(?![\w.,-]*[0-9])"
    r"|\b(?:cvv2?|cvc2?|цвв|cvv-?код|cvc-?код) ?[:=—-]? ?(?:is )?(?P<cvv>[0-9]{3,4})(?!\d)",
    re.IGNORECASE,
)
_LONE_CODE = re.compile(r"\W{0,5}([0-9]{4,6}|[0-9]{3}[ -][0-9]{3})\W{0,5}\Z")
_EXPIRY_AND_CVV = re.compile(
    r"[\s,;]{0,3}(?:до|срок|exp\w{0,5}|valid thru)?[\s:]{0,2}[01][0-9][/-](?:20)?[0-9]{2}(?![0-9])"
    r"(?:[\s,;]{1,3}(?:cv[cv]2?|цвв)?[\s:]{0,2}[0-9]{3}(?![0-9\w.,-]))?"
    r"|[\s,;]{1,3}(?:cv[cv]2?|цвв)[\s:]{0,2}[0-9]{3}(?![0-9\w.,-])",
    re.IGNORECASE,
)
# A Russian passport (45 10 123456), a pension insurance number (123-456-789 01), any number after the word.
_DOCUMENT = re.compile(
    r"(?<![\w-])[0-9]{2} [0-9]{2} ?[0-9]{6}(?![\w-])|(?<![\w-])[0-9]{4} [0-9]{6}(?![\w-])"
    r"|(?<![\w-])[0-9]{3}-[0-9]{3}-[0-9]{3}[ -][0-9]{2}(?![\w-])"
    r"|(?<=паспорт )[0-9][0-9 №-]{4,14}[0-9]\b|(?<=passport )[0-9A-Z]{2}[0-9]{5,9}\b"
)
# ISO 13616; the check digits are verified afterwards.
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])")
_HAS_DIGIT = re.compile(r"[0-9]")


def find_entities(text: str) -> tuple[Entity, ...]:
    """Entities in the order of the text. Total for any string; looks at everything it is given, so cut first."""
    text = ascii_digits(text)
    has_digit = _HAS_DIGIT.search(text) is not None
    found: list[Entity] = []
    rest = text
    for kind, needs_digit, find in PRIORITY:
        if needs_digit and not has_digit:
            continue
        for (start, end), value in find(rest):
            if _TAKEN in rest[start:end]:
                continue
            found.append(Entity(kind, value, start, end))
            rest = f"{rest[:start]}{_TAKEN * (end - start)}{rest[end:]}"
            if len(found) == ENTITY_LIMIT:
                return tuple(sorted(found, key=_by_start))
    return tuple(sorted(found, key=_by_start))


# Stands for a character that already belongs to an entity: no pattern matches it, and no word runs across it.
_TAKEN: Final = "\x00"


def _by_start(entity: Entity) -> int:
    return entity.start


def _emails(text: str) -> Found:
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield match.span(), match.group().lower()


def _accounts(text: str) -> Found:
    for match in _IBAN.finditer(text):
        if _iban_valid(match.group()):
            yield match.span(), match.group().replace(" ", "")
    for cluster in find_clusters(text, 20):
        digits = cluster.digits
        start, end = cluster.groups[0]
        # Russian accounts begin with the class 3xx or 4xx and are grouped 5-3-1-4-7 or 4-4-4-4-4, if at all.
        if len(digits) == 20 and digits[0] in "34" and end - start in (4, 5, 20):
            yield cluster.span, digits
        else:
            yield from (((start, end), text[start:end]) for start, end in cluster.groups if end - start == 20)


def _iban_valid(text: str) -> bool:
    """ISO 13616: the rearranged number is 1 modulo 97."""
    text = text.replace(" ", "")
    return 15 <= len(text) <= 34 and int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _cards(text: str) -> Found:
    """Cards; the expiry date and the security code after the number belong to it."""
    for cluster in find_clusters(text, 13):
        for (start, end), digits in find_cards(cluster):
            tail = _EXPIRY_AND_CVV.match(text, end)
            yield (start, end if tail is None else tail.end()), digits


def _documents(text: str) -> Found:
    for match in _DOCUMENT.finditer(text):
        yield match.span(), re.sub(r"[^0-9A-Z]", "", match.group())


def _phones(text: str) -> Found:
    for cluster in find_clusters(text, 7):
        yield from find_phones(cluster)


def _codes(text: str) -> Found:
    for match in _CODE.finditer(text):
        group = "code" if match["code"] else "cvv"
        yield match.span(group), re.sub(r"\D", "", match[group])


def _lone_codes(text: str) -> Found:
    if len(text) < 20 and (match := _LONE_CODE.match(text)) is not None:
        yield match.span(1), re.sub(r"\D", "", match[1])


def _outside_urls(find: Callable[[str], Found]) -> Callable[[str], Found]:
    def search(text: str) -> Found:
        if "://" in text or "www." in text.lower():
            text = _URL.sub(lambda match: _TAKEN * len(match.group()), text)
        return find(text)

    return search


PRIORITY: Final[tuple[tuple[str, bool, Callable[[str], Found]], ...]] = (
    ("email", False, _emails),
    ("account", True, _accounts),
    ("card", True, _cards),
    ("document", True, _documents),
    ("phone", True, _phones),
    ("code", True, _outside_urls(_codes)),
    ("amount", False, _outside_urls(money.find_money)),
    ("date", False, _outside_urls(dates.find_dates)),
    ("code", True, _lone_codes),
    ("amount", True, _outside_urls(money.find_bare_amounts)),
)
"""(kind, needs a digit, finder), the reading that wins first."""
