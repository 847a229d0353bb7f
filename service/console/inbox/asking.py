"""The questions of the inbox: small dialogs that give an answer, or None when they were left with Escape."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from nicegui import ui

from service import desk, texts
from service.console.components.choices import Choices
from service.console.components.finder import Finder
from service.console.place import ME
from service.domain.presence import PresenceState
from service.domain.resolutions import Resolution
from service.domain.suggestions import RejectReason

if TYPE_CHECKING:
    from service.console.inbox.showing import Showing

STATES = (PresenceState.ONLINE, PresenceState.BUSY, PresenceState.BREAK, PresenceState.OFFLINE)
Confirm = Callable[[], None]
Build = Callable[[ui.dialog, Confirm], Callable[[], Any]]


async def ask(view: "Showing", title: str, build: Build, *, says: str = "dialog.confirm", keys: str = "enter") -> Any:
    """Show a dialog; `build` fills it and gives the function that reads the answer (None: not answered yet).

    `build` gets the dialog and what confirms it, for fields where Enter does. `keys` says what confirms: enter, or
    ctrl_enter where Enter has another meaning.
    """
    place = view.place
    with view.panes.root, ui.dialog() as dialog, ui.card().classes("ask-card"):
        dialog.props("transition-duration=60").props["aria-label"] = title  # one types on at once
        ui.label(title).classes("dialog-title").props("role=heading aria-level=2")
        reading: list[Callable[[], Any]] = []

        def confirm() -> None:
            answer = reading[0]() if reading else None
            if answer is not None:
                dialog.submit(answer)

        reading.append(build(dialog, confirm))
        with ui.element("div").classes("dialog-foot"):
            ui.label(place.say(f"asking.keys_{keys}")).classes("ask-keys")
            ui.button(place.say("dialog.cancel"), on_click=lambda: dialog.submit(None)).props("flat no-caps")
            ui.button(place.say(says), on_click=confirm).props('unelevated no-caps data-testid="confirm"')
        dialog.on("keydown.ctrl.enter", confirm)
    answer = await dialog
    if not dialog.is_deleted:  # the tab may have been closed over it
        dialog.delete()
    view.keys.come_back()
    return answer


async def _choose(
    view: "Showing", title: str, options: Mapping[str, str], comment: str, says: str
) -> tuple[str, str] | None:
    """One of the options (arrows or their number) and some words."""

    def build(_dialog: ui.dialog, confirm: Confirm) -> Callable[[], Any]:
        chosen = Choices(title, options, next(iter(options)), on_done=confirm)
        words = ui.input(comment).props('outlined dense maxlength=500 data-testid="comment"').classes("ask-field")
        words.on("keydown.enter", confirm)
        return lambda: (chosen.value, str(words.value or ""))

    answer: tuple[str, str] | None = await ask(view, title, build, says=says)
    return answer


async def ask_reason(view: "Showing") -> tuple[str, str] | None:
    """Why a suggestion is no good, and words about it."""
    place = view.place
    options = {each.value: place.say(f"reasons.{each.value}") for each in RejectReason}
    return await _choose(
        view, place.say("asking.reject"), options, place.say("asking.comment"), "asking.reject_it"
    )  # fmt: skip


async def ask_resolution(view: "Showing") -> tuple[str, str] | None:
    """How the request ends, and words about it."""
    place = view.place
    titles = texts.table("resolutions", place.language)
    options = {each.value: titles[each.value] for each in Resolution}
    return await _choose(view, place.say("asking.close"), options, place.say("asking.comment"), "asking.close_it")


async def ask_presence(view: "Showing") -> str | None:
    """What the operator does from now on."""
    place = view.place
    title = place.say("asking.presence")
    now = view.panes.presence_state
    options = {each.value: place.say(f"presence.{each.value}") for each in STATES}

    def build(_dialog: ui.dialog, confirm: Confirm) -> Callable[[], Any]:
        present = now.value if now in STATES else PresenceState.ONLINE.value
        chosen = Choices(title, options, present, on_done=confirm)
        if view.is_holding:
            ui.label(place.say("asking.presence_hint")).classes("muted")
        return lambda: chosen.value

    answer: str | None = await ask(view, title, build)
    return answer


async def ask_target(view: "Showing") -> dict[str, Any] | None:
    """Where a conversation goes: `department` or `person`, and a note."""
    place = view.place
    if view.opened is None:
        return None
    conversation = view.opened.conversation
    people = await place.do(desk.colleagues, conversation.id or 0, ME, place.office) or []
    here = conversation.department
    a_department, a_person = place.say("asking.department"), place.say("asking.person")
    open_now = [each for each in place.office.open_departments() if each.id != here]
    options = {f"d:{each.id}": (each.title(place.language), a_department) for each in open_now}
    options |= {f"p:{each.id}": (each.name, a_person) for each in people if each.id != place.staff.id}

    def build(_dialog: ui.dialog, confirm: Confirm) -> Callable[[], Any]:
        target = Finder(place.say("asking.target"), place.say("asking.nobody"), options, on_done=confirm)
        lacks = ui.label(place.say("asking.choose_target")).classes("ask-lacks").props("role=alert")
        lacks.visible = False
        note = ui.textarea(place.say("asking.transfer_note")).props(
            'outlined dense autogrow maxlength=4000 data-testid="transfer-note"'
        ).classes("ask-field")  # fmt: skip
        note.on("keydown.enter.exact.prevent", confirm)

        def read() -> dict[str, Any] | None:
            kind, _, value = target.value.partition(":")
            lacks.visible = not value
            if not value:
                return None
            where = {"department": value} if kind == "d" else {"person": int(value)}
            return where | {"note": str(note.value or "")}

        return read

    answer: dict[str, Any] | None = await ask(view, place.say("asking.transfer"), build, says="asking.transfer_it")
    return answer


async def ask_time(view: "Showing", zone: ZoneInfo) -> datetime | None:
    """Until when a conversation sleeps."""
    place, now = view.place, view.place.office.clock().astimezone(zone)
    morning = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=(7 - morning.weekday()) % 7)
    options = {"hour": now + timedelta(hours=1), "three": now + timedelta(hours=3), "morning": morning}
    if monday != morning:
        options["monday"] = monday
    labels = {key: f"{place.say(f'asking.{key}')} · {at:%d.%m %H:%M}" for key, at in options.items()}
    title = place.say("asking.snooze")

    def build(_dialog: ui.dialog, confirm: Confirm) -> Callable[[], Any]:
        chosen = Choices(title, labels, "hour", on_done=confirm)
        ui.label(place.say("asking.snooze_hint")).classes("muted")
        return lambda: options[chosen.value]

    answer: datetime | None = await ask(view, title, build, says="asking.snooze_it")
    return answer
