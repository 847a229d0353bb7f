"""The head of a page that sets things up: its title, a line that says what it is for, and what can be done."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from service.console.place import Place
from service.console.style import wear


@contextmanager
def sheet(place: Place, page: str, lead: str = "", *, heading: str = "") -> Iterator[ui.element]:
    """The page's sheet; gives the head, into which the buttons go. `heading`: other words than the page's name."""
    wear("administration")
    with ui.element("div").classes("sheet"):
        with ui.element("div").classes("sheet-head") as head:
            ui.label(heading or place.say(f"pages.{page}")).props("role=heading aria-level=1").classes("sheet-title")
        if lead:
            ui.label(lead).classes("sheet-lead")
        yield head


def title(words: str, *, level: int = 2) -> ui.label:
    """A heading inside the sheet."""
    return ui.label(words).classes("card-title").props(f"role=heading aria-level={level}")


def searching(place: Place, words: str) -> ui.input:
    """A field that narrows a list."""
    return (
        ui.input(placeholder=words)
        .props(f'outlined dense clearable debounce=150 type=search aria-label="{words}"')
        .classes("grow")
    )
