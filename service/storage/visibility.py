"""The row-level rule as a condition: which conversations a member of staff may see."""

from sqlalchemy import ColumnElement, true

from service.storage.staff import StaffMember
from service.storage.tables import ConversationRow, table

C = table(ConversationRow).c


def visible(staff: StaffMember) -> ColumnElement[bool]:
    """Conversations of one's own departments, or all when none are set; the same as `StaffMember.may_see`."""
    return C.department.in_(staff.departments) if staff.departments else true()
