"""Which days: today, yesterday, a week, a month, or from one day to another."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from nicegui import ui

from service.console.amounts import days_in_words
from service.console.components.date_field import DateField
from service.console.place import Place
from service.shifts.statistics import LONGEST_DAYS, Period

TYPING_MS = 700
"""A year that is being typed is not looked at."""
PRESETS = ("today", "yesterday", "week", "month")


def preset(name: str, today: date) -> Period:
    """The days a button stands for, today included (but for yesterday)."""
    if name == "yesterday":
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    return Period(today - timedelta(days={"today": 0, "week": 6, "month": 29}[name]), today)


def read_period(first: date | None, last: date | None) -> Period | str:
    """The days that were typed in, or the key of what is wrong with them."""
    if first is None or last is None:
        return "no_day"
    period = Period(first, last)
    if period.last < period.first:
        return "backwards"
    return period if (period.last - period.first).days < LONGEST_DAYS else "too_long"


class PeriodPicker:
    """Buttons for the usual periods and two days for any other; `on_change()` when another is chosen."""

    def __init__(self, place: Place, today: date, on_change: Callable[[], Awaitable[None]], name: str = "week") -> None:
        self._place = place
        self._today = today
        self._on_change = on_change
        self.name = name
        self.period = preset(name, today)
        with ui.element("div").classes("period").props(f'role=group aria-label="{place.say("period.name")}"'):
            self._buttons = {each: self._button(each) for each in PRESETS}
            self._first = self._day("from")
            self._last = self._day("to")
        self._show()

    @property
    def in_words(self) -> str:
        """«16–22 ноября 2026»."""
        return days_in_words(self.period.first, self.period.last, self._place.language)

    def _button(self, name: str) -> ui.element:
        button = ui.element("button").classes("choice").props(f'type="button" data-testid="period-{name}"')
        with button:
            ui.label(self._place.say(f"period.{name}"))

        async def choose() -> None:
            await self._choose(name, preset(name, self._today))

        return button.on("click", choose)

    def _day(self, which: str) -> DateField:
        field = DateField(self._place, self._place.say(f"period.{which}"), on_day=self._typed)
        return field.props(f'debounce={TYPING_MS} data-testid="period-{which}"').classes("period-day")

    async def _typed(self) -> None:
        read = read_period(self._first.day, self._last.day)
        if isinstance(read, str):
            ui.notify(self._place.say(f"period.{read}"), type="warning", position="top")
        elif read != self.period:  # otherwise it was a button that filled the days in
            await self._choose("", read)

    async def _choose(self, name: str, period: Period) -> None:
        self.name, self.period = name, period
        self._show()
        await self._on_change()

    def _show(self) -> None:
        for name, button in self._buttons.items():
            button.props(f"aria-pressed={'true' if name == self.name else 'false'}")
        self._first.put(self.period.first)
        self._last.put(self.period.last)
