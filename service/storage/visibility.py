"""The row-level rule as a condition: whose conversations a member of staff may see. Every list and search uses it."""

from sqlalchemy import ColumnElement, true

from service.storage.staff import StaffMember
from service.storage.tables import ConversationRow, table

C = table(ConversationRow).c


def visible(staff: StaffMember) -> ColumnElement[bool]:
    """A condition over conversations that is true for those `staff` may see; the same rule as `StaffMember.may_see`.

    Conversations without a department (the bot leads them) are seen by those without department limits only.
    """
    if not staff.departments:
        return true()
    return C.department.in_(staff.departments)
