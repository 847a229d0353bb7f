"""How the bank's REST API is reached: its address and how each side proves who it is."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from service.errors import SetupError
from service.policies.addresses import is_loopback
from service.settings import Settings


@dataclass(frozen=True)
class Access:
    """The address without a slash at its end, our bearer token and TLS; a try takes `timeout_seconds` at most."""

    url: str
    token: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None
    timeout_seconds: float = 5.0
    attempts: int = 3

    @property
    def host(self) -> str:
        """Where it is, for messages."""
        return urlsplit(self.url).netloc


def open_access(settings: Settings) -> Access:
    """The access of the settings; SetupError naming the setting that is missing or wrong."""
    url = urlsplit(settings.back_office_url)
    if not url.hostname:
        raise SetupError("OTKLIK_BACK_OFFICE_URL is needed with OTKLIK_BACK_OFFICE=http: the address of the bank's API")
    if url.scheme != "https" and not is_loopback(url.hostname):
        raise SetupError(f"OTKLIK_BACK_OFFICE_URL must begin with https://: {url.netloc} is another machine")
    if bool(settings.back_office_cert) != bool(settings.back_office_key):
        raise SetupError("OTKLIK_BACK_OFFICE_CERT and OTKLIK_BACK_OFFICE_KEY belong together: set both or none")
    if url.scheme == "https" and not (settings.back_office_token or settings.back_office_cert):
        raise SetupError("set OTKLIK_BACK_OFFICE_TOKEN, or OTKLIK_BACK_OFFICE_CERT and _KEY: the bank must know us")
    return Access(
        settings.back_office_url, settings.back_office_token, _tls(settings) if url.scheme == "https" else None,
        settings.back_office_timeout_seconds, settings.back_office_attempts,
    )  # fmt: skip


def _tls(settings: Settings) -> ssl.SSLContext:
    context = _trusting(settings.back_office_ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.back_office_cert and settings.back_office_key:
        for name, path in (("CERT", settings.back_office_cert), ("KEY", settings.back_office_key)):
            _must_be_file(path, f"OTKLIK_BACK_OFFICE_{name}")
        try:
            context.load_cert_chain(settings.back_office_cert, settings.back_office_key, password=_no_password)
        except (ssl.SSLError, ValueError) as error:
            raise SetupError(
                "OTKLIK_BACK_OFFICE_CERT and _KEY can't be used: a PEM certificate and its PEM key without a password "
                "are needed"
            ) from error
    return context


def _no_password() -> str:
    raise ValueError("the key has a password")  # without this OpenSSL would ask for it on the terminal


def _trusting(authority: Path | None) -> ssl.SSLContext:
    if authority is None:
        return ssl.create_default_context()
    _must_be_file(authority, "OTKLIK_BACK_OFFICE_CA")
    try:
        return ssl.create_default_context(cafile=str(authority))
    except ssl.SSLError as error:
        raise SetupError(f"OTKLIK_BACK_OFFICE_CA: {authority} holds no PEM certificates") from error


def _must_be_file(path: Path, setting: str) -> None:
    if not path.is_file():
        raise SetupError(f"{setting}: there is no file {path}")
