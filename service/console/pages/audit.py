"""The audit trail: who did what, when, to what and from where; filtered, a page at a time."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from service import accounts, audit_trail
from service.console.components.date_field import DateField
from service.console.components.newest import Newest
from service.console.components.rows import Rows, cell
from service.console.components.sheet import sheet
from service.console.dates import iso_of, say_moment, zone_of
from service.console.frame import console_page
from service.console.place import ME, Place
from service.console.words import section
from service.storage.audit import AuditEntry, AuditFilter

PAGE = 100
KINDS = (
    "staff", "department", "conversation", "article", "canned_reply", "bot_text", "restriction",
    "client", "bank_client", "message", "intent", "topic", "calls",
)  # fmt: skip
SHOWN_FIELDS = 6


@console_page("audit", "/audit")
async def audit(place: Place) -> None:
    """The trail."""
    await AuditPage(place).build()


class AuditPage:
    """The lines that were read, newest first; further ones are read on demand."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._newest = Newest()
        self._entries: list[AuditEntry] = []
        self._names: dict[str, str] = {}

    async def build(self) -> None:
        """Draw the page and read the first lines."""
        place = self._place
        actions = section("audit_actions", place.language)
        with sheet(place, "audit", place.say("audit.lead")):
            with ui.element("form").classes("tools").on("submit.prevent", self._begin):
                self._actor = ui.input(place.say("audit.actor")).props("outlined dense clearable name=actor")
                self._action = ui.select(
                    {"": place.say("forms.any"), **actions}, value="", label=place.say("audit.action"),
                    with_input=True, on_change=self._begin,
                ).props("outlined dense options-dense").classes("wide-choice")  # fmt: skip
                kinds = {each: place.say(f"audit.kind_{each}") for each in KINDS}
                self._kind = ui.select(
                    {"": place.say("forms.any"), **kinds}, value="", label=place.say("audit.object"),
                    on_change=self._begin,
                ).props("outlined dense options-dense")  # fmt: skip
                self._object = ui.input(place.say("audit.object_id")).props("outlined dense clearable name=object")
                self._since, self._until = (
                    DateField(place, place.say(f"audit.{key}"), on_day=self._begin).props(f"clearable name={key}")
                    for key in ("since", "until")
                )
                ui.button(place.say("audit.show")).props("unelevated no-caps type=submit")
            columns = ("at", "actor", "action", "object", "details")
            self._rows = Rows(
                place, place.say("pages.audit"), [place.say(f"audit.{each}") for each in columns],
                empty=place.say("audit.empty"), icon="policy", on_more=self._more,
            )  # fmt: skip
        people = await place.read(accounts.list_staff, ME, place.office, with_disabled=True)
        self._names = {str(each.member.id): each.member.login for each in people or ()}
        await self._begin()

    async def _begin(self, *_: object) -> None:
        await self._read([])

    async def _more(self) -> None:
        if not self._newest.is_reading:
            await self._read(self._entries)

    async def _read(self, before: list[AuditEntry]) -> None:
        place = self._place
        wanted = filter_of(
            str(self._actor.value or ""), str(self._action.value or ""), str(self._kind.value or ""),
            str(self._object.value or ""), iso_of(self._since.day), iso_of(self._until.day), zone_of(place),
        )  # fmt: skip
        found = await self._newest.of(
            place.do(audit_trail.list_audit, wanted, ME, place.office, limit=PAGE + 1, offset=len(before))
        )
        if found is None:
            return
        self._entries = [*before, *found[:PAGE]]
        rows = [row_of(each, number, self._names, place) for number, each in enumerate(self._entries)]
        self._rows.show(rows, more=len(found) > PAGE)


def filter_of(
    actor: str, action: str, kind: str, object_id: str, since: str, until: str, zone: ZoneInfo
) -> AuditFilter:  # fmt: skip
    """What was asked for; both days are included, in the person's zone. A day that is none is not asked for."""
    first, last = day_of(since), day_of(until)
    return AuditFilter(
        actor=actor.strip() or None,
        action=action or None,
        object_kind=kind or None,
        object_id=object_id.strip() or None,
        since=datetime.combine(first, time.min, zone) if first else None,
        until=datetime.combine(last + timedelta(days=1), time.min, zone) if last and last < date.max else None,
    )


def day_of(typed: str) -> date | None:
    """The day of «2026-11-22»."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def row_of(entry: AuditEntry, number: int, names: Mapping[str, str], place: Place) -> dict[str, object]:
    """One line of the list."""
    actions, words = section("audit_actions", place.language), section("audit", place.language)
    who = names.get(entry.object_id, entry.object_id) if entry.object_kind == "staff" else entry.object_id
    kind = words.get(f"kind_{entry.object_kind}", entry.object_kind)
    return {
        "id": number,
        "cells": [
            cell(say_moment(entry.at, place), look="line"), cell(entry.actor, sub=entry.address or ""),
            cell(actions.get(entry.action, entry.action), look="words"), cell(kind, sub=who, look="words"),
            cell(details_of(entry.data), look="mono"),
        ],
    }  # fmt: skip


def details_of(data: Mapping[str, Any]) -> str:
    """«role: operator → supervisor; departments: cards» for what was before and is after."""
    before, after = data.get("before"), data.get("after")
    parts = []
    if isinstance(after, Mapping):
        was = before if isinstance(before, Mapping) else {}
        parts = [f"{key}: {_plain(was[key])} → {_plain(now)}" if key in was else f"{key}: {_plain(now)}"
                 for key, now in after.items()]  # fmt: skip
    else:
        parts = [f"{key}: {_plain(value)}" for key, value in data.items() if value not in (None, [], {})]
    shown = parts[:SHOWN_FIELDS]
    return "; ".join([*shown, "…"] if len(parts) > SHOWN_FIELDS else shown)


def _plain(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value) or "—"
    return "—" if value in (None, "") else str(value)
