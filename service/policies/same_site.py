"""Did the browser send this request from a page of ours? Cookies are sent with anybody's requests, so we ask."""

from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> tuple[str, str, int] | None:
    """(scheme, host, port) of an address; None for what has none («null», garbage)."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname.lower(), port or _PORTS[parts.scheme]


def is_foreign(own: str, fetch_site: str | None, origin: str | None, referer: str | None) -> bool:
    """Whether the headers say that another site sent the request; False when they say nothing (not a browser)."""
    if fetch_site is not None:
        return fetch_site.strip().lower() != "same-origin"
    said = origin if origin is not None else referer
    return said is not None and origin_of(said) != origin_of(own)


def is_ours(own: str, fetch_site: str | None, origin: str | None, referer: str | None) -> bool:
    """Whether the headers prove that a page of `own` sent the request."""
    said_nothing = fetch_site is None and origin is None and referer is None
    return not said_nothing and not is_foreign(own, fetch_site, origin, referer)
