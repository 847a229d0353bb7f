"""The bank's own systems behind one protocol (`base.py`): the demo's tables or the bank's REST API."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from service.backoffice.base import BackOffice
from service.backoffice.demo import DemoBank
from service.settings import Settings
from service.storage.database import Database

CONTRACT_FILE = Path(__file__).parent / "contract.yaml"
"""What a bank's REST API has to keep (OpenAPI)."""


def open_back_office(
    settings: Settings,
    database: Database,
    clock: Callable[[], datetime],
    note: Callable[[str, str, float], None] | None = None,
) -> BackOffice | None:  # fmt: skip
    """The back office of the settings; None when there is none and people do what it would.

    `note(operation, outcome, seconds)` is told of every call over the wire. Raises SetupError naming what is missing.
    """
    match settings.back_office:
        case "demo":
            return DemoBank(database, clock)
        case "http":
            from service.backoffice.access import open_access
            from service.backoffice.calling import Caller  # with its shapes the start would take longer for everybody
            from service.backoffice.http import HttpBank

            return HttpBank(Caller(open_access(settings), note=note))
        case _:
            return None
