"""The call log: files and single calls taken in, what is there listed. For supervisors and administrators.

A file is read twice, a line at a time: first all of it is checked, then it is written, a few hundred calls a
transaction, so that no client's message waits behind it. Whoever stops in between sends the same file again: what is
there already is known by its id and passed over.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service.domain.calls import Call
from service.domain.staff import StaffMember
from service.errors import Conflict, InvalidInput
from service.events import QUEUE_TOPIC
from service.office import Office
from service.permits import must
from service.policies.call_files import CallRules, WrongCall, read_call, read_lines
from service.policies.permissions import Action
from service.storage import calls, departments, operators
from service.storage.audit import record_audit
from service.storage.calls import LoggedCall
from service.storage.staff import must_work
from service.storage.visibility import visible_calls

MOST_LINES = 300_000
MOST_AT_ONCE = 200
"""So many calls one request may bring."""
BATCH = 400
MOST_MISTAKES = 50
MOST_LISTED = 500

Opens = Callable[[], AbstractContextManager[IO[str]]]
"""Opens a file from its beginning; called twice."""


@dataclass(frozen=True)
class Imported:
    """What came of an import: `added` calls, `known` ones that were there already, `skipped` lines with mistakes.

    `mistakes` are the first of these, as {"line", "kind", ...}; `overlaps` the lines of calls during which the same
    operator was in another one of the file: nothing wrong, their time is counted once.
    """

    added: int
    known: int
    skipped: int = 0
    mistakes: tuple[Mapping[str, Any], ...] = ()
    overlaps: tuple[int, ...] = ()


@dataclass
class _Checked:
    """What the first reading of a file has found."""

    lines: dict[str, int] = field(default_factory=dict)
    """id -> line. Of two lines with one id the first counts."""
    wrong: list[tuple[int, WrongCall]] = field(default_factory=list)
    skipped: int = 0
    busy: dict[int, list[tuple[datetime, datetime, int]]] = field(default_factory=dict)

    def refuse(self, line: int, mistake: WrongCall) -> None:
        """Count a mistake, and remember it if it is among the first."""
        self.skipped += 1
        if len(self.wrong) < MOST_MISTAKES:
            self.wrong.append((line, mistake))


def import_file(
    opens: Opens, name: str, staff: StaffMember, office: Office, *, zone: str | None = None, skip_wrong: bool = False
) -> Imported:
    """Take in a CSV file. InvalidInput lists the mistakes by line, and nothing is taken then.

    `zone` is that of moments without an offset (default: the staff's). `skip_wrong`: take what is right, and say
    what was passed over.
    """
    must(staff, Action.IMPORT_CALLS)
    rules = _rules(zone, staff, office)
    checked = _Checked()
    with _decoded(opens, name) as lines:
        for batch in _batches(_fresh(lines, rules, checked)):
            _compare(batch, checked, office)
    if checked.wrong and not skip_wrong:
        raise _refused(name, checked)
    added = known = 0
    with _decoded(opens, name) as lines:
        for batch in _batches(_right(lines, rules, checked)):
            fresh = _write(batch, staff, office)
            added, known = added + fresh, known + len(batch) - fresh
    imported = Imported(added, known, checked.skipped, _told(checked), _overlaps(checked))
    _finish(name, imported, staff, office)
    return imported


def import_calls(told: Sequence[Mapping[str, str]], staff: StaffMember, office: Office) -> Imported:
    """Take in calls as a telephone system sends them, all or none; each may be sent again.

    InvalidInput names the mistakes by the number of the call, from 1.
    """
    must(staff, Action.IMPORT_CALLS)
    if len(told) > MOST_AT_ONCE:
        raise InvalidInput(f"there are {len(told)} calls, at most {MOST_AT_ONCE} are taken at once")
    rules, checked = _rules(None, staff, office), _Checked()
    read = list(_checked_calls(enumerate(told, 1), rules, checked))
    _compare(read, checked, office)
    if checked.wrong:
        raise _refused("call", checked)
    added = _write(read, staff, office)
    imported = Imported(added, len(read) - added)
    _finish("", imported, staff, office)
    return imported


def list_calls(
    since: datetime, until: datetime, staff: StaffMember, office: Office, *, limit: int = 100, offset: int = 0
) -> list[LoggedCall]:
    """The calls of one's departments that began in the period, newest first."""
    must(staff, Action.IMPORT_CALLS)
    with office.database.read() as connection:
        return calls.newest(connection, visible_calls(staff), since, until, min(limit, MOST_LISTED), offset)


def _rules(zone: str | None, staff: StaffMember, office: Office) -> CallRules:
    try:
        clock = ZoneInfo(zone or office.settings.staff_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"there is no time zone {zone!r}; write one like Europe/Moscow", reason="no_zone") from None
    with office.database.read() as connection:
        people = {each.login: each.id for each in operators.all_operators(connection)}
        known = [each.id for each in departments.all_departments(connection, with_closed=True)]
    return CallRules(
        people, known or office.rules.departments, office.rules.intents.keys(), clock, office.settings.phone_region,
        office.clock(), staff.departments,
    )  # fmt: skip


class _decoded:
    """The lines of the file; InvalidInput where it is not UTF-8 or its first line can't be read."""

    def __init__(self, opens: Opens, name: str) -> None:
        self._opened = opens()
        self._name = name

    def __enter__(self) -> IO[str]:
        return self._opened.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        self._opened.__exit__(kind, error, trace)
        if isinstance(error, UnicodeDecodeError):
            raise InvalidInput(f"{self._name} is not in UTF-8; save it as CSV UTF-8", reason="not_utf8") from None
        if isinstance(error, WrongCall):
            raise _refused(self._name, _Checked(wrong=[(1, error)], skipped=1)) from None


def _fresh(lines: Iterable[str], rules: CallRules, checked: _Checked) -> Iterator[Call]:
    """The right calls of the first reading; the wrong ones are written into `checked`."""

    def told() -> Iterator[tuple[int, Mapping[str, str]]]:
        for number, (line, fields) in enumerate(read_lines(lines)):
            if number >= MOST_LINES:
                raise InvalidInput(f"the file has more than {MOST_LINES} lines; divide it", reason="too_many_calls")
            if isinstance(fields, WrongCall):
                checked.refuse(line, fields)
            else:
                yield line, fields

    return _checked_calls(told(), rules, checked)


def _checked_calls(
    told: Iterable[tuple[int, Mapping[str, str]]], rules: CallRules, checked: _Checked
) -> Iterator[Call]:
    for line, fields in told:
        try:
            call = read_call(fields, rules)
            if (earlier := checked.lines.setdefault(call.external_id, line)) != line:
                raise WrongCall("repeated", id=call.external_id, earlier=earlier)
        except WrongCall as mistake:
            checked.refuse(line, mistake)
            continue
        if call.operator is not None and call.answered_at is not None:
            checked.busy.setdefault(call.operator, []).append((call.answered_at, call.ended_at, line))
        yield call


def _right(lines: Iterable[str], rules: CallRules, checked: _Checked) -> Iterator[Call]:
    """The calls of the second reading that the first has found right."""
    for line, fields in read_lines(lines):
        if not isinstance(fields, WrongCall) and checked.lines.get(fields["id"].strip()) == line:
            yield read_call(fields, rules)


def _batches(read: Iterator[Call]) -> Iterator[list[Call]]:
    while batch := list(islice(read, BATCH)):
        yield batch


def _compare(batch: Sequence[Call], checked: _Checked, office: Office) -> None:
    """What was imported before with other data is a mistake; the same again is none."""
    with office.database.read() as connection:
        before = calls.find(connection, [each.external_id for each in batch])
    for each in batch:
        if before.get(each.external_id, each) != each:
            line = checked.lines[each.external_id]
            checked.lines[each.external_id] = 0
            checked.refuse(line, WrongCall("changed", id=each.external_id))


def _write(batch: Sequence[Call], staff: StaffMember, office: Office) -> int:
    """Add those that are not there, in one transaction; returns how many."""
    for _ in range(3):
        try:
            with office.database.write() as connection:
                _still_leads(connection, staff)
                before = calls.find(connection, [each.external_id for each in batch])
                fresh = [each for each in batch if each.external_id not in before]
                calls.add(connection, fresh, office.clock())
        except IntegrityError:
            continue  # the same calls came by another way at this moment
        return len(fresh)
    raise Conflict("the same calls are being imported by somebody else; try again")


def _finish(name: str, imported: Imported, staff: StaffMember, office: Office) -> None:
    if imported.added:
        data = {"file": name[:120], "added": imported.added, "known": imported.known, "skipped": imported.skipped}
        with office.database.write() as connection:
            _still_leads(connection, staff)
            record_audit(connection, staff.login, "calls_imported", "calls", "log", data, office.clock())
        office.events.publish(QUEUE_TOPIC)


def _still_leads(connection: Connection, staff: StaffMember) -> None:
    if staff.id:  # the command line has no account
        must(must_work(connection, staff.id), Action.IMPORT_CALLS)


def _told(checked: _Checked) -> tuple[Mapping[str, Any], ...]:
    return tuple({"line": line, "kind": wrong.kind} | wrong.fields for line, wrong in sorted(checked.wrong, key=_line))


def _refused(name: str, checked: _Checked) -> InvalidInput:
    said = [f"{name}:{line}: {wrong}" for line, wrong in sorted(checked.wrong, key=_line)]
    if checked.skipped > len(said):
        said.append(f"and {checked.skipped - len(said)} more; nothing was imported")
    else:
        said.append("nothing was imported")
    return InvalidInput("\n".join(said), mistakes=list(_told(checked)), wrong=checked.skipped)


def _line(wrong: tuple[int, WrongCall]) -> int:
    return wrong[0]


def _overlaps(checked: _Checked) -> tuple[int, ...]:
    found = []
    for spans in checked.busy.values():
        latest = datetime.min.replace(tzinfo=spans[0][0].tzinfo)
        for begins, ends, line in sorted(spans):
            if begins < latest:
                found.append(line)
            latest = max(latest, ends)
    return tuple(sorted(found))
