"""People, departments and the audit trail, for the bank's own programs (joiners and leavers, monitoring)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, status
from pydantic import Field

from service import accounts, departments
from service.accounts import AccountDraft
from service.api.access import OfficeHere, StaffHere
from service.api.problems import responses
from service.api.schemas import Wire
from service.audit_trail import MOST_ENTRIES, list_audit
from service.storage.audit import AuditFilter
from service.storage.columns import LARGEST_ID
from service.storage.departments import Department
from service.storage.staff import Account

Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]

router = APIRouter(prefix="/api/v1", tags=["administration"], responses=responses(401, 403, 413, 422, 503))


class AccountIn(Wire):
    """What an account is made of; what is left out stays as it is."""

    name: Annotated[str | None, Field(max_length=200, examples=["Анна"])] = None
    role: Annotated[str | None, Field(max_length=20, examples=["operator"])] = None
    departments: Annotated[list[str] | None, Field(max_length=50, examples=[["cards"]])] = None
    email: Annotated[str | None, Field(max_length=254, examples=["anna@bank.example"])] = None
    languages: Annotated[list[str] | None, Field(max_length=50, examples=[["ru", "en"]])] = None
    skills: Annotated[list[str] | None, Field(max_length=50, examples=[["mortgage"]])] = None
    time_zone: Annotated[str | None, Field(max_length=60, examples=["Europe/Moscow"])] = None
    capacity: Annotated[int | None, Field(examples=[5])] = None


class NewAccountIn(AccountIn):
    """A new member of staff."""

    login: Annotated[str, Field(max_length=200, examples=["anna"])]


class AccountOut(Wire):
    """A member of staff; the one-time password is there only in the answer that makes the account."""

    id: int = Field(examples=[3])
    login: str = Field(examples=["anna"])
    name: str = Field(examples=["Анна"])
    role: str = Field(examples=["operator"])
    departments: list[str] = Field(examples=[["cards"]])
    email: str | None = Field(examples=["anna@bank.example"])
    languages: list[str] = Field(examples=[["ru", "en"]])
    skills: list[str] = Field(examples=[["mortgage"]])
    time_zone: str | None = Field(examples=["Europe/Moscow"])
    capacity: int | None = Field(examples=[5])
    codes_required: bool
    disabled_at: datetime | None = None
    one_time_password: str | None = None


class AccountList(Wire):
    """Everybody, by login."""

    staff: list[AccountOut]


class DepartmentOut(Wire):
    """A department with its title by language."""

    id: str = Field(examples=["cards"])
    titles: dict[str, str] = Field(examples=[{"ru": "отдел карт", "en": "the card team"}])
    open: bool
    successor: str | None = None


class DepartmentList(Wire):
    """The departments in their order."""

    departments: list[DepartmentOut]


class AuditOut(Wire):
    """One line of the audit trail."""

    at: datetime
    actor: str = Field(examples=["anna"])
    action: str = Field(examples=["taken"])
    object_kind: str = Field(examples=["conversation"])
    object_id: str = Field(examples=["17"])
    data: dict[str, Any] = Field(examples=[{"resolution": "resolved"}])
    address: str | None = Field(examples=["192.0.2.7"])


class AuditList(Wire):
    """Lines of the trail, newest first."""

    entries: list[AuditOut]


@router.get("/staff")
def list_staff(
    office: OfficeHere, staff: StaffHere, disabled: Annotated[bool, Query(description="Also those who left")] = False
) -> AccountList:
    """Everybody who works here; for supervisors and administrators."""
    found = accounts.list_staff(staff, office, with_disabled=disabled)
    return AccountList(staff=[_account_out(each) for each in found])


@router.post("/staff", status_code=status.HTTP_201_CREATED, responses=responses(409))
def add_staff(body: NewAccountIn, office: OfficeHere, staff: StaffHere) -> AccountOut:
    """A new account with a one-time password."""
    made = accounts.add_staff(body.login, _draft(body), staff, office)
    return _account_out(made.account, made.one_time_password)


@router.patch("/staff/{staff_id}", responses=responses(404, 409))
def change_staff(staff_id: Number, body: AccountIn, office: OfficeHere, staff: StaffHere) -> AccountOut:
    """Change an account; conversations that the person may not see any more return to the queue."""
    return _account_out(accounts.change_staff(staff_id, _draft(body), staff, office))


@router.post("/staff/{staff_id}/disable", responses=responses(404, 409))
def disable(staff_id: Number, office: OfficeHere, staff: StaffHere) -> AccountOut:
    """Let somebody in no more; their conversations return to the queue, places kept."""
    return _account_out(accounts.disable(staff_id, staff, office))


@router.post("/staff/{staff_id}/enable", responses=responses(404))
def enable(staff_id: Number, office: OfficeHere, staff: StaffHere) -> AccountOut:
    """Let somebody in again."""
    return _account_out(accounts.enable(staff_id, staff, office))


@router.get("/departments")
def list_departments(office: OfficeHere, _staff: StaffHere) -> DepartmentList:
    """The departments, closed ones too."""
    found = departments.list_departments(office, with_closed=True)
    return DepartmentList(departments=[_department_out(each) for each in found])


@router.get("/audit")
def read_audit(
    office: OfficeHere,
    staff: StaffHere,
    actor: Annotated[str | None, Query(max_length=100)] = None,
    action: Annotated[str | None, Query(max_length=60)] = None,
    object_kind: Annotated[str | None, Query(max_length=40)] = None,
    object_id: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = 100,
    offset: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
) -> AuditList:
    """Who did what, newest first; for administrators."""
    wanted = AuditFilter(actor, action, object_kind, object_id)
    found = list_audit(wanted, staff, office, limit=limit, offset=offset)
    return AuditList(
        entries=[
            AuditOut(
                at=each.at, actor=each.actor, action=each.action, object_kind=each.object_kind,
                object_id=each.object_id, data=dict(each.data), address=each.address,
            )
            for each in found
        ]
    )  # fmt: skip


def _draft(body: AccountIn) -> AccountDraft:
    def words(listed: list[str] | None) -> tuple[str, ...] | None:
        return None if listed is None else tuple(listed)

    return AccountDraft(
        body.name, body.role, words(body.departments), body.email, words(body.languages), words(body.skills),
        body.time_zone, body.capacity,
    )  # fmt: skip


def _account_out(account: Account, one_time_password: str | None = None) -> AccountOut:
    member = account.member
    return AccountOut(
        id=member.id,
        login=member.login,
        name=member.name,
        role=member.role.value,
        departments=list(member.departments),
        email=member.email,
        languages=list(member.languages),
        skills=list(member.skills),
        time_zone=member.time_zone,
        capacity=member.capacity,
        codes_required=account.has_totp,
        disabled_at=account.disabled_at,
        one_time_password=one_time_password,
    )


def _department_out(department: Department) -> DepartmentOut:
    return DepartmentOut(
        id=department.id, titles=dict(department.titles), open=department.is_open, successor=department.successor
    )
