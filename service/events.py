"""«Conversation N changed»: told to everyone who watches it, in this process or, through Redis, in all of them.

An event carries no content: whoever hears it reads the database, so a lost or doubled event harms nobody. What is never
stored (who is typing) travels as a whisper: a few words of JSON to the listeners of every process, lost without harm.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Protocol

log = logging.getLogger(__name__)


class Watcher:
    """One who waits for changes of a topic; belongs to the event loop it was made in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Called from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closing: nobody is left to wake
            self._loop.call_soon_threadsafe(self._changed.set)

    async def wait(self, timeout_seconds: float) -> bool:
        """True when something changed, False after the time is over."""
        try:
            await asyncio.wait_for(self._changed.wait(), timeout_seconds)
        except TimeoutError:
            return False
        self._changed.clear()
        return True


class Events(Protocol):
    """Publish from any thread, watch from an event loop."""

    def publish(self, topic: str) -> None:
        """Tell everyone who watches `topic`. Never raises: an event is a hint, the database is the truth."""
        ...

    def watch(self, *topics: str) -> contextlib.AbstractContextManager[Watcher]:
        """One watcher of all `topics` for as long as the context lasts."""
        ...

    def wake(self, topic: str) -> None:
        """Like `publish`, but in this process only."""
        ...

    def whisper(self, kind: str, words: dict[str, Any]) -> None:
        """Say something that is never stored to the listeners of `kind` in every process. Never raises."""
        ...

    def listen(self, kind: str, listener: Callable[[dict[str, Any]], None]) -> None:
        """Have `listener` called, in any thread, with each whisper of `kind`; those of this process included."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


class LocalEvents:
    """Events within one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watchers: dict[str, set[Watcher]] = defaultdict(set)
        self._listeners: dict[str, list[Callable[[dict[str, Any]], None]]] = defaultdict(list)

    def publish(self, topic: str) -> None:
        """Wake the watchers of `topic`."""
        with self._lock:
            watchers = tuple(self._watchers.get(topic, ()))
        for watcher in watchers:
            watcher.wake()

    @contextlib.contextmanager
    def watch(self, *topics: str) -> Iterator[Watcher]:
        """A watcher for as long as the context lasts."""
        watcher = Watcher()
        with self._lock:
            for topic in topics:
                self._watchers[topic].add(watcher)
        try:
            yield watcher
        finally:
            with self._lock:
                for topic in topics:
                    self._watchers[topic].discard(watcher)
                    if not self._watchers[topic]:
                        del self._watchers[topic]

    def wake(self, topic: str) -> None:
        """Wake the watchers of `topic`."""
        self.publish(topic)

    def whisper(self, kind: str, words: dict[str, Any]) -> None:
        """Call the listeners of `kind`, here and now."""
        for listener in tuple(self._listeners.get(kind, ())):
            try:
                listener(words)
            except Exception:
                log.exception("a listener failed", extra={"kind": kind})

    def listen(self, kind: str, listener: Callable[[dict[str, Any]], None]) -> None:
        """Have `listener` called with each whisper of `kind`."""
        self._listeners[kind].append(listener)

    def close(self) -> None:
        """Nothing to stop."""


class RedisEvents:
    """Events between processes: published to Redis, heard by one listening thread a process."""

    CHANNEL = "otklik:changed"
    WHISPERS = "otklik:whispers"

    def __init__(self, url: str) -> None:
        import redis  # only where several processes are run

        self._failures = (redis.RedisError, OSError)
        self._client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        self._local = LocalEvents()
        self._name = secrets.token_hex(8)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="redis-events", daemon=True)
        self._thread.start()

    def publish(self, topic: str) -> None:
        """Wake watchers everywhere; those of this process even when Redis is away."""
        self._local.publish(topic)
        self._send(self.CHANNEL, topic)

    def wake(self, topic: str) -> None:
        """Wake the watchers of `topic` in this process."""
        self._local.publish(topic)

    def whisper(self, kind: str, words: dict[str, Any]) -> None:
        """Call the listeners of this process now, and those of the others through Redis."""
        self._local.whisper(kind, words)
        self._send(self.WHISPERS, json.dumps([self._name, kind, words]))

    def listen(self, kind: str, listener: Callable[[dict[str, Any]], None]) -> None:
        """Have `listener` called with each whisper of `kind` from any process."""
        self._local.listen(kind, listener)

    def _send(self, channel: str, words: str) -> None:
        try:
            self._client.publish(channel, words)
        except self._failures as error:
            log.warning("redis is away, other processes hear of changes later", extra={"problem": str(error)[:200]})

    def _hear(self, message: dict[str, Any]) -> None:
        words = message["data"].decode()
        if message["channel"].decode() == self.CHANNEL:
            self._local.publish(words)
            return
        try:
            origin, kind, said = json.loads(words)
        except (ValueError, TypeError):
            return  # somebody else writes into our channel
        if origin != self._name:
            self._local.whisper(kind, said)

    def watch(self, *topics: str) -> contextlib.AbstractContextManager[Watcher]:
        """A watcher for as long as the context lasts."""
        return self._local.watch(*topics)

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                with self._client.pubsub(ignore_subscribe_messages=True) as inbox:  # type: ignore[no-untyped-call]
                    inbox.subscribe(self.CHANNEL, self.WHISPERS)
                    while not self._closing.is_set():
                        message = inbox.get_message(timeout=0.5)
                        if message is not None:
                            self._hear(message)
            except self._failures as error:
                log.warning("redis is away, trying again", extra={"problem": str(error)[:200]})
                self._closing.wait(1.0)

    def close(self) -> None:
        """Stop the listening thread."""
        self._closing.set()
        self._thread.join(timeout=5)
        self._client.close()


def open_events(redis_url: str) -> Events:
    """Redis when there is a URL, otherwise this process alone."""
    return RedisEvents(redis_url) if redis_url else LocalEvents()


def conversation_topic(conversation_id: int) -> str:
    """The topic of one conversation."""
    return f"conversation:{conversation_id}"


def identity_topic(channel: str, external_id: str) -> str:
    """The topic of a client who has no conversation yet."""
    return f"identity:{channel}:{external_id}"


def staff_topic(staff_id: int) -> str:
    """The topic of one account: changed, disabled, signed out by an administrator."""
    return f"staff:{staff_id}"


def inbox_topic(department: str) -> str:
    """The topic of a department's list: a conversation came, went, moved, woke, was tagged or has a new message."""
    return f"inbox:{department}"


def person_topic(staff_id: int) -> str:
    """The topic of what concerns one member of staff: a conversation was given to them or taken from them."""
    return f"person:{staff_id}"


def suggestions_topic(conversation_id: int) -> str:
    """The topic of what is offered to operators in one conversation; clients don't watch it."""
    return f"suggestions:{conversation_id}"


QUEUE_TOPIC = "queue"

STAFF_TOPIC = "staff"
"""Somebody's account was added, changed or disabled."""

DEPARTMENTS_TOPIC = "departments"
KNOWLEDGE_TOPIC = "knowledge"
CANNED_TOPIC = "canned"
BOT_TEXTS_TOPIC = "bot_texts"

TRAFFIC_TOPIC = "traffic"
"""A restriction of a suspicious sender was made, seen or lifted."""


MODELS_TOPIC = "models"
"""A version of the model was added, judged or released, or a training goes on."""
CHANNELS_TOPIC = "channels"

EXAMPLES_TOPIC = "examples"
"""The vectors of the training set are being made, or have been made."""

TOPICS_TOPIC = "topics"
"""A search for topics among what was not understood has begun or ended."""
