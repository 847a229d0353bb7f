"""Couriers: for each channel a thread of its own that delivers and one that polls, so that no platform delays another.

A courier works only while its channel does and while it holds the channel's lease: one worker at a time has it, so
rates are kept and polling has one reader. What waits, waits in the database: a dead platform costs no memory.
"""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from service import channel_health, outbox
from service.channel_book import Condition
from service.channels import is_connector
from service.channels.base import AccountBroken, Connector, Polls, RetryLater
from service.errors import SupportError
from service.office import Office
from service.policies.pacing import Pace
from service.policies.retrying import rest_of_channel
from service.polling import Poller
from service.storage import channels
from service.storage import outbox as shelf
from service.storage.channels import LEASE_SECONDS
from service.storage.outbox import Parcel

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
"""How often a courier looks for what nobody told it about."""
CHECK_SECONDS = 60.0
STOP_SECONDS = 5.0


class Couriers:
    """All couriers of this process; started and stopped by the worker."""

    def __init__(self, office: Office) -> None:
        self._office = office
        name = f"{socket.gethostname()[:40]}/{os.getpid()}/{secrets.token_hex(4)}"
        self._couriers = {
            each: Courier(each, office, name) for each, channel in office.channels.items() if channel.pushes
        }
        office.events.listen(outbox.PUT_IN, self._heard)

    def start(self) -> None:
        """Begin; returns at once."""
        for courier in self._couriers.values():
            courier.start()

    def stop(self) -> None:
        """Finish the requests in hand, for a few seconds at most, and give the channels to other workers."""
        for courier in self._couriers.values():
            courier.ask_to_stop()
        for courier in self._couriers.values():
            courier.stop()

    def _heard(self, words: dict[str, Any]) -> None:
        courier = self._couriers.get(str(words.get("channel")))
        if courier is not None:
            courier.wake()


class Courier:
    """Delivers and polls for one channel. `clock` counts seconds."""

    def __init__(
        self, name: str, office: Office, worker: str, clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self._name = name
        self._clock = clock
        self._office = office
        self._worker = worker
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._busy = 0
        self._lock = threading.Lock()
        rules = office.channels[name].rules
        self._slots = rules.slots
        self._pool = ThreadPoolExecutor(rules.slots, thread_name_prefix=f"deliver-{name}")
        self._pace = Pace(rules.per_second, rules.chat_per_second)
        self._away = 0
        self._silent = 0
        self._away_until = 0.0
        self._leased_until = 0.0
        self._next_check = 0.0
        self._threads = [threading.Thread(target=self._run, name=f"courier-{name}", daemon=True)]
        if isinstance(office.channels[name], Polls):
            poller = Poller(name, office, self._stopping, lambda: self._leased_until > clock())
            self._threads.append(threading.Thread(target=poller.run, name=f"poll-{name}", daemon=True))

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something is on its way: look now."""
        self._wake.set()

    def ask_to_stop(self) -> None:
        """Begin nothing new."""
        self._stopping.set()
        self._wake.set()

    def stop(self) -> None:
        """Wait a few seconds for what is in hand; a poll that waits for news is left alone, it stores nothing."""
        self.ask_to_stop()
        until = time.monotonic() + STOP_SECONDS
        while self._busy and time.monotonic() < until:
            time.sleep(0.02)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._threads[0].join(timeout=1)
        with suppress(SupportError), self._office.database.write() as connection:
            channels.release_lease(connection, self._name, self._worker)

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = LOOK_SECONDS
            try:
                pause = self.step()
            except SupportError as error:
                log.warning("deliveries put off", extra={"channel": self._name, "problem": error.detail})
            except Exception:
                log.exception("a courier stumbled", extra={"channel": self._name})
            if pause > 0:
                self._wake.wait(pause)
                self._wake.clear()

    def step(self) -> float:
        """Begin what may go now; returns how many seconds there is nothing more to do."""
        return self._send_some() if self._may_work() else 1.0

    @property
    def in_hand(self) -> int:
        """How many requests are on their way."""
        return self._busy

    def _may_work(self) -> bool:
        entry = self._office.channels.entry(self._name)
        if entry.condition is Condition.STOPPED and self._hold_lease():
            self._try_again()
            return False
        return entry.condition is Condition.WORKING and self._hold_lease()

    def _hold_lease(self) -> bool:
        now = self._clock()
        if now < self._leased_until - LEASE_SECONDS / 2:
            return True
        fresh = now >= self._leased_until
        with self._office.database.write() as connection:
            mine = channels.take_lease(connection, self._name, self._worker, self._office.clock())
        self._leased_until = now + LEASE_SECONDS if mine else 0.0
        if mine and fresh:  # whoever had it before is gone: what it was sending is nobody's now
            outbox.find_lost(self._office, self._name)
        return mine

    def _send_some(self) -> float:
        """Hand what may go now to the slots; returns how long there is nothing to do."""
        now = self._clock()
        if now < self._away_until:
            return min(self._away_until - now, 1.0)
        waiting = self._pace.wait_seconds(now)
        free = self._slots - self._busy if self._away == 0 else min(1, self._slots - self._busy)
        if waiting > 0 or free <= 0:
            return max(waiting, 0.002) if free > 0 else 0.01
        resting = self._pace.resting(now)
        with self._office.way.turn():
            with self._office.database.read() as connection:
                due = shelf.next_due(connection, self._name)
            if due is None or due > self._office.clock():
                return LOOK_SECONDS
            with self._office.database.write() as connection:
                parcels = shelf.claim_due(connection, self._name, self._office.clock(), free, resting)
        if not parcels:
            return min(LOOK_SECONDS, self._pace.rest_seconds(now) or 0.02)
        for parcel in parcels:
            self._hand_over(parcel)
        return 0.0

    def _hand_over(self, parcel: Parcel) -> None:
        pause = self._pace.wait_seconds(self._clock())
        if pause > 0:
            self._stopping.wait(pause)
        self._pace.count(parcel.conversation_id, self._clock())
        with self._lock:
            self._busy += 1
        self._pool.submit(self._deliver, parcel)

    def _deliver(self, parcel: Parcel) -> None:
        try:
            if self._stopping.is_set() or self._away_until > self._clock():
                with self._office.database.write() as connection:
                    shelf.give_back(connection, parcel)
                return
            with self._office.way.turn():
                outcome = outbox.deliver_parcel(parcel, self._office)
            if outcome is not None:
                self._learn(parcel, outcome)
        except SupportError as error:
            log.warning("a delivery could not be written down", extra={"channel": self._name, "problem": error.detail})
        except Exception:
            log.exception("a delivery failed", extra={"channel": self._name})
        finally:
            with self._lock:
                self._busy -= 1
            self._wake.set()

    def _learn(self, parcel: Parcel, outcome: outbox.Outcome) -> None:
        """What an answer of the platform says about the next ones; when it says nothing again and again, it is away."""
        self._silent = self._silent + 1 if outcome.silent else 0
        if outcome.away_seconds is None and self._silent < self._slots:
            self._away = 0
            if outcome.retry_at is not None and outcome.error is not None:
                pause = (outcome.retry_at - self._office.clock()).total_seconds()
                self._pace.quiet(parcel.conversation_id, min(pause, 60.0), self._clock())
            return
        self._away += 1
        self._away_until = self._clock() + rest_of_channel(self._away, outcome.away_seconds)
        if outcome.error is not None and not outcome.broken and self._away in (1, 6):
            channel_health.note_error(self._name, outcome.error, self._office)

    def _try_again(self) -> None:
        """A channel that has stopped is asked once a minute whether it works again."""
        now = self._clock()
        if now < self._next_check:
            return
        self._next_check = now + CHECK_SECONDS
        channel = self._office.channels[self._name]
        if not is_connector(type(channel)):
            return
        connector: Connector = channel  # type: ignore[assignment] # it has settings, so it is one
        with suppress(AccountBroken, RetryLater):
            connector.check()
            channel_health.resume(self._name, self._office)
