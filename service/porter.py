"""The porter does errands and posts letters the moment they are written down, in threads beside the serving ones."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from service import errands, owners, posting
from service.errors import SupportError
from service.office import Office
from service.storage.errands import ClaimedErrand

log = logging.getLogger(__name__)

HANDS = 8
LOOK_SECONDS = 1.0
"""Also without a ring: errands of other processes, and those whose time has come again."""


class Porter:
    """Runs in every process that takes messages. Any number may run: an errand is claimed in the database."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._stopping = threading.Event()
        self._free = threading.Semaphore(HANDS)
        self._hands = ThreadPoolExecutor(HANDS + 1, thread_name_prefix="errand")
        self._posting: Future[None] | None = None
        self._thread = threading.Thread(target=self._run, name="otklik-porter", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand and end."""
        self._stopping.set()
        self._office.bell.ring()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._hands.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._take_all()
                self._post_letters()
            except SupportError as error:
                log.warning("errands put off", extra={"problem": error.detail})
            except Exception:
                log.exception("errands failed")
            self._office.bell.wait(LOOK_SECONDS)

    def _take_all(self) -> None:
        while not self._stopping.is_set():
            self._free.acquire()
            found = []
            try:
                found = errands.claim(self._office, 1)
            finally:
                if not found:
                    self._free.release()
            if not found:
                return
            self._hands.submit(self._do, found[0])

    def _post_letters(self) -> None:
        """In a hand of its own: a mail server that is slow keeps no errand waiting."""
        if self._posting is None or self._posting.done():
            self._posting = self._hands.submit(self._post)

    def _post(self) -> None:
        try:
            owners.tell_failures(self._office)
            posting.post_due(self._office)
        except SupportError as error:
            log.warning("letters put off", extra={"problem": error.detail})
        except Exception:
            log.exception("letters failed")

    def _do(self, errand: ClaimedErrand) -> None:
        try:
            if errands.perform(errand, self._office):
                self._office.bell.ring()  # the procedure may have the next one already
        except SupportError as error:
            log.warning("errand put off", extra={"what": errand.operation, "problem": error.detail})
        except Exception:
            log.exception("errand failed", extra={"what": errand.operation})
        finally:
            self._free.release()
            self._office.bell.ring()  # it may have written a letter
