"""What is known of the hand-off: why the bot gave up, what the client wants, how it stands against the targets."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from service.console.place import Place
from service.console.topics import topics_of
from service.console.words import section


def show_handoff(handoff: Mapping[str, Any] | None, place: Place) -> None:
    """The summary of the open hand-off, into the present slot; nothing when there is none."""
    if not handoff:
        return
    summary = handoff.get("summary") or {}
    words = section("events", place.language)
    titles = topics_of(place)
    ui.label(place.say("card.handoff")).classes("side-title")
    with ui.element("dl").classes("client-facts"):
        topic = titles.get(str(handoff.get("intent")), "")
        wants = summary.get("wants") or ""
        collected = ", ".join(str(each) for each in (summary.get("collected") or {}).values())
        rows = (
            (place.say("card.wants"), wants),
            (place.say("card.why"), words.get(f"reason_{handoff.get('reason')}", handoff.get("reason"))),
            (place.say("card.topic"), topic if topic != wants else ""),
            (place.say("card.collected"), collected),
        )
        for term, value in rows:
            if value:
                with ui.element("div"):
                    ui.label(term).props("role=term")
                    ui.label(str(value)).props("role=definition")
