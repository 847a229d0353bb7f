"""What intents are called in the console, those of the taxonomy's file and those that were added alike."""

from collections.abc import Iterator, Mapping

from service.console.place import Place
from service.domain.intents import IntentRule


class Topics(Mapping[str, str]):
    """Intent -> its title in one language, looked up when it is asked for: an intent may be added at any time."""

    def __init__(self, intents: Mapping[str, IntentRule], language: str) -> None:
        self._intents = intents
        self._language = language

    def __getitem__(self, intent: str) -> str:
        """The title; KeyError for what is no intent any more."""
        return self._intents[intent].label(self._language)

    def __iter__(self) -> Iterator[str]:
        return iter(self._intents)

    def __len__(self) -> int:
        return len(self._intents)


def topics_of(place: Place) -> Topics:
    """The titles in the language of whoever looks."""
    return Topics(place.office.rules.intents, place.language)
