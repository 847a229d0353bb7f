"""The countdown in the head of a conversation."""

from nicegui import ui

from service.console.place import Place
from service.console.words import section
from service.shifts.targets import SlaState


class Countdown(ui.element, component="countdown.js"):
    """Counts down in the browser; shows nothing when no clock runs."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._props["words"] = section("countdown", place.language)
        self._props |= {"due": 0, "state": "ok", "clock": "first_response"}

    def show(self, sla: SlaState | None) -> None:
        """Count to the moment the worst clock is due."""
        due = int(sla.due_at.timestamp() * 1000) if sla is not None and sla.due_at is not None else 0
        state, clock = (sla.state.value, sla.clock.value) if sla is not None else ("ok", "first_response")
        fresh = {"due": due, "state": state, "clock": clock}
        if any(self._props[name] != value for name, value in fresh.items()):
            self._props |= fresh
            self.update()
