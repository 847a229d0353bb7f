"""Work that takes a while and goes on whoever looks: begun by one, seen by all, never twice at a time in a process."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service import cores

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Begun:
    """Who has begun it (a login), and when. `failed`: it has ended, and not well."""

    by: str
    at: datetime
    failed: bool = False


class Ongoing:
    """What goes on in this process, by name. It ends with the process, and nothing is half-written then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Begun] = {}

    def begin(self, name: str, begun: Begun, work: Callable[[], object], changed: Callable[[], None]) -> Begun:
        """Have `work` done on a thread of its own, unless it goes on already; what goes on is returned.

        `changed` is called when it has begun and when it has ended, from any thread.
        """
        with self._lock:
            present = self._known.get(name)
            if present is not None and not present.failed:
                return present
            self._known[name] = begun
        threading.Thread(target=self._do, args=(name, begun, work, changed), name=name, daemon=True).start()
        changed()
        return begun

    def of(self, name: str) -> Begun | None:
        """What goes on under this name, or how it failed the last time; None when it is done or was never begun."""
        with self._lock:
            return self._known.get(name)

    def _do(self, name: str, begun: Begun, work: Callable[[], object], changed: Callable[[], None]) -> None:
        after: Begun | None = None
        cores.free()
        try:
            work()
        except Exception:
            log.exception("work that goes on has failed", extra={"work": name})
            after = Begun(begun.by, begun.at, failed=True)
        with self._lock:
            self._known.pop(name)
            if after is not None:
                self._known[name] = after
        changed()
