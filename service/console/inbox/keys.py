"""The keys of the inbox. By the place on the keyboard, not by the letter: they work with any layout.

Which presses count (nobody types, no dialog is open, not held down) is decided in the browser: components/desk_keys.js.
"""

from typing import Final

from service.console.inbox.desk_view import DeskView

KEYS: Final = (
    ("J ↓", "next"), ("K ↑", "previous"), ("PgUp PgDn", "scroll"),
    ("Enter", "take"), ("1 2 3", "accept"), ("← →", "choose"), ("E", "edit"), ("R", "reject"),
    ("A", "reply"), ("/", "search"), ("Ctrl+Enter", "send"), ("N", "note"), ("T", "transfer"), ("B", "bot"),
    ("S", "snooze"), ("G", "tag"), ("I", "intent"), ("M", "merge"), ("C", "close"), ("O", "reopen"), ("F", "filter"),
    ("V", "verify"), ("P", "presence"), ("Esc", "leave"), ("?", "help"),
)  # fmt: skip
"""(what is on the key, what it does); the words are in the texts, section `keys`."""


async def on_key(code: str, offer: int, view: DeskView) -> None:
    """Do what the key says; `offer` is the one that was on the screen when it was pressed."""
    if code == "Help":
        view.help()
    elif code in ("KeyJ", "ArrowDown"):
        await view.step(1)
    elif code in ("KeyK", "ArrowUp"):
        await view.step(-1)
    elif code in ("ArrowLeft", "ArrowRight"):
        view.choose_next(1 if code == "ArrowRight" else -1, offer)
    elif code.startswith(("Digit", "Numpad")) and code[-1].isdigit():
        await view.accept_by_key(int(code[-1]), offer)
    elif code == "KeyE":
        await view.edit(None, offer)
    elif code == "KeyR":
        await view.reject(None, offer)
    else:
        await _plain(code, view)


async def _plain(code: str, view: DeskView) -> None:
    # KeyA, to the box, is done in the browser.
    work = {
        "Enter": view.take, "NumpadEnter": view.take, "Slash": view.search, "KeyN": view.note,
        "KeyT": view.transfer, "KeyB": view.return_to_bot, "KeyS": view.snooze, "KeyG": view.tag,
        "KeyI": view.correct_last, "KeyM": view.merge, "KeyC": view.close, "KeyO": view.reopen,
        "KeyF": view.focus_filter, "KeyP": view.choose_presence, "KeyV": view.verify, "Escape": view.back,
    }.get(code)  # fmt: skip
    if work is not None:
        await work()
