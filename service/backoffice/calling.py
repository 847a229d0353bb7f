"""One call of the bank's REST API: tries, pauses, the breaker, and errors in our own words.

Neither logs nor errors say whose data was asked for: they name the operation, never its path, number or body.
"""

import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from uuid import uuid4

from pydantic import ValidationError

from service.backoffice import wire
from service.backoffice.access import Access
from service.backoffice.base import BackOfficeRefused, BackOfficeUnavailable, Refusal
from service.policies.breaker import Breaker, BreakerRules, after_failure, ask_leave

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 3.0
LARGEST_ANSWER = 5 * 2**20
_REFUSING = (404, 409, 422)
_AGAIN = (429, 500, 502, 503, 504)
Shape = TypeVar("Shape", bound=wire.Wire)
Note = Callable[[str, str, float], None]


@dataclass(frozen=True)
class Call:
    """An operation of the contract. `key` makes repeating safe; `only_reads` says that it is safe anyway."""

    operation: str
    method: Literal["GET", "POST"]
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] | None = None
    key: str | None = None
    only_reads: bool = False

    @property
    def may_repeat(self) -> bool:
        """Whether doing it twice is the same as once."""
        return self.only_reads or self.key is not None


class _TryFailed(Exception):
    """One try gave nothing. `again`: another may; `after_seconds`: the bank said when."""

    def __init__(self, what: str, *, again: bool, after_seconds: float | None = None) -> None:
        super().__init__(what)
        self.what, self.again, self.after_seconds = what, again, after_seconds


class Caller:
    """Makes calls; one for all threads of a process. `note(operation, outcome, seconds)` is told of each."""

    def __init__(
        self, access: Access, *, rules: BreakerRules | None = None, note: Note | None = None,
        pause: Callable[[float], None] = time.sleep, seconds: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.access = access
        self._rules = rules or BreakerRules()
        self._note = note or (lambda _operation, _outcome, _seconds: None)
        self._pause, self._seconds = pause, seconds
        self._breaker = Breaker()
        self._lock = threading.Lock()
        self._http: httpx.Client | None = None

    def ask(self, call: Call, shape: type[Shape]) -> Shape:
        """The answer in its shape; BackOfficeRefused for a no, BackOfficeUnavailable for none."""
        began = self._seconds()
        with self._lock:
            allowed, self._breaker = ask_leave(self._breaker, self._rules, began)
        if not allowed:
            self._note(call.operation, "held_back", 0.0)
            raise BackOfficeUnavailable(
                f"the bank's systems failed {self._breaker.failures} times in a row and are left alone for "
                f"{self._rules.rest_seconds:.0f} s"
            )
        outcome = "unavailable"
        try:
            answer = self._try_often(call, shape)
            outcome = "answered"
        except BackOfficeRefused:
            outcome = "refused"
            raise
        finally:
            now = self._seconds()
            with self._lock:
                failed = outcome == "unavailable"
                self._breaker = after_failure(self._breaker, self._rules, now) if failed else Breaker()
            self._note(call.operation, outcome, now - began)
        return answer

    @property
    def trouble(self) -> str:
        """Why nothing is asked of the bank just now; empty while all is well."""
        with self._lock:
            breaker = self._breaker
        if breaker.resting_since is None:
            return ""
        return (
            f"the bank's systems failed {breaker.failures} times in a row: one try every "
            f"{self._rules.rest_seconds:.0f} s, operations go to people meanwhile"
        )

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            http, self._http = self._http, None
        if http is not None:
            http.close()

    def _try_often(self, call: Call, shape: type[Shape]) -> Shape:
        attempts = self.access.attempts if call.may_repeat else 1
        request = uuid4().hex
        for attempt in range(1, attempts + 1):
            try:
                return self._try(call, shape, request)
            except _TryFailed as failure:
                what = failure.what
                more = {"operation": call.operation, "problem": what, "attempt": attempt, "request": request}
                log.warning("a call of the back office failed", extra=more)
                pause = failure.after_seconds or 0.2 * 2 ** (attempt - 1) * random.uniform(0.8, 1.2)
                if not failure.again or attempt == attempts or pause > LONGEST_PAUSE_SECONDS:
                    break
                self._pause(pause)
        raise BackOfficeUnavailable(f"{what} (operation {call.operation}, request {request})")

    def _try(self, call: Call, shape: type[Shape], request: str) -> Shape:
        import httpx

        headers = {"X-Request-Id": request} | ({"Idempotency-Key": call.key} if call.key else {})
        try:
            with self._client().stream(
                call.method, f"{self.access.url}{call.path}", json=call.body, params=call.query, headers=headers
            ) as response:
                content = self._read(response)
        except httpx.TimeoutException as error:
            what = f"{self.access.host} gave no answer within {self.access.timeout_seconds:g} s"
            raise _TryFailed(what, again=True) from error
        except httpx.HTTPError as error:
            raise _explain(error, self.access.host) from error
        if response.status_code != httpx.codes.OK:
            raise _say_no(response, content, self.access.host)
        try:
            return shape.model_validate_json(content)
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}"
                for each in error.errors(include_input=False, include_context=False, include_url=False)[:3]
            )
            raise _TryFailed(f"{self.access.host} answers otherwise than the contract says: {wrong}",
                             again=False) from error  # fmt: skip

    def _read(self, response: "httpx.Response") -> bytes:
        """The whole answer; a bank that sends drop by drop or without end is not waited for."""
        ends, content = self._seconds() + self.access.timeout_seconds, bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > LARGEST_ANSWER:
                raise _TryFailed(f"{self.access.host} sends more than {LARGEST_ANSWER // 2**20} MB", again=False)
            if self._seconds() > ends:
                raise _TryFailed(f"{self.access.host} is still sending after {self.access.timeout_seconds:g} s",
                                 again=True)  # fmt: skip
        return bytes(content)

    def _client(self) -> "httpx.Client":
        import httpx  # costs a tenth of a second that a start without a bank doesn't need

        with self._lock:
            if self._http is None:
                token = self.access.token
                self._http = httpx.Client(
                    verify=self.access.tls or True, timeout=self.access.timeout_seconds, trust_env=False,
                    headers={"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {}),
                )  # fmt: skip
            return self._http


def _explain(error: "httpx.HTTPError", host: str) -> _TryFailed:
    """What went wrong on the way there, and what to do about it."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        what = f"the certificate of {host} can't be trusted ({cause.verify_message}): check OTKLIK_BACK_OFFICE_CA"
        return _TryFailed(what, again=False)
    if cause is not None:
        what = f"{host} refused the TLS connection: check OTKLIK_BACK_OFFICE_CERT and _KEY, and that https is served"
        return _TryFailed(what, again=False)
    return _TryFailed(f"{host} can't be reached ({type(error).__name__})", again=True)


def _say_no(response: "httpx.Response", content: bytes, host: str) -> _TryFailed | BackOfficeRefused:
    """A status that is not 200: the bank's no, or a failure."""
    status = response.status_code
    if status in (401, 403):
        return _TryFailed(
            f"{host} does not accept who we are ({status}): check OTKLIK_BACK_OFFICE_TOKEN or the certificate",
            again=False,
        )
    if status in _AGAIN:
        return _TryFailed(f"{host} answers {status}", again=True, after_seconds=_seconds_to_wait(response))
    try:
        problem = wire.Problem.model_validate_json(content)
    except ValidationError:
        problem = None
    if status in _REFUSING and problem is not None:
        reason = Refusal(problem.code)
        return BackOfficeRefused(reason, f"the bank refused: {reason.value}")
    return _TryFailed(f"{host} answers {status} where the contract has none: check OTKLIK_BACK_OFFICE_URL", again=False)


def _seconds_to_wait(response: "httpx.Response") -> float | None:
    after = response.headers.get("Retry-After", "")
    return float(after) if after.isascii() and after.isdigit() and len(after) < 6 else None
