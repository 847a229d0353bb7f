"""The form of a canned reply: its words in each language, whose it is, what happens when a colleague was faster."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui

from service import canned
from service.console.components.dialogs import Form, ask, press
from service.console.place import ME, Place
from service.policies.permissions import Action, may
from service.storage.canned import CannedReply

LANGUAGES = {"ru": "Русский", "en": "English"}


class CannedForm:
    """`look` is called after each change, to show it."""

    def __init__(self, place: Place, look: Callable[[], Awaitable[None]]) -> None:
        self._place = place
        self._look = look
        self._shares = may(place.staff.role, Action.EDIT_CANNED_REPLIES)

    async def add(self, titles: Mapping[str, str]) -> None:
        """A form for a new reply; for operators, one of their own."""
        place = self._place
        form = Form(place, place.say("canned.add"), wide=True)
        with form.fields():
            fields = self._fields(None, titles)
            personal = ui.checkbox(place.say("canned.personal_long"), value=not self._shares)
            personal.set_enabled(self._shares)

        async def save() -> bool:
            done = await place.do(
                canned.add_canned, ME, place.office, personal=bool(personal.value), **self._typed(fields)
            )
            return await self._finish(done is not None)

        form.open(save)

    async def change(self, reply: CannedReply, titles: Mapping[str, str]) -> None:
        """A form for a reply; everybody's are for reading, unless one may edit them."""
        place = self._place
        editable = reply.owner is not None or self._shares
        form = Form(place, f"{reply.shortcut} · {reply.title}", wide=True)
        version = reply.version
        with form.fields():
            if not editable:
                ui.label(place.say("canned.read_only")).classes("form-text muted")
            fields = self._fields(reply, titles)
            theirs = ui.element("div").classes("theirs")
            theirs.visible = False
            for field in fields.values():
                field.set_enabled(editable)
        if editable:
            with form.others:
                press(place, "canned.remove", lambda: self._remove(reply, form), look="bad", asks=True).props(
                    "type=button data-testid=remove"
                )

        async def save() -> bool:
            nonlocal version
            done = await place.do(
                canned.change_canned, reply.id, ME, place.office, version=version, **self._typed(fields)
            )
            if done is None:
                version = await self._show_theirs(reply.id, version, theirs)
            return await self._finish(done is not None)

        form.open(save if editable else None)

    async def _show_theirs(self, canned_id: int, version: int, into: ui.element) -> int:
        """Show what a colleague made of it meanwhile, if that is what was wrong; returns the version there is now."""
        found = await self._place.read(canned.list_canned, ME, self._place.office)
        now = next((each for each in found or () if each.id == canned_id), None)
        if now is None or now.version == version:
            return version
        into.clear()
        with into:
            ui.label(self._place.say("canned.theirs", author=now.author)).classes("figure-name")
            ui.label(f"{now.shortcut} · {now.title}")
            for words in now.text.values():
                ui.label(words).classes("preview-text")
        into.visible = True
        return now.version

    async def _finish(self, done: bool) -> bool:
        if done:
            ui.notify(self._place.say("forms.saved"), type="positive", position="top")
            await self._look()
        return done

    async def _remove(self, reply: CannedReply, form: Form) -> None:
        place = self._place
        text = place.say("canned.remove_own" if reply.owner is not None else "canned.remove_shared")
        if not await ask(place, place.say("canned.remove_title", shortcut=reply.shortcut), text,
                         place.say("canned.remove")):  # fmt: skip
            return
        if await place.done(canned.remove_canned, reply.id, ME, place.office):
            form.close()
            await self._look()

    def _fields(self, reply: CannedReply | None, titles: Mapping[str, str]) -> dict[str, Any]:
        say = self._place.say
        fields: dict[str, Any] = {}
        with ui.element("div").classes("form-pair"):
            fields["shortcut"] = ui.input(say("canned.shortcut"), value=reply.shortcut if reply else "/").props(
                f'outlined dense name=shortcut hint="{say("canned.shortcut_hint")}"'
            )
            fields["title"] = ui.input(say("canned.title"), value=reply.title if reply else "").props(
                "outlined dense name=title"
            )
        with ui.element("div").classes("form-pair"):
            for language, name in LANGUAGES.items():
                words = reply.text.get(language, "") if reply else ""
                fields[language] = ui.textarea(name, value=words).props(
                    f"outlined autogrow name=text-{language} input-style=min-height:110px"
                )
        ui.label(say("canned.placeholders")).classes("muted small")
        known = {"": say("canned.everybody"), **titles}
        chosen = (reply.department if reply else None) or ""
        with ui.element("div").classes("form-pair"):
            fields["department"] = ui.select(
                known if chosen in known else {**known, chosen: chosen}, value=chosen, label=say("canned.department")
            ).props("outlined dense options-dense")
            tags = list(reply.tags) if reply else []
            fields["tags"] = ui.select(
                tags, value=tags, label=say("canned.tags"), multiple=True, new_value_mode="add-unique"
            ).props("outlined dense use-chips hide-dropdown-icon")
        return fields

    def _typed(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "shortcut": str(fields["shortcut"].value or ""),
            "title": str(fields["title"].value or ""),
            "text": {each: str(fields[each].value or "") for each in LANGUAGES},
            "department": fields["department"].value or None,
            "tags": list(fields["tags"].value or ()),
        }
