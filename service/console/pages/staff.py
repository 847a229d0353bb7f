"""Staff: who works here; administrators add, change, disable, and give new passwords."""

from nicegui import ui

from service import accounts, departments
from service.console.components.dialogs import press
from service.console.components.rows import Pill, Rows, cell
from service.console.components.sheet import searching, sheet
from service.console.components.staff_forms import StaffForms
from service.console.frame import console_page
from service.console.live import Live
from service.console.place import ME, Place
from service.domain.staff import Role
from service.events import DEPARTMENTS_TOPIC, STAFF_TOPIC
from service.policies.permissions import Action, may
from service.storage.staff import Account


@console_page("staff", "/staff")
async def staff(place: Place) -> None:
    """The list, and for administrators the forms behind it."""
    StaffPage(place).build()


class StaffPage:
    """What is shown, and what was asked to be shown."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._accounts: list[Account] = []
        self._titles: dict[str, str] = {}
        self._all_titles: dict[str, str] = {}
        self._edits = may(place.staff.role, Action.EDIT_STAFF)
        self._forms = StaffForms(place, self._look)

    def build(self) -> None:
        """Draw the page; the list comes with the first look."""
        place = self._place
        with sheet(place, "staff", place.say("staff.lead")) as head:
            if self._edits:
                with head:
                    press(place, "staff.add", self._add, look="main").props("icon=person_add data-testid=add")
            with ui.element("div").classes("tools"):
                self._query = searching(place, place.say("staff.search")).on_value_change(self._draw)
                roles = {"": place.say("forms.any")} | {role.value: place.say(f"roles.{role.value}") for role in Role}
                self._role = ui.select(roles, value="", label=place.say("staff.role"), on_change=self._draw)
                self._role.props("outlined dense options-dense")
                self._disabled = ui.switch(place.say("staff.with_disabled"), on_change=self._draw)
            columns = ("name", "role", "departments", "languages", "capacity", "entry")
            self._rows = Rows(
                place, place.say("pages.staff"), [place.say(f"staff.{each}") for each in columns],
                empty=place.say("staff.empty"), icon="person_search", on_open=self._open if self._edits else None,
            )  # fmt: skip
        Live(place.office.events, lambda: (STAFF_TOPIC, DEPARTMENTS_TOPIC), self._look)

    async def _add(self) -> None:
        await self._forms.add(self._titles)

    async def _open(self, staff_id: int) -> None:
        found = next((each for each in self._accounts if each.member.id == staff_id), None)
        if found is not None:
            await self._forms.change(found, self._titles)

    async def _look(self) -> None:
        place = self._place
        found = await place.read(accounts.list_staff, ME, place.office, with_disabled=True)
        known = await place.read(departments.list_departments, place.office, with_closed=True)
        if found is None or known is None:
            return
        self._accounts = found
        self._titles = {each.id: each.title(place.language) for each in known if each.is_open}
        self._all_titles = {each.id: each.title(place.language) for each in known}
        self._draw()

    def _draw(self) -> None:
        chosen = [
            each
            for each in self._accounts
            if fits(each, str(self._query.value or ""), str(self._role.value or ""), disabled=self._disabled.value)
        ]
        self._rows.show([row_of(each, self._all_titles, self._place) for each in chosen])


def fits(account: Account, query: str, role: str, *, disabled: bool) -> bool:
    """Whether an account is among those asked for; each word has to be somewhere in it."""
    member = account.member
    if (account.disabled_at is not None and not disabled) or role not in ("", member.role.value):
        return False
    words = " ".join((member.name, member.login, member.email or "", *member.skills, *member.languages)).casefold()
    return all(word in words for word in query.casefold().split())


def row_of(account: Account, titles: dict[str, str], place: Place) -> dict[str, object]:
    """One line of the list."""
    member = account.member
    if member.role is Role.ML:
        served = cell(place.say("staff.no_conversations"))
    elif not member.departments:
        served = cell(place.say("staff.all_departments"))
    else:
        served = cell(pills=[(titles.get(each, each), "") for each in member.departments])
    mine: list[Pill] = [(place.say("staff.you"), "good")] if member.id == place.staff.id else []
    capacity = member.capacity if member.capacity is not None else place.office.settings.operator_capacity
    name = cell(member.name, sub=member.login, pills=mine)
    return {
        "id": member.id,
        "faded": account.disabled_at is not None,
        "cells": [
            name, cell(place.say(f"roles.{member.role.value}")), served,
            cell(", ".join(member.languages), sub=", ".join(member.skills)),
            cell(f"{capacity:g}", sub=member.time_zone or ""), cell(pills=entry_of(account, place)),
        ],
    }  # fmt: skip


def entry_of(account: Account, place: Place) -> list[Pill]:
    """How this person gets in, or why not."""
    if account.disabled_at is not None:
        return [(place.say("staff.disabled"), "bad")]
    pills: list[Pill] = []
    if not account.has_password:
        pills.append((place.say("staff.no_password"), "warn"))
    if account.password_is_temporary:
        pills.append((place.say("staff.temporary"), "warn"))
    if account.has_totp:
        pills.append((place.say("staff.totp"), "good"))
    return pills
