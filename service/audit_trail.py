"""The audit trail for administrators: who did what, when, to what, from where."""

import logging

from service.domain.staff import StaffMember
from service.errors import InvalidInput
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.storage import audit, audit_chain
from service.storage.audit import AuditEntry, AuditFilter

log = logging.getLogger(__name__)

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


def link_due(office: Office) -> int:
    """Link what was written since; returns how many entries. The log keeps the head of the chain out of reach."""
    with office.database.read() as connection:
        if not audit_chain.anything_new(connection):
            return 0
    with office.database.write() as connection:
        linked = audit_chain.link_new(connection)
        head = audit_chain.head_of(connection)
    if linked:
        log.info("the audit trail was linked", extra={"entries": linked, "head": str(head)})
    return linked
