"""When will a person reply? Said honestly, from the working hours and the queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.domain.intents import Priority
from service.domain.promises import ReplyPromise


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


def promise_reply(
    now: datetime, hours: StaffHours, priority: Priority, minutes: Mapping[Priority, int]
) -> ReplyPromise:
    """The target of this priority on working hours."""
    return ReplyPromise(minutes=minutes[priority], opening=hours.next_opening(now))
