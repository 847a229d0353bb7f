"""Calls of a bank that fails in every way one can: what is tried again, what is said, what is never told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from service.backoffice.access import Access
from service.backoffice.base import BackOfficeRefused, BackOfficeUnavailable, Refusal
from service.backoffice.calling import Call, Caller
from service.backoffice.http import HttpBank
from service.backoffice.wire import Blocking
from service.domain.banking import AccountKind, CardSystem
from service.policies.breaker import BreakerRules
from tests.service.backoffice.servers import Reply, ScriptedBank, serving

PHONE = "+79135550101"
NOBODY = Reply(body='{"client": null}')
BLOCKED = Reply(body='{"confirmation": "48219034", "at": "2026-11-20T12:00:00Z"}')
AWAY = Reply(503, "")
MONEY = {"amount": "1.00", "currency": "RUB"}
ACCOUNT = {
    "id": "a-1", "number": "40817810900001204417", "kind": "current", "balance": MONEY, "available": MONEY,
}  # fmt: skip
CARD = {"id": "k-1", "last_four": "4821", "system": "mir", "kind": "debit", "state": "active"}


@dataclass
class Line:
    """A bank at the other end of the wire, a clock that stands, and the pauses that were made."""

    bank: HttpBank
    script: ScriptedBank
    pauses: list[float] = field(default_factory=list)
    noted: list[tuple[str, str]] = field(default_factory=list)
    now: float = 0.0


@contextmanager
def line(
    *script: Reply, attempts: int = 3, timeout_seconds: float = 5.0, failures_to_open: int = 100
) -> Iterator[Line]:
    """A line to a bank that answers by this script."""
    scripted = ScriptedBank(list(script))
    with serving(scripted) as url:
        caller = Caller(
            Access(url, timeout_seconds=timeout_seconds, attempts=attempts),
            rules=BreakerRules(failures_to_open, rest_seconds=20),
            note=lambda operation, outcome, _seconds: opened.noted.append((operation, outcome)),
            pause=lambda seconds: opened.pauses.append(seconds),
            seconds=lambda: opened.now,
        )
        opened = Line(HttpBank(caller), scripted)
        yield opened
        opened.bank.close()


# --- trying again


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failing_bank_is_asked_again_and_then_answers(status: int) -> None:
    with line(Reply(status, ""), Reply(status, "<html>busy</html>"), NOBODY) as to:
        assert to.bank.find_client(PHONE) is None
        assert len(to.script.requests) == 3
        assert len(to.pauses) == 2
        assert to.pauses[0] < to.pauses[1] < 3


def test_a_silent_bank_is_given_up_after_the_last_attempt() -> None:
    with line(Reply(hangs=True), timeout_seconds=0.1) as to:
        with pytest.raises(BackOfficeUnavailable, match=r"no answer within 0\.1 s"):
            to.bank.find_client(PHONE)
        assert len(to.script.requests) == 3


def test_nobody_at_the_address_is_said_to_be_nobody() -> None:
    with line(NOBODY) as to:
        pass
    with pytest.raises(BackOfficeUnavailable, match="can't be reached"):
        to.bank.find_client(PHONE)
    assert len(to.pauses) == 2


def test_all_tries_of_one_request_have_one_name_and_one_key() -> None:
    with line(AWAY, Reply(hangs=True), BLOCKED, timeout_seconds=0.3) as to:
        assert to.bank.block_card("c-1", "k-1", "key-1").confirmation == "48219034"
        sent = [headers for _, _, headers, _ in to.script.requests]
    assert [headers["idempotency-key"] for headers in sent] == ["key-1"] * 3
    assert len({headers["x-request-id"] for headers in sent}) == 1


def test_what_is_not_safe_to_repeat_is_asked_once() -> None:
    with line(AWAY, BLOCKED) as to:
        with pytest.raises(BackOfficeUnavailable):
            to.bank._caller.ask(Call("another", "POST", "/clients/c-1/another"), Blocking)
        assert len(to.script.requests) == 1


@pytest.mark.parametrize(("said", "pause"), [("2", 2.0), ("", None), ("soon", None), ("-1", None), ("٢", None)])
def test_a_bank_may_say_when_to_come_back(said: str, pause: float | None) -> None:
    with line(Reply(429, "", (("retry-after", said),) if said.isascii() else ()), NOBODY) as to:
        to.bank.find_client(PHONE)
        assert pause is None or to.pauses == [pause]
        assert len(to.pauses) == 1


def test_a_bank_that_wants_to_be_left_alone_for_long_is_not_waited_for() -> None:
    with line(Reply(429, "", (("retry-after", "600"),)), NOBODY) as to:
        with pytest.raises(BackOfficeUnavailable, match="answers 429"):
            to.bank.find_client(PHONE)
        assert (len(to.script.requests), to.pauses) == (1, [])


# --- answers that are none


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{",
        '{"client": {}}',
        '{"client": 7}',
        "<html>",
        b"\xff\xfe",
        '{"clients": null}',
        "[" * 10_000,
    ],
)
def test_an_answer_that_is_none_is_not_taken_for_one(body: str | bytes) -> None:
    with line(Reply(body=body)) as to:
        with pytest.raises(BackOfficeUnavailable, match="otherwise than the contract says"):
            to.bank.find_client(PHONE)
        assert len(to.script.requests) == 1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"balance": {"amount": 12.3, "currency": "RUB"}}, "balance.amount"),
        ({"balance": {"amount": "12.345", "currency": "RUB"}}, "balance.amount"),
        ({"balance": {"amount": "NaN", "currency": "RUB"}}, "balance.amount"),
        ({"balance": {"amount": "1", "currency": "rub"}}, "balance.currency"),
        ({"balance": None}, "balance"),
        ({"number": "Соколова"}, "number"),
        ({"id": "../a"}, "id"),
        ({"id": 7}, "id"),
    ],
)
def test_wrong_types_are_named_by_their_place(change: dict[str, Any], named: str) -> None:
    with (
        line(Reply(body=json.dumps({"accounts": [ACCOUNT | change]}))) as to,
        pytest.raises(BackOfficeUnavailable, match=rf"accounts\.0\.{named}") as raised,
    ):
        to.bank.accounts("c-1")
    assert "Соколова" not in raised.value.detail


def test_a_whole_card_number_is_refused_and_not_repeated_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    number = "2200123412344821"
    with (
        line(Reply(body=json.dumps({"cards": [CARD | {"last_four": number}]}))) as to,
        pytest.raises(BackOfficeUnavailable, match="last_four") as raised,
    ):
        to.bank.cards("c-1")
    assert number not in caplog.text + raised.value.detail


def test_what_a_bank_calls_differently_is_something_else_and_not_an_error() -> None:
    body = json.dumps({"accounts": [ACCOUNT | {"kind": "brokerage", "colour": "green"}]})
    cards = json.dumps({"cards": [CARD | {"system": "jcb"}]})
    with line(Reply(body=body), Reply(body=cards)) as to:
        assert to.bank.accounts("c-1")[0].kind is AccountKind.OTHER
        assert to.bank.cards("c-1")[0].system is CardSystem.OTHER


def test_an_endless_answer_is_cut_off() -> None:
    with line(Reply(body=b" " * (6 * 2**20))) as to, pytest.raises(BackOfficeUnavailable, match="more than 5 MB"):
        to.bank.find_client(PHONE)


# --- a no


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [(404, "no_card", Refusal.NO_CARD), (409, "card_expired", Refusal.CARD_EXPIRED), (409, "moon", Refusal.OTHER)],
)
def test_a_no_is_a_refusal_with_its_reason_and_is_not_asked_twice(status: int, code: str, reason: Refusal) -> None:
    body = json.dumps({"code": code, "detail": "карта Соколовой"})
    with line(Reply(status, body)) as to:
        with pytest.raises(BackOfficeRefused) as raised:
            to.bank.block_card("c-1", "k-1", "key-1")
        assert len(to.script.requests) == 1
    assert raised.value.reason is reason
    assert "Соколов" not in raised.value.detail


@pytest.mark.parametrize("status", [204, 301, 400, 404, 405, 418])
def test_a_status_out_of_the_contract_points_at_the_address(status: int) -> None:
    with (
        line(Reply(status, "" if status == 204 else "<html>nginx</html>")) as to,
        pytest.raises(BackOfficeUnavailable, match=rf"{status}.*OTKLIK_BACK_OFFICE_URL"),
    ):
        to.bank.find_client(PHONE)


# --- personal data


def test_neither_logs_nor_errors_nor_addresses_say_who_was_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    """The library's own lines name addresses; `service/logs.py` turns them off."""
    with line(AWAY) as to:
        for ask in (lambda: to.bank.find_client(PHONE), lambda: to.bank.block_card("c-1001", "k-1001", "key-77")):
            with pytest.raises(BackOfficeUnavailable) as raised:
                ask()
            said = raised.value.detail + repr(
                [vars(each) for each in caplog.records if each.name.startswith("service")]
            )
            assert [private for private in ("5550101", "c-1001", "k-1001", "key-77") if private in said] == []
        method, path, _, body = to.script.requests[0]
    assert "block_card" in said
    assert "answers 503" in said
    assert (method, path, json.loads(body)) == ("POST", "/clients/find", {"number": PHONE})


# --- the breaker


def test_after_failures_in_a_row_the_bank_is_left_alone_until_one_try_succeeds() -> None:
    with line(AWAY, AWAY, NOBODY, attempts=1, failures_to_open=2) as to:
        for _ in range(2):
            with pytest.raises(BackOfficeUnavailable, match="answers 503"):
                to.bank.find_client(PHONE)
        assert "failed 2 times in a row" in to.bank.trouble
        for to.now in (1.0, 19.0):
            with pytest.raises(BackOfficeUnavailable, match="left alone"):
                to.bank.cards("c-1")
        assert len(to.script.requests) == 2
        to.now = 20.0
        assert to.bank.find_client(PHONE) is None
        assert to.bank.find_client(PHONE) is None
        assert to.bank.trouble == ""
    assert [outcome for _, outcome in to.noted] == [
        "unavailable", "unavailable", "held_back", "held_back", "answered", "answered",
    ]  # fmt: skip


def test_a_failed_try_begins_another_rest() -> None:
    with line(AWAY, attempts=1, failures_to_open=1) as to:
        for to.now in (0.0, 20.0):
            with pytest.raises(BackOfficeUnavailable, match="answers 503"):
                to.bank.find_client(PHONE)
        to.now = 39.0
        with pytest.raises(BackOfficeUnavailable, match="left alone"):
            to.bank.find_client(PHONE)


def test_a_no_is_no_failure() -> None:
    with line(Reply(404, '{"code": "no_client"}'), failures_to_open=1) as to:
        for _ in range(3):
            with pytest.raises(BackOfficeRefused):
                to.bank.cards("c-1")
    assert to.noted == [("cards", "refused")] * 3
