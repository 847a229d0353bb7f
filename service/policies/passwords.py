"""Is this password good enough? Length and a list of the most common ones, no composition rules (NIST SP 800-63B)."""

import unicodedata
from enum import StrEnum

SHORTEST = 10
LONGEST = 256

_MOST_COMMON = """
    1234567890 12345678910 123456789a 0123456789 0987654321 1234512345 1111111111 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc
    1qazxsw23edc qwertyuiop qwerty12345 qwerty123456 qwertyuiop123 qwerty1234 asdfghjkl; asdfghjkl123 zaq12wsxcde3
    password12 password123 password1234 password12345 passw0rd123 p@ssw0rd123 mypassword password01 password2025
    password2026 iloveyou12 iloveyou123 administrator admin12345 admin123456 welcome123 welcome1234 changeme123
    letmein1234 football123 baseball123 superman123 princess123 sunshine123 computer123 abcdefghij abcd123456
    abc1234567 a123456789 q123456789 qazwsxedcrfv qazwsx12345 parol12345 parol123456 privet12345 йцукенгшщз
    йцукенгшщзх йцукен12345 пароль1234 пароль12345 пароль123456 привет12345 любовь12345 наташа12345 1234567890q
    operator123 operator1234 support123 support1234 qweasdzxc123 asdasdasd123 otklik12345 otklik1234
"""
_COMMON = frozenset(_MOST_COMMON.split())


class Weakness(StrEnum):
    """Why a password is refused; the name of its sentence."""

    SHORT = "short"
    LONG = "long"
    LOGIN = "login"
    COMMON = "common"
    MONOTONOUS = "monotonous"


def normalise(password: str) -> str:
    """The password as it is hashed: typed on any keyboard or system it is the same letters (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, login: str) -> Weakness | None:
    """What is wrong with a new password; None when it is good."""
    if len(password) > LONGEST:  # looked at before anything costs time
        return Weakness.LONG
    plain = normalise(password)
    if len(plain) < SHORTEST:
        return Weakness.SHORT
    folded = plain.casefold().strip()
    if folded == login.casefold().strip():
        return Weakness.LOGIN
    if len(set(folded)) <= 2:
        return Weakness.MONOTONOUS
    return Weakness.COMMON if folded in _COMMON else None
