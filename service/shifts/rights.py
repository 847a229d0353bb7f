"""Who may do what here."""

from service.errors import Forbidden, NotFound
from service.office import Office
from service.storage.operators import OperatorRecord
from service.storage.staff import Role, StaffMember

LEADERS = (Role.SUPERVISOR, Role.ADMIN)


def must_lead(staff: StaffMember, what: str) -> None:
    """Forbidden for all but supervisors and administrators."""
    if staff.role not in LEADERS:
        raise Forbidden(f"only supervisors and administrators may {what}")


def must_serve(staff: StaffMember) -> None:
    """Forbidden for those who don't serve clients."""
    if staff.role is Role.ML:
        raise Forbidden("the role ml reads data sets and serves no clients")


def shares_a_department(staff: StaffMember, operator: OperatorRecord) -> bool:
    """Whether `staff` may see this colleague: one of their departments is the colleague's too."""
    if not staff.departments or not operator.departments:
        return True
    return any(staff.may_see(each) for each in operator.departments)


def colleague(operators: list[OperatorRecord], login: str, staff: StaffMember) -> OperatorRecord:
    """The colleague with this login; NotFound when there is none that `staff` may see."""
    for each in operators:
        if each.login == login and shares_a_department(staff, each):
            return each
    raise NotFound(f"there is no operator {login!r}")


def must_exist(department: str | None, office: Office) -> None:
    """NotFound when the department isn't there."""
    known = office.rules_now().departments
    if department is not None and department not in known:
        raise NotFound(f"there is no department {department!r}; there are {', '.join(known)}")
