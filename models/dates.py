"""Dates as clients write them: 12.05, 5 мая, May 5th, вчера. Day before month, unless that can't be."""

import datetime
import re
from collections.abc import Iterator
from typing import Final

from models.numbers import Span, match_at_numbers

_RELATIVE: Final = {
    "позавчера": "day_before_yesterday", "вчера": "yesterday", "сегодня": "today", "седня": "today",
    "завтра": "tomorrow", "послезавтра": "day_after_tomorrow", "day before yesterday": "day_before_yesterday",
    "yesterday": "yesterday", "today": "today", "tomorrow": "tomorrow", "day after tomorrow": "day_after_tomorrow",
}  # fmt: skip
_MONTH_STEMS: Final = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_ENGLISH_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_RU_MONTH: Final = (
    r"(?:янв(?:ар[яьею])?|фев(?:рал[яьею])?|март[ае]?|мар|апр(?:ел[яьею])?|ма[яйею]|июн[яьею]?|июл[яьею]?|"
    r"авг(?:уст[ае]?)?|сент?(?:ябр[яьею])?|окт(?:ябр[яьею])?|нояб?(?:р[яьею])?|дек(?:абр[яьею])?)"
)
_EN_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_YEAR: Final = r"(?:19|20)[0-9]{2}"
_DATE = re.compile(
    rf"(?<![\w.,/-])(?P<iso>{_YEAR}-[01][0-9]-[0-3][0-9])(?![\w-])"
    rf"|(?<![\w.,/])(?P<day>[0-3]?[0-9])(?P<mark>[./-])(?P<month>[0-3]?[0-9])(?:(?P=mark)(?P<year>{_YEAR}|[0-9]{{2}}))?"
    r"(?![\w/]|[.,-][0-9])"
    rf"|(?<![\w.,])(?P<ru_day>[0-3]?[0-9])(?:-?(?:го|е|ое))? (?P<ru>{_RU_MONTH})\b\.?(?: (?P<ru_year>{_YEAR}))?"
    rf"|(?<![\w.,])(?P<en_day>[0-3]?[0-9])(?:st|nd|rd|th)?(?: of)? (?P<en>{_EN_MONTH})\b(?:,? (?P<en_year>{_YEAR}))?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b(?P<us>{_EN_MONTH}) (?P<us_day>[0-3]?[0-9])(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<us_year>{_YEAR}))?", re.IGNORECASE
)
_WORD = re.compile(rf"\b(?:{'|'.join(sorted(_RELATIVE, key=len, reverse=True))})\b", re.IGNORECASE)
_MONTH_BEFORE_DIGIT = re.compile(r"[a-z] [0-9]", re.IGNORECASE)


def find_dates(text: str) -> Iterator[tuple[Span, str]]:
    """(span, value) of each date that exists in some year; values as in `entities.Entity`."""
    for match in match_at_numbers(_DATE, text):
        value = _value(match)
        if value is not None:
            yield match.span(), value
    if _MONTH_BEFORE_DIGIT.search(text):
        for match in _MONTH_FIRST.finditer(text):
            value = _checked(int(match["us_day"]), _english_month(match["us"]), match["us_year"])
            if value is not None:
                yield match.span(), value
    for match in _WORD.finditer(text):
        yield match.span(), _RELATIVE[match.group().lower()]


def _value(match: re.Match[str]) -> str | None:
    if match["iso"]:
        year, month, day = match["iso"].split("-")
        return _checked(int(day), int(month), year)
    if match["day"]:
        return _numeric(match)
    if match["ru"]:
        name = match["ru"].lower()
        # "мар" is tried before "ма": March is not May.
        month_number = next(index for index in (0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 4) if _is_month(name, index)) + 1
        return _checked(int(match["ru_day"]), month_number, match["ru_year"])
    return _checked(int(match["en_day"]), _english_month(match["en"]), match["en_year"])


def _english_month(name: str) -> int:
    return _ENGLISH_MONTHS.index(name.lower()[:3]) + 1


def _is_month(stem: str, index: int) -> bool:
    return stem.startswith(_MONTH_STEMS[index])


def _numeric(match: re.Match[str]) -> str | None:
    """12.05 and 12.05.2026; without a year only with a dot and a two-digit month, for 1.5 and 1/2 are numbers."""
    day, month, year = int(match["day"]), int(match["month"]), match["year"]
    if year is None and (match["mark"] == "-" or len(match["month"]) < 2 or (match["mark"] == "/" and month == 0)):
        return None
    if year is not None and month > 12 and day <= 12:
        day, month = month, day
    return _checked(day, month, year if year is None or len(year) == 4 else "20" + year)


def _checked(day: int, month: int, year: str | None) -> str | None:
    try:
        date = datetime.date(int(year) if year else 2024, month, day)
    except ValueError:
        return None
    return date.isoformat() if year else f"--{date:%m-%d}"
