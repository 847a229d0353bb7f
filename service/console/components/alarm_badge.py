"""On every page of those who watch suspicious traffic: how many alarms are new, and a word when one comes."""

from nicegui import ui

from service import traffic
from service.console.live import Live
from service.console.place import ME, Place
from service.events import TRAFFIC_TOPIC

PAUSE_SECONDS = 1.0


class AlarmBadge:
    """A number beside the page's icon; empty while there is nothing new."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: int | None = None
        self._badge = ui.badge("").props("floating color=negative data-testid=alarms").classes("rail-badge")
        self._badge.visible = False
        Live(place.office.events, lambda: (TRAFFIC_TOPIC,), self._look, pause=PAUSE_SECONDS)

    async def _look(self) -> None:
        count = await self._place.read(traffic.count_news, ME, self._place.office)
        if count is None or count == self._known:
            return
        if self._known is not None and count > self._known:
            ui.notify(self._place.say("traffic.alarm"), type="warning", position="top", timeout=8000)
        self._known = count
        self._badge.set_text(str(min(count, 99)))
        self._badge.visible = count > 0
        self._badge.props(f'aria-label="{self._place.say("traffic.alarms", count=count)}"')
