"""The reception makes messages of what platforms have told us, in threads beside those that answer them.

What one client has sent is made one after the other; a file that its platform does not give keeps this client waiting
and nobody else. Whoever dies half-way leaves what it had claimed to the next: made twice, a message is known by its id.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from service.errors import StorageUnavailable, SupportError
from service.fetching import NotNow, fetch_all
from service.office import Office
from service.receiving import from_json, give_to_inbox
from service.storage import arrivals
from service.storage.arrivals import LEASE_SECONDS, Arrival

log = logging.getLogger(__name__)
HANDS = 6
"""They take turns; several, so that readers get several messages at once, which costs them less."""
FETCHING_HANDS = 2
"""For each channel: so many of its files are fetched at once."""
LOOK_SECONDS = 0.5
"""Also without a ring: what others left, and what is tried again."""
STOP_SECONDS = 5.0
RETRY_SECONDS = (2, 10, 60, 300, 900)


def take_due(office: Office, limit: int = 20) -> int:
    """Make messages of what is due, here and now, one after the other; returns how many.

    The service itself leaves that to its reception.
    """
    with office.database.write() as connection:
        claimed = arrivals.claim(connection, office.clock(), limit)
    return sum(_take(each, office) for each in claimed)


def _take(arrival: Arrival, office: Office) -> bool:
    made = make_message(arrival, office)
    if made is not None:
        with office.database.write() as connection:
            arrivals.finish(connection, made, remember=arrival.has_files)
    return made is not None


def make_message(first: Arrival, office: Office) -> list[int] | None:
    """Make a message of an arrival, with the rest of its album; returns what it was made of.

    None when it can't be made now: then it is written down when to try again. StorageUnavailable when not even that.
    """
    parts = [first]
    if first.album_index is not None:
        with office.database.read() as connection:
            parts = arrivals.parts(connection, first)
    ids = [each.id for each in parts]
    last = first.attempts >= len(RETRY_SECONDS)
    try:
        _give(parts, office, last=last)
    except StorageUnavailable:
        raise
    except NotNow:
        _put_off(ids, first.attempts, office)
    except Exception:
        log.exception("no message can be made of an arrival", extra={"channel": first.channel, "arrival": first.id})
        office.metrics.errors.labels("reception").inc()
        if last:
            with office.database.write() as connection:
                arrivals.set_aside(connection, ids)
        else:
            _put_off(ids, first.attempts, office)
    else:
        return ids
    return None


def _give(parts: Sequence[Arrival], office: Office, *, last: bool) -> None:
    """The words of those parts that have some, the files of all."""
    read = [from_json(each.content) for each in parts]
    files = tuple(file for _, remote in read for file in remote)
    message = replace(read[0][0], text="\n".join(message.text for message, _ in read if message.text))
    if files:
        with office.way.aside():
            message = fetch_all(message, files, office, last=last)
    give_to_inbox(message, office)


def _put_off(ids: Sequence[int], attempts: int, office: Office) -> None:
    pause = RETRY_SECONDS[min(attempts, len(RETRY_SECONDS) - 1)]
    with office.database.write() as connection:
        arrivals.put_off(connection, ids, office.clock() + timedelta(seconds=pause))


class Reception:
    """Runs in every process that takes messages. Any number may run: an arrival is claimed in the database."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._busy = 0
        self._in_hand: set[int] = set()
        self._made: list[tuple[list[int], bool]] = []
        self._fetching: dict[str, int] = defaultdict(int)
        self._renew_at = office.clock()
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="reception")
        self._fetchers: dict[str, ThreadPoolExecutor] = {}
        self._thread = threading.Thread(target=self._run, name="otklik-reception", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand and leave the rest to others. Files that are slow to come are waited for briefly."""
        self._stopping.set()
        self._office.doorbell.ring()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._hands.shutdown(wait=True, cancel_futures=True)
        for pool in self._fetchers.values():
            pool.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + STOP_SECONDS
        while self._busy and time.monotonic() < until:
            time.sleep(0.02)
        try:
            self._write_down(0)
            with self._office.database.write() as connection:
                arrivals.hold(connection, list(self._in_hand), self._office.clock())
        except SupportError as error:
            log.warning("what was in hand could not be given back", extra={"problem": error.detail})

    def _run(self) -> None:
        while not self._stopping.is_set():
            claimed = 0
            try:
                with self._office.way.turn():
                    claimed = self._take_some()
            except SupportError as error:
                log.warning("arrivals put off", extra={"problem": error.detail})
            except Exception:
                log.exception("the reception stumbled")
            if not claimed:
                self._office.doorbell.wait(LOOK_SECONDS)

    def _take_some(self) -> int:
        """Write down what was made and claim as much again; returns how much was claimed."""
        now = self._office.clock()
        with self._lock:
            made = {each for ids, _ in self._made for each in ids}
            words = len(self._in_hand - made) - sum(self._fetching.values())
            full = [channel for channel, count in self._fetching.items() if count >= 2 * FETCHING_HANDS]
            must = bool(self._made) or (bool(self._in_hand) and self._renew_at <= now)
        if words > HANDS:
            return 0
        if not must:
            with self._office.database.read() as connection:
                if not arrivals.any_due(connection, now, full):
                    return 0
        claimed = self._write_down(2 * HANDS - words, full)
        for arrival in claimed:
            self._hand_over(arrival)
        return len(claimed)

    def _write_down(self, limit: int, full: Sequence[str] = ()) -> list[Arrival]:
        now = self._office.clock()
        with self._lock:
            made, self._made = self._made, []
            held = sorted(self._in_hand - {each for ids, _ in made for each in ids})
        renews = bool(held) and self._renew_at <= now
        try:
            with self._office.database.write() as connection:
                for with_files in (False, True):
                    if ids := [each for some, files in made if files is with_files for each in some]:
                        arrivals.finish(connection, ids, remember=with_files)
                if renews:
                    arrivals.hold(connection, held, now + timedelta(seconds=LEASE_SECONDS))
                claimed = arrivals.claim(connection, now, limit, full) if limit else []
        except BaseException:
            with self._lock:
                self._made += made
            raise
        with self._lock:
            if renews or not held:
                self._renew_at = now + timedelta(seconds=LEASE_SECONDS / 3)
            self._in_hand -= {each for ids, _ in made for each in ids}
            self._in_hand |= {each.id for each in claimed}
        return claimed

    def _hand_over(self, arrival: Arrival) -> None:
        if not arrival.has_files:
            self._hands.submit(self._make, arrival)
            return
        channel = arrival.channel
        with self._lock:
            self._fetching[channel] += 1
        if channel not in self._fetchers:
            self._fetchers[channel] = ThreadPoolExecutor(FETCHING_HANDS, thread_name_prefix=f"fetch-{channel}")
        self._fetchers[channel].submit(self._make, arrival)

    def _make(self, arrival: Arrival) -> None:
        made = None
        with self._lock:
            self._busy += 1
        try:
            with self._office.way.turn():
                made = make_message(arrival, self._office)
        except SupportError as error:
            log.warning("an arrival was put off", extra={"channel": arrival.channel, "problem": error.detail})
        except Exception:
            log.exception("an arrival could not be put off", extra={"channel": arrival.channel})
        finally:
            with self._lock:
                self._busy -= 1
                if made is None:
                    self._in_hand.discard(arrival.id)
                else:
                    self._made.append((made, arrival.has_files))
                if arrival.has_files:
                    self._fetching[arrival.channel] -= 1
            self._office.doorbell.ring()
