"""Who works here: a role, and the departments whose clients they serve."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a member of staff may do; the table is `policies/permissions.py`."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ML = "ml"
    ADMIN = "admin"


@dataclass(frozen=True)
class StaffMember:
    """Who is acting. No departments means all of them.

    `capacity` is how many weighted conversations they may hold at once, None the default of the settings; `time_zone`
    None means the service's own.
    """

    id: int
    login: str
    name: str
    role: Role
    departments: tuple[str, ...]
    email: str | None = None
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    time_zone: str | None = None
    capacity: int | None = None

    def may_see(self, department: str | None) -> bool:
        """The row-level rule for one conversation: of one's own departments, or all when none are set.

        Who makes models sees none. `storage/visibility.py` says the same in SQL.
        """
        if self.role is Role.ML:
            return False
        return not self.departments or department in self.departments


@dataclass(frozen=True)
class Tries:
    """Wrong (or still undecided) sign-ins of one login or address. `locked_until` None: may try at once."""

    failures: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None
