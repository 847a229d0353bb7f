"""Where a page is shown and to whom: the signed-in person, their language, and the way to act in their name."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote, unquote

from nicegui import app, run, ui
from starlette.requests import Request

from service import texts
from service.api.access import COOKIE
from service.console.words import say, say_error
from service.domain.staff import StaffMember
from service.errors import SignInRefused, SupportError, Unauthorized
from service.office import Office
from service.signing_in import session_of

P = ParamSpec("P")
T = TypeVar("T")

SIGN_IN = "/console/sign-in"
PREFERENCES = "otklik_console"
THEMES = ("auto", "light", "dark")
TRUSTED_SECONDS = 5.0
"""So long a page that only looks relies on its last check of the session. An account that is changed, disabled or
signed out says so by an event, and the page looks at once (`doubt`); an event that was lost costs this long."""


@dataclass(frozen=True)
class Preferences:
    """How this browser wants to see the console; kept in a cookie of its own, which is no secret."""

    language: str = "ru"
    theme: str = "auto"

    @property
    def dark(self) -> bool | None:
        """Quasar's word for it; None follows the system."""
        return {"light": False, "dark": True}.get(self.theme)


@dataclass
class Place:
    """One open page. `staff` is who it was opened by; every action looks again whether they may still act."""

    staff: StaffMember
    office: Office
    preferences: Preferences
    cookie: str = field(repr=False)
    told: Callable[[str], None] | None = None
    """Where what went wrong is said while a form is open; otherwise a notice at the top."""
    account_changed: Callable[[], Awaitable[None]] | None = None
    """What a page does when its person has become another: other departments, another role."""
    _checked: float = field(default=0.0, repr=False)

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.preferences.language

    def say(self, key: str, **fields: object) -> str:
        """A sentence of the console in this person's language."""
        return say(key, self.language, **fields)

    async def do(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T | None:
        """`work(*args, **more)` on a thread, in the name of whoever is still signed in.

        `args` and `more` may hold `ME` where the member of staff belongs. What goes wrong is said in words and gives
        None; whoever is signed in no more is sent to the sign-in page.
        """
        try:
            return await run.io_bound(self._as_me, work, args, more)
        except SignInRefused as error:  # a wrong present password, not a session that has ended
            self.complain(error)
        except Unauthorized:
            go_to(SIGN_IN)
        except SupportError as error:
            self.complain(error)
        return None

    async def done(self, work: Callable[P, object], *args: P.args, **more: P.kwargs) -> bool:
        """Like `do`, for work that gives nothing back: whether it was done."""
        return await self.do(_finish, work, *args, **more) is True

    async def read(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T | None:
        """Like `do`, for looking: errors of a database that is busy are not worth a notice, the next look comes."""
        try:
            return await run.io_bound(self._as_me, work, args, more)
        except Unauthorized:
            go_to(SIGN_IN)
        except SupportError:
            return None
        return None

    async def present(self) -> StaffMember | None:
        """Who is signed in, as of a few seconds ago at most; None for nobody any more. For pages that look often."""
        if monotonic() - self._checked < TRUSTED_SECONDS:
            return self.staff
        return await self.read(_same, ME)

    def doubt(self) -> None:
        """The account may have changed: look again before anything else is shown."""
        self._checked = 0.0

    def complain(self, error: SupportError) -> None:
        """Say an error in the person's words."""
        words = say_error(error.code, error.detail, self.language, error.fields)
        if self.told is not None:
            self.told(words)
        else:
            ui.notify(words, type="warning", position="top", timeout=6000)

    def _as_me(self, work: Callable[..., T], args: tuple[Any, ...], more: dict[str, Any]) -> T:
        present = session_of(self.cookie, self.office)
        if present is None:
            raise Unauthorized("you are not signed in, or no longer; sign in")
        self.staff, self._checked = present, monotonic()
        filled = [present if each is ME else each for each in args]
        return work(*filled, **{key: present if each is ME else each for key, each in more.items()})


def _finish(work: Callable[..., object], *args: Any, **more: Any) -> bool:
    work(*args, **more)
    return True


def _same(staff: StaffMember) -> StaffMember:
    return staff


class _Me:
    """Stands for the member of staff who acts."""

    def __repr__(self) -> str:
        return "ME"


ME: Any = _Me()


def the_office() -> Office:
    """The office of this process's console."""
    office: Office = app.state.office
    return office


def find_place(request: Request) -> Place | None:
    """The place of a request; None when nobody is signed in."""
    office, cookie = the_office(), request.cookies.get(COOKIE, "")
    staff = session_of(cookie, office)
    return Place(staff, office, read_preferences(request, staff), cookie) if staff else None


def read_preferences(request: Request, staff: StaffMember | None = None) -> Preferences:
    """What the browser remembers, or the person's own language and the system's colours."""
    spoken = next((each for each in (staff.languages if staff else ()) if each in texts.LANGUAGES), "ru")
    try:
        kept = json.loads(unquote(request.cookies.get(PREFERENCES, "")))
    except ValueError:
        kept = {}
    if not isinstance(kept, dict):
        kept = {}
    language, theme = kept.get("language"), kept.get("theme")
    return Preferences(language if language in texts.LANGUAGES else spoken, theme if theme in THEMES else "auto")


def go_to(address: str) -> None:
    """Open another page of the console; `address` begins with /console, which NiceGUI puts before it by itself."""
    ui.navigate.to(address.removeprefix("/console"))


def keep_preferences(preferences: Preferences) -> None:
    """Remember how this browser wants the console, and show it that way."""
    kept = quote(json.dumps({"language": preferences.language, "theme": preferences.theme}))
    ui.run_javascript(
        f"document.cookie='{PREFERENCES}={kept};path=/console;max-age=31536000;samesite=lax';location.reload()"
    )
