"""The questions of the inbox: small dialogs that give an answer, or None when they were left with Escape."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from nicegui import ui

from service import desk, texts
from service.console.place import ME
from service.domain.resolutions import Resolution
from service.domain.suggestions import RejectReason

if TYPE_CHECKING:
    from service.console.inbox.desk_view import DeskView


async def _ask(view: "DeskView", title: str, build: Callable[[ui.dialog], Callable[[], Any]]) -> Any:
    """Show a dialog; `build` fills it and gives the function that reads the answer."""
    place = view.place
    view.dialog_is_open = True
    try:
        with ui.dialog() as dialog, ui.card().classes("ask-card"):
            ui.label(title).classes("dialog-title").props("role=heading aria-level=2")
            read = build(dialog)

            def confirm() -> None:
                answer = read()
                if answer is not None:
                    dialog.submit(answer)

            with ui.element("div").classes("dialog-foot"):
                ui.button(place.say("dialog.cancel"), on_click=lambda: dialog.submit(None)).props("flat no-caps")
                ui.button(place.say("dialog.confirm"), on_click=confirm).props(
                    'unelevated no-caps data-testid="confirm"'
                )
            dialog.on("keydown.ctrl.enter", confirm)
        answer = await dialog
        dialog.delete()
        return answer
    finally:
        view.dialog_is_open = False


async def _choose(view: "DeskView", title: str, options: Mapping[str, str], comment: str) -> tuple[str, str] | None:
    """One of the options (arrows or their number) and some words."""

    def build(_dialog: ui.dialog) -> Callable[[], Any]:
        chosen = ui.radio(dict(options), value=next(iter(options))).props("autofocus").classes("ask-radio")
        words = ui.input(comment).props("outlined dense maxlength=500").classes("ask-field")
        return lambda: (str(chosen.value), str(words.value or ""))

    answer: tuple[str, str] | None = await _ask(view, title, build)
    return answer


async def ask_reason(view: "DeskView") -> tuple[str, str] | None:
    """Why a suggestion is no good, and words about it."""
    place = view.place
    options = {each.value: place.say(f"reasons.{each.value}") for each in RejectReason}
    return await _choose(view, place.say("asking.reject"), options, place.say("asking.comment"))


async def ask_resolution(view: "DeskView") -> tuple[str, str] | None:
    """How the request ends, and words about it."""
    place = view.place
    titles = texts.table("resolutions", place.language)
    options = {each.value: titles[each.value] for each in Resolution}
    return await _choose(view, place.say("asking.close"), options, place.say("asking.comment"))


async def ask_target(view: "DeskView") -> dict[str, Any] | None:
    """Where a conversation goes: `department` or `person`, and a note."""
    place = view.place
    people = await place.do(desk.colleagues, view.selected, ME, place.office) or []
    here = view.opened.conversation.department if view.opened else None
    shown = [each for each in place.office.open_departments() if each.id != here]
    options = {f"d:{each.id}": each.title(place.language) for each in shown}
    options |= {f"p:{each.id}": each.name for each in people if each.id != place.staff.id}

    def build(_dialog: ui.dialog) -> Callable[[], Any]:
        target = (
            ui.select(options, label=place.say("asking.target"), with_input=True)
            .props('outlined dense autofocus data-testid="target"')
            .classes("ask-field")
        )
        note = ui.textarea(place.say("asking.transfer_note")).props("outlined dense autogrow").classes("ask-field")

        def read() -> dict[str, Any] | None:
            kind, _, value = str(target.value or "").partition(":")
            if not value:
                target.props('error error-message="' + place.say("asking.choose_target") + '"')
                return None
            where = {"department": value} if kind == "d" else {"person": int(value)}
            return where | {"note": str(note.value or "")}

        return read

    answer: dict[str, Any] | None = await _ask(view, place.say("asking.transfer"), build)
    return answer


async def ask_time(view: "DeskView", zone: ZoneInfo) -> datetime | None:
    """Until when a conversation sleeps."""
    place, now = view.place, view.place.office.clock().astimezone(zone)
    morning = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    monday = (morning + timedelta(days=(7 - morning.weekday()) % 7)) if morning.weekday() else morning
    soon, later = now + timedelta(hours=1), now + timedelta(hours=3)
    options = {"hour": soon, "three": later, "morning": morning, "monday": monday}
    labels = {key: f"{place.say(f'asking.{key}')} · {at:%d.%m %H:%M}" for key, at in options.items()}

    def build(_dialog: ui.dialog) -> Callable[[], Any]:
        chosen = ui.radio(labels, value="hour").props("autofocus").classes("ask-radio")
        return lambda: options[str(chosen.value)]

    answer: datetime | None = await _ask(view, place.say("asking.snooze"), build)
    return answer


async def ask_tag(view: "DeskView") -> str | None:
    """A tag to add, or one of the conversation's to remove."""
    place = view.place
    known = await place.do(desk.suggest_tags, "", ME, place.office, limit=30) or []
    present = view.opened.card.tags if view.opened else ()

    def build(dialog: ui.dialog) -> Callable[[], Any]:
        box = ui.input(place.say("asking.tag"), autocomplete=list(known)).classes("ask-field")
        box.props("outlined dense autofocus maxlength=40")
        box.on("keydown.enter", lambda: dialog.submit(str(box.value).strip() or None))
        for tag in present:
            ui.chip(f"#{tag}", removable=True).on("remove", lambda tag=tag: dialog.submit(tag))
        return lambda: str(box.value or "").strip() or None

    answer: str | None = await _ask(view, place.say("asking.tags"), build)
    return answer


async def ask_intents(view: "DeskView") -> list[str] | None:
    """What a message was about: intents, out_of_scope, or [] to take a correction back."""
    place = view.place
    titles = texts.table("intents", place.language)
    options = {each: titles.get(each, each) for each in place.office.rules.intents}
    options |= {"out_of_scope": place.say("timeline.out_of_scope")}

    def build(_dialog: ui.dialog) -> Callable[[], Any]:
        chosen = (
            ui.select(options, label=place.say("asking.intents"), multiple=True, with_input=True, clearable=True)
            .props('outlined dense use-chips autofocus data-testid="intents"')
            .classes("ask-field")
        )
        ui.label(place.say("asking.intents_hint")).classes("muted")
        return lambda: list(chosen.value or [])

    answer: list[str] | None = await _ask(view, place.say("asking.correct"), build)
    return answer
