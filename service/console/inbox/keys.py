"""The keys of the inbox. By the place on the keyboard, not by the letter: they work with any layout."""

from typing import Final

from nicegui.events import KeyEventArguments

from service.console.inbox.desk_view import DeskView

KEYS: Final = (
    ("J ↓", "next"), ("K ↑", "previous"), ("Enter", "take"), ("1 2 3", "accept"), ("E", "edit"), ("R", "reject"),
    ("A", "reply"), ("/", "search"), ("Ctrl+Enter", "send"), ("N", "note"), ("T", "transfer"), ("B", "bot"),
    ("S", "snooze"), ("G", "tag"), ("I", "intent"), ("C", "close"), ("O", "reopen"), ("F", "filter"), ("P", "presence"),
    ("Esc", "leave"), ("?", "help"),
)  # fmt: skip
"""(what is on the key, what it does); the words are in the texts, section `keys`."""


async def on_key(event: KeyEventArguments, view: DeskView) -> None:
    """Do what the key says. Keys with Ctrl, Alt or Meta belong to the browser."""
    held = event.modifiers
    if not event.action.keydown or held.ctrl or held.alt or held.meta or view.dialog_is_open:
        return
    code = event.key.code
    if event.key.name == "?" or (code == "Slash" and held.shift):
        view.help()
    elif code in ("KeyJ", "ArrowDown"):
        await view.step(1)
    elif code in ("KeyK", "ArrowUp"):
        await view.step(-1)
    elif not event.action.repeat:  # a key that is held down does its work once
        await _once(code, view)


async def _once(code: str, view: DeskView) -> None:
    if code in ("Digit1", "Digit2", "Digit3", "Numpad1", "Numpad2", "Numpad3"):
        await view.accept(int(code[-1]))
        return
    work = {
        "Enter": view.take, "KeyE": view.edit, "KeyR": view.reject, "KeyA": view.write, "Slash": view.search,
        "KeyN": view.note, "KeyT": view.transfer, "KeyB": view.return_to_bot, "KeyS": view.snooze, "KeyG": view.tag,
        "KeyI": view.correct_last, "KeyC": view.close, "KeyO": view.reopen, "KeyF": view.focus_filter,
        "KeyP": view.next_presence,
    }.get(code)  # fmt: skip
    if work is not None:
        await work()
