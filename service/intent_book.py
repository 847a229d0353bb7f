"""The intents as they are now: those of the taxonomy's file, and behind them those added in the console."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from models.taxonomy import Intent, Taxonomy
from service.domain.intents import Does, IntentRule, Mode, Priority
from service.domain.labels import AddedIntent
from service.storage import added_intents
from service.storage.database import Database

FRESH_SECONDS = 2.0


class IntentBook(Mapping[str, IntentRule]):
    """Reads like a mapping of rules that never changes; an intent added elsewhere is there within two seconds."""

    def __init__(self, database: Database, shipped: Mapping[str, IntentRule]) -> None:
        self._database = database
        self._shipped = shipped
        self._kept: tuple[float, Mapping[str, IntentRule]] = (0.0, shipped)
        self.forget()

    def forget(self) -> None:
        """Read again at the next question; called after a change of our own."""
        self._kept = (time.monotonic() - FRESH_SECONDS, self._kept[1])

    def __getitem__(self, intent: str) -> IntentRule:
        """The rule of an intent; KeyError when there is none."""
        # Most questions are about intents of the file, and those can't change.
        return self._shipped[intent] if intent in self._shipped else self._all()[intent]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> Mapping[str, IntentRule]:
        read_at, rules = self._kept
        if time.monotonic() - read_at < FRESH_SECONDS:
            return rules
        with self._database.read() as connection:
            added = added_intents.all_added(connection)
        # The file wins: somebody may have moved an added intent into it.
        rules = {**self._shipped, **intents_of(each for each in added if each.id not in self._shipped)}
        self._kept = (time.monotonic(), rules)
        return rules


def rule_of(added: AddedIntent) -> IntentRule:
    """The rule of an intent that was added in the console."""
    return IntentRule(
        id=added.id,
        department=added.department,
        does=Does(added.does),
        title=added.title,
        priority=Priority(added.priority),
        mode=Mode(added.mode),
    )


def intents_of(added: Iterable[AddedIntent]) -> dict[str, IntentRule]:
    """The rules of added intents by their ids."""
    return {each.id: rule_of(each) for each in added}


def extend(taxonomy: Taxonomy, added: Iterable[AddedIntent]) -> Taxonomy:
    """The taxonomy with the added intents that it doesn't have yet, and with their departments."""
    fresh = [each for each in added if taxonomy.get(each.id) is None]
    further = dict.fromkeys(each.department for each in fresh if each.department not in taxonomy.departments)
    wider = replace(taxonomy, departments=(*taxonomy.departments, *further))
    return wider.with_intents(
        Intent(each.id, each.department, each.does, each.about["ru"] or each.about["en"], priority=each.priority)
        for each in fresh
    )
