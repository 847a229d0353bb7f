"""An article as the client will see it, in each kind of channel, and what is wrong with it."""

from collections.abc import Callable

from nicegui import ui

from service.console.components.problems import show_problems
from service.console.place import Place
from service.domain.messages import Reply
from service.editing import Hit, Preview

CHANNELS = ("web", "messenger", "email")


def show_checks(found: Preview, place: Place, *, on_line: Callable[[int], object]) -> None:
    """Mistakes and remarks, into the present slot."""
    problems, errors = found.proof.problems, len(found.proof.errors)
    with ui.element("div").classes("checks").props("role=status"):
        kind, key = ("bad", "errors") if errors else ("warn", "remarks") if problems else ("good", "no_problems")
        ui.icon({"bad": "error", "warn": "info", "good": "check_circle"}[kind]).classes(f"checks-icon {kind}")
        ui.label(place.say(f"knowledge.{key}", errors=errors, others=len(problems) - errors)).classes("checks-title")
    if problems:
        show_problems(problems, place, on_line=on_line)


def show_replies(found: Preview, channel: str, place: Place) -> None:
    """The bubbles of one channel, into the present slot."""
    replies = found.replies.get(channel)
    if found.proof.article is None:
        ui.label(place.say("knowledge.preview_broken")).classes("empty")
    elif replies is None:
        ui.label(place.say("knowledge.preview_not_shown")).classes("empty")
    else:
        with ui.element("div").classes(f"preview {channel}"):
            for reply in replies:
                _bubble(reply, channel, place)


def _bubble(reply: Reply, channel: str, place: Place) -> None:
    if channel == "email":
        ui.label(reply.article_title or "").classes("preview-subject")
    with ui.element("div").classes("preview-bubble"):
        ui.label(reply.text).classes("preview-text")
    if reply.buttons and channel == "email":
        ui.label(" · ".join(each.text for each in reply.buttons)).classes("preview-links")
    elif reply.buttons:
        with ui.element("div").classes("preview-buttons"):
            for button in reply.buttons:
                ui.label(button.text).classes("preview-button")
    ui.label(place.say("knowledge.characters", n=len(reply.text))).classes("preview-count")


def show_hits(hits: list[Hit], place: Place) -> None:
    """Questions and where the article stands among their answers, now and after; into the present slot."""
    if not hits:
        ui.label(place.say("knowledge.no_hits")).classes("empty")
        return
    first = sum(hit.after == 1 for hit in hits if hit.own)
    own = sum(hit.own for hit in hits)
    ui.label(place.say("knowledge.hits_summary", first=first, own=own, others=len(hits) - own)).classes("hits-summary")
    for own_ones in (True, False):
        chosen = [hit for hit in hits if hit.own is own_ones]
        if not chosen:
            continue
        ui.label(place.say("knowledge.hits_own" if own_ones else "knowledge.hits_clients")).classes("figure-name")
        with ui.element("ul").classes("hits"):
            for hit in chosen:
                with ui.element("li").classes("hit"):
                    _place_of(hit, place)
                    with ui.element("div").classes("hit-words"):
                        ui.label(hit.question)
                        if hit.rival:
                            ui.label(place.say("knowledge.rival", title=hit.rival)).classes("row-sub")


def _place_of(hit: Hit, place: Place) -> None:
    def at(number: int | None) -> str:
        return str(number) if number is not None else "—"

    better = (hit.after or 99) < (hit.before or 99)
    worse = (hit.after or 99) > (hit.before or 99)
    kind = "good" if better or hit.after == 1 else "bad" if worse or hit.after is None else "warn"
    words = at(hit.after) if hit.before == hit.after else f"{at(hit.before)} → {at(hit.after)}"
    label = place.say("knowledge.hit_place", before=at(hit.before), after=at(hit.after))
    ui.label(words).classes(f"pill {kind}").props(f'role=img aria-label="{label}"')
