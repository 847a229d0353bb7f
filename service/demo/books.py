"""Ready replies and changes of articles, as a team that has worked for a while would have them."""

import tomllib
from pathlib import Path
from typing import Any

from service import accounts, canned, editing
from service.domain.staff import Role, StaffMember
from service.errors import Conflict, NotFound
from service.office import Office

BOOKS = Path(__file__).parent / "books.toml"


def fill_books(office: Office) -> None:
    """Write what is in books.toml, each in the name of who would have; what is there already stays."""
    books = tomllib.loads(BOOKS.read_text(encoding="utf-8"))
    staff = {each.member.login: each.member for each in accounts.list_staff(accounts.COMMAND_LINE, office)}
    writers = [person for person in staff.values() if person.role is not Role.ML]
    known = {each.shortcut for person in writers for each in canned.list_canned(person, office)}
    for reply in books["canned"]:
        if reply["shortcut"] not in known:
            _add_canned(staff[reply["by"]], office, **reply)
    for change in books["article"]:
        _change_article(staff[change["by"]], office, **change)


def _add_canned(
    who: StaffMember, office: Office, *, shortcut: str, title: str, tags: list[str] | None = None,
    department: str | None = None, personal: bool = False, **said: Any,
) -> None:  # fmt: skip
    words: dict[str, str] = {language: said[language] for language in ("ru", "en") if language in said}
    canned.add_canned(
        who, office, shortcut=shortcut, title=title, text=words, department=department, tags=tags or [],
        personal=personal,
    )  # fmt: skip


def _change_article(
    who: StaffMember, office: Office, *, article: str, language: str, find: str, put: str, comment: str,
    publish: bool = False, **_: Any,
) -> None:  # fmt: skip
    try:
        newest = editing.read_versions(article, language, who, office)[0]
        if newest.number > 1 or find not in newest.source:
            return
        source = newest.source.replace(find, put, 1)
        saved = editing.save_draft(article, language, who, office, source=source, base=newest.number, comment=comment)
        if publish:
            editing.publish(article, language, saved.version.number, who, office)
    except (Conflict, NotFound):  # somebody has been here, or these are other articles: nothing to tell then
        return
