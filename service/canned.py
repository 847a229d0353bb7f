"""Canned replies: everybody's, kept by supervisors, and each operator's own."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from service import texts
from service.acts import storable
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.events import CANNED_TOPIC
from service.office import Office
from service.policies.placeholders import KNOWN, unknown_placeholders
from service.storage import canned
from service.storage.audit import record_audit
from service.storage.canned import CannedReply
from service.storage.staff import Role, StaffMember, must_work

LONGEST_TITLE = 200
MOST_TAGS = 20
_SHORTCUT = re.compile(r"/[\w-]{1,40}\Z")
_EDITORS = (Role.SUPERVISOR, Role.ADMIN)


def list_canned(staff: StaffMember, office: Office) -> list[CannedReply]:
    """Everybody's replies of the departments that `staff` sees, and their own, by shortcut."""
    _must_write_to_clients(staff)
    with office.database.read() as connection:
        found = canned.of_scopes(connection, None, staff.id)
    return [each for each in found if each.department is None or staff.may_see(each.department)]


def add_canned(
    staff: StaffMember, office: Office, *, shortcut: str, title: str, text: Mapping[str, str],
    department: str | None = None, tags: Sequence[str] = (), personal: bool = False,
) -> CannedReply:  # fmt: skip
    """A new reply: one's own (`personal`), or everybody's, which takes a supervisor.

    `text` is the words by language ("ru", "en"), with {client_name} and {operator_name} where names go. Raises
    InvalidInput saying which field can't be taken, Forbidden, and Conflict when the shortcut is taken.
    """
    owner = staff.id if personal else None
    _must_own(staff, owner, department)
    values = _checked(shortcut, title, text, department, tags, office)
    with office.database.write() as connection:
        _must_own(must_work(connection, staff.id), owner, department)
        key = canned.add(connection, owner, staff.login, values, office.clock())
        added = canned.get(connection, key)
        _record(connection, "canned_reply_added", staff, key, values, owner, office)
    office.events.publish(CANNED_TOPIC)
    assert added is not None  # noqa: S101 - written a line above
    return added


def change_canned(
    canned_id: int, staff: StaffMember, office: Office, *, version: int, shortcut: str, title: str,
    text: Mapping[str, str], department: str | None = None, tags: Sequence[str] = (),
) -> CannedReply:  # fmt: skip
    """Write a reply anew. `version` is the one that was read: Conflict when somebody changed it since."""
    _must_write_to_clients(staff)
    values = _checked(shortcut, title, text, department, tags, office)
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        before = _mine(canned.get(connection, canned_id), canned_id, who)
        _must_own(who, before.owner, department)
        if not canned.change(connection, canned_id, version, staff.login, values, office.clock()):
            raise Conflict(
                f"{before.shortcut} was changed by {before.author} since you opened it; look at it and change it again",
                version=before.version,
                reason="canned_changed",
                author=before.author,
            )
        after = canned.get(connection, canned_id)
        _record(connection, "canned_reply_changed", staff, canned_id, values, before.owner, office)
    office.events.publish(CANNED_TOPIC)
    assert after is not None  # noqa: S101 - changed a line above
    return after


def remove_canned(canned_id: int, staff: StaffMember, office: Office) -> None:
    """Delete a reply; NotFound when it is gone already."""
    _must_write_to_clients(staff)
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        before = _mine(canned.get(connection, canned_id), canned_id, who)
        _must_own(who, before.owner, before.department)
        canned.remove(connection, canned_id)
        values = {"shortcut": before.shortcut, "department": before.department}
        _record(connection, "canned_reply_removed", staff, canned_id, values, before.owner, office)
    office.events.publish(CANNED_TOPIC)


def _record(
    connection: Connection, action: str, staff: StaffMember, key: int, values: Mapping[str, Any], owner: int | None,
    office: Office,
) -> None:  # fmt: skip
    data = {"shortcut": values["shortcut"], "department": values["department"], "personal": owner is not None}
    record_audit(connection, staff.login, action, "canned_reply", key, data, office.clock())


def _mine(found: CannedReply | None, canned_id: int, staff: StaffMember) -> CannedReply:
    """The reply, unless it is somebody else's own or of a department they don't see."""
    foreign = found is not None and (
        found.owner not in (None, staff.id) or not (found.department is None or staff.may_see(found.department))
    )
    if found is None or foreign:
        raise NotFound(f"there is no canned reply {canned_id}")
    return found


def _must_write_to_clients(staff: StaffMember) -> None:
    if staff.role is Role.ML:
        raise Forbidden("the role ml reads data sets; it does not write to clients")


def _must_own(staff: StaffMember, owner: int | None, department: str | None) -> None:
    _must_write_to_clients(staff)
    if owner is None and staff.role not in _EDITORS:
        raise Forbidden(
            "everybody's canned replies are kept by supervisors; make it your own, or ask one", reason="canned_shared"
        )
    if department is not None and not staff.may_see(department):
        raise Forbidden(f"the department {department} is not yours", reason="foreign_department")


def _checked(
    shortcut: str, title: str, text: Mapping[str, str], department: str | None, tags: Sequence[str], office: Office
) -> dict[str, Any]:
    key = shortcut.strip().lower()
    if not _SHORTCUT.match(key):
        raise InvalidInput(
            "shortcut: write / and up to 40 letters, digits, - or _, as in /balance", reason="bad_shortcut"
        )
    name = " ".join(storable(title).split())
    if not 0 < len(name) <= LONGEST_TITLE:
        raise InvalidInput(f"title: 1 to {LONGEST_TITLE} characters", reason="bad_title", longest=LONGEST_TITLE)
    known = office.rules_now().departments
    if department is not None and department not in known:
        raise InvalidInput(f"department: there is no {department[:40]!r}; use {', '.join(known)}")
    labels = list(dict.fromkeys(" ".join(storable(tag).split())[:80] for tag in tags if tag.strip()))
    if len(labels) > MOST_TAGS:
        raise InvalidInput(f"tags: at most {MOST_TAGS}", reason="too_many_tags", most=MOST_TAGS)
    if foreign := sorted(set(text) - set(texts.LANGUAGES)):
        raise InvalidInput(f"text: unknown language {foreign[0][:20]!r}; use {', '.join(texts.LANGUAGES)}")
    words = {language: _words(language, said, office) for language, said in text.items()}
    if not any(words.values()):
        raise InvalidInput("text: write it in one language at least", reason="no_text")
    return {
        "shortcut": key, "title": name, "text_ru": words.get("ru") or None, "text_en": words.get("en") or None,
        "department": department, "tags": labels,
    }  # fmt: skip


def _words(language: str, said: str, office: Office) -> str:
    words = storable(said)
    if len(words) > office.settings.max_message_chars:
        raise InvalidInput(
            f"text.{language}: {len(words)} characters, at most {office.settings.max_message_chars} can be sent",
            reason="long_text",
            longest=office.settings.max_message_chars,
        )
    if unknown := unknown_placeholders(words):
        raise InvalidInput(f"text.{language}: {unknown[0]} is no placeholder; there are {', '.join(sorted(KNOWN))}",
            reason="unknown_placeholder", placeholder=unknown[0],
        )  # fmt: skip
    return words
