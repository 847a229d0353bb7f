"""Whose name goes where? Replies become templates without personal data, and templates replies to one client."""

import re
from collections.abc import Collection, Mapping

CLIENT = "{client_name}"
OPERATOR = "{operator_name}"
KNOWN = frozenset({CLIENT, OPERATOR})

SHORTEST, LONGEST = 20, 1500
"""Characters of a reply worth remembering: shorter ones say nothing, longer ones are about one case."""
FEWEST_WORDS = 4

_ANY = re.compile(r"\{[^{}\n]{1,40}\}")
_FILLED = re.compile(r"(?P<before>[ ,\t]*)\{(?P<name>client_name|operator_name)\}(?P<after>,?)")
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’-]){0,58}[^\W\d_.]\Z")
_PATRONYMIC = re.compile(r".{3,}(?:вич|вна|ична|инична)\Z", re.IGNORECASE)
_GREETING = re.compile(
    r"\A(?P<hello>\W*(?:здравствуйте|добрый (?:день|вечер)|доброе утро|доброго дня|приветствую|"
    r"hello|hi|dear|good (?:morning|afternoon|evening|day)))(?P<gap>,? )"
    r"(?P<name>(?-i:[A-ZА-ЯЁ])[\w'’-]+(?: (?-i:[A-ZА-ЯЁ])[\w'’-]+){0,2})(?=[,!.])",
    re.IGNORECASE,
)


def how_to_address(name: str | None) -> str | None:
    """«Анна Петрова» -> «Анна», «Петров Иван Сергеевич» -> «Иван Сергеевич»; None for what is not a person's name.

    A client chooses the name that a messenger shows: links, braces and control characters never get into our words.
    """
    if name is None or not _NAME.match(name.strip()):
        return None
    parts = name.split()
    for place, part in enumerate(parts[1:], start=1):
        if _PATRONYMIC.match(part):
            return f"{parts[place - 1]} {part}"
    return parts[0]


def fill(template: str, names: Mapping[str, str | None]) -> str | None:
    """The template with `names` ("client_name", "operator_name") put in; None when it has a placeholder nobody knows.

    A name that is None is left out together with the comma before it. Names are put in once and never read as
    templates themselves; placeholders that `names` does not mention stay for a later filling.
    """
    if unknown_placeholders(template):
        return None

    def put(match: re.Match[str]) -> str:
        if match["name"] not in names:
            return match.group()
        name = names[match["name"]]
        if name is not None:
            return f"{match['before']}{name}{match['after']}"
        return "" if match["before"] or not match["after"] else "\0"

    filled = _FILLED.sub(put, template.replace("\0", ""))
    # What followed a name at the very beginning begins the sentence now.
    filled = re.sub(r"\0\s*(\S)", lambda match: match[1].upper(), filled).replace("\0", "")
    return filled.strip()


def unknown_placeholders(template: str) -> list[str]:
    """The placeholders in a template that nobody could fill."""
    return sorted({match.group() for match in _ANY.finditer(template)} - KNOWN)


def to_template(reply: str, client: str | None, operator: str | None) -> str | None:
    """The reply with names as placeholders; None when the client's name is in it in a form that can't be replaced.

    «Анне перевели» names Анна without being her name: put into another conversation it would be wrong.
    """
    if _ANY.search(reply):
        return None
    text = reply
    if (said := colleague_name(operator)) is not None:
        text = _replace_name(text, said, OPERATOR)
    for name in _forms(client):
        text = _replace_name(text, name, CLIENT)
    text = _GREETING.sub(lambda match: f"{match['hello']}{match['gap']}{CLIENT}", text)
    return None if _still_named(text, client) else text


def is_reusable(template: str, holding: Collection[str]) -> bool:
    """Whether a reply would help another client: long enough to say something, and not «сейчас посмотрю».

    `holding` are phrases that only ask for patience, lower-cased.
    """
    bare = _ANY.sub("", template)
    words = re.findall(r"\w+", bare.lower())
    if not SHORTEST <= len(bare.strip()) <= LONGEST or len(words) < FEWEST_WORDS:
        return False
    return not asks_for_patience(bare, holding)


def asks_for_patience(text: str, holding: Collection[str]) -> bool:
    """Whether a reply only asks to wait: one of the phrases `holding` (lower-cased) and at most six other words."""
    words = re.findall(r"\w+", text.lower())
    said = " ".join(words)
    return any(phrase in said and len(words) <= len(phrase.split()) + 6 for phrase in holding)


def plain_name(name: str | None) -> str | None:
    """A person's name as it may stand in our words; None for anything that is not one."""
    return name.strip() if name is not None and _NAME.match(name.strip()) else None


def colleague_name(name: str | None) -> str | None:
    """A colleague's name as clients see it («Оператор 12» too); None when it can't stand in a text."""
    said = (name or "").strip()
    return said if 0 < len(said) <= 100 and not re.search(r"[{}\x00-\x1f]", said) else None


def _forms(client: str | None) -> list[str]:
    """The ways to write the client's name, longest first."""
    name = plain_name(client)
    if name is None:
        return []
    forms = {name, how_to_address(name) or name, *(part for part in name.split() if len(part) > 2)}
    return sorted(forms, key=lambda form: (-len(form), form))


def _replace_name(text: str, name: str, placeholder: str) -> str:
    once = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", placeholder, text)
    return once.replace(f"{placeholder} {placeholder}", placeholder)


def _still_named(text: str, client: str | None) -> bool:
    """Whether a word of the text begins as a part of the client's name does, but for its ending."""
    name = plain_name(client) or ""
    stems = [part[: max(3, len(part) - 2)] for part in name.split() if len(part) > 2]
    return any(re.search(rf"(?<!\w){re.escape(stem)}\w{{0,4}}(?!\w)", text) for stem in stems)
