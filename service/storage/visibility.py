"""The row-level rule in SQL: which conversations a person may see. Every list, search and counter of staff has it."""

from sqlalchemy import ColumnElement, and_, false, true

from service.domain.staff import Role, StaffMember
from service.storage.tables import CallRow, ConversationRow, table

C = table(ConversationRow).c
K = table(CallRow).c


def visible(staff: StaffMember) -> ColumnElement[bool]:
    """A condition over conversations: those that `staff.may_see`.

    A conversation without a department (the bot leads it and nobody was asked in) is seen by those without
    department limits only. Who makes models sees none.
    """
    if staff.role is Role.ML:
        return false()
    if not staff.departments:
        return true()
    # Said in full, so that the condition keeps its meaning inside a NOT: NULL is no department of anybody's.
    return and_(C.department.is_not(None), C.department.in_(staff.departments))


def visible_calls(staff: StaffMember) -> ColumnElement[bool]:
    """The same over the calls of the log, each of which has a department."""
    if staff.role is Role.ML:
        return false()
    return K.department.in_(staff.departments) if staff.departments else true()
