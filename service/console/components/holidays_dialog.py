"""Days on which the weekly shifts of a country are not worked."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date

from nicegui import ui

from service.console.components.date_field import DateField
from service.console.components.once import once
from service.console.dates import say_day
from service.console.place import ME, Place
from service.domain.staff import StaffMember
from service.office import Office
from service.shifts import rosters


def ask_holidays(
    place: Place, known: Mapping[str, Mapping[date, str]], year: int, on_saved: Callable[[], Awaitable[None]]
) -> None:
    """Open the dialog with the holidays of this year and later."""
    _HolidaysDialog(place, known, year, on_saved).build()


class _HolidaysDialog:
    def __init__(
        self, place: Place, known: Mapping[str, Mapping[date, str]], year: int, on_saved: Callable[[], Awaitable[None]]
    ) -> None:
        self._place, self._known, self._year, self._on_saved = place, known, year, on_saved
        self._days: dict[date, str] = {}

    def build(self) -> None:
        place = self._place
        with ui.dialog(value=True) as self._dialog, ui.card().classes("ask"):
            ui.label(place.say("roster.holidays")).classes("card-title").props("role=heading aria-level=2")
            ui.label(place.say("roster.holidays_about")).classes("muted")
            self._country = ui.input(
                place.say("roster.country"), value=next(iter(self._known), "RU"), on_change=self._take_country
            ).props("outlined dense maxlength=2 mask=AA")  # fmt: skip
            self._list = ui.element("ul").classes("holiday-list")
            with ui.element("form").classes("holiday-new").on("submit.prevent", self._add):
                self._day = DateField(place, place.say("roster.day"))
                self._day.props('data-testid="holiday-day"')
                self._name = ui.input(place.say("roster.name")).props(
                    'outlined dense maxlength=120 data-testid="holiday-name"'
                )
                ui.button(place.say("roster.add_day"), icon="add").props("flat no-caps dense type=submit")
            with ui.element("div").classes("ask-foot"):
                ui.button(place.say("roster.cancel"), on_click=self._dialog.close).props("flat no-caps")
                save = once(lambda: self._button, self._save)
                self._button = ui.button(place.say("roster.save"), on_click=save).props(
                    'unelevated no-caps data-testid="save-holidays"'
                )
        self._dialog.on("hide", self._dialog.delete)
        self._take_country()

    def _take_country(self) -> None:
        self._days = dict(self._known.get(str(self._country.value or "").upper(), {}))
        self._show()

    def _show(self) -> None:
        place = self._place
        self._list.clear()
        shown = sorted(day for day in self._days if day.year >= self._year)
        with self._list:
            for day in shown:
                with ui.element("li"):
                    ui.label(say_day(day, place.language)).classes("holiday-day")
                    ui.label(self._days[day]).classes("holiday-name")
                    remove = ui.button(icon="close", on_click=lambda day=day: self._remove(day))
                    remove.props("flat round dense").props["aria-label"] = place.say("roster.remove")
            if not shown:
                ui.label(place.say("roster.no_holidays")).classes("muted")

    def _remove(self, day: date) -> None:
        self._days.pop(day, None)
        self._show()

    def _add(self) -> None:
        day = self._day.day
        if day is None:
            ui.notify(self._place.say("roster.no_day"), type="warning", position="top")
            return
        self._days[day] = str(self._name.value or "").strip()
        self._day.put(None)
        self._name.set_value("")
        self._show()
        self._day.run_method("focus")

    async def _save(self) -> None:
        place, country = self._place, str(self._country.value or "").upper()
        if len(country) != 2 or not country.isascii() or not country.isalpha():
            ui.notify(place.say("roster.no_country"), type="warning", position="top")
            return
        done = await place.do(_save_holidays, country, self._days, ME, place.office)
        if done:
            self._dialog.close()
            await self._on_saved()


def _save_holidays(country: str, days: Mapping[date, str], staff: StaffMember, office: Office) -> bool:
    rosters.save_holidays(country, days, staff, office)
    return True
