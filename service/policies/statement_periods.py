"""Which days is a statement of the last months for?"""

import calendar
from datetime import date, timedelta

from service.domain.banking import Period


def period_back(months: int, today: date) -> Period:
    """The last `months` months up to today, both ends included: 12 of them are at most 366 days."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    day = min(today.day, calendar.monthrange(year, month + 1)[1])
    return Period(date(year, month + 1, day) + timedelta(days=1), today)
