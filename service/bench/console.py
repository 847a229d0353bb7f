"""How fast the console's reading is: a full queue, a long conversation, a search over many messages."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from service import desk
from service.domain.console import InboxFilters
from service.domain.conversations import ChannelKind
from service.domain.decisions import HandOff, Reason
from service.domain.intents import Priority
from service.domain.messages import Reply
from service.domain.search import Search
from service.office import Office, open_office
from service.preparation import prepare_database
from service.settings import Settings
from service.storage import conversations, messages, queue, search, staff
from service.storage.staff import Role, StaffMember

WORDS = ("перевод", "карта", "не работает", "банкомат", "вернуть деньги", "кредит", "когда", "платёж", "справка")


def measure_console(settings: Settings, *, waiting: int, long: int, rounds: int) -> dict[str, Any]:
    """Milliseconds (best, median, 95 of 100) of what an open console does, on a fresh database of that size."""
    with _office(settings) as office:
        with office.database.write() as connection:
            anna, _ = staff.add(connection, "bench", "Bench", Role.OPERATOR, (), office.clock())
            limited, _ = staff.add(connection, "bench-2", "Bench", Role.OPERATOR, ("cards", "loans"), office.clock())
            for number in range(waiting):
                add_conversation(connection, office, number, 6)
            longest = add_conversation(connection, office, waiting, long)
            while search.index_new(connection, 500):
                pass
        last = _last_cursor(anna, office)
        asked: dict[str, Callable[[], object]] = {
            "list_first_page": lambda: desk.list_inbox(anna, office),
            "list_last_page": lambda: desk.list_inbox(anna, office, after=last),
            "list_two_departments": lambda: desk.list_inbox(limited, office),
            "list_filtered": lambda: desk.list_inbox(anna, office, InboxFilters(priorities=(Priority.URGENT,))),
            "open_long_conversation": lambda: desk.read_timeline(longest, anna, office),
            "client_card": lambda: desk.client_card(longest, anna, office),
            "search_words": lambda: desk.search(anna, office, Search("переводом карты")),
            "search_recent": lambda: desk.search(anna, office, Search()),
        }
        return {name: _timed(ask, rounds) for name, ask in asked.items()}


@contextmanager
def _office(settings: Settings) -> Iterator[Office]:
    with TemporaryDirectory(prefix="otklik-bench-") as folder:
        fresh = settings.model_copy(update={"var_dir": Path(folder), "model_dir": settings.model.resolve()})
        prepare_database(fresh)
        office = open_office(fresh)
        yield office
        office.close()


def add_conversation(connection: Connection, office: Office, number: int, length: int) -> int:
    """A client who waits for a person after so many messages."""
    began = office.clock() - timedelta(hours=5, seconds=-number)
    view = conversations.begin(connection, "web", uuid4().hex, ChannelKind.WEB, "ru", f"Клиент {number}", began)
    for seq in range(1, length + 1):
        moment = began + timedelta(seconds=seq)
        said = " ".join(WORDS[(number + seq * step) % len(WORDS)] for step in (1, 2, 3))
        if seq % 2:
            messages.add_client_message(
                connection, conversation_id=view.id or 0, seq=seq, channel="web", external_id=uuid4().hex, text=said,
                original_hash="", understanding=_understanding(said), decision={"kind": "answer"}, now=moment,
            )  # fmt: skip
        else:
            messages.add_replies(
                connection, conversation_id=view.id or 0, first_seq=seq, channel="web", replies=(Reply(said * 5),),
                state=None, now=moment,
            )  # fmt: skip
    department = office.rules.departments[number % len(office.rules.departments)]
    priority = tuple(Priority)[number % 10 // 4]
    decision = HandOff(department, priority, Reason.ASKED_FOR_PERSON, "card_declined")
    queue.open_handoff(connection, view.id or 0, decision, {"client_said": []}, moment)
    changes: dict[str, Any] = {"state": "queued", "department": department, "priority": priority.value}
    conversations.change(connection, view, queued_at=moment, last_seq=length, updated_at=moment, **changes)
    return view.id or 0


def _understanding(said: str) -> dict[str, Any]:
    ranking = [{"intent": f"intent_{place}", "confidence": 0.5 / (place + 1)} for place in range(20)]
    return {"text": said, "language": "ru", "ranking": ranking, "in_scope": True, "mood_score": -0.2, "mood": "calm"}


def _last_cursor(anna: StaffMember, office: Office) -> str | None:
    cursor: str | None = None
    while following := desk.list_inbox(anna, office, after=cursor).next:
        cursor = following
    return cursor


def _timed(ask: Callable[[], object], rounds: int) -> dict[str, float]:
    ask()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return {
        "best_ms": round(taken[0], 2),
        "p50_ms": round(taken[len(taken) // 2], 2),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 2),
    }
