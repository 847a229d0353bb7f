"""Small parts of the knowledge pages: the state of an article as pills, validity, the text a new one begins with."""

import re
from datetime import date

from service.console.components.rows import Pill
from service.console.dates import say_day
from service.console.place import Place
from service.editing import ArticleEntry

SERVED_STATES = ("served", "draft", "expired", "withdrawn")
_HEADER = re.compile(r"\A---\n(.*?\n)---[ \t]*\n", re.DOTALL)


def state_of(entry: ArticleEntry, today: date) -> str:
    """Where an article stands: clients get it, a newer draft waits, its time is over, or nobody gets it."""
    if entry.newest > (entry.serving or 0) and entry.state == "draft":
        return "draft"
    if entry.serving is None:
        return "withdrawn"
    return "served" if _is_on(entry, today) else "expired"


def _is_on(entry: ArticleEntry, today: date) -> bool:
    return (entry.valid_from is None or entry.valid_from <= today) and (
        entry.valid_to is None or today <= entry.valid_to
    )


def pills_of(entry: ArticleEntry, place: Place, today: date) -> list[Pill]:
    """The state in words and colours."""
    state = state_of(entry, today)
    pills: list[Pill] = []
    if entry.serving is not None and _is_on(entry, today):
        pills.append((place.say("knowledge.state_served"), "good"))
    elif entry.serving is not None:
        pills.append((place.say("knowledge.state_expired"), "bad"))
    if state == "draft":
        pills.append((place.say("knowledge.state_draft"), "warn"))
    elif state == "withdrawn":
        pills.append((place.say("knowledge.state_withdrawn"), ""))
    if entry.edited_here and entry.serving is not None:
        pills.append((place.say("knowledge.edited_here"), ""))
    if entry.valid_to is not None:
        pills.append((place.say("knowledge.until", day=say_day(entry.valid_to, place.language)), ""))
    return pills


def new_source(article_id: str, language: str, title: str, intent: str | None) -> str:
    """What a new article begins with: everything that has to be filled in, in its place."""
    question, answer = {
        "ru": ("напишите здесь, как об этом спрашивают клиенты", "Ответ в два-три предложения и следующий шаг."),
        "en": ("write here how clients ask about it", "The answer in two or three sentences, and the next step."),
    }.get(language, ("", ""))
    plain = " ".join(title.split()) or article_id
    quoted = '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return (
        f"---\nid: {article_id}\nlanguage: {language}\ntitle: {quoted}\nintents: [{intent or ''}]\n"
        f"questions:\n  - {question}\n---\n{answer}\n"
    )


def validity_of(source: str) -> dict[str, str]:
    """The days written in a source: {"valid_from": "2026-12-01"}; nothing for what is not there."""
    header = _HEADER.match(source)
    found = re.findall(r"^(valid_from|valid_to):[ \t]*['\"]?([\d-]+)['\"]?[ \t]*$", header[1] if header else "", re.M)
    return dict(found)


def with_validity(source: str, valid_from: str, valid_to: str) -> str:
    """The source with these days; an empty one takes the line away. Unchanged when there is no front matter."""
    header = _HEADER.match(source)
    if header is None:
        return source
    kept = re.sub(r"^valid_(?:from|to):.*\n", "", header[1], flags=re.M)
    days = "".join(f"{key}: {day}\n" for key, day in (("valid_from", valid_from), ("valid_to", valid_to)) if day)
    return f"---\n{kept}{days}---\n{source[header.end() :]}"
