"""Departments, routing table and roster as they are now, read again only when somebody has changed them."""

import threading
import time
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.domain.rosters import Roster
from service.domain.routes import Route
from service.policies.calendars import Calendar
from service.policies.reply_time import StaffHours
from service.policies.rosters import calendar_of
from service.storage import departments as department_storage
from service.storage import records
from service.storage import rosters as roster_storage
from service.storage import routes as route_storage
from service.storage.database import Database
from service.storage.departments import Department

FRESH_SECONDS = 2.0
DAYS_BEHIND, DAYS_AHEAD = 62, 62


class ShiftBook:
    """Keeps what every message and every clock needs. A change made elsewhere is noticed within two seconds."""

    def __init__(self, database: Database, hours: StaffHours) -> None:
        self._database = database
        self._hours = hours
        self._lock = threading.Lock()
        self._routes: tuple[float, tuple[Route, ...]] | None = None
        self._departments: tuple[float, tuple[Department, ...]] | None = None
        self._roster: tuple[float, str | None, Roster | None] | None = None
        self._calendars: dict[tuple[str, datetime], Calendar] = {}

    def forget(self) -> None:
        """Read everything again at the next question; called after a change of our own."""
        with self._lock:
            self._routes = self._departments = self._roster = None
            self._calendars.clear()

    def routes(self) -> tuple[Route, ...]:
        """The routing table."""
        kept = self._routes
        if kept is not None and time.monotonic() - kept[0] < FRESH_SECONDS:
            return kept[1]
        with self._database.read() as connection:
            found = route_storage.all_routes(connection)
        self._routes = (time.monotonic(), found)
        return found

    def departments(self) -> tuple[Department, ...]:
        """The departments in their order, closed ones too."""
        kept = self._departments
        if kept is not None and time.monotonic() - kept[0] < FRESH_SECONDS:
            return kept[1]
        with self._database.read() as connection:
            found = tuple(department_storage.all_departments(connection))
        self._departments = (time.monotonic(), found)
        return found

    def roster(self, connection: Connection) -> Roster | None:
        """The roster; None while there is none and the settings' hours hold."""
        kept = self._roster
        fresh = kept is not None and time.monotonic() - kept[0] < FRESH_SECONDS
        version = records.get_note(connection, roster_storage.VERSION)
        if kept is not None and fresh and kept[1] == version:
            return kept[2]
        found = roster_storage.read_roster(connection) if roster_storage.has_shifts(connection) else None
        with self._lock:
            if kept is None or kept[2] != found:
                self._calendars.clear()
            self._roster = (time.monotonic(), version, found)
        return found

    def calendar(self, connection: Connection, department: str, now: datetime) -> Calendar:
        """The working time of a department, from two months ago to two months ahead."""
        roster = self.roster(connection)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        key = (department, today)
        with self._lock:
            kept = self._calendars.get(key)
        if kept is not None:
            return kept
        since, until = today - timedelta(days=DAYS_BEHIND), today + timedelta(days=DAYS_AHEAD)
        if roster is not None and roster.operators(department):
            made = calendar_of(roster, since, until, department)
        else:
            made = self._hours.calendar(since, until)
        with self._lock:
            self._calendars = {each: kept for each, kept in self._calendars.items() if each[1] == today} | {key: made}
        return made
