"""What administrators do with accounts, and what becomes of the conversations of who leaves."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from service import accounts, api_tokens, desk, signing_in
from service.accounts import COMMAND_LINE, AccountDraft
from service.domain.staff import Role, StaffMember
from service.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    SignInRefused,
    SupportError,
    Unauthorized,
    WeakPassword,
)
from service.office import Office
from service.signing_in import session_of, use_token
from service.storage.tables import AuditRow, ConversationRow, HandoffRow, MessageRow, StaffRow, table
from tests.service.conftest import Clock
from tests.service.staff.conftest import HOME, PASSWORD, Hire, Queue
from tests.service.threads import at_once, raised, unexpected

C = table(ConversationRow).c


def row(office: Office, conversation: int) -> Any:
    """The conversation as it is kept."""
    with office.database.read() as connection:
        return connection.execute(select(table(ConversationRow)).where(C.id == conversation)).one()


def trail(office: Office, action: str) -> list[dict[str, Any]]:
    """What was recorded of an action."""
    with office.database.read() as connection:
        query = select(table(AuditRow).c.data).where(table(AuditRow).c.action == action)
        return list(connection.execute(query).scalars())


# --- adding


def test_a_new_account_gets_a_one_time_password(office: Office, admin: StaffMember) -> None:
    draft = AccountDraft("Анна", "supervisor", ("cards",), "anna@bank.example", ("ru", "en"), ("mortgage",))
    made = accounts.add_staff("anna", draft, admin, office)
    assert made.account.member == StaffMember(
        made.account.member.id, "anna", "Анна", Role.SUPERVISOR, ("cards",), "anna@bank.example", ("ru", "en"),
        ("mortgage",), None, None,
    )  # fmt: skip
    assert made.account.password_is_temporary
    session = signing_in.sign_in("anna", made.one_time_password or "", "", HOME, "", office)
    assert session.must_change_password


def test_a_given_password_is_good_at_once(office: Office, admin: StaffMember) -> None:
    made = accounts.add_staff("anna", AccountDraft(), admin, office, password=PASSWORD)
    assert made.one_time_password is None
    session = signing_in.sign_in("anna", PASSWORD, "", HOME, "", office)
    assert session_of(session.cookie, office) == made.account.member


@pytest.mark.parametrize(
    "login", ["", " ", "an na", "anna\x00", "a" * 101, "client", "BOT", "otklik-cli", "<script>", "anna/", "\ud800"]
)
def test_what_can_not_be_a_login_is_refused(office: Office, admin: StaffMember, login: str) -> None:
    with pytest.raises(InvalidInput):
        accounts.add_staff(login, AccountDraft(), admin, office)
    assert len(accounts.list_staff(admin, office)) == 1


@pytest.mark.parametrize(
    "draft",
    [
        {"role": "king"}, {"role": ""}, {"name": ""}, {"name": " "}, {"name": "x" * 201}, {"name": "a\x00b"},
        {"departments": ("moon",)}, {"departments": ("",)}, {"email": "no"}, {"email": "a@b\x00"},
        {"time_zone": "Mars/Olympus"}, {"time_zone": "../../etc/passwd"}, {"capacity": -1}, {"capacity": 101},
        {"skills": ("",)}, {"skills": tuple(map(str, range(51)))}, {"languages": ("x" * 41,)}, {"skills": ("\x00",)},
    ],
    ids=str,
)  # fmt: skip
def test_a_draft_with_a_mistake_changes_nothing(office: Office, admin: StaffMember, draft: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        accounts.add_staff("anna", AccountDraft(**draft), admin, office)
    with pytest.raises(InvalidInput):
        accounts.change_staff(admin.id, AccountDraft(**draft), admin, office)
    (only,) = accounts.list_staff(admin, office)
    assert only.member == admin


def test_a_weak_password_makes_no_account(office: Office, admin: StaffMember) -> None:
    for password in ("", "short", "password123", "anna.petrova"):
        with pytest.raises(WeakPassword):
            accounts.add_staff("anna.petrova", AccountDraft(), admin, office, password=password)
    assert len(accounts.list_staff(admin, office)) == 1


def test_of_two_who_add_the_same_login_at_once_one_is_told(office: Office, admin: StaffMember) -> None:
    add = lambda: accounts.add_staff("anna", AccountDraft(), admin, office, password=PASSWORD)  # noqa: E731
    results = at_once(add, add)
    assert unexpected(results, Conflict) == []
    assert len(raised(results, Conflict)) == 1


# --- who may


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.ML])
def test_nobody_but_administrators_changes_accounts(office: Office, hire: Hire, admin: StaffMember, role: Role) -> None:
    other = hire("other", role=role)
    for act in (
        lambda: accounts.add_staff("anna", AccountDraft(), other, office),
        lambda: accounts.change_staff(other.id, AccountDraft(role="admin"), other, office),
        lambda: accounts.disable(admin.id, other, office),
        lambda: accounts.enable(admin.id, other, office),
        lambda: accounts.set_password(admin.id, other, office),
        lambda: accounts.reset_totp(admin.id, other, office),
        lambda: api_tokens.add_token(admin.id, "stolen", other, office),
        lambda: api_tokens.list_tokens(admin.id, other, office),
        lambda: api_tokens.revoke_token(admin.id, 1, other, office),
    ):
        with pytest.raises(Forbidden):
            act()
    if role is Role.SUPERVISOR:
        assert len(accounts.list_staff(other, office)) == 2
    else:
        with pytest.raises(Forbidden):
            accounts.list_staff(other, office)


def test_somebody_who_is_not_there_is_not_found(office: Office, admin: StaffMember) -> None:
    for act in (accounts.disable, accounts.enable, accounts.set_password, accounts.reset_totp):
        with pytest.raises(NotFound):
            act(999, admin, office)


# --- the last administrator


def test_the_last_administrator_stays(office: Office, admin: StaffMember, hire: Hire) -> None:
    with pytest.raises(Conflict, match="your own"):
        accounts.disable(admin.id, admin, office)
    with pytest.raises(Conflict, match="last administrator"):
        accounts.disable(admin.id, COMMAND_LINE, office)
    with pytest.raises(Conflict, match="last administrator"):
        accounts.change_staff(admin.id, AccountDraft(role="operator"), admin, office)
    hire("second", role=Role.ADMIN)
    accounts.change_staff(admin.id, AccountDraft(role="operator"), admin, office)


def test_two_administrators_who_disable_each_other_at_once_leave_one(
    office: Office, admin: StaffMember, hire: Hire
) -> None:
    second = hire("second", role=Role.ADMIN)
    results = at_once(
        lambda: accounts.disable(second.id, admin, office), lambda: accounts.disable(admin.id, second, office)
    )
    assert unexpected(results, SupportError) == []
    assert len(raised(results, SupportError)) == 1
    left = [each for each in accounts.list_staff(COMMAND_LINE, office) if each.member.role is Role.ADMIN]
    assert len(left) == 1


# --- leaving


def test_who_is_disabled_is_out_at_once_and_their_clients_keep_their_places(
    office: Office, admin: StaffMember, hire: Hire, queue_up: Queue, clock: Clock
) -> None:
    anna, boris = hire("anna"), hire("boris")
    first, second = queue_up("cards", 0), queue_up("cards", 10)
    clock.move(minutes=30)
    desk.take(first, anna, office)
    other = queue_up("loans", 20)
    desk.take(other, boris, office)
    cookie = signing_in.sign_in("anna", PASSWORD, "", HOME, "", office).cookie
    token = api_tokens.add_token(anna.id, "reports", anna, office).token
    before = row(office, first)
    account = accounts.disable(anna.id, admin, office)
    assert account.disabled_at == clock()
    assert session_of(cookie, office) is None
    assert use_token(token, office) is None
    with pytest.raises(SignInRefused):
        signing_in.sign_in("anna", PASSWORD, "", HOME, "", office)
    after = row(office, first)
    assert (after.state, after.operator_id, after.queued_at) == ("queued", None, before.queued_at)
    assert after.version == before.version + 1
    assert [entry.conversation_id for entry in desk.list_queue(boris, office)][:2] == [first, second]
    assert row(office, other).operator_id == boris.id
    (recorded,) = trail(office, "staff_disabled")
    assert recorded == {"sessions_ended": 1, "tokens_ended": 1, "conversations_released": [first]}
    assert accounts.disable(anna.id, admin, office) == account, "once is enough"
    with office.database.read() as connection:
        query = select(table(MessageRow).c.text).where(table(MessageRow).c.conversation_id == first)
        said = connection.execute(query.order_by(table(MessageRow).c.seq.desc()).limit(1)).scalar_one()
        handoff = connection.execute(
            select(table(HandoffRow)).where(table(HandoffRow).c.conversation_id == first)
        ).one()
    assert "Место в очереди за вами" in said
    assert (handoff.taken_by, handoff.ended_at) == (None, None)
    assert desk.take(first, boris, office).state == "operator"


def test_a_late_reply_of_who_was_disabled_is_refused(
    office: Office, admin: StaffMember, hire: Hire, queue_up: Queue
) -> None:
    anna = hire("anna")
    conversation = queue_up()
    desk.take(conversation, anna, office)
    accounts.disable(anna.id, admin, office)
    with pytest.raises(Unauthorized):
        desk.reply(conversation, anna, office, key="1", text="Здравствуйте")


def test_taking_and_disabling_at_once_leaves_no_conversation_with_who_left(
    office: Office, admin: StaffMember, hire: Hire, queue_up: Queue
) -> None:
    for number in range(4):
        anna = hire(f"anna{number}")
        conversation = queue_up()
        results = at_once(
            lambda a=anna, c=conversation: desk.take(c, a, office),
            lambda a=anna: accounts.disable(a.id, admin, office),
        )
        assert unexpected(results, Unauthorized) == []
        kept = row(office, conversation)
        assert (kept.state, kept.operator_id) == ("queued", None)


def test_a_disabled_account_can_come_back_without_its_sessions_and_tokens(
    office: Office, admin: StaffMember, hire: Hire
) -> None:
    anna = hire("anna")
    cookie = signing_in.sign_in("anna", PASSWORD, "", HOME, "", office).cookie
    accounts.disable(anna.id, admin, office)
    assert [each.member.login for each in accounts.list_staff(admin, office)] == ["root"]
    assert len(accounts.list_staff(admin, office, with_disabled=True)) == 2
    accounts.enable(anna.id, admin, office)
    assert session_of(cookie, office) is None
    signing_in.sign_in("anna", PASSWORD, "", HOME, "", office)


# --- changing


def test_who_loses_a_department_loses_its_conversations_only(
    office: Office, admin: StaffMember, hire: Hire, queue_up: Queue
) -> None:
    anna = hire("anna", "cards", "loans")
    cards, loans = queue_up("cards"), queue_up("loans")
    for each in (cards, loans):
        desk.take(each, anna, office)
    accounts.change_staff(anna.id, AccountDraft(departments=("loans",)), admin, office)
    assert [(row(office, each).state, row(office, each).operator_id) for each in (cards, loans)] == [
        ("queued", None), ("operator", anna.id),
    ]  # fmt: skip
    (recorded,) = trail(office, "staff_changed")
    assert recorded == {"before": {"departments": ["cards", "loans"]}, "after": {"departments": ["loans"]}}
    accounts.change_staff(anna.id, AccountDraft(role="ml"), admin, office)
    assert row(office, loans).operator_id is None


def test_the_trail_has_no_names_and_no_addresses(office: Office, admin: StaffMember, hire: Hire) -> None:
    anna = hire("anna")
    draft = AccountDraft(name="Анна Петровна", email="anna@bank.example", capacity=3)
    account = accounts.change_staff(anna.id, draft, admin, office)
    assert account.member == replace(anna, name="Анна Петровна", email="anna@bank.example", capacity=3)
    accounts.change_staff(anna.id, AccountDraft(email="", time_zone="Asia/Almaty"), admin, office)
    with office.database.read() as connection:
        everything = str(connection.execute(select(table(AuditRow))).all())
    assert "Петровна" not in everything
    assert "bank.example" not in everything
    changed = {"before": {"capacity": None}, "after": {"capacity": 3, "email": "changed"}}
    assert changed in trail(office, "staff_changed")


def test_a_new_password_ends_sessions_and_waits(office: Office, admin: StaffMember, hire: Hire) -> None:
    anna = hire("anna")
    cookie = signing_in.sign_in("anna", PASSWORD, "", HOME, "", office).cookie
    for _ in range(6):
        with pytest.raises(SupportError):
            signing_in.sign_in("anna", "not this one", "", HOME, "", office)
    one_time = accounts.set_password(anna.id, admin, office)
    assert session_of(cookie, office) is None
    assert signing_in.sign_in("anna", one_time or "", "", HOME, "", office).must_change_password
    assert accounts.set_password(anna.id, admin, office, password="вишня трактор луна") is None
    assert not signing_in.sign_in("anna", "вишня трактор луна", "", HOME, "", office).must_change_password


def test_an_unknown_role_in_the_database_may_nothing(office: Office, admin: StaffMember, hire: Hire) -> None:
    anna = hire("anna")
    cookie = signing_in.sign_in("anna", PASSWORD, "", HOME, "", office).cookie
    token = api_tokens.add_token(anna.id, "reports", anna, office).token
    with office.database.write() as connection:
        connection.execute(table(StaffRow).update().where(table(StaffRow).c.id == anna.id).values(role="king"))
    assert session_of(cookie, office) is None
    assert use_token(token, office) is None
    assert [each.member.login for each in accounts.list_staff(admin, office)] == ["root"]


# --- API tokens


def test_a_person_has_several_tokens_each_with_a_name_an_end_and_a_last_use(
    office: Office, hire: Hire, clock: Clock
) -> None:
    anna = hire("anna")
    reports = api_tokens.add_token(anna.id, "reports", anna, office)
    week = api_tokens.add_token(anna.id, "export", anna, office, expires_in_days=7)
    assert use_token(reports.token, office) == use_token(week.token, office) == anna
    used = clock()
    clock.move(seconds=59)
    use_token(reports.token, office)
    assert [each.last_used_at for each in api_tokens.list_tokens(anna.id, anna, office)] == [used, used]
    clock.move(days=7)
    assert use_token(week.token, office) is None
    assert use_token(reports.token, office) == anna
    (left,) = api_tokens.list_tokens(anna.id, anna, office)
    assert (left.name, left.last_used_at) == ("reports", clock())
    api_tokens.revoke_token(anna.id, left.id, anna, office)
    assert use_token(reports.token, office) is None
    with pytest.raises(NotFound):
        api_tokens.revoke_token(anna.id, left.id, anna, office)


def test_a_token_of_somebody_else_can_not_be_withdrawn_under_ones_own_name(office: Office, hire: Hire) -> None:
    anna, boris = hire("anna"), hire("boris")
    token = api_tokens.add_token(anna.id, "reports", anna, office)
    with pytest.raises(NotFound):
        api_tokens.revoke_token(boris.id, token.id, boris, office)
    assert use_token(token.token, office) == anna


@pytest.mark.parametrize(
    ("name", "days"), [("", None), (" ", None), ("x" * 101, None), ("a\x00", None), ("a", 0), ("a", 3651)]
)
def test_a_token_without_a_name_or_with_a_wrong_end_is_refused(
    office: Office, hire: Hire, name: str, days: int | None
) -> None:
    anna = hire("anna")
    with pytest.raises(InvalidInput):
        api_tokens.add_token(anna.id, name, anna, office, expires_in_days=days)


def test_tokens_are_counted(office: Office, hire: Hire) -> None:
    anna = hire("anna")
    for number in range(api_tokens.MOST_TOKENS):
        api_tokens.add_token(anna.id, str(number), anna, office)
    with pytest.raises(InvalidInput, match="withdraw one"):
        api_tokens.add_token(anna.id, "more", anna, office)
