"""What number or code does the client mean? Any spelling; pure."""

import re
import unicodedata

import phonenumbers

SHORTEST_NUMBER, LONGEST_NUMBER = 8, 22
_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "О": "0", "о": "0", "З": "3", "з": "3", "l": "1", "I": "1", "|": "1"})
_SIGN = "[0-9OoОоЗзlI|]"
_CODE = re.compile(
    rf"(?<![\w+.,])(?<![0-9][\s\u00a0.-])(?P<code>{_SIGN}(?:[\s\u00a0._-]{{0,2}}{_SIGN}){{5}})"
    r"(?!\w)(?![\s\u00a0.-]{1,2}[0-9])(?!,[0-9])"
)
_DIGIT = re.compile(r"[0-9]")
_RUN = re.compile(r"[+(]?[0-9][0-9\s\u00a0().\u2010-\u2015-]*[0-9]")
_NOT_DIGITS = re.compile(r"[^0-9]")
_SIGNS = re.compile(r"[^0-9+]")
_MONEY = re.compile(r"\s*(?:руб|₽|р\b|тыс|\$|€|usd|eur|rub)", re.IGNORECASE)


def read_number(text: str, *, region: str = "RU", sure: bool = False) -> str | None:
    """The telephone (E.164, «+79135550101») or the account or contract number (digits) in `text`; None if neither.

    `sure`: only what can hardly be anything else, for messages in which no number was asked for.
    """
    plain = plain_digits(text)
    for run in _RUN.finditer(plain):
        if _MONEY.match(plain, run.end()):
            continue
        phone = _phone(run.group(), region)
        if phone is not None:
            return phone
        digits = _SIGNS.sub("", run.group()).lstrip("+")
        if not sure and SHORTEST_NUMBER <= len(digits) <= LONGEST_NUMBER:
            return digits
    return None


def read_code(text: str) -> str | None:
    """The code in `text`; None when there is none, or more than one to choose from.

    Digits of any script, spaces and dashes between them, letters that look like digits; a sentence around it.
    """
    found = find_codes(text)
    return _NOT_DIGITS.sub("", found[0].translate(_LOOKALIKES)) if len(found) == 1 else None


def find_codes(text: str) -> tuple[str, ...]:
    """Everything in `text` that reads as a code, with digits as ASCII: what nobody may keep."""
    plain = plain_digits(text)
    return tuple(match["code"] for match in _CODE.finditer(plain) if len(_DIGIT.findall(match["code"])) >= 4)


def looks_like_a_code(text: str) -> bool:
    """A short message that is nearly all digits: meant as a code, but not one."""
    plain = plain_digits(text)
    digits, letters = len(_DIGIT.findall(plain)), sum(each.isalpha() for each in plain)
    return digits >= 3 and letters <= digits


def masked_address(email: str) -> str:
    """«i•••@example.com»: enough to know which mailbox to look into."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}•••{at}{domain}"


def masked_phone(phone: str) -> str:
    """«+7•••0101»: enough to tell calls apart."""
    return f"{phone[:2]}•••{phone[-4:]}"


def _phone(run: str, region: str) -> str | None:
    digits = _SIGNS.sub("", run)
    if not 10 <= len(digits.lstrip("+")) <= 15:
        return None
    # «9135550101»: the country is left out; «79135550101»: the plus is.
    for spelling in (digits, f"+{digits}"):
        try:
            number = phonenumbers.parse(spelling, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def plain_digits(text: str) -> str:
    """Full-width and other digits as ASCII, one letter for one, so that places stay the same."""
    return "".join(
        str(unicodedata.digit(each)) if each.isdigit() and not each.isascii() else "+" if each == "\uff0b" else each
        for each in text
    )
