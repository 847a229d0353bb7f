"""A day, typed or picked: 22.11.2026 in Russian, 2026-11-22 in English, whatever the browser speaks."""

import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any, Final

from nicegui import ui

from service.console.place import Place

FORMS: Final = {"ru": "%d.%m.%Y", "en": "%Y-%m-%d"}
_MASKS: Final = {"ru": ("##.##.####", "DD.MM.YYYY"), "en": ("####-##-##", "YYYY-MM-DD")}
"""How digits fall into place, and the same form in the words of the calendar."""


def write_day(day: date | None, language: str) -> str:
    """The day as it is typed; nothing for None."""
    return f"{day:{FORMS[language]}}" if day is not None else ""


def read_typed(typed: str, language: str) -> date | None:
    """The day that was typed; None for one that is not there or not finished. 2026-11-22 is read in any language."""
    for form in (FORMS[language], "%Y-%m-%d"):
        try:
            found = datetime.strptime(typed.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return found if len(typed.strip()) == len("22.11.2026") else None
    return None


class DateField(ui.input):
    """A field for a day with a calendar at its end. `on_day()` when another day is in it, or none any more."""

    def __init__(
        self,
        place: Place,
        label: str,
        day: date | None = None,
        *,
        on_day: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._language = place.language
        self._on_day = on_day
        self._known = day
        super().__init__(label, value=write_day(day, place.language))
        mask, shown = _MASKS[place.language]
        self.props(f'outlined dense stack-label hide-bottom-space mask="{mask}" inputmode=numeric autocomplete=off')
        self.props["placeholder"] = place.say("date_field.placeholder")
        self.props["error-message"] = place.say("date_field.no_such_day")
        self.props["no-error-icon"] = True
        self.classes("date-field")
        with self.add_slot("append"):
            self._calendar(place, shown)
        self.on_value_change(self._typed)

    @property
    def day(self) -> date | None:
        """The day in it; None while there is none, or one that is not finished or in no calendar."""
        return read_typed(str(self.value or ""), self._language)

    def put(self, day: date | None) -> None:
        """Fill it in; nobody is told."""
        self._known = day
        self.set_value(write_day(day, self._language))

    async def _typed(self) -> None:
        typed, day = str(self.value or ""), self.day
        self.props["error"] = day is None and len(typed) == len("22.11.2026")
        self.update()
        if day != self._known and (day is not None or not typed):
            self._known = day
            if self._on_day is not None:
                await self._on_day()

    def _calendar(self, place: Place, shown: str) -> None:
        with ui.button(icon="event").props("flat round dense size=sm color=grey-7 type=button") as opening:
            opening.props["aria-label"] = place.say("date_field.open")
            with ui.menu().props("no-focus no-parent-event") as menu:
                calendar = ui.date(mask=shown).props("minimal flat")
                calendar.props[":locale"] = json.dumps(_locale(place), ensure_ascii=False)

        def picked(event: Any) -> None:
            if event.value and event.value != self.value:
                self.set_value(event.value)
                menu.close()

        def open_it() -> None:
            calendar.set_value(write_day(self.day, place.language) or None)
            menu.open()

        calendar.on_value_change(picked)
        opening.on_click(open_it)


def _locale(place: Place) -> dict[str, Any]:
    def words(key: str) -> list[str]:
        return place.say(f"date_field.{key}").split()

    return {
        "days": words("days"), "daysShort": words("days_short"), "months": words("months"),
        "monthsShort": words("months_short"), "firstDayOfWeek": 1,
    }  # fmt: skip
