"""The intents a client's message can have, and what each asks of the service. Data, not code: `taxonomy.yaml`."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import yaml

from models.errors import TaxonomyError

OUT_OF_SCOPE: Final = "out_of_scope"
"""The label of messages that belong to no intent. Reserved: a taxonomy can't have an intent of this name."""

DOES: Final = ("answer", "action", "handoff", "control", "social")
PRIORITIES: Final = ("normal", "high", "urgent")

_ID = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_INTENT_KEYS: Final = {"id", "department", "does", "about", "action", "verified", "fresh", "secure", "priority"}
_TOP_KEYS: Final = {"version", "departments", "intents"}


@dataclass(frozen=True, slots=True)
class Intent:
    """One row of the taxonomy.

    `does` is one of `DOES`; `action` names the routine operation and is set exactly when `does` is "action".
    `verified`: only after the client has proved who they are; `fresh`: and have done so a moment
    ago. `secure`: never served in a messenger.
    """

    id: str
    department: str
    does: str
    about: str
    action: str | None = None
    verified: bool = False
    fresh: bool = False
    secure: bool = False
    priority: str = "normal"


@dataclass(frozen=True)
class Taxonomy:
    """All intents, in the order of the file."""

    version: int
    departments: tuple[str, ...]
    intents: tuple[Intent, ...]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Intent ids in the order of the file."""
        return tuple(intent.id for intent in self.intents)

    @cached_property
    def _by_id(self) -> Mapping[str, Intent]:
        return {intent.id: intent for intent in self.intents}

    def get(self, intent_id: str) -> Intent | None:
        """The intent of this id, or None (as for `OUT_OF_SCOPE`)."""
        return self._by_id.get(intent_id)

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) of what a trained model depends on: the version and the set of ids.

        Moving an intent to another department, or rewording `about`, keeps a model valid, and so does adding one (see
        `covers`); removing or renaming an intent does not. Raise `version` when an intent keeps its name but changes
        its meaning.
        """
        return self.hash_of(self.ids)

    def hash_of(self, ids: Iterable[str]) -> str:
        """The hash that this taxonomy would have with these intents only."""
        canonical = json.dumps({"version": self.version, "intents": sorted(ids)}, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def covers(self, ids: Collection[str], hashed: str | None) -> bool:
        """Whether a model made for the intents `ids`, under the hash `hashed`, can serve this taxonomy.

        It can when all of them are still here: intents added later are simply never predicted until the next training.
        """
        return hashed == self.hash_of(ids) and set(ids) <= set(self.ids)

    def with_intents(self, added: Iterable[Intent]) -> "Taxonomy":
        """This taxonomy and, behind its own intents, further ones. Raises TaxonomyError for an id that is taken."""
        added = tuple(added)
        taken = [intent.id for intent in added if intent.id in self._by_id or intent.id == OUT_OF_SCOPE]
        if taken:
            raise TaxonomyError(f"the intent `{taken[0]}` is there already; choose another id")
        return Taxonomy(self.version, self.departments, (*self.intents, *added))


def load_taxonomy(path: Path | str) -> Taxonomy:
    """Read and check a taxonomy file. Raises TaxonomyError with the file, the line and what to change."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise TaxonomyError(f"can't be read ({error.strerror}); pass the path of a taxonomy.yaml", path) from error
    except UnicodeDecodeError as error:
        raise TaxonomyError("is not UTF-8 text; save it as UTF-8", path) from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "nested too deep"
        raise TaxonomyError(f"is not valid YAML: {what}", path, mark.line + 1 if mark else None) from error
    return _Reader(path).taxonomy(node)


def write_taxonomy(taxonomy: Taxonomy) -> str:
    """The YAML of a taxonomy, as `load_taxonomy` reads it; the same taxonomy gives the same text."""
    rows = []
    for intent in taxonomy.intents:
        row: dict[str, object] = {"id": intent.id, "department": intent.department, "does": intent.does}
        row |= {"action": intent.action} if intent.action else {}
        row |= {key: True for key in ("verified", "secure") if getattr(intent, key)}
        row |= {"priority": intent.priority} if intent.priority != "normal" else {}
        rows.append(row | {"about": intent.about})
    whole = {"version": taxonomy.version, "departments": list(taxonomy.departments), "intents": rows}
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=120)


class _Reader:
    """Turns YAML nodes into values; nodes rather than plain objects because they know their line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fail(self, what: str, node: yaml.Node | None) -> TaxonomyError:
        return TaxonomyError(what, self.path, None if node is None else node.start_mark.line + 1)

    def taxonomy(self, node: yaml.Node | None) -> Taxonomy:
        fields = self.mapping(node, _TOP_KEYS, "the taxonomy")
        for key in ("version", "departments", "intents"):
            if key not in fields:
                raise self.fail(f"`{key}` is missing; a taxonomy has version, departments and intents", node)
        version = self.scalar(fields["version"])
        if type(version) is not int or version < 1:
            raise self.fail("`version` must be a whole number from 1", fields["version"])
        departments = tuple(str(self.scalar(item)) for item in self.sequence(fields["departments"], "departments"))
        seen: dict[str, int] = {}
        intents = []
        for item in self.sequence(fields["intents"], "intents"):
            intent = self.intent(item, departments)
            if intent.id in seen:
                raise self.fail(f"intent `{intent.id}` is already defined on line {seen[intent.id]}; keep one", item)
            seen[intent.id] = item.start_mark.line + 1
            intents.append(intent)
        return Taxonomy(version, departments, tuple(intents))

    def intent(self, node: yaml.Node, departments: tuple[str, ...]) -> Intent:
        fields = self.mapping(node, _INTENT_KEYS, "an intent")
        for key in ("id", "department", "does", "about"):
            if key not in fields:
                raise self.fail(f"`{key}` is missing; an intent has at least id, department, does and about", node)
        intent_id = self.text(fields["id"], "id")
        if not _ID.match(intent_id) or intent_id == OUT_OF_SCOPE:
            raise self.fail(f"`{intent_id}` can't be an intent id: use a-z, 0-9, _ and not `{OUT_OF_SCOPE}`", node)
        does = self.choice(fields["does"], "does", DOES)
        action = self.text(fields["action"], "action") if "action" in fields else None
        if (does == "action") != (action is not None):
            raise self.fail(f"intent `{intent_id}`: `action` is given exactly when `does` is action", node)
        verified = self.flag(fields.get("verified"), "verified")
        fresh = self.flag(fields.get("fresh"), "fresh")
        if fresh and not verified:
            raise self.fail(f"intent `{intent_id}`: `fresh` needs `verified: true` as well", node)
        return Intent(
            id=intent_id,
            department=self.choice(fields["department"], "department", departments),
            does=does,
            about=self.text(fields["about"], "about"),
            action=action,
            verified=verified,
            fresh=fresh,
            secure=self.flag(fields.get("secure"), "secure"),
            priority=self.choice(fields["priority"], "priority", PRIORITIES) if "priority" in fields else "normal",
        )

    def mapping(self, node: yaml.Node | None, known: set[str], what: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(f"{what} must be a mapping (`key: value`)", node)
        fields: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            key = str(self.scalar(key_node))
            if key not in known:
                raise self.fail(f"unknown key `{key}` in {what}; known: {', '.join(sorted(known))}", key_node)
            if key in fields:
                raise self.fail(f"`{key}` is given twice in {what}", key_node)
            fields[key] = value_node
        return fields

    def sequence(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self.fail(f"`{what}` must be a list with at least one item", node)
        return list(node.value)

    def scalar(self, node: yaml.Node) -> object:
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail("a single value is expected here, not a list or a mapping", node)
        constructor = yaml.constructor.SafeConstructor()
        try:
            value: object = constructor.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            raise self.fail(f"can't be read as a value: {node.value!r}", node) from error
        return value

    def text(self, node: yaml.Node, key: str) -> str:
        value = self.scalar(node)
        if not isinstance(value, str) or not value.strip():
            raise self.fail(f"`{key}` must be text, not {value!r} (quote it if it is meant as text)", node)
        return value

    def choice(self, node: yaml.Node, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(node, key)
        if value not in allowed:
            raise self.fail(f"`{key}` is `{value}`; allowed: {', '.join(allowed)}", node)
        return value

    def flag(self, node: yaml.Node | None, key: str) -> bool:
        value = False if node is None else self.scalar(node)
        if not isinstance(value, bool):
            raise self.fail(f"`{key}` must be true or false, not {value!r}", node)
        return value
