"""Time-driven work: bursts whose window is over, deliveries, suggestions, assignment, targets, changes elsewhere."""

import logging
import threading
from collections.abc import Callable

from service import desk, filing, outbox, receiving, reception
from service.audit_trail import link_due
from service.couriers import Couriers
from service.errors import SupportError
from service.inbox import answer_waiting
from service.labelling import collect_due, expire_old, weigh_due
from service.office import Office
from service.releases.drift import measure_drift
from service.releases.runner import TrainingRunner, find_lost
from service.retention import Retention
from service.shifts import assignment, presence, surveys, targets
from service.signing_in import forget_old
from service.storage import arrivals, conversations, links, queue, search
from service.suggesting import OfferMaker, learn_due

log = logging.getLogger(__name__)

TICK_SECONDS = 0.2
SLOW_EVERY_TICKS = 50
TRAININGS_EVERY_TICKS = 3
DRIFT_EVERY_TICKS = 3000
"""Ten minutes; the first look a minute after the start."""
COLLECT_EVERY_TICKS = 5
INDEX_AT_ONCE = 40
"""Clients' messages wait while a batch is written: small ones, often."""


class Worker:
    """One thread that does what is due. Any number may run: each piece of work is claimed in the database."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._offers = OfferMaker()
        self._retention = Retention()
        self._couriers = Couriers(office)
        self._trainings = TrainingRunner()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="otklik-worker", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()
        self._couriers.start()

    def stop(self) -> None:
        """Finish the present piece of work and end."""
        self._stopping.set()
        self._couriers.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        ticks = 0
        while not self._stopping.wait(TICK_SECONDS):
            work_once(self._office, slow=ticks % SLOW_EVERY_TICKS == 0, offers=self._offers, alone=False,
                      retention=self._retention)  # fmt: skip
            if ticks % DRIFT_EVERY_TICKS == DRIFT_EVERY_TICKS // 10:
                _guarded("drift", lambda: measure_drift(self._office))
            if ticks % COLLECT_EVERY_TICKS == 0:
                _guarded("labelling", lambda: collect_due(self._office))
            if ticks % TRAININGS_EVERY_TICKS == 0:
                _guarded("trainings", lambda: self._trainings.tick(self._office))
            ticks += 1
        _guarded("trainings", lambda: self._trainings.close(self._office))


def work_once(
    office: Office, *, slow: bool = True, offers: OfferMaker | None = None, alone: bool = True,
    retention: Retention | None = None,
) -> None:  # fmt: skip
    """Everything that is due now. A piece that fails is logged and tried again at the next tick.

    `offers` remembers which messages were looked at and `retention` when it found nothing; without them all is looked
    at. `alone=False` where the reception and the couriers are at work: a slow platform would keep everything waiting.
    """
    making, keeping = offers or OfferMaker(), retention or Retention()
    _guarded("bursts", lambda: answer_bursts(office))
    if alone:
        _guarded("arrivals", lambda: reception.take_due(office))
        _guarded("outbox", lambda: outbox.deliver_due(office))
    _guarded("search", lambda: index_messages(office))
    _guarded("snoozed", lambda: desk.wake_due(office))
    _guarded("suggestions", lambda: making.make_due(office))
    _guarded("assignment", lambda: assignment.assign_waiting(office))
    _guarded("surveys", lambda: surveys.ask_closed(office))
    if slow:
        _guarded("files", lambda: filing.clear_out(office))
        _guarded("learning", lambda: learn_due(office))
        _guarded("labelling", lambda: collect_due(office))
        _guarded("weighing", lambda: weigh_due(office))
        _guarded("retention", lambda: expire_old(office))
        _guarded("audit", lambda: link_due(office))
        _guarded("kept", lambda: keeping.step(office))
        _guarded("presence", lambda: presence.mark_lost(office))
        _guarded("abandoned", lambda: assignment.return_abandoned(office))
        _guarded("orphans", lambda: assignment.rescue_orphans(office))
        _guarded("clocks", lambda: targets.watch_clocks(office))
        _guarded("lost", lambda: outbox.find_lost(office))
        _guarded("channels", office.channels.load)
        _guarded("reports", lambda: receiving.forget_early_reports(office))
        _guarded("lost trainings", lambda: find_lost(office))
        _guarded("knowledge", office.knowledge.load)
        _guarded("words", office.word_book.load)
        _guarded("links", lambda: end_expired_links(office))
        _guarded("sessions", lambda: forget_old(office))
        _guarded("metrics", lambda: count_waiting(office))


def answer_bursts(office: Office) -> int:
    """Answer the clients who have finished writing; returns how many."""
    with office.database.read() as connection:
        due = conversations.due_for_answer(connection, office.clock())
    answered = 0
    for conversation_id, due_at in due:
        if answer_waiting(conversation_id, office) is not None:
            office.metrics.burst_lateness.observe(max(0.0, (office.clock() - due_at).total_seconds()))
            answered += 1
    return answered


def index_messages(office: Office) -> int:
    """Make new messages searchable, a batch at a time; returns how many."""
    with office.database.read() as connection:
        if not search.anything_new(connection):
            return 0
    with office.database.write() as connection:
        return search.index_new(connection, INDEX_AT_ONCE)


def end_expired_links(office: Office) -> int:
    """End the links whose time is over; returns how many."""
    with office.database.write() as connection:
        return links.end_expired(connection, office.clock())


def count_waiting(office: Office) -> None:
    """Refresh the gauges of waiting conversations, and of what has arrived and is no message yet."""
    with office.database.read() as connection:
        counts, arrived = queue.counts(connection), arrivals.counts(connection)
    for state, number in arrived.items():
        office.metrics.arrivals.labels(state).set(number)
    office.metrics.waiting.clear()
    for (department, state), number in counts.items():
        office.metrics.waiting.labels(department, state).set(number)


def _guarded(what: str, work: Callable[[], object]) -> None:
    try:
        work()
    except SupportError as error:
        log.warning("work put off", extra={"what": what, "problem": error.detail})
    except Exception:
        log.exception("work failed", extra={"what": what})
