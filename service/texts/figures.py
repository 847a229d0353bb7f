"""Amounts and dates as people write them: «184 302,57 ₽», «25 ноября»; "₽184,302.57", "25 November"."""

from datetime import date, datetime
from decimal import Decimal

from service import texts
from service.domain.money import Money

SYMBOLS = {"RUB": "₽", "USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "KZT": "₸", "TRY": "₺"}
NARROW = "\u00a0"
"""Between digits, and between an amount and its sign: a line never breaks there."""


def money(value: Money, language: str) -> str:
    """The amount with its sign; hundredths only when there are any. A currency without a sign keeps its letters."""
    amount = abs(value.amount).quantize(Decimal("0.01"))
    plain = f"{amount:,.2f}".removesuffix(".00")
    minus = "−" if value.amount < 0 else ""
    symbol = SYMBOLS.get(value.currency)
    if language == "ru":
        digits = plain.replace(",", NARROW).replace(".", ",")
        return f"{minus}{digits}{NARROW}{symbol or value.currency}"
    return f"{minus}{symbol}{plain}" if symbol else f"{minus}{plain}{NARROW}{value.currency}"


def day(value: date, language: str, today: date) -> str:
    """The day and the month in words, with the year when it is another than today's."""
    month = texts.table("dates", language)["months"][value.month - 1]
    year = f" {value.year}" if value.year != today.year else ""
    return f"{value.day} {month}{year}"


def moment(value: datetime, language: str, now: datetime) -> str:
    """The day and the time on the clock of `now`'s zone: «20 ноября в 15:04»."""
    there = value.astimezone(now.tzinfo)
    return texts.text(
        "moment", language, "dates", day=day(there.date(), language, now.date()), time=f"{there:%H:%M}"
    )  # fmt: skip
