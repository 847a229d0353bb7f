"""The guard at the door: counts who sends how much, notices what no person does, and keeps the rest waiting.

Counts are in memory or in Redis and forget within a day; what follows from them is in the database, survives a restart
and holds in every process. A message passes `admit` before anything is read, and `judge` once it is known to be new.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

from service.domain.conversations import ChannelKind, ConversationView
from service.domain.messages import InboundMessage
from service.domain.suspicion import Level, Restriction, Scope, Sender, Signal, identity_key
from service.errors import StorageUnavailable, TooManyRequests
from service.events import TRAFFIC_TOPIC, Events
from service.metrics import Metrics
from service.policies.suspicion import (
    EARLIER_WITHIN,
    LADDERS,
    NEWCOMER_MESSAGES,
    SAME_WORDS_SLOW,
    SLOW_SECONDS,
    has_link,
    has_markup,
    lasts,
    same_words_of,
    seconds_to_keep,
)
from service.rates import Rates
from service.storage import restrictions
from service.storage.database import Database

log = logging.getLogger(__name__)

FRESH_SECONDS = 2.0
"""A restriction that another process made holds here after so long at most; usually at once, by a whisper."""

LONGEST_RETRY_SECONDS = 60
"""Whoever is blocked is asked back this soon, so that a lifted block is noticed."""

_WHISPER = "restrictions"
_Standing = Mapping[tuple[Scope, str], Restriction]


@dataclass(frozen=True)
class MessageLimits:
    """How many messages a minute are taken from an identity, from an address and in a channel before they count."""

    identity: int
    address: int
    channel: int
    sessions: int

    def of(self, scope: Scope) -> int | None:
        """The limit of a scope that has one."""
        limits = {Scope.IDENTITY: self.identity, Scope.ADDRESS: self.address, Scope.CHANNEL: self.channel}
        return limits.get(scope)


@dataclass(frozen=True)
class Hold:
    """A message that is kept without an answer for so long, because of this restriction."""

    seconds: float
    restriction_id: int
    level: Level = Level.SLOW


class Guard:
    """One a process; any thread."""

    def __init__(
        self, database: Database, rates: Rates, limits: MessageLimits, events: Events, metrics: Metrics
    ) -> None:
        self._database = database
        self._rates = rates
        self._limits = limits
        self._events = events
        self._metrics = metrics
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._standing: _Standing = {}
        events.listen(_WHISPER, lambda _words: self.forget())

    def forget(self) -> None:
        """Read the restrictions again at the next message."""
        self._read_at = 0.0

    def count_session(self, address: str) -> None:
        """Raise TooManyRequests when one address opens too many chats."""
        if not self._rates.within("session", address, self._limits.sessions, 60):
            left = self._rates.seconds_left("session", address, self._limits.sessions, 60)
            raise TooManyRequests("too many new chats from this address; wait a little", retry_after=left)

    def admit(self, sender: Sender, kind: ChannelKind, now: datetime) -> None:
        """Count a message against the limits; before anything is read or understood.

        In the web chat raises TooManyRequests beyond a limit, and for whoever is blocked: nothing was stored, and the
        same message may be sent again later. A platform's webhook can't be told to wait: there the message is taken,
        counted, and kept by `judge`.
        """
        held = self._hardest(sender, now)
        if kind is ChannelKind.WEB and held is not None and held.level is Level.BLOCKED:
            left = round((held.until - now).total_seconds())
            self._metrics.refused_messages.labels("blocked").inc()
            raise TooManyRequests(
                "too much came from here; what you write is taken again a little later",
                retry_after=max(1, min(left, LONGEST_RETRY_SECONDS)),
            )
        over = [scope for scope in Scope if not self._is_within(scope, sender)]
        for scope in over:
            self._notice(Signal.FLOOD, scope, sender, now)
        if over and kind is ChannelKind.WEB and over != [Scope.CHANNEL]:
            most, subject = self._limits.of(over[0]) or 0, sender.subject(over[0]) or ""
            left = self._rates.seconds_left(f"message/{over[0].value}", subject, most, 60)
            self._metrics.refused_messages.labels("too_fast").inc()
            raise TooManyRequests("you are writing too fast; wait a little", retry_after=left)

    def judge(self, message: InboundMessage, conversation: ConversationView | None, now: datetime) -> Hold | None:
        """Look at a new message for what no person writes; whether, and for how long, its answer has to wait."""
        sender = sender_of(message)
        for signal in self._signals_in(message, conversation):
            for scope in (Scope.IDENTITY, Scope.ADDRESS):
                self._notice(signal, scope, sender, now)
        slowed = self._compare_words(message, conversation, sender, now)
        held = self._hardest(sender, now)
        seconds = seconds_to_keep(held.level, held.until - now) if held is not None else 0.0
        return Hold(seconds, held.id, held.level) if held is not None and seconds > 0 else slowed

    def report(self, connection: Connection, signal: Signal, sender: Sender, now: datetime) -> None:
        """Something suspicious that others have noticed: a wrong code, a number that nobody has.

        Call it in the transaction that notes the failure: what follows from it is written there.
        """
        for scope in (Scope.IDENTITY, Scope.ADDRESS, Scope.ACCOUNT):
            self._notice(signal, scope, sender, now, connection)

    def pardon(self, scope: Scope, subject: str) -> None:
        """Forget what was counted against a subject, after staff have lifted what stood against it."""
        for signal, counted in LADDERS:
            if counted is scope:
                self._rates.clear(f"{signal.value}/{scope.value}", subject)
        self._tell()

    def _is_within(self, scope: Scope, sender: Sender) -> bool:
        most, subject = self._limits.of(scope), sender.subject(scope)
        if most is None or subject is None:
            return True
        return self._rates.within(f"message/{scope.value}", subject, most, 60)

    def _signals_in(self, message: InboundMessage, conversation: ConversationView | None) -> list[Signal]:
        found = []
        if has_markup(message.text):
            found.append(Signal.MARKUP)
        if is_newcomer(conversation) and has_link(message.text):
            found.append(Signal.LINKS)
        return found

    def _compare_words(
        self, message: InboundMessage, conversation: ConversationView | None, sender: Sender, now: datetime
    ) -> Hold | None:
        """Count the newcomers who send the same long text; those who follow many others wait a little."""
        words = same_words_of(message.text) if is_newcomer(conversation) and message.button is None else None
        if words is None:
            return None
        seconds = round(LADDERS[Signal.SAME_WORDS, Scope.CHANNEL].within.total_seconds())
        text = sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        if not self._rates.within("same_words_by", f"{text}/{sender.identity}", 1, seconds):
            return None
        count = self._rates.count("same_words", text, seconds)
        self._metrics.signals.labels(Signal.SAME_WORDS.value, sender.channel).inc()
        self._follow(Signal.SAME_WORDS, Scope.CHANNEL, sender.channel, count, now)
        alarm = self._now(now).get((Scope.CHANNEL, sender.channel))
        return Hold(SLOW_SECONDS, alarm.id) if alarm is not None and count >= SAME_WORDS_SLOW else None

    def _notice(
        self, signal: Signal, scope: Scope, sender: Sender, now: datetime, connection: Connection | None = None
    ) -> None:
        ladder, subject = LADDERS.get((signal, scope)), sender.subject(scope)
        if ladder is None or subject is None:
            return
        if scope is Scope.IDENTITY:
            self._metrics.signals.labels(signal.value, sender.channel).inc()
        seconds = round(ladder.within.total_seconds())
        count = self._rates.count(f"{signal.value}/{scope.value}", subject, seconds)
        self._follow(signal, scope, subject, count, now, connection)

    def _follow(
        self, signal: Signal, scope: Scope, subject: str, count: int, now: datetime,
        connection: Connection | None = None,
    ) -> None:  # fmt: skip
        """Restrict the subject, if the count has reached a level that doesn't stand yet."""
        level = LADDERS[signal, scope].level(count)
        known = self._now(now).get((scope, subject))
        if level is None or (known is not None and known.level.rank >= level.rank):
            return
        if connection is not None:
            self._restrict(connection, signal, scope, subject, level, count, now)
            self._tell()  # a little early: who looks before the commit looks again two seconds later
            return
        try:
            with self._database.write() as own:
                self._restrict(own, signal, scope, subject, level, count, now)
            self._tell()
        except StorageUnavailable as error:  # the message itself will say so
            log.warning("a restriction was not kept", extra={"problem": error.detail})

    def _restrict(
        self, connection: Connection, signal: Signal, scope: Scope, subject: str, level: Level, count: int,
        now: datetime,
    ) -> None:  # fmt: skip
        if restrictions.stands(connection, scope, subject, level, now):  # another process was faster
            self.forget()
            return
        earlier = restrictions.count_since(connection, scope, subject, level, now - EARLIER_WITHIN)
        until = now + lasts(level, earlier)
        key = restrictions.begin(connection, scope, subject, level, signal, count, now, until)
        self._metrics.restrictions.labels(level.value, signal.value, scope.value).inc()
        log.warning(
            "suspicious traffic",
            extra={"restriction": key, "signal": signal.value, "scope": scope.value, "level": level.value},
        )
        with self._lock:
            made = Restriction(key, scope, subject, level, signal, count, now, until)
            self._standing = {**self._standing, (scope, subject): made}

    def _tell(self) -> None:
        self._events.whisper(_WHISPER, {})
        self._events.publish(TRAFFIC_TOPIC)

    def _hardest(self, sender: Sender, now: datetime) -> Restriction | None:
        known = self._now(now)
        if not known:
            return None
        scopes = (Scope.IDENTITY, Scope.ADDRESS)
        found = [known.get((scope, subject)) for scope in scopes if (subject := sender.subject(scope))]
        present = [each for each in found if each is not None and each.until > now]
        return max(present, key=lambda each: (each.level.rank, each.until), default=None)

    def _now(self, now: datetime) -> _Standing:
        """What stands, the hardest of each subject; read again when it may have changed."""
        if time.monotonic() - self._read_at < FRESH_SECONDS:
            return self._standing
        with self._lock:
            if time.monotonic() - self._read_at < FRESH_SECONDS:
                return self._standing
            began = time.monotonic()
            with self._database.read() as connection:
                found: dict[tuple[Scope, str], Restriction] = {}
                for each in restrictions.standing(connection, now):
                    known = found.get((each.scope, each.subject))
                    if known is None or (each.level.rank, each.until) > (known.level.rank, known.until):
                        found[each.scope, each.subject] = each
            self._standing, self._read_at = found, began
        return self._standing


def sender_of(message: InboundMessage) -> Sender:
    """Whom a message comes from."""
    identity = identity_key(message.channel, message.client_external_id)
    return Sender(message.channel, identity, message.address)


def is_newcomer(conversation: ConversationView | None) -> bool:
    """Whether somebody has hardly written yet."""
    return conversation is None or conversation.last_seq < 2 * NEWCOMER_MESSAGES
