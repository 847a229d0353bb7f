"""How fast suggestions are made and found: an office with many past and canned replies, timed in process."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import insert

from service import canned, desk
from service.domain.messages import InboundMessage
from service.inbox import handle_message
from service.office import Office, open_office
from service.preparation import prepare_database
from service.settings import Settings
from service.storage import past_replies, records
from service.storage import staff as staff_storage
from service.storage.staff import Role, StaffMember
from service.storage.tables import PastQuestionRow, PastReplyRow, table
from service.suggesting import current_offer, search_replies

CANNED = 200
_PREFIXES = (3, 6, 12, 24)


def measure(settings: Settings, folder: Path, texts: Sequence[str], memories: int, rounds: int) -> dict[str, Any]:
    """Figures in milliseconds on a fresh SQLite database in `folder` with `memories` past replies."""
    settings = settings.model_copy(
        update={"var_dir": folder, "database_url": "", "model_dir": settings.model, "redis_url": ""}
    )
    settings.__dict__.pop("database", None)
    settings.__dict__.pop("model", None)
    prepare_database(settings)
    office = open_office(settings)
    try:
        with office.database.write() as connection:
            boss, _ = staff_storage.add(connection, "boss", "Ольга", Role.SUPERVISOR, (), office.clock())
        _remember(office, texts, memories)
        _can(office, boss, texts)
        began = time.perf_counter()
        office.past_replies.load()
        loaded = time.perf_counter() - began
        conversations = [_waiting(office, boss, number) for number in range(4)]
        offers, searches = [], []
        for number in range(rounds):
            who, conversation = conversations[number % len(conversations)]
            text = texts[(number * 7) % len(texts)]
            handle_message(InboundMessage("web", uuid4().hex, who, text), office)
            offers.append(_timed(partial(current_offer, conversation, boss, office)))
            searches += [
                _timed(partial(search_replies, text[:letters], conversation, boss, office)) for letters in _PREFIXES
            ]
    finally:
        office.close()
    return {
        "past_replies": memories, "canned": CANNED, "load_s": round(loaded, 2),
        "offer": _summary(offers), "search": _summary(searches),
    }  # fmt: skip


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _summary(delays: list[float]) -> dict[str, float]:
    ranked = sorted(delays[len(delays) // 10 :])  # the first tenth warms up
    return {
        f"p{share}_ms": round(ranked[min(len(ranked) - 1, len(ranked) * share // 100)], 2) for share in (50, 95, 99)
    }


def _waiting(office: Office, boss: StaffMember, number: int) -> tuple[str, int]:
    who = f"bench-{number}"
    message = InboundMessage("web", uuid4().hex, who, "оператор", "command:operator", "ru", "Анна Петрова")
    conversation = handle_message(message, office).message.conversation_id
    desk.take(conversation, boss, office)
    return who, conversation


def _can(office: Office, boss: StaffMember, texts: Sequence[str]) -> None:
    for number in range(CANNED):
        text = texts[number % len(texts)]
        canned.add_canned(
            boss, office, shortcut=f"/s{number}", title=text[:80] or "?", text={"ru": f"{{client_name}}, ответ: {text}"}
        )


def _remember(office: Office, texts: Sequence[str], memories: int) -> None:
    """As many replies as asked, each to a question near one of the texts; written in bulk, as they would lie there."""
    vectors = office.vectors.of(texts)
    if vectors is None:
        return
    noise = np.random.default_rng(7).normal(0, 0.02, (997, vectors.shape[1])).astype(np.float32)
    now = office.clock()
    replies, questions = [], []
    for number in range(1, memories + 1):
        text = texts[number % len(texts)]
        vector = vectors[number % len(texts)] + noise[number % len(noise)]
        shared = {
            "id": number, "reply": f"Здравствуйте, {{client_name}}! Ответ {number} на вопрос: {text}",
            "intent": None, "client_id": number, "conversation_id": number, "operator_id": None, "created_at": now,
            "changed": number,
        }  # fmt: skip
        replies.append(shared | {"reply_hash": str(number), "language": "ru", "department": None, "given_at": now})
        packed = office.vectors.pack(np.divide(vector, np.linalg.norm(vector)))
        questions.append(
            shared | {"past_reply_id": number, "question": text, "vector": packed, "encoder": office.vectors.encoder,
                      "message_id": number}
        )  # fmt: skip
    with office.database.write() as connection:
        connection.execute(insert(table(PastReplyRow)), replies)
        connection.execute(insert(table(PastQuestionRow)), questions)
        records.set_note(connection, past_replies.VERSION, f"0.{memories}")
