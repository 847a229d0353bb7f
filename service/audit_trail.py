"""The audit trail for administrators: who did what, when, to what, from where."""

from service.domain.staff import StaffMember
from service.errors import InvalidInput
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.storage import audit
from service.storage.audit import AuditEntry, AuditFilter

MOST_ENTRIES = 500


def list_audit(
    wanted: AuditFilter, staff: StaffMember, office: Office, *, limit: int = 100, offset: int = 0
) -> list[AuditEntry]:
    """The lines that fit, newest first: accounts, sign-ins, departments, and what staff did with conversations."""
    must(staff, Action.READ_AUDIT)
    if not 1 <= limit <= MOST_ENTRIES or offset < 0:
        raise InvalidInput(f"at most {MOST_ENTRIES} entries are read at once")
    with office.database.read() as connection:
        return audit.entries(connection, wanted, limit, offset)
