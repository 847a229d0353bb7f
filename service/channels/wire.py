"""Requests to platforms: one connection pool a channel, failures classed by what they mean for the message.

A request that surely did not arrive may be made again (RetryLater); one that left without an answer may have been
obeyed (FateUnknown). Addresses and secrets never get into the words of an error: tokens are part of some addresses.
"""

import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from service.channels.base import FateUnknown, RetryLater, Undeliverable

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 15.0
CONNECT_SECONDS = 5.0
CHUNK = 64 * 1024
MOST_HOPS = 4


class Wire:
    """HTTP to one platform at `base_url`; httpx is imported with the first request.

    `pause_of` reads from a 429 or 5xx how many seconds the platform wants to be left alone.
    """

    def __init__(
        self, base_url: str, *, headers: Mapping[str, str] | None = None,
        pause_of: "Callable[[httpx.Response], float | None] | None" = None,
    ) -> None:  # fmt: skip
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers or {})
        self._pause_of = pause_of or (lambda response: retry_after(response.headers))
        self._lock = threading.Lock()
        self._opened: httpx.Client | None = None

    def send(
        self, method: str, path: str, *, timeout_seconds: float = TIMEOUT_SECONDS, **more: Any
    ) -> "httpx.Response":
        """One request to `path`, or to a whole address that the platform itself named; `more` goes to httpx.

        Returns every answer but 429 and 5xx, which raise RetryLater. Raises FateUnknown when the request left and no
        whole answer came, or a gateway gave up on it (504).
        """
        import httpx

        try:
            response = self._client().request(
                method, self._address(path), timeout=httpx.Timeout(timeout_seconds, connect=CONNECT_SECONDS), **more
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise RetryLater(f"the platform can't be reached ({type(error).__name__})", platform_away=True) from None
        except httpx.HTTPError as error:
            raise FateUnknown(f"no answer came ({type(error).__name__}); it may have arrived") from None
        return self._judged(response)

    def ask(self, method: str, path: str, **more: Any) -> "httpx.Response":
        """Like `send` for requests that change nothing: without an answer they may simply be made again."""
        try:
            return self.send(method, path, **more)
        except FateUnknown as error:
            raise RetryLater(str(error).partition(";")[0], platform_away=True) from None

    def download(
        self, path: str, into: Path, most_bytes: int, *, hosts: Sequence[str] = (), **more: Any
    ) -> None:  # fmt: skip
        """Write what lies at `path` (or at a whole address) to `into`; Undeliverable when larger or not there.

        Where the platform sends us on, it may do so to its own host and to `hosts` only.
        """
        import httpx

        address = self._address(path)
        try:
            for _ in range(MOST_HOPS):
                with self._client().stream("GET", address, timeout=TIMEOUT_SECONDS, **more) as response:
                    if not response.has_redirect_location:
                        self._judged(response)
                        _write(response, into, most_bytes)
                        return
                    address = str(response.url.join(response.headers["location"]))
                    self.must_be_at_home(address, hosts)
            raise Undeliverable("the platform sends us in circles for this file")
        except httpx.HTTPError as error:
            raise RetryLater(f"the file did not come whole ({type(error).__name__})", platform_away=True) from None

    def must_be_at_home(self, address: str, hosts: Sequence[str] = ()) -> None:
        """Undeliverable unless `address` is on the host of `base_url`, or https on one of `hosts` or below it.

        Others' words must not send us anywhere.
        """
        theirs, ours = urlsplit(address), urlsplit(self._base_url)
        host = theirs.hostname or ""
        known = theirs.scheme == "https" and any(host == each or host.endswith(f".{each}") for each in hosts)
        if not known and (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
            raise Undeliverable("the file lies at another address than the platform")

    def _address(self, path: str) -> str:
        return path if path.startswith(("http://", "https://")) else self._base_url + path

    def _judged(self, response: "httpx.Response") -> "httpx.Response":
        status = response.status_code
        if status == 504:
            raise FateUnknown("a gateway gave up waiting for the platform (HTTP 504); it may have arrived")
        if status == 429 or status >= 500:
            response.read()
            pause = self._pause_of(response)
            if status == 429:
                raise RetryLater("the platform asks to slow down (HTTP 429)", pause)
            raise RetryLater(f"the platform has a fault (HTTP {status})", pause, platform_away=True)
        return response

    def _client(self) -> "httpx.Client":
        import httpx

        with self._lock:
            if self._opened is None:
                self._opened = httpx.Client(headers=self._headers, trust_env=False, follow_redirects=False)
                # New settings make a new channel; requests of the old one end in peace, then its connections close.
                weakref.finalize(self, self._opened.close)
            return self._opened


def _write(response: "httpx.Response", into: Path, most_bytes: int) -> None:
    if response.status_code >= 300:
        raise Undeliverable(f"the platform no longer has this file (HTTP {response.status_code})")
    size = 0
    with into.open("wb") as target:
        for chunk in response.iter_bytes(CHUNK):
            size += len(chunk)
            if size > most_bytes:
                raise Undeliverable(f"the file is larger than {most_bytes // 2**20} MB")
            target.write(chunk)


def json_of(response: "httpx.Response") -> dict[str, Any]:
    """The JSON object of an answer. FateUnknown for anything else: something else than the platform has answered."""
    try:
        body = response.json()
    except ValueError:
        raise FateUnknown(f"the answer is no JSON (HTTP {response.status_code}); it may have arrived") from None
    if not isinstance(body, dict):
        raise FateUnknown(f"the answer is no JSON object (HTTP {response.status_code}); it may have arrived")
    return body


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header, which holds seconds or a date; None without a sensible one."""
    written = headers.get("retry-after", "").strip()
    if written.replace(".", "", 1).isdigit():
        return float(written)
    try:
        return max(0.0, (parsedate_to_datetime(written) - datetime.now(UTC)).total_seconds()) if written else None
    except (ValueError, TypeError):
        return None
