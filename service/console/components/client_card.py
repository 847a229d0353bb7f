"""Who the client is: the card on the right."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from service import texts
from service.console.components.inbox_list import ICONS, channel_name
from service.console.components.timeline import CALL_ICONS, say_call
from service.console.dates import say_day, say_moment
from service.console.place import Place
from service.console.topics import topics_of
from service.domain.console import ClientCard, ClientMerge, LinkedChannel, PastCall, PastRequest

MOST_REQUESTS = 8


def show_card(
    card: ClientCard, place: Place, zone: ZoneInfo, on_open: Callable[[int], Any], on_separate: Callable[[int], Any],
    on_unlink: Callable[[], Any],
) -> None:  # fmt: skip
    """Name, segment, languages, channels, tags and former requests, into the present slot."""
    ui.label(place.say("card.client")).classes("side-title").props("role=heading aria-level=2")
    with ui.element("div").classes("client-head"):
        ui.label(card.name or place.say("list.client", n=card.client_id)).classes("client-name")
        if card.segment:
            ui.label(card.segment).classes("pill")
        key = "verified" if card.verified else "not_verified"
        ui.label(place.say(f"card.{key}")).classes("pill good" if card.verified else "pill")
    if card.verified_at is not None:
        _verified(card, place, zone, on_unlink)
    with ui.element("dl").classes("client-facts"):
        languages = ", ".join(place.say(f"languages.{each}") for each in card.languages)
        _fact(place.say("card.languages"), languages or "—")
        _fact(place.say("card.since"), say_day(card.since.astimezone(zone).date(), place.language))
        with ui.element("div"):
            ui.label(place.say("card.channels")).props("role=term")
            with ui.element("div").classes("client-channels").props("role=definition"):
                for linked in card.channels:
                    _channel(linked, place, on_open)
    if card.tags:
        with ui.element("div").classes("client-tags"):
            for tag in card.tags:
                ui.label(f"#{tag}").classes("pill")
    for merge in card.merges:
        if merge.undone_at is None:
            _merge(merge, place, on_separate)
    if card.calls:
        ui.label(place.say("card.calls")).classes("side-title").props("role=heading aria-level=2")
        for call in card.calls:
            _call(call, place, zone)
    if card.requests:
        ui.label(place.say("card.requests")).classes("side-title").props("role=heading aria-level=2")
        for request in card.requests[:MOST_REQUESTS]:
            _request(request, place, zone)


def _verified(card: ClientCard, place: Place, zone: ZoneInfo, on_unlink: Callable[[], Any]) -> None:
    at = say_moment(card.verified_at, place)
    with ui.element("div").classes("client-merge"):
        ui.label(place.say("card.verified_by", at=at, address=card.verified_by)).classes("muted")
        ui.button(place.say("card.unlink"), on_click=on_unlink).props("flat no-caps dense")


def _fact(term: str, value: str) -> None:
    with ui.element("div"):
        ui.label(term).props("role=term")
        ui.label(value).props("role=definition")


def _channel(linked: LinkedChannel, place: Place, on_open: Callable[[int], Any]) -> None:
    name = channel_name(linked.channel, place.language)
    with ui.element("button").classes("client-channel").props('type="button"') as button:
        ui.icon(ICONS.get(linked.channel, "chat_bubble"))
        ui.label(name)
    button.props["title"] = place.say("card.open_channel", name=name)
    button.on("click", lambda: on_open(linked.conversation_id))


def _merge(merge: ClientMerge, place: Place, on_separate: Callable[[int], Any]) -> None:
    with ui.element("div").classes("client-merge"):
        said = place.say("card.joined") if merge.by_code else place.say("card.merged", by=merge.by, reason=merge.reason)
        ui.label(said).classes("muted")
        ui.button(place.say("card.separate"), on_click=lambda: on_separate(merge.id)).props("flat no-caps dense")


def _request(request: PastRequest, place: Place, zone: ZoneInfo) -> None:
    topic = topics_of(place).get(request.intent or "", place.say("card.no_topic"))
    resolutions = texts.table("resolutions", place.language)
    ended = resolutions.get(request.resolution or "", place.say("card.closed"))
    with ui.element("div").classes("client-request"):
        ui.label(topic)
        served = f" · {request.operator}" if request.operator else ""
        day = say_day(request.began.astimezone(zone).date(), place.language)
        ui.label(f"{day} · {ended}{served}").classes("muted")


def _call(call: PastCall, place: Place, zone: ZoneInfo) -> None:
    with ui.element("div").classes("client-request client-call").props('data-testid="call"'):
        with ui.element("div"):
            ui.icon(CALL_ICONS.get(call.outcome, "call")).props("aria-hidden=true")
            ui.label(say_call(call.direction, call.outcome, call.talk_seconds, "", place)).classes("inline")
        served = f" · {call.operator}" if call.operator else ""
        ui.label(f"{say_moment(call.began, place)}{served}").classes("muted")
