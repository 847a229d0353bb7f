"""The form of a search: words on top, filters below, all of it by keyboard."""

from collections.abc import Awaitable, Callable, Mapping

from nicegui import ui

from service import accounts
from service.console.components.date_field import DateField
from service.console.dates import iso_of
from service.console.place import ME, Place
from service.console.searching import Asked, read_day
from service.console.topics import topics_of
from service.domain.conversations import ConversationState
from service.policies.permissions import Action, may


class SearchForm:
    """`on_search(asked)` a moment after the last change, at once with Enter."""

    def __init__(
        self, place: Place, departments: Mapping[str, str], asked: Asked, on_search: Callable[[Asked], Awaitable[None]]
    ) -> None:
        self._place = place
        self._departments = {key: title for key, title in departments.items() if place.staff.may_see(key)}
        self.asked = asked
        self._on_search = on_search
        self._quiet = False

    async def build(self) -> None:
        """The fields, filled in."""
        place = self._place
        people = await self._people()
        with ui.element("form").classes("search-form").props("role=search").on("submit.prevent", self._now):
            self._text = ui.input(placeholder=place.say("search.placeholder"), value=self.asked.q).props(
                'outlined clearable autofocus data-testid="search-text" input-aria-label="" '
                f'aria-label="{place.say("search.placeholder")}" debounce=350'
            ).classes("search-text")  # fmt: skip
            with self._text.add_slot("prepend"):
                ui.icon("search")
            self._text.on_value_change(self._changed)
            with ui.element("div").classes("search-filters"):
                self._choices = {
                    "state": self._select("state", {
                        each.value: place.say(f"search.state_{each}") for each in ConversationState
                    }),
                    "department": self._select("department", self._departments),
                    "channel": self._select("channel", {each: each for each in place.office.channels}),
                    "intent": self._select("intent", self._intents()),
                }  # fmt: skip
                self._operator = ui.select(
                    people, label=place.say("search.operator"), value=self._known(self.asked.operator, people),
                    clearable=True, on_change=self._changed,
                ).props("outlined dense options-dense").classes("search-filter")  # fmt: skip
                self._tag = ui.input(place.say("search.tag"), value=" ".join(self.asked.tag)).props(
                    "outlined dense debounce=350 clearable"
                ).classes("search-filter").on_value_change(self._changed)  # fmt: skip
                self._since = self._day("since", self.asked.since)
                self._until = self._day("until", self.asked.until)
                self._clear = ui.button(place.say("search.clear"), icon="close", on_click=self._empty).props(
                    "flat no-caps dense"
                )
        self._clear.visible = not self.asked.is_empty

    async def _people(self) -> dict[int, str]:
        place = self._place
        people = {place.staff.id: place.say("search.me")}
        if may(place.staff.role, Action.SEE_STAFF):
            others = await place.read(accounts.list_staff, ME, place.office, with_disabled=True) or []
            people |= {each.member.id: each.member.name for each in others if each.member.id != place.staff.id}
        return people

    def _intents(self) -> dict[str, str]:
        return dict(sorted(topics_of(self._place).items(), key=lambda each: each[1]))

    def _select(self, name: str, options: Mapping[str, str]) -> ui.select:
        chosen = [each for each in getattr(self.asked, name) if each in options]
        select = ui.select(
            dict(options), label=self._place.say(f"search.{name}"), value=chosen, multiple=True, clearable=True,
            with_input=len(options) > 12, on_change=self._changed,
        )  # fmt: skip
        return select.props(f'outlined dense options-dense data-testid="search-{name}"').classes("search-filter")

    def _day(self, name: str, value: str) -> DateField:
        field = DateField(self._place, self._place.say(f"search.{name}"), read_day(value), on_day=self._changed)
        return field.classes("search-filter day")

    @staticmethod
    def _known(operator: int | None, people: Mapping[int, str]) -> int | None:
        return operator if operator in people else None

    def put(self, asked: Asked) -> None:
        """Fill the form in without searching."""
        self._quiet = True
        self.asked = asked
        self._text.set_value(asked.q)
        for name, select in self._choices.items():
            select.set_value([each for each in getattr(asked, name) if each in select.options])
        self._operator.set_value(self._known(asked.operator, self._operator.options))  # type: ignore[arg-type]
        self._tag.set_value(" ".join(asked.tag))
        self._since.put(read_day(asked.since))
        self._until.put(read_day(asked.until))
        self._quiet = False
        self._clear.visible = not asked.is_empty

    def _read(self) -> Asked:
        chosen = {name: tuple(select.value or ()) for name, select in self._choices.items()}
        return Asked(
            q=str(self._text.value or ""), operator=self._operator.value, tag=tuple(str(self._tag.value or "").split()),
            since=iso_of(self._since.day), until=iso_of(self._until.day), **chosen,
        )  # fmt: skip

    async def _changed(self) -> None:
        if not self._quiet:
            await self._look()

    async def _now(self) -> None:
        await self._look(again=True)

    async def _look(self, *, again: bool = False) -> None:
        asked = self._read()
        if asked != self.asked or again:
            self.asked = asked
            self._clear.visible = not asked.is_empty
            await self._on_search(asked)

    async def _empty(self) -> None:
        self.put(Asked())
        await self._on_search(self.asked)
        self._text.run_method("focus")
