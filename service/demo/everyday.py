"""The weeks before in the demo: what clients ask all the time and the bot answers, so that weeks can be compared.

Through the same door as everybody's messages, on an office whose clock is set back.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from models.bundle import Bundle
from service.domain.messages import InboundMessage
from service.domain.understanding import Understanding
from service.inbox import Status, handle_message
from service.office import Office
from service.understanding import Context, Question, Understands

SCRIPT = Path(__file__).parent / "everyday.toml"
WEEKS = 7
"""So many, the present one included: a week is compared with those before it, up to four of them."""
FIRST_HOUR, HOURS = 8, 14


@dataclass(frozen=True)
class _Asked:
    at: datetime
    client: str
    name: str
    language: str
    text: str


class _ReadsOnce:
    """A reader that reads what many clients ask in the same words only once: it is most of the work."""

    def __init__(self, reader: Understands) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str], Understanding] = {}

    @property
    def bundle(self) -> Bundle | None:
        return self._reader.bundle

    @property
    def problem(self) -> str | None:
        return self._reader.problem

    @property
    def trouble(self) -> str | None:
        return self._reader.trouble

    def understand(self, text: str, context: Context, now: datetime) -> Understanding:
        asked = (text, context.language)
        if asked not in self._known:
            self._known[asked] = self._reader.understand(text, context, now)
        return self._known[asked]

    def understand_all(self, questions: Sequence[Question], now: datetime) -> list[Understanding]:
        return [self.understand(each.text, each.context, now) for each in questions]


def seed_everyday(office: Office) -> None:
    """Let clients have asked all this in the last weeks, once."""
    # They have said what they wanted to: nothing is waited for.
    office = replace(office, rules=replace(office.rules, burst_seconds=0.0), reader=_ReadsOnce(office.reader))
    for each in _asked(office):
        message = InboundMessage(
            "web", f"{each.client}/0", each.client, each.text, None, each.language, client_name=each.name
        )
        if handle_message(message, _at(office, each.at), admitted=True).status is Status.DUPLICATE:
            return


def _at(office: Office, moment: datetime) -> Office:
    return replace(office, clock=lambda: moment)


def _asked(office: Office) -> Iterator[_Asked]:
    """Every question with its moment, oldest first, as far as it lies in the past; now and then one is not asked."""
    script = tomllib.loads(SCRIPT.read_text(encoding="utf-8"))
    zone, now = ZoneInfo(office.settings.staff_zone), office.clock()
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    for back in range(WEEKS - 1, -1, -1):
        week = [_place(script, number, turn, monday - timedelta(weeks=back), zone)
                for number, question in enumerate(script["question"])
                for turn in range(question["times"])
                if (number * 5 + turn * 3 + back * 7) % 11]  # fmt: skip
        yield from sorted((each for each in week if each.at < now), key=lambda each: each.at)


def _place(script: dict[str, Any], number: int, turn: int, monday: date, zone: ZoneInfo) -> _Asked:
    """The question of this number, asked the `turn`-th time in the week of `monday`: spread over days and hours."""
    question, names = script["question"][number], script["names"]
    mixed = number * 31 + turn * 17 + monday.toordinal() // 7 * 13
    day = monday + timedelta(days=(turn * 7 // question["times"] + number) % 7)
    at = datetime.combine(day, time(FIRST_HOUR + mixed % HOURS, mixed * 7 % 60), tzinfo=zone)
    language = question.get("language", "ru")
    return _Asked(
        at, f"demo-{monday:%y%m%d}-{number}-{turn}", names[language][mixed % len(names[language])], language,
        question["ways"][mixed % len(question["ways"])],
    )  # fmt: skip
