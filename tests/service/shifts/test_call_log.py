"""The call log: taken in whole or not at all, once, by those who may; and what reports and cards make of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import IO, Any

import pytest
from sqlalchemy import select, text

from service import call_log, privacy
from service import desk as actions
from service.console.components.call_file import say_mistakes, take_file
from service.console.words import section
from service.domain.keeping import Kind
from service.domain.verification import Link
from service.errors import Forbidden, InvalidInput
from service.policies.call_files import MISTAKES
from service.retention import let_go
from service.shifts import statistics
from service.shifts.statistics import Period
from service.storage import conversations, links
from service.storage.staff import Role, StaffMember
from service.storage.tables import AuditRow, CallRow, table
from tests.service.problem_details import is_problem
from tests.service.shifts.conftest import Desk
from tests.service.shifts.test_api import Call, call, http  # noqa: F401 - fixtures

TODAY = Period(date(2026, 11, 20), date(2026, 11, 20))
PHONE = "+79135550101"
HEAD = "id,started_at,answered_at,ended_at,direction,outcome,department,operator,phone\n"
LINES = (
    f"p-1,2026-11-20T10:00:00,2026-11-20T10:00:30,2026-11-20T10:05:30,in,answered,cards,anna,{PHONE}\n"
    f"p-2,2026-11-20T10:04:00,2026-11-20T10:04:10,2026-11-20T10:06:10,in,answered,general,anna,89135550202\n"
    f"p-3,2026-11-20T11:00:00,,2026-11-20T11:01:00,in,abandoned,cards,,{PHONE}\n"
    f"p-4,2026-11-20T11:30:00,2026-11-20T11:30:05,2026-11-20T11:31:05,out,answered,cards,boris,{PHONE}\n"
)


def opens(content: str) -> Callable[[], AbstractContextManager[IO[str]]]:
    """A file with this content."""
    return lambda: StringIO(content, newline="")


@pytest.fixture
def lead(desk: Desk) -> StaffMember:
    """A supervisor of everything, and two operators."""
    desk.hire("anna")
    desk.hire("boris", "cards")
    return desk.hire("lead", role=Role.SUPERVISOR)


@pytest.fixture
def cards_lead(desk: Desk, lead: StaffMember) -> StaffMember:
    """A supervisor of one department."""
    return desk.hire("cards_lead", "cards", role=Role.SUPERVISOR)


def logged(desk: Desk) -> list[str]:
    """What is in the log."""
    with desk.office.database.read() as connection:
        return list(connection.execute(select(table(CallRow).c.external_id).order_by(table(CallRow).c.id)).scalars())


def prove(desk: Desk, conversation: int, phone: str | None) -> None:
    """The client of this conversation has typed the code for this phone."""
    with desk.office.database.write() as connection:
        identity = conversations.get(connection, conversation).identity_id or 0
        now = desk.clock.now
        links.begin(connection, identity, Link("c-1", now, now, now + timedelta(days=90)), phone)


def test_a_file_is_taken_once_and_its_numbers_are_not_readable_in_the_database(desk: Desk, lead: StaffMember) -> None:
    taken = call_log.import_file(opens(HEAD + LINES), "calls.csv", lead, desk.office)
    assert (taken.added, taken.known, taken.skipped, taken.overlaps) == (4, 0, 0, (3,))
    again = call_log.import_file(opens(HEAD + LINES), "calls.csv", lead, desk.office)
    assert (again.added, again.known) == (0, 4)
    assert logged(desk) == ["p-1", "p-2", "p-3", "p-4"]
    with desk.office.database.read() as connection:
        stored = str(connection.execute(text("SELECT * FROM calls")).all())
        trail = connection.execute(
            select(table(AuditRow).c.data).where(table(AuditRow).c.action == "calls_imported")
        ).scalars()
        assert [each["added"] for each in trail] == [4]
    assert not any(digits in stored for digits in ("9135550", "5550101", "5550202"))
    shown = call_log.list_calls(desk.clock.now - timedelta(days=1), desk.clock.now, lead, desk.office, limit=2)
    assert [(each.call.external_id, each.login, each.call.phone) for each in shown] == [
        ("p-4", "boris", PHONE), ("p-3", None, PHONE),
    ]  # fmt: skip


def test_with_a_mistake_nothing_is_taken_unless_the_rest_is_asked_for(desk: Desk, lead: StaffMember) -> None:
    call_log.import_file(opens(HEAD + LINES.splitlines(keepends=True)[0]), "first.csv", lead, desk.office)
    wrong = (
        LINES.replace("10:05:30", "10:06:00")  # p-1 with other data
        + "p-2,2026-11-20T10:00:00,,2026-11-20T10:01:00,in,missed,cards,,\n"  # line 6: p-2 again
        + "p-5,2026-11-20T10:00:00,,2026-11-20T09:00:00,in,missed,cards,,\n"
        + "p-6,2026-11-20T10:00:00,,2026-11-20T10:01:00,in,missed,cards,ghost,\n"
    )
    with pytest.raises(InvalidInput) as told:
        call_log.import_file(opens(HEAD + wrong), "calls.csv", lead, desk.office)
    kinds = [(each["line"], each["kind"]) for each in told.value.fields["mistakes"]]
    assert kinds == [(2, "changed"), (6, "repeated"), (7, "backwards"), (8, "no_operator")]
    assert "calls.csv:8: there is no operator 'ghost'" in told.value.detail
    assert logged(desk) == ["p-1"]
    taken = call_log.import_file(opens(HEAD + wrong), "calls.csv", lead, desk.office, skip_wrong=True)
    assert (taken.added, taken.known, taken.skipped, [each["line"] for each in taken.mistakes]) == (
        3, 0, 4, [2, 6, 7, 8],
    )  # fmt: skip
    assert logged(desk) == ["p-1", "p-2", "p-3", "p-4"]


def test_a_file_that_is_no_text_has_no_head_or_has_too_many_lines_is_refused(
    desk: Desk, lead: StaffMember, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes((HEAD + LINES.replace("anna", "анна")).encode("cp1251"))
    for content, said in ((None, "UTF-8"), ("", "empty"), ("id;phone\n", "started_at")):
        source = opens(content) if content is not None else lambda: path.open(encoding="utf-8")
        with pytest.raises(InvalidInput, match=said):
            call_log.import_file(source, "calls.csv", lead, desk.office)
    monkeypatch.setattr(call_log, "MOST_LINES", 3)
    with pytest.raises(InvalidInput, match="more than 3 lines"):
        call_log.import_file(opens(HEAD + LINES), "calls.csv", lead, desk.office)
    assert logged(desk) == []


def test_who_does_not_lead_takes_nothing_in_and_leads_of_one_department_only_theirs(
    desk: Desk, lead: StaffMember, cards_lead: StaffMember
) -> None:
    operator = desk.hire("carl")
    with pytest.raises(Forbidden):
        call_log.import_file(opens(HEAD + LINES), "calls.csv", operator, desk.office)
    with pytest.raises(InvalidInput, match="'general' is not one of yours"):
        call_log.import_file(opens(HEAD + LINES), "calls.csv", cards_lead, desk.office)
    call_log.import_file(opens(HEAD + LINES), "calls.csv", lead, desk.office)
    seen = call_log.list_calls(desk.clock.now - timedelta(days=1), desk.clock.now, cards_lead, desk.office)
    assert [each.call.external_id for each in seen] == ["p-4", "p-3", "p-1"]


def test_reports_know_the_phone(desk: Desk, lead: StaffMember, cards_lead: StaffMember) -> None:
    call_log.import_file(opens(HEAD + LINES), "calls.csv", lead, desk.office)
    desk.arrive()
    lines = {each.login: each for each in statistics.operator_table(TODAY, lead, desk.office)}
    assert (lines["anna"].calls, lines["anna"].talk_seconds) == (2, 340.0)  # 10:00:30-10:06:10, the overlap once
    assert (lines["boris"].calls, lines["boris"].talk_seconds, lines["lead"].calls) == (1, 60.0, 0)
    by_channel = {each.key: each for each in statistics.breakdown(TODAY, "channel", lead, desk.office)}
    phone = by_channel["phone"]
    assert (phone.asked, phone.ended, phone.first_response_median, phone.resolution_median) == (3, 2, 20.0, 230.0)
    assert by_channel["web"].asked == 1
    assert "phone" not in {each.key for each in statistics.breakdown(TODAY, "department", lead, desk.office)}
    wall = statistics.live_wall(lead, desk.office)
    assert (wall.phone.calls, wall.phone.lost) == (3, 1)
    narrow = statistics.live_wall(cards_lead, desk.office)
    assert (narrow.phone.calls, narrow.phone.lost) == (2, 1)


def test_a_call_is_the_clients_once_they_have_proved_the_number_and_no_longer_than_that(
    desk: Desk, lead: StaffMember
) -> None:
    call_log.import_file(opens(HEAD + LINES), "calls.csv", lead, desk.office)
    anna = next(each for each in [desk.hire("dora", "cards")])
    conversation = desk.arrive(urgent=True)

    def seen(who: StaffMember) -> tuple[list[str], list[Any]]:
        card = actions.client_card(conversation, who, desk.office)
        page = actions.read_timeline(conversation, who, desk.office, mark=False)
        told = [each.event.data for each in page.items if each.event and each.event.kind == "call"]
        return [each.outcome for each in card.calls], told

    assert seen(lead) == ([], [])
    prove(desk, conversation, PHONE)
    outcomes, told = seen(lead)
    assert outcomes == ["answered", "abandoned", "answered"]
    assert told[0] == {"direction": "in", "outcome": "answered", "seconds": 300.0}
    assert seen(anna)[0] == outcomes
    prove(desk, conversation, None)  # a fresh code for the same account: the number stays proved
    assert seen(lead)[0] == outcomes
    pages = actions.read_timeline(conversation, lead, desk.office, mark=False, limit=2)
    earlier = actions.read_timeline(conversation, lead, desk.office, before=pages.before, limit=50)
    keys = [each.key for each in (*earlier.items, *pages.items)]
    assert len(keys) == len(set(keys))
    with desk.office.database.write() as connection:
        identity = conversations.get(connection, conversation).identity_id or 0
        links.end(connection, identity, desk.clock.now, "lead")
    assert seen(lead) == ([], [])


def test_calls_are_handed_out_and_erased_with_their_client_and_let_go_in_time(
    desk: Desk, lead: StaffMember, office: Any
) -> None:
    call_log.import_file(opens(HEAD + LINES), "calls.csv", lead, desk.office)
    old = "p-0,2019-11-20T10:00:00,,2019-11-20T10:01:00,in,missed,cards,,89135550303\n"
    call_log.import_file(opens(HEAD + old), "old.csv", lead, desk.office)
    admin = desk.hire("root", role=Role.ADMIN)
    conversation = desk.arrive()
    prove(desk, conversation, PHONE)
    with desk.office.database.read() as connection:
        client_id = conversations.get(connection, conversation).client_id or 0
    assert privacy.find_client(str(client_id), admin, desk.office).rows["calls"] == 3
    assert let_go(Kind.CONVERSATIONS, desk.office) == 1
    assert logged(desk) == ["p-1", "p-2", "p-3", "p-4"]
    privacy.erase_client(client_id, admin, desk.office)
    assert logged(desk) == ["p-2"]


def test_a_telephone_system_sends_calls_when_they_are_over(call: Call) -> None:  # noqa: F811
    told = {
        "id": "p-9", "started_at": "2026-11-20T10:00:00+03:00", "ended_at": "2026-11-20T10:01:00+03:00",
        "direction": "in", "outcome": "missed", "department": "cards", "phone": PHONE,
    }  # fmt: skip
    assert is_problem(call("POST", "/call-log", json={"calls": [told]}), 403, "forbidden")
    for expected in ({"added": 1, "known": 0}, {"added": 0, "known": 1}):
        assert call("POST", "/call-log", "supervisor", json={"calls": [told]}).json() == expected
    wrong = call("POST", "/call-log", "supervisor", json={"calls": [told, told | {"id": "p-10", "department": "moon"}]})
    assert is_problem(wrong, 422, "invalid_input")
    assert [(each["line"], each["kind"]) for each in wrong.json()["mistakes"]] == [(2, "no_department")]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_mistake_has_words_in_the_console(language: str) -> None:
    words = section("call_mistakes", language)
    assert set(MISTAKES) <= set(words)
    assert say_mistakes([{"line": 3, "kind": "no_id"}], 2, language)[1] == words["more"].format(n=1)


def test_the_console_says_what_is_wrong_and_what_was_taken(desk: Desk, lead: StaffMember, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(HEAD + LINES + "p-5,nonsense\n", encoding="utf-8-sig")
    taken, said = take_file(path, "calls.csv", False, "ru", lead, desk.office)
    assert taken is None
    assert said == ["Строка 6: столбцов должно быть 9, как в первой строке"]
    taken, said = take_file(path, "calls.csv", True, "ru", lead, desk.office)
    assert taken is not None
    assert (taken.added, taken.skipped, len(said)) == (4, 1, 2)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput) as told:
        take_file(path, "calls.csv", True, "ru", lead, desk.office)
    assert told.value.fields["reason"] == "not_utf8"


def test_moments_without_an_offset_are_those_of_the_zone_that_was_named(desk: Desk, lead: StaffMember) -> None:
    line = "p-7,2026-11-20T10:00:00,,2026-11-20T10:01:00,in,missed,cards,,\n"
    call_log.import_file(opens(HEAD + line), "calls.csv", lead, desk.office, zone="Asia/Novosibirsk")
    (found,) = call_log.list_calls(desk.clock.now - timedelta(days=1), desk.clock.now, lead, desk.office)
    assert found.call.started_at == datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    with pytest.raises(InvalidInput, match="time zone"):
        call_log.import_file(opens(HEAD + line), "calls.csv", lead, desk.office, zone="Mars/Base")
