"""The owner's wording of the bot's sentences, kept in memory: saying something asks no database."""

import logging
import threading
from contextlib import suppress
from typing import Any

from service import texts
from service.errors import StorageUnavailable
from service.events import Events
from service.storage import bot_texts, records
from service.storage.database import Database

log = logging.getLogger(__name__)
CHANGED = "bot_texts"
"""The whisper between processes that there are new words."""


class WordBook:
    """Hands the words in the database to `texts`; looks again when told, and when the worker asks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loading = threading.Lock()
        self._version: str | None = None
        texts.use({})
        self.load()

    def load(self) -> None:
        """Read the words if they changed since; a glance at one note otherwise."""
        with self._loading, self._database.read() as connection:
            version = records.get_note(connection, bot_texts.VERSION)
            if version == self._version:
                return
            words = bot_texts.newest(connection)
            texts.use({key: each.words for key, each in words.items() if each.words is not None})
            self._version = version

    def follow(self, events: Events) -> None:
        """Load again whenever a process says that it changed something."""
        events.listen(CHANGED, self._heard)

    def _heard(self, _words: dict[str, Any]) -> None:
        with suppress(StorageUnavailable):  # the worker's next look makes good for it
            self.load()
