"""When will a person reply? Said honestly, from the working hours and the queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.domain.intents import Priority
from service.domain.promises import ReplyPromise
from service.domain.rosters import Roster
from service.policies.calendars import Calendar, merged
from service.policies.rosters import at_wall, next_on


@dataclass(frozen=True)
class StaffHours:
    """Daily working hours of the people behind the bot; equal `opens` and `closes` mean round the clock."""

    opens: time
    closes: time
    zone: ZoneInfo

    def next_opening(self, now: datetime) -> datetime | None:
        """None when people are at work at `now`, otherwise when they come (aware, in the staff's zone)."""
        if self.opens == self.closes:
            return None
        local = now.astimezone(self.zone)
        clock = local.time().replace(tzinfo=None)
        if self.opens < self.closes:
            at_work = self.opens <= clock < self.closes
        else:
            at_work = clock >= self.opens or clock < self.closes
        if at_work:
            return None
        day = local.date() if clock < self.opens else local.date() + timedelta(days=1)
        return datetime.combine(day, self.opens, tzinfo=self.zone)

    def calendar(self, since: datetime, until: datetime) -> Calendar:
        """The same hours as working time from `since` to `until`."""
        if self.opens == self.closes:
            return Calendar(((since, until),))
        first, last = (since - timedelta(days=1)).date(), (until + timedelta(days=1)).date()
        opens, closes = (moment.hour * 60 + moment.minute for moment in (self.opens, self.closes))
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        over = 1 if closes < opens else 0  # a night's work ends on the next day
        return Calendar(
            merged(
                (at_wall(day, opens, self.zone.key), at_wall(day + timedelta(days=over), closes, self.zone.key))
                for day in days
            )
        )


def promise_reply(
    now: datetime, hours: StaffHours, priority: Priority, minutes: Mapping[Priority, int]
) -> ReplyPromise:
    """The target of this priority on working hours."""
    return ReplyPromise(minutes=minutes[priority], opening=hours.next_opening(now))


def promise_by_roster(
    now: datetime,
    roster: Roster,
    department: str | None,
    language: str,
    zone: ZoneInfo,
    minutes: int,
) -> ReplyPromise:
    """What the roster allows to promise: somebody who speaks the client's language, or anybody of the department.

    The opening is told by the clock of `zone`. When nobody is on within two months nothing is promised.
    """
    coming = next_on(roster, now, department, language) or next_on(roster, now, department)
    if coming is None:
        return ReplyPromise(minutes, unknown=True)
    return ReplyPromise(minutes, None if coming <= now else coming.astimezone(zone))
