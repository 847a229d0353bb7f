"""Clients of the demo who keep writing while one looks: scripted stories, told through inbox.handle_message."""

import logging
import random
import threading
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from service.demo.seed import SCRIPT
from service.domain.conversations import ConversationState
from service.domain.messages import Author, InboundMessage
from service.errors import SetupError, SupportError
from service.inbox import handle_message
from service.office import Office
from service.storage import queue
from service.visits import Visit, read_visit

log = logging.getLogger(__name__)

MOST_OPEN = 12
"""Stories that wait for a person or talk with one; nobody new comes while there are so many."""
COMES_EVERY = (20.0, 40.0)
TYPES_FOR = (4.0, 9.0)
ANSWERS_AFTER = (6.0, 14.0)
"""Seconds: between two clients, between two lines of a client, after an answer."""
LEAVES_AFTER = timedelta(minutes=30)
"""A client who hears nothing for so long says no more."""
TICK_SECONDS = 1.0


class After(StrEnum):
    """What a line waits for."""

    PAUSE = "pause"
    BOT = "bot"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Line:
    """Something a client says, and what has to happen before."""

    text: str
    after: After


@dataclass(frozen=True)
class Story:
    """A client and all they say."""

    name: str
    language: str
    lines: tuple[Line, ...]


@dataclass
class _Teller:
    """A story that is being told: by whom, how far it is, when the next line may be said, since when nothing was."""

    story: Story
    client: str
    ready_at: datetime
    moved_at: datetime
    said: int = 0
    heard: int = 0


def load_stories() -> tuple[Story, ...]:
    """The stories of the script; SetupError for a line that says nothing."""
    script = tomllib.loads(SCRIPT.read_text(encoding="utf-8"))
    return tuple(
        Story(str(each["name"]), str(each.get("language", "ru")), tuple(_line(str(line)) for line in each["lines"]))
        for each in script["story"]
    )


def _line(written: str) -> Line:
    for after in (After.BOT, After.OPERATOR):
        mark = f"{after.value}:"
        if written.startswith(mark):
            return _checked(Line(written[len(mark) :].strip(), after))
    return _checked(Line(written.strip(), After.PAUSE))


def _checked(line: Line) -> Line:
    if not line.text:
        raise SetupError(f"{SCRIPT.name}: a line of a story is empty")
    return line


class LivingDemo:
    """Tells stories one after another, each by a new client. `step` does what is due by the office's clock."""

    def __init__(self, office: Office, stories: tuple[Story, ...], chance: random.Random | None = None) -> None:
        self._office = office
        self._stories = stories
        self._chance = chance or random.Random()
        self._left: list[Story] = []
        self._tellers: list[_Teller] = []
        self._next_comes = office.clock()

    def step(self) -> int:
        """Let everybody speak whose turn it is, and somebody new come; returns how many lines were said."""
        now = self._office.clock()
        said, still, open_now = 0, [], 0
        for teller in self._tellers:
            visit = read_visit(teller.client, self._office)
            said += self._speak(teller, visit, now)
            with_people = visit.state in (ConversationState.QUEUED, ConversationState.OPERATOR)
            open_now += with_people
            if with_people or (teller.said < len(teller.story.lines) and now - teller.moved_at < LEAVES_AFTER):
                still.append(teller)
        self._tellers = still
        if now >= self._next_comes and max(open_now, self._waiting()) < MOST_OPEN:
            self._tellers.append(self._newcomer(now))
            self._next_comes = now + self._some(COMES_EVERY)
        return said

    def _waiting(self) -> int:
        """Open conversations of everybody, so that a demo that was left alone is not flooded after a restart."""
        with self._office.database.read() as connection:
            counts = queue.counts(connection)
        return sum(counts.values())

    def _newcomer(self, now: datetime) -> _Teller:
        if not self._left:
            self._left = list(self._stories)
            self._chance.shuffle(self._left)
        return _Teller(self._left.pop(), f"demo-live-{uuid4().hex[:12]}", now, now)

    def _speak(self, teller: _Teller, visit: Visit, now: datetime) -> int:
        heard = max((each.seq for each in visit.messages if each.author is not Author.CLIENT), default=0)
        if heard > teller.heard:  # an answer is read before one goes on
            teller.heard = heard
            teller.ready_at = max(teller.ready_at, now + self._some(ANSWERS_AFTER))
        if teller.said >= len(teller.story.lines):
            return 0
        line = teller.story.lines[teller.said]
        if now < teller.ready_at or not _may_say(line, visit):
            return 0
        number = teller.said
        teller.said += 1
        teller.moved_at, teller.ready_at = now, now + self._some(TYPES_FOR)
        message = InboundMessage(
            channel="web", external_id=f"{teller.client}/{number}", client_external_id=teller.client, text=line.text,
            language_hint=teller.story.language, client_name=teller.story.name,
        )  # fmt: skip
        handle_message(message, self._office)
        return 1

    def _some(self, between: tuple[float, float]) -> timedelta:
        return timedelta(seconds=self._chance.uniform(*between))


def _may_say(line: Line, visit: Visit) -> bool:
    """Whether what the line waits for has happened since the client last wrote."""
    if line.after is After.PAUSE:
        return True
    since = max((each.seq for each in visit.messages if each.author is Author.CLIENT), default=0)
    wanted = {After.BOT: (Author.BOT, Author.OPERATOR), After.OPERATOR: (Author.OPERATOR,)}[line.after]
    if line.after is After.BOT and visit.state is ConversationState.QUEUED:
        return False  # who waits for a person does not go on talking to the bot
    return any(each.author in wanted and each.seq > since for each in visit.messages)


class LivingThread:
    """Steps once a second until it is stopped; a step that fails is logged and the next one comes."""

    def __init__(self, office: Office) -> None:
        self._demo = LivingDemo(office, load_stories())
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otklik-living-demo", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present step."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self._demo.step()
            except SupportError as error:
                log.warning("the demo's clients wait", extra={"problem": error.detail})
            except Exception:
                log.exception("the demo's clients stumbled")
