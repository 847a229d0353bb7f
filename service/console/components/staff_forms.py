"""The forms behind the list of staff: a new account, a changed one, and what can be done to it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from nicegui import ui

from service import accounts, texts
from service.accounts import AccountDraft
from service.console.components.dialogs import Form, ask, press, show_once
from service.console.place import ME, Place
from service.domain.staff import Role
from service.storage.staff import Account


@cache
def zones() -> list[str]:
    """The time zones that people live in, by name."""
    return sorted(each for each in available_timezones() if "/" in each and not each.startswith(("Etc/", "SystemV/")))


@dataclass
class StaffFields:
    """The inputs of a form, and the draft they make."""

    name: ui.input
    role: ui.select
    departments: ui.select
    languages: ui.select
    skills: ui.select
    capacity: ui.number
    zone: ui.select
    email: ui.input

    def draft(self, before: AccountDraft | None = None) -> AccountDraft:
        """What was typed; with `before`, only what differs from it, so that a colleague's change elsewhere stays."""
        typed: dict[str, Any] = {
            "name": str(self.name.value or ""),
            "role": str(self.role.value),
            "departments": tuple(self.departments.value or ()),
            "languages": tuple(self.languages.value or ()),
            "skills": tuple(self.skills.value or ()),
            "capacity": self._slots(before),
            "time_zone": str(self.zone.value or ""),
            "email": str(self.email.value or "").strip(),
        }
        return AccountDraft(**{key: value for key, value in typed.items() if value != getattr(before, key, None)})

    def _slots(self, before: AccountDraft | None) -> int | None:
        """Nothing is the default of the settings; a number that there was can't be taken back to it."""
        if self.capacity.value is None and (before is None or before.capacity is None):
            return None
        return whole(self.capacity.value)


def whole(value: float | None) -> int:
    """A number that can't be taken stays one that can't be, instead of being mended silently."""
    return int(value) if value is not None and float(value).is_integer() else -1


def draft_of(account: Account) -> AccountDraft:
    """The account as a form shows it."""
    member = account.member
    return AccountDraft(
        member.name, member.role.value, member.departments, member.email or "", member.languages, member.skills,
        member.time_zone or "", member.capacity,
    )  # fmt: skip


class StaffForms:
    """`look` is called after each change, to show it."""

    def __init__(self, place: Place, look: Callable[[], Awaitable[None]]) -> None:
        self._place = place
        self._look = look

    async def add(self, titles: Mapping[str, str]) -> None:
        """A form for a new account; its one-time password is shown once."""
        place = self._place
        form = Form(place, place.say("staff.add_title"), action=place.say("staff.add_action"))
        with form.fields():
            login = ui.input(place.say("staff.login")).props("outlined dense autofocus autocomplete=off name=login")
            fields = self._fields(AccountDraft(role=Role.OPERATOR.value, languages=("ru",)), titles)

        async def save() -> bool:
            typed = str(login.value or "").strip()
            made = await place.do(accounts.add_staff, typed, fields.draft(), ME, place.office)
            if made is None:
                return False
            form.close()
            name = place.say("staff.password_shown", name=made.account.member.name)
            show_once(place, name, place.say("staff.password_hint"), made.one_time_password or "")
            await self._look()
            return True

        form.open(save)

    async def change(self, account: Account, titles: Mapping[str, str]) -> None:
        """A form for an account: what it is made of, and what can be done to it."""
        place = self._place
        before = draft_of(account)
        form = Form(place, f"{account.member.name} · {account.member.login}")
        with form.fields():
            kept = {each: each for each in account.member.departments if each not in titles}
            fields = self._fields(before, {**titles, **kept})
        with form.others:
            self._deeds(account, form)

        async def save() -> bool:
            draft = fields.draft(before)
            changed = await place.do(accounts.change_staff, account.member.id, draft, ME, place.office)
            if changed is None:
                return False
            self._say("changed_done", account)
            await self._look()
            return True

        form.open(save)

    def _fields(self, now: AccountDraft, titles: Mapping[str, str]) -> StaffFields:
        say, settings = self._place.say, self._place.office.settings
        look, many = "outlined dense options-dense", "outlined dense options-dense use-chips"
        name = ui.input(say("staff.name"), value=now.name or "").props("outlined dense name=name")
        name.props(f'hint="{say("staff.name_hint")}"')
        with ui.element("div").classes("form-pair"):
            roles = {role.value: say(f"roles.{role.value}") for role in Role}
            role = ui.select(roles, label=say("staff.role"), value=now.role).props(look)
            email = ui.input(say("staff.email"), value=now.email or "").props("outlined dense type=email")
        departments = ui.select(
            dict(titles), label=say("staff.departments"), value=list(now.departments or ()), multiple=True
        ).props(f'{many} hint="{say("staff.departments_hint")}"')
        with ui.element("div").classes("form-pair"):
            languages = _words(say("staff.languages"), now.languages or (), texts.LANGUAGES)
            skills = _words(say("staff.skills"), now.skills or (), ())
        with ui.element("div").classes("form-pair"):
            capacity = ui.number(say("staff.capacity"), value=now.capacity, min=0, max=100, step=1, precision=0).props(
                f'outlined dense hint="{say("staff.capacity_hint", n=f"{settings.operator_capacity:g}")}"'
            )
            zone_names = zones() if not now.time_zone or now.time_zone in zones() else [now.time_zone, *zones()]
            zone = ui.select(zone_names, label=say("staff.zone"), value=now.time_zone or None, with_input=True,
                             clearable=True).props(look)  # fmt: skip
            zone.props(f'hint="{say("staff.zone_hint", zone=settings.staff_zone)}"')
        return StaffFields(name, role, departments, languages, skills, capacity, zone, email)

    def _deeds(self, account: Account, form: Form) -> None:
        def deed(key: str, work: Callable[[Account], Awaitable[bool]], look: str = "flat") -> None:
            async def run() -> None:
                if await work(account):
                    form.close()
                    await self._look()

            press(self._place, f"staff.{key}", run, look=look, asks=True).props(f"type=button data-testid={key}")

        if account.disabled_at is not None:
            deed("enable", self._enable)
            return
        deed("password", self._new_password)
        if account.has_totp:
            deed("totp_reset", self._reset_totp)
        if account.member.id != self._place.staff.id:
            deed("disable", self._disable, "bad")

    async def _disable(self, account: Account) -> bool:
        place, name = self._place, account.member.name
        held = await place.do(accounts.count_held, account.member.id, ME, place.office)
        if held is None:
            return False
        then = place.say("staff.disable_held", n=held) if held else place.say("staff.disable_nothing")
        text = f"{place.say('staff.disable_text')}\n{then}"
        if not await ask(place, place.say("staff.disable_title", name=name), text, place.say("staff.disable")):
            return False
        done = await place.do(accounts.disable, account.member.id, ME, place.office)
        return self._done("disabled_done", account, done)

    async def _enable(self, account: Account) -> bool:
        place = self._place
        return self._done("enabled_done", account, await place.do(accounts.enable, account.member.id, ME, place.office))

    async def _new_password(self, account: Account) -> bool:
        place, name = self._place, account.member.name
        title, text = place.say("staff.password_title", name=name), place.say("staff.password_text")
        if not await ask(place, title, text, place.say("staff.password"), bad=False):
            return False
        given = await place.do(accounts.set_password, account.member.id, ME, place.office)
        if given is None:
            return False
        show_once(place, place.say("staff.password_shown", name=name), place.say("staff.password_hint"), given)
        return True

    async def _reset_totp(self, account: Account) -> bool:
        place, name = self._place, account.member.name
        title, text = place.say("staff.totp_title", name=name), place.say("staff.totp_text")
        if not await ask(place, title, text, place.say("staff.totp_reset")):
            return False
        done = await place.do(accounts.reset_totp, account.member.id, ME, place.office)
        return self._done("totp_done", account, done)

    def _done(self, key: str, account: Account, result: Account | None) -> bool:
        if result is not None:
            self._say(key, account)
        return result is not None

    def _say(self, key: str, account: Account) -> None:
        ui.notify(self._place.say(f"staff.{key}", name=account.member.name), type="positive", position="top")


def _words(label: str, value: tuple[str, ...], known: tuple[str, ...]) -> ui.select:
    options = list(dict.fromkeys((*value, *known)))
    return ui.select(options, label=label, value=list(value), multiple=True, new_value_mode="add-unique").props(
        "outlined dense options-dense use-chips hide-dropdown-icon"
    )
