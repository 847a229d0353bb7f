"""What stands in the letters to clients, and the signed addresses in them."""

import hmac
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service import texts, vault
from service.domain.letters import Letter
from service.office import Office

NOT_ME = "not me"
"""What the key of the signed addresses is derived for."""
NOT_ME_DAYS = 30


def code_letter(challenge: int, to: str, code: str, language: str, minutes: int, until: datetime) -> Letter:
    """The letter with a code."""
    lasts = texts.minutes_in_words(minutes, language)
    said = texts.text("code", language, "letters", code=f"{code[:3]} {code[3:]}", minutes=lasts)
    return Letter(f"code/{challenge}", "code", to, texts.text("code_subject", language, "letters"), said, until)


def link_letter(link: int, to: str, channel: str, language: str, office: Office, now: datetime) -> Letter:
    """The letter that tells of a new link, with the address that takes it back."""
    at = now.astimezone(ZoneInfo(office.settings.staff_zone))
    said = texts.text(
        "link", language, "letters", channel=channel_name(channel, language), at=f"{at:%d.%m.%Y %H:%M}",
        address=not_me_address(link, office, now),
    )  # fmt: skip
    return Letter(f"link/{link}", "new_link", to, texts.text("link_subject", language, "letters"), said)


def lock_letter(challenge: int, to: str, channel: str, language: str, office: Office, now: datetime) -> Letter:
    """The letter that tells of three wrong codes."""
    at = now.astimezone(ZoneInfo(office.settings.staff_zone))
    name = channel_name(channel, language)
    said = texts.text("lock", language, "letters", channel=name, at=f"{at:%d.%m.%Y %H:%M}")
    return Letter(f"lock/{challenge}", "lock", to, texts.text("lock_subject", language, "letters"), said)


def channel_name(channel: str, language: str) -> str:
    """A channel as a client knows it."""
    known = texts.table("channels", language)
    return str(known.get(channel, channel.capitalize()))


def not_me_address(link: int, office: Office, now: datetime) -> str:
    """The page on which the owner says that it wasn't them; nobody else can make such an address."""
    until = int((now + timedelta(days=NOT_ME_DAYS)).timestamp())
    signature = vault.keyed_hash(office.signing_key, NOT_ME, link, until)[:32]
    settings = office.settings
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    return f"{base}/not-me/{link}.{until}.{signature}"


def read_not_me(token: str, office: Office, now: datetime) -> int | None:
    """The link that a signed address is about; None for one that was made up, changed or is too old."""
    link, _, rest = token.partition(".")
    until, _, signature = rest.partition(".")
    if not (link.isdecimal() and until.isdecimal() and link.isascii() and until.isascii() and len(token) < 80):
        return None
    expected = vault.keyed_hash(office.signing_key, NOT_ME, int(link), int(until))[:32]
    signed = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    return int(link) if signed and now.timestamp() < int(until) else None
