"""Sums of money as clients write them: 5000, 5 000 руб, 5к, 10 тыс, 1,5 млн, $20, пять тысяч."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from models.numbers import Span, match_at_numbers

_CURRENCIES: Final = (
    ("RUB", r"руб(?:л[а-яё]{1,4}|\.|(?![а-яё]))|р\.|р(?!\w)|₽|rub\b|ro?ubles?\b|rur\b"),
    ("USD", r"\$|долл(?:ар[а-яё]{0,3}|\.|(?![а-яё]))|бакс[а-яё]{0,3}|usd\b|dollars?\b|bucks?\b"),
    ("EUR", r"€|евро(?![а-яё])|eur\b|euros?\b"),
    ("GBP", r"£|фунт[а-яё]{0,3}|gbp\b|pounds?\b|quid\b"),
    ("KZT", r"₸|тенге(?![а-яё])|kzt\b"),
    ("CNY", r"¥|юан[а-яё]{1,3}|cny\b|yuan\b"),
    ("BYN", r"бел\.? ?руб[а-яё.]{0,4}|byn\b"),
)
_MULTIPLIERS: Final = (
    (1_000, r"тыс(?:яч[а-яё]{0,3}|\.|(?![а-яё]))|тыщ[а-яё]?|[кkКK](?!\w)|т(?=\.? ?р)\.?|thousand\b|grand\b"),
    (1_000_000, r"млн\.?|миллион[а-яё]{0,3}|лям[а-яё]{0,2}(?![а-яё])|million\b|mln\b|kk(?!\w)|кк(?!\w)"),
    (1_000_000_000, r"млрд\.?|миллиард[а-яё]{0,3}|billion\b|bn\b"),
)
_CURRENCY: Final = "|".join(f"(?P<{code}>{pattern})" for code, pattern in _CURRENCIES)
_MULTIPLIER: Final = "|".join(f"(?P<x{factor}>{pattern})" for factor, pattern in _MULTIPLIERS)
_NUMBER: Final = (
    r"(?P<number>[0-9]{1,3}(?:[ \u00a0'.,][0-9]{3}){1,4}(?![0-9])(?:[.,][0-9]{1,2})?(?![0-9])"
    r"|[0-9]{1,12}(?:[.,][0-9]{1,2})?(?![0-9]))"
)
_MONEY = re.compile(rf"(?<![\w.,-]){_NUMBER} ?(?:{_MULTIPLIER})? ?(?:{_CURRENCY})?", re.IGNORECASE)
_SIGN_BEFORE = re.compile(r"(?<![\w.,-])([$€£¥₽₸]) ?\Z")
_BARE = re.compile(r"(?<![\w.,:/*#№+-])(?P<number>[0-9]{1,3}(?: [0-9]{3}){1,2}|[0-9]{3,7})(?![\w%/:*-]|[.,][0-9]| ?%)")
_NOT_MONEY_BEFORE = re.compile(
    r"(?:№|\bn|номер\w*|карт\w*|карточк\w*|сч[её]т\w*|договор\w*|заявк\w*|заказ\w*|кабинет|ошибк\w*|error|number|ending|ends|in|with|card|"
    r"account|xx+|хх+|\*+)[ :№#*-]{0,3}\Z",
    re.IGNORECASE,
)
_NOT_MONEY_AFTER = re.compile(
    r" ?(?:год|г\.|дн|день|дня|недел|месяц|мес|минут|мин|час|сек|раз|лет|км|м\b|шт|балл|day|week|month|year|hour|min|"
    r"time|people|points|st\b|nd\b|rd\b|th\b)",
    re.IGNORECASE,
)
_SYMBOLS: Final = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "CNY", "₽": "RUB", "₸": "KZT"}

_UNITS: Final = {
    "один": 1, "одна": 1, "одну": 1, "два": 2, "две": 2, "три": 3, "четыре": 4, "пять": 5, "шесть": 6, "семь": 7,
    "восемь": 8, "девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12, "тринадцать": 13, "четырнадцать": 14,
    "пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18, "девятнадцать": 19, "двадцать": 20,
    "тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70, "восемьдесят": 80,
    "девяносто": 90, "сто": 100, "двести": 200, "триста": 300, "четыреста": 400, "пятьсот": 500, "шестьсот": 600,
    "семьсот": 700, "восемьсот": 800, "девятьсот": 900, "полторы": 1.5, "полтора": 1.5,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_IN_WORDS = re.compile(rf"\b(?P<units>(?:(?:{_UNIT})[ -]){{1,4}})(?:{_MULTIPLIER})? ?(?:{_CURRENCY})?", re.IGNORECASE)
_MAY_BE_IN_WORDS = re.compile(
    r"тыс|тыщ|милли|млн|лям|руб|долл|бакс|евро|фунт|thousand|million|hundred|dollar|euro|pound|ruble", re.IGNORECASE
)


def find_money(text: str) -> Iterator[tuple[Span, str]]:
    """(span, value) of numbers that a currency or a multiplier marks as money; values as in `entities.Entity`."""
    for match in match_at_numbers(_MONEY, text):
        factor, currency = _factor(match), _currency(match)
        start, end = match.start(), len(text[: match.end()].rstrip())
        sign = _SIGN_BEFORE.search(text[max(0, start - 3) : start])
        if sign is not None:
            start -= len(sign.group())
            currency = currency or _SYMBOLS[sign[1]]
        if factor != 1 or currency is not None:
            yield (start, end), _value(_decimal(match["number"]) * factor, currency)
    if _MAY_BE_IN_WORDS.search(text):
        for match in _IN_WORDS.finditer(text):
            factor, currency = _factor(match), _currency(match)
            if factor != 1 or currency is not None:
                words = re.split(r"[ -]+", match["units"].lower().strip(" -"))
                total = sum((Decimal(str(_UNITS[word])) for word in words), Decimal(0))
                yield match.span(), _value(total * factor, currency)


def find_bare_amounts(text: str) -> Iterator[tuple[Span, str]]:
    """(span, value) of numbers from 100 that nothing nearby marks as something else (a year, a duration, a number of
    a contract, the last digits of a card)."""
    for match in match_at_numbers(_BARE, text):
        digits = match["number"].replace(" ", "")
        if digits[0] == "0" or (len(digits) == 4 and digits[:2] in ("19", "20") and digits != "2000"):
            continue
        before = text[max(0, match.start() - 16) : match.start()]
        if _NOT_MONEY_BEFORE.search(before) or _NOT_MONEY_AFTER.match(text, match.end()):
            continue
        yield match.span(), digits


def _factor(match: re.Match[str]) -> int:
    return next((factor for factor, _ in _MULTIPLIERS if match[f"x{factor}"]), 1)


def _currency(match: re.Match[str]) -> str | None:
    return next((code for code, _ in _CURRENCIES if match[code]), None)


def _decimal(number: str) -> Decimal:
    """ "1 000,50" and "1,000.50" are the same sum; a mark before exactly three digits groups thousands."""
    number = re.sub(r"[  ']", "", number)
    number = re.sub(r"[.,](?=[0-9]{3}(?![0-9]))", "", number)
    return Decimal(number.replace(",", "."))


def _value(amount: Decimal, currency: str | None) -> str:
    plain = f"{amount:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain if currency is None else f"{plain} {currency}"
