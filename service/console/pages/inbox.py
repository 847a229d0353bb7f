"""The inbox: who waits on the left, the conversation in the middle, what to say and who the client is on the right."""

from nicegui import ui

from service.console.components.shortcuts import show_shortcuts
from service.console.frame import ASSETS, console_page
from service.console.inbox.desk_view import DeskView
from service.console.inbox.keys import KEYS, on_key
from service.console.live import Live
from service.console.place import Place


@console_page("inbox", "/inbox")
async def inbox(place: Place, open: int = 0) -> None:  # noqa: A002 - the word of the address: /console/inbox?open=7
    """Three panes, all by keyboard. `open` names the conversation to show at once."""
    ui.add_head_html(f'<link rel="stylesheet" href="{ASSETS}/inbox.css">')
    view = DeskView(place)
    view.build()
    if open:
        await view.open(open)
    ui.keyboard(on_key=lambda event: on_key(event, view), repeating=True, ignore=["input", "select", "textarea"])
    view.help = lambda: show_shortcuts(place, KEYS)
    Live(place.office.events, view.list_topics, view.refresh_list)
    Live(place.office.events, view.conversation_topics, view.refresh_conversation)
    ui.timer(20.0, view.stay_present)
