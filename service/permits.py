"""Raise Forbidden for what a role may not do; the table is `policies/permissions.py`."""

from service.domain.staff import StaffMember
from service.errors import Forbidden
from service.policies.permissions import Action, may


def must(staff: StaffMember, action: Action) -> None:
    """Raise Forbidden unless the role of `staff` may do this."""
    if not may(staff.role, action, staff.departments):
        raise Forbidden(f"the role {staff.role.value} may not do this ({action.value}); ask an administrator")
