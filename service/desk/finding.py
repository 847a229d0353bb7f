"""Search conversations by words and filters, and keep searches under a name."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from types import EllipsisType
from typing import Any

from sqlalchemy.exc import IntegrityError

from service.desk.acting import must_serve_clients, words
from service.domain.conversations import ConversationState
from service.domain.search import FoundPage, SavedView, Search
from service.errors import Conflict, InvalidInput, NotFound
from service.office import Office
from service.policies.tags import normalise_tag
from service.storage import search as index
from service.storage import views
from service.storage.staff import StaffMember

LARGEST_PAGE = 200
LONGEST_TEXT = 500
LONGEST_NAME = 80
MOST_VIEWS = 50
MOST_CHOICES = 100


def search(
    staff: StaffMember, office: Office, wanted: Search, *, after: str | None = None, limit: int = 50
) -> FoundPage:
    """Conversations that `staff` may see and that fit, those changed last first; `after` is the `next` of a page.

    A message can be found about a second after it came. Raises InvalidInput for a search that can't be meant.
    """
    must_serve_clients(staff)
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidInput(f"limit: a page has 1 to {LARGEST_PAGE} entries")
    checked = read_search(write_search(wanted))
    with office.database.read() as connection:
        return index.find(connection, staff, checked, after, limit)


def save_view(
    name: str, wanted: Search, staff: StaffMember, office: Office, *, seen: Search | EllipsisType | None = ...
) -> SavedView:
    """Keep a search under a name, for oneself; one of the same name is replaced.

    `seen`: the search that was seen under this name, None for none: Conflict when another one stands there by now.
    """
    must_serve_clients(staff)
    called = words(name, "name", LONGEST_NAME)
    checked = read_search(write_search(wanted))
    try:
        with office.database.write() as connection:
            kept = views.find(connection, staff.id, called)
            if seen is not ... and _understood(kept) not in (checked, seen):
                raise Conflict("another search was kept under this name meanwhile", reason="view_changed", name=called)
            if kept is None and views.count(connection, staff.id) >= MOST_VIEWS:
                raise InvalidInput(f"at most {MOST_VIEWS} views are kept; remove one first")
            views.save(connection, staff.id, called, write_search(checked), office.clock(), new=kept is None)
    except IntegrityError as error:  # two first ones at the same moment
        raise Conflict("this name was taken a moment ago", reason="view_changed", name=called) from error
    return SavedView(called, checked)


def saved_views(staff: StaffMember, office: Office) -> list[SavedView]:
    """One's own views by name; one that this version no longer understands is left out."""
    must_serve_clients(staff)
    with office.database.read() as connection:
        kept = views.of(connection, staff.id)
    found = ((name, _understood(plain)) for name, plain in kept)
    return [SavedView(name, search) for name, search in found if search is not None]


def _understood(plain: Mapping[str, Any] | None) -> Search | None:
    try:
        return read_search(plain) if plain is not None else None
    except InvalidInput:
        return None


def forget_view(name: str, staff: StaffMember, office: Office) -> None:
    """Remove one of one's own views; NotFound if there is none of this name."""
    must_serve_clients(staff)
    with office.database.write() as connection:
        if not views.remove(connection, staff.id, name):
            raise NotFound("there is no view of this name")


def write_search(wanted: Search) -> dict[str, Any]:
    """A search as plain JSON values, without what is left open."""
    plain: dict[str, Any] = {}
    for field in fields(Search):
        value = getattr(wanted, field.name)
        if value:
            plain[field.name] = list(value) if isinstance(value, tuple) else value
    return plain | {key: plain[key].isoformat() for key in ("since", "until") if key in plain}


def read_search(plain: Mapping[str, Any]) -> Search:
    """A search from plain JSON values; InvalidInput for one that can't be meant."""
    try:
        values: dict[str, Any] = {
            key: tuple(str(each) for each in value) if isinstance(value, list) else value
            for key, value in plain.items()
        }
        values["states"] = tuple(ConversationState(each) for each in values.get("states", ()))
        for key in ("since", "until"):
            if key in values:
                values[key] = datetime.fromisoformat(values[key])
        found = Search(**values)
    except (TypeError, ValueError) as error:
        raise InvalidInput("this is no search that can be made") from error
    return _checked(found)


def _checked(found: Search) -> Search:
    if len(found.text) > LONGEST_TEXT:
        raise InvalidInput(f"text: at most {LONGEST_TEXT} characters can be searched for")
    for moment in (found.since, found.until):
        if moment is not None and moment.tzinfo is None:
            raise InvalidInput("since, until: say in which time zone, as in 2026-11-20T09:00:00+03:00")
    for choices in (found.departments, found.channels, found.intents, found.tags):
        if len(choices) > MOST_CHOICES or any(len(each) > LONGEST_TEXT for each in choices):
            raise InvalidInput(f"at most {MOST_CHOICES} departments, channels, intents or tags can be asked for")
    tags = tuple(plain for each in found.tags if (plain := normalise_tag(each)))
    if len(tags) != len(found.tags):
        raise InvalidInput("tags: one of them is no tag")
    return Search(**{field.name: getattr(found, field.name) for field in fields(Search)} | {"tags": tags})
