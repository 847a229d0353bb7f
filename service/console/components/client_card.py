"""Who the client is: the card on the right."""

from zoneinfo import ZoneInfo

from nicegui import ui

from service import texts
from service.console.components.inbox_list import ICONS
from service.console.place import Place
from service.domain.console import ClientCard, PastRequest


def show_card(card: ClientCard, place: Place, zone: ZoneInfo) -> None:
    """Name, segment, languages, channels, tags and former requests, into the present slot."""
    with ui.element("div").classes("client-head"):
        ui.label(card.name or place.say("list.client", n=card.client_id)).classes("client-name")
        if card.segment:
            ui.label(card.segment).classes("pill")
        key = "verified" if card.verified else "not_verified"
        ui.label(place.say(f"card.{key}")).classes("pill good" if card.verified else "pill")
    with ui.element("dl").classes("client-facts"):
        _fact(place.say("card.languages"), ", ".join(place.say(f"languages.{each}") for each in card.languages) or "—")
        _fact(place.say("card.since"), f"{card.since.astimezone(zone):%d.%m.%Y}")
        with ui.element("div"):
            ui.label(place.say("card.channels")).props("role=term")
            with ui.element("div").classes("client-channels").props("role=definition"):
                for linked in card.channels:
                    ui.icon(ICONS.get(linked.channel, "chat_bubble")).tooltip(linked.channel)
    if card.tags:
        with ui.element("div").classes("client-tags"):
            for tag in card.tags:
                ui.label(f"#{tag}").classes("pill")
    if card.requests:
        ui.label(place.say("card.requests")).classes("side-title")
        for request in card.requests[:8]:
            _request(request, place, zone)


def _fact(term: str, value: str) -> None:
    with ui.element("div"):
        ui.label(term).props("role=term")
        ui.label(value).props("role=definition")


def _request(request: PastRequest, place: Place, zone: ZoneInfo) -> None:
    topic = texts.table("intents", place.language).get(request.intent or "", place.say("card.no_topic"))
    resolutions = texts.table("resolutions", place.language)
    ended = resolutions.get(request.resolution or "", place.say("card.closed"))
    with ui.element("div").classes("client-request"):
        ui.label(topic)
        ui.label(f"{request.began.astimezone(zone):%d.%m.%Y} · {ended}").classes("muted")
