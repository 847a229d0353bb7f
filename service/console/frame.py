"""What stands round every page: the rail with the pages this person may open, presence, and their own menu."""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse
from nicegui import ui

from service.channel_book import Condition
from service.console.components.alarm_badge import AlarmBadge
from service.console.live import Live
from service.console.place import SIGN_IN, Place, find_place, go_to, keep_preferences
from service.console.style import wear
from service.console.words import say
from service.events import staff_topic
from service.policies.permissions import may_open


@dataclass(frozen=True)
class Link:
    """A page on the rail: its name (as in `permissions.PAGES` and the texts), its path below /console, its icon."""

    page: str
    path: str
    icon: str


RAIL: tuple[Link, ...] = (
    Link("inbox", "/inbox", "forum"),
    Link("search", "/search", "search"),
    Link("wall", "/wall", "monitor_heart"),
    Link("operators", "/operators", "groups"),
    Link("statistics", "/statistics", "bar_chart"),
    Link("calls", "/calls", "call"),
    Link("quality", "/quality", "grade"),
    Link("knowledge", "/knowledge", "menu_book"),
    Link("canned_replies", "/canned-replies", "quickreply"),
    Link("shifts", "/shifts", "calendar_month"),
    Link("routing", "/routing", "alt_route"),
    Link("targets", "/targets", "timer"),
    Link("departments", "/departments", "apartment"),
    Link("staff", "/staff", "badge"),
    Link("bot_texts", "/bot-texts", "smart_toy"),
    Link("channels", "/channels", "hub"),
    Link("labelling", "/labelling", "label"),
    Link("topics", "/topics", "bubble_chart"),
    Link("models", "/models", "model_training"),
    Link("drift", "/drift", "trending_up"),
    Link("traffic", "/traffic", "gpp_maybe"),
    Link("privacy", "/privacy", "person_remove"),
    Link("audit", "/audit", "policy"),
)
"""In the order of the rail. A page that isn't registered yet (see `console_page`) is not shown."""

GROUPS = frozenset({"wall", "knowledge", "shifts", "labelling", "traffic"})
"""Pages before which the rail has a line."""

_registered: set[str] = set()

Builder = Callable[..., Awaitable[None] | None]


def console_page(page: str, path: str) -> Callable[[Builder], Builder]:
    """Register `build(place, ...)` as a page: signed in and allowed or not shown at all.

    `page` is its name in `permissions.PAGES`; `path` is below /console and may have {parameters} that `build` takes.
    """
    _registered.add(page)

    def register(build: Builder) -> Builder:
        @wraps(build)
        async def show(request: Request, **parameters: Any) -> RedirectResponse | None:
            place = find_place(request)
            if place is None:
                return RedirectResponse(SIGN_IN, status_code=303)
            if not may_open(place.staff.role, page, place.staff.departments):
                _refuse(place)
                return None
            with frame(place, page):
                built = build(place, **parameters)
                if built is not None:
                    await built
            return None

        # NiceGUI reads the signature: the request and the parameters of the path, but not the place.
        del show.__wrapped__  # NiceGUI would look behind it
        show.__signature__ = _without_place(build)  # type: ignore[attr-defined]
        show.__annotations__ = {}
        ui.page(path, response_timeout=20)(show)
        return build

    return register


def _without_place(build: Builder) -> Any:
    from inspect import Parameter, signature

    _, *parameters = signature(build, eval_str=True).parameters.values()
    request = Parameter("request", Parameter.KEYWORD_ONLY, annotation=Request)
    keywords = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in parameters]
    return signature(build).replace(parameters=[request, *keywords], return_annotation=None)


@contextmanager
def frame(place: Place, current: str) -> Iterator[None]:
    """The rail on the left and the page beside it."""
    prepare_page(place, place.say(f"pages.{current}"))
    main = ui.element("main").classes("page").props(f'id=main page="{current}"')
    ui.skip_link(place.say("frame.skip"), target=main)
    with ui.element("nav").classes("rail").props(f'aria-label="{place.say("frame.pages")}"'):
        ui.element("div").classes("rail-mark").props('aria-hidden="true"')
        for link in RAIL:
            if _opens(place, link):
                _rail_link(place, link, current)
        ui.element("div").classes("rail-gap")
        _own_menu(place)
    ui.run_javascript(_SHOW_WHERE)
    with main:
        Live(place.office.events, lambda: (staff_topic(place.staff.id),), _stay(place, current))
        _say_stopped(place, current)
        yield


def _stay(place: Place, current: str) -> Callable[[], Awaitable[None]]:
    """Looks, when the account was changed, whether this page is still for them: a page that is open learns no more than
    one that is opened now."""

    known = place.staff

    async def look() -> None:
        nonlocal known
        place.doubt()
        present = await place.present()
        if present is None or present == known:
            return
        known = present
        if not may_open(present.role, current, present.departments):
            ui.run_javascript("location.reload()")  # which says why
        elif place.account_changed is not None:
            await place.account_changed()

    return look


def _say_stopped(place: Place, current: str) -> None:
    """Administrators see on every page that a channel has stopped."""
    if current == "channels" or not may_open(place.staff.role, "channels"):
        return
    stopped = [each for each in place.office.channels.connectors() if each.condition is Condition.STOPPED]
    for each in stopped:
        name = say(f"channels.{each.channel.name}", place.language)
        words = place.say("channel_page.stopped_strip", channel=name, error=each.kept.trouble)
        ui.link(words, "/console/channels").classes("stopped-channel").props("role=alert")


def prepare_page(place: Place, title: str) -> None:
    """Title, colours and style sheet."""
    ui.page_title(f"{title} · {place.say('frame.product')}")
    ui.dark_mode(place.preferences.dark)
    ui.colors(primary="#1f6f5c", positive="#1f6f5c", negative="#b3372f", warning="#9a6700", info="#2b5f9e")
    wear("console")
    ui.query("html").props(f'lang="{place.language}"')
    words = json.dumps([place.say("frame.offline"), place.say("frame.offline_hint")], ensure_ascii=False)
    ui.add_body_html(f"<script>{_OFFLINE}({words})</script>")


_SHOW_WHERE = "document.querySelector('.rail [aria-current]')?.scrollIntoView({block: 'nearest', inline: 'center'})"
"""On a telephone the rail is longer than the screen: it begins where one is."""

_OFFLINE = """((words) => document.addEventListener("DOMContentLoaded", () => {
  const popup = document.getElementById("popup");
  popup.setAttribute("role", "alert");
  popup.querySelectorAll("span").forEach((each, at) => { each.textContent = words[at]; });
}))"""
"""NiceGUI's notice of a lost connection, in our words: it speaks the language of the server, not of the person."""


def _opens(place: Place, link: Link) -> bool:
    return link.page in _registered and may_open(place.staff.role, link.page, place.staff.departments)


def _rail_link(place: Place, link: Link, current: str) -> None:
    name = place.say(f"pages.{link.page}")
    here = ' aria-current="page"' if link.page == current else ""
    first = " rail-first" if link.page in GROUPS else ""
    with ui.element("a").classes(f"rail-link{first}").props(f'href="/console{link.path}" aria-label="{name}"{here}'):
        ui.icon(link.icon)
        ui.label(name).classes("rail-name").props('aria-hidden="true"')
        if link.page == "traffic":
            AlarmBadge(place)


def _own_menu(place: Place) -> None:
    initials = "".join(word[0] for word in place.staff.name.split()[:2]).upper() or "?"
    label = f"{place.staff.name}, {place.say(f'roles.{place.staff.role.value}')}"
    with ui.element("button").classes("rail-me").props('aria-haspopup="menu" data-testid="me"') as me:
        ui.label(initials)
        me.props["aria-label"] = label
        with ui.menu().props('anchor="top right" self="bottom left"').classes("own-menu"):
            ui.label(place.staff.name).classes("own-menu-name")
            ui.label(place.say(f"roles.{place.staff.role.value}")).classes("own-menu-role")
            ui.separator()
            for language, name in (("ru", "Русский"), ("en", "English")):
                if language != place.language:
                    other = replace(place.preferences, language=language)
                    ui.menu_item(name, lambda other=other: keep_preferences(other))
            for theme in ("light", "dark", "auto"):
                if theme != place.preferences.theme:
                    other = replace(place.preferences, theme=theme)
                    ui.menu_item(place.say(f"frame.theme_{theme}"), lambda other=other: keep_preferences(other))
            ui.separator()
            if "account" in _registered:
                ui.menu_item(place.say("pages.account"), lambda: go_to("/console/account"))
            ui.menu_item(place.say("frame.sign_out"), _sign_out).props('data-testid="sign-out"')


def _sign_out() -> None:
    ui.run_javascript(f"fetch('/staff/v1/sign-out',{{method:'POST'}}).finally(()=>location.assign('{SIGN_IN}'))")


def _refuse(place: Place) -> None:
    prepare_page(place, place.say("frame.refused_title"))
    with ui.element("main").classes("refused"):
        ui.icon("lock").classes("refused-icon")
        ui.label(place.say("frame.refused_title")).classes("refused-title").props("role=heading aria-level=1")
        ui.label(place.say("frame.refused"))
        ui.link(place.say("frame.go_home"), home_of(place))


def home_of(place: Place) -> str:
    """The first page this person may open."""
    allowed = (link.path for link in RAIL if _opens(place, link))
    return f"/console{next(allowed, '/account')}"
