"""Intents by their titles in the console: what they are called, and a question which it is."""

from collections.abc import Sequence

from nicegui import ui

from service.console.components.dialogs import Form
from service.console.place import Place
from service.domain.labels import OUT_OF_SCOPE


def title_of(intent: str, place: Place) -> str:
    """What an intent is called; those that are gone are called by their id."""
    if intent == OUT_OF_SCOPE:
        return place.say("labelling.out_of_scope")
    rule = place.office.rules.rule(intent)
    return rule.label(place.language) if rule else intent


def titles(place: Place) -> dict[str, str]:
    """Every intent by its title, in the order of the alphabet."""
    found = {each: title_of(each, place) for each in place.office.rules.intents}
    return dict(sorted(found.items(), key=lambda item: item[1].casefold()))


class IntentQuestion:
    """Asks for one intent, or for several; `answer()` waits for it and gives [] when nothing was chosen."""

    def __init__(self, place: Place, heading: str, *, several: bool, proposed: Sequence[str] = ()) -> None:
        self._form = Form(place, heading, action=place.say("labelling.choose"))
        with self._form.fields():
            self._field = ui.select(
                titles(place), label=place.say("labelling.intents" if several else "labelling.intent"),
                multiple=several, with_input=True, value=list(proposed) if several else None,
            ).props("outlined dense options-dense autofocus use-chips data-testid=intent-choice")  # fmt: skip
        self._chosen: list[str] = []

    async def answer(self) -> list[str]:
        """The intents that were chosen."""

        async def save() -> bool:
            value = self._field.value
            self._chosen = list(value) if isinstance(value, list) else [value] if value else []
            return bool(self._chosen)

        self._form.open(save)
        await self._form.dialog
        return self._chosen
