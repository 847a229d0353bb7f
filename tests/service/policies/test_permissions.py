"""Who may do what: one table, and what must hold whatever is added to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.staff import Role, StaffMember
from service.policies.permissions import PAGES, PERMISSIONS, Action, may, may_open

OF_CONVERSATIONS = {
    Action.READ_CONVERSATIONS, Action.SEARCH_CONVERSATIONS, Action.READ_CLIENTS, Action.TAKE, Action.REPLY,
    Action.RETURN_TO_BOT, Action.TRANSFER, Action.NOTE, Action.TAG, Action.SNOOZE, Action.CLOSE, Action.REOPEN,
    Action.MERGE, Action.SEND_FILES, Action.CORRECT_INTENT, Action.USE_SUGGESTIONS, Action.SET_PRESENCE,
    Action.ASSIGN, Action.SEE_WALL, Action.SEE_OPERATORS, Action.SCORE_QUALITY,
}  # fmt: skip
roles = st.sampled_from(Role)
actions = st.sampled_from(Action)
departments = st.lists(st.sampled_from(["cards", "loans", "general"]), unique=True).map(tuple)


def test_every_action_is_in_the_table_and_somebody_may_do_it() -> None:
    assert set(PERMISSIONS) == set(Action)
    assert all(PERMISSIONS.values())


def test_every_page_asks_for_an_action_of_the_table() -> None:
    assert set(PAGES.values()) <= set(Action)


@given(actions)
def test_an_administrator_may_do_everything(action: Action) -> None:
    assert may(Role.ADMIN, action)


@given(actions)
def test_who_makes_models_never_sees_conversations(action: Action) -> None:
    assert not (may(Role.ML, action) and action in OF_CONVERSATIONS)


@given(actions)
def test_what_an_operator_may_a_supervisor_may_too(action: Action) -> None:
    assert may(Role.SUPERVISOR, action) or not may(Role.OPERATOR, action)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.ML])
@pytest.mark.parametrize(
    "action",
    [Action.EDIT_STAFF, Action.EDIT_DEPARTMENTS, Action.READ_AUDIT, Action.EDIT_BOT_TEXTS, Action.EDIT_CHANNELS],
)
def test_accounts_departments_and_the_trail_are_the_administrators_business(role: Role, action: Action) -> None:
    assert not may(role, action)


def test_an_operator_changes_nothing_of_others() -> None:
    changing = {action for action in Action if action.value.startswith("edit_")}
    assert not any(may(Role.OPERATOR, action) for action in changing | {Action.ASSIGN, Action.SEE_STAFF})


@given(st.text(), st.text())
def test_an_unknown_role_action_or_page_is_refused(role: str, action: str) -> None:
    if role not in set(Role):
        assert not any(may(role, each) for each in Action)
    if action not in set(Action):
        assert not any(may(each, action) for each in Role)
    if action not in PAGES:
        assert not any(may_open(each, action) for each in Role)


@given(roles, departments, st.none() | st.sampled_from(["cards", "loans", "general", "closed"]))
def test_a_conversation_is_seen_by_its_department_and_by_those_of_all(
    role: Role, own: tuple[str, ...], department: str | None
) -> None:
    member = StaffMember(1, "anna", "Анна", role, own)
    expected = role is not Role.ML and (not own or department in own)
    assert member.may_see(department) is expected


def test_everybody_looks_after_their_own_account() -> None:
    assert all(may_open(role, "account") for role in Role)
