"""The inbox: who waits on the left, the conversation in the middle, what to say and who the client is on the right."""

from random import uniform

from nicegui import ui

from service.console.components.desk_keys import DeskKeys
from service.console.components.kept_drafts import KeptDrafts
from service.console.components.shortcuts import show_shortcuts
from service.console.frame import console_page
from service.console.inbox.desk_view import DeskView
from service.console.inbox.keys import KEYS, on_key
from service.console.live import Live
from service.console.place import Place
from service.console.style import wear

HEARTBEAT_SECONDS = 20.0


@console_page("inbox", "/inbox")
async def inbox(place: Place, open: int = 0) -> None:  # noqa: A002 - the word of the address: /console/inbox?open=7
    """Three panes, all by keyboard. `open` names the conversation to show at once."""
    wear("inbox")
    view = DeskView(place)
    view.build()
    view.keys = DeskKeys(on_key=lambda code, offer: on_key(code, offer, view), on_seen=view.came_to_front)
    view.kept = KeptDrafts(place.staff.id, view.found_drafts)
    view.help = lambda: show_shortcuts(place, KEYS)
    view.unmerge = view.separate
    view.unlink = view.end_link
    await view.refresh_list()
    if open:
        await view.open(open)
    events = place.office.events
    Live(events, view.list_topics, view.refresh_list, pause=0.0)  # the feed sets the pace
    Live(events, view.conversation_topics, view.refresh_conversation)
    place.account_changed = view.see_anew
    # After a restart all consoles come back at one moment: they don't have to write at one moment for ever.
    ui.timer(HEARTBEAT_SECONDS * uniform(0.8, 1.2), view.stay_present)
