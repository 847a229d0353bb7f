"""The versions of an article: who changed what and why, what came and went, and going back."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from service import editing
from service.console.components.dialogs import Form, ask
from service.console.components.diff import Diff
from service.console.components.rows import Rows, cell
from service.console.dates import say_moment
from service.console.place import ME, Place
from service.errors import Conflict
from service.storage.articles import Version


class ArticleVersions:
    """Into the present slot; a version opens what it changed, supervisors may restore it."""

    def __init__(self, place: Place, *, decides: bool, on_restored: Callable[[], Awaitable[None]]) -> None:
        self._place = place
        self._decides = decides
        self._on_restored = on_restored
        self._versions: Sequence[Version] = ()
        self._rows = Rows(
            place, place.say("knowledge.tab_versions"),
            [place.say(f"knowledge.{each}") for each in ("version", "author", "state")],
            empty=place.say("knowledge.no_versions"), on_open=self._open,
        )  # fmt: skip

    def show(self, article_id: str, language: str, versions: Sequence[Version]) -> None:
        """Newest first."""
        place = self._place
        self._key = (article_id, language)
        self._versions = versions
        states = {"published": "good", "draft": "warn", "withdrawn": ""}
        self._rows.show(
            [
                {
                    "id": each.number,
                    "cells": [
                        cell(f"№ {each.number}", sub=each.comment or ""),
                        cell(self._who(each.author), sub=say_moment(each.created_at, place)),
                        cell(
                            pills=[(place.say("knowledge.serving_now"), "good")]
                            if each.serving
                            else [(place.say(f"knowledge.version_{each.state}"), states.get(each.state, "")
                                   if each.state != "published" else "")],
                            sub=place.say("knowledge.changed_by", name=self._who(each.changed_by))
                            if each.changed_by != each.author else "",
                        ),
                    ],
                }
                for each in versions
            ]
        )  # fmt: skip

    def _who(self, login: str) -> str:
        return self._place.say("knowledge.by_import") if login == "import" else login

    async def _open(self, number: int) -> None:
        place = self._place
        chosen = next((each for each in self._versions if each.number == number), None)
        if chosen is None:
            return
        before = next((each.source for each in self._versions if each.number < number), "")
        title = place.say("knowledge.version_title", n=number, author=self._who(chosen.author))
        may_restore = self._decides and not chosen.serving
        form = Form(place, title, action=place.say("knowledge.restore"), wide=True)
        with form.fields():
            if chosen.comment:
                ui.label(chosen.comment).classes("form-text")
            Diff(place, editing.diff(before, chosen.source))

        async def restore() -> bool:
            text = place.say("knowledge.restore_text", n=number)
            if not await ask(place, place.say("knowledge.restore_title", n=number), text,
                             place.say("knowledge.restore"), bad=False):  # fmt: skip
                return False
            base = self._versions[0].number
            why = place.say("knowledge.restored_comment", n=number)
            done = await place.do(editing.restore, *self._key, number, ME, place.office, base=base, comment=why)
            if done is not None:
                ui.notify(place.say("knowledge.published", n=done.version.number), type="positive", position="top")
                await self._on_restored()
            return done is not None

        form.open(restore if may_restore else None)


async def settle(place: Place, conflict: Conflict, mine: str) -> bool | None:
    """Both versions side by side: True to save mine after the colleague's, False to take theirs, None to go on."""
    fields = conflict.fields
    title = place.say("knowledge.conflict_title", n=fields["newest"], author=fields.get("author", ""))
    with ui.context.client, ui.dialog() as dialog, ui.element("div").classes("form wide"):
        ui.label(title).classes("form-title").props("role=heading aria-level=2")
        ui.label(place.say("knowledge.conflict_text")).classes("form-text")
        Diff(place, editing.diff(str(fields["newest_source"]), mine))
        with ui.element("div").classes("form-foot"):
            for key, answer, look in (
                ("cancel_conflict", None, "flat"), ("take_theirs", False, "outline"), ("keep_mine", True, "unelevated"),
            ):  # fmt: skip
                ui.button(place.say(f"knowledge.{key}"), on_click=lambda answer=answer: dialog.submit(answer)).props(
                    f"{look} no-caps data-testid={key}"
                )
    answer = await dialog
    dialog.delete()
    return answer if isinstance(answer, bool) else None
