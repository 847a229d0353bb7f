"""The list of keys that «?» shows."""

from collections.abc import Sequence

from nicegui import ui

from service.console.place import Place


def show_shortcuts(place: Place, keys: Sequence[tuple[str, str]]) -> None:
    """A dialog with every key and what it does."""
    with ui.dialog(value=True).props("transition-duration=60") as dialog, ui.card().classes("keys-card"):
        ui.label(place.say("keys.title")).classes("dialog-title").props("role=heading aria-level=2")
        with ui.element("dl").classes("keys-list"):
            for names, meaning in keys:
                with ui.element("div"):
                    with ui.element("dt"):
                        for name in names.split(" "):
                            with ui.element("kbd"):
                                ui.label(name)
                    with ui.element("dd"):
                        ui.label(place.say(f"keys.{meaning}"))
        ui.button(place.say("dialog.close"), on_click=dialog.close).props("flat no-caps autofocus")
    dialog.on("hide", dialog.delete)
