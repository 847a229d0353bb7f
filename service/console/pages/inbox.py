"""The inbox: who waits, the conversation, what to say."""

from nicegui import ui

from service.console.frame import console_page
from service.console.place import Place


@console_page("inbox", "/inbox")
async def inbox(place: Place) -> None:
    """Three panes."""
    ui.label(place.say("pages.inbox"))
