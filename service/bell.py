"""Something was written down that should be done at once: rung after the commit, heard by the porter or reception."""

import threading


class Bell:
    """Rings within one process. A ring that nobody waits for is heard by the next who does."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        """Wake who waits; costs nothing when nobody does."""
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Wait for a ring, at most so long; whether there was one."""
        heard = self._rung.wait(seconds)
        self._rung.clear()
        return heard
