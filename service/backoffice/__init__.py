"""The bank's own systems behind one protocol (`base.py`): the demo's tables or the bank's REST API."""

from collections.abc import Callable
from datetime import datetime

from service.backoffice.base import BackOffice
from service.backoffice.demo import DemoBank
from service.settings import Settings
from service.storage.database import Database


def open_back_office(settings: Settings, database: Database, clock: Callable[[], datetime]) -> BackOffice | None:
    """The back office of the settings; None when there is none and people do what it would."""
    if settings.back_office == "demo":
        return DemoBank(database, clock)
    return None
