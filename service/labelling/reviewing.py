"""What a person labels next, what they said, and how well people agree."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, Row

from models import selection
from service.domain.labels import (
    OUT_OF_SCOPE,
    Event,
    GivenLabel,
    Guess,
    ReviewItem,
    WeakLabel,
    Worry,
    event_from_json,
)
from service.domain.staff import StaffMember
from service.errors import InvalidInput, NotFound
from service.office import Office
from service.permits import must
from service.policies.agreement import Agreement, agreement, standing
from service.policies.permissions import Action
from service.storage import understood
from service.storage.audit import record_audit
from service.storage.staff import must_work

MOST_INTENTS = 5
UNDO, SKIP, REVIEW, DECISION, TOPIC = "undo", "skip", "review", "decision", "topic"


def next_items(
    staff: StaffMember, office: Office, *, limit: int = 50, worry: str | None = None, but: Sequence[int] = ()
) -> list[ReviewItem]:
    """What this person should label next, worthiest first, different from each other rather than fifty times the same.

    Samples that somebody labelled already come without what was said. `worry` (one of `Worry`) asks for one kind only,
    `but` leaves out what is on the screen.
    """
    must(staff, Action.LABEL_MESSAGES)
    with office.database.read() as connection:
        rows = understood.queue(
            connection, staff.id, limit * selection.CANDIDATES_A_CHOICE, worry=worry, but=but
        )  # fmt: skip
    return [item_of(row) for row in _different(rows, limit, office)]


def read_item(item_id: int, staff: StaffMember, office: Office) -> ReviewItem:
    """One message of the queue; NotFound when it was erased."""
    must(staff, Action.LABEL_MESSAGES)
    with office.database.read() as connection:
        return item_of(_row(connection, item_id))


def label(item_id: int, intents: Sequence[str], staff: StaffMember, office: Office) -> ReviewItem:
    """Say what a message is about: one intent, several, or out_of_scope; returns it as it stands now.

    InvalidInput for intents that are not there, NotFound when the message was erased meanwhile.
    """
    must(staff, Action.LABEL_MESSAGES)
    meant = check_intents(intents, office)
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        row = _row(connection, item_id, lock=True)
        source = DECISION if row.state == "disputed" else REVIEW
        write_label(connection, row.id, meant, source, who, office)
        return item_of(_row(connection, item_id))


def skip(item_id: int, staff: StaffMember, office: Office) -> None:
    """Leave a message to others; it is not shown to this person again."""
    must(staff, Action.LABEL_MESSAGES)
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        row = _row(connection, item_id, lock=True)
        understood.add_label(connection, row.id, None, SKIP, who.id, who.login, office.clock())


def undo(staff: StaffMember, office: Office) -> int | None:
    """Take back the last thing this person said or skipped; the message it was about, None when there is nothing."""
    must(staff, Action.LABEL_MESSAGES)
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        back = 0
        for line in understood.history(connection, 200, who.id):
            if line.source == UNDO:
                back += 1
            elif back:
                back -= 1
            else:
                write_label(connection, line.log_id, None, UNDO, who, office)
                return int(line.log_id)
    return None


def history(staff: StaffMember, office: Office, *, limit: int = 50) -> list[GivenLabel]:
    """What was said last, by everybody, newest first."""
    must(staff, Action.LABEL_MESSAGES)
    with office.database.read() as connection:
        return [
            GivenLabel(
                line.log_id, line.text, _label(line.intents) if line.source != SKIP else (), line.source, line.author,
                line.created_at,
            )
            for line in understood.history(connection, limit)
        ]  # fmt: skip


def agreed(staff: StaffMember, office: Office) -> Agreement:
    """How well people agree on the messages that two of them label, none seeing what the other said."""
    must(staff, Action.LABEL_MESSAGES)
    with office.database.read() as connection:
        lines = understood.of_samples(connection)
    said: dict[int, dict[int, tuple[str, ...]]] = {}
    for line in lines:
        words = said.setdefault(line.log_id, {})
        if line.source == UNDO:
            words.pop(line.staff_id, None)
        elif line.source == REVIEW and line.intents:
            words[line.staff_id] = tuple(sorted(line.intents))
    pairs = [tuple(words.values())[:2] for words in said.values() if len(words) > 1]
    return agreement([(first, second) for first, second in pairs])


def progress(staff: StaffMember, office: Office) -> dict[str, int]:
    """How many messages wait, are labelled, are disputed, and were left alone because nothing speaks against them."""
    must(staff, Action.LABEL_MESSAGES)
    with office.database.read() as connection:
        counts = understood.counts(connection)
    return {state: counts.get(state, 0) for state in ("open", "labelled", "disputed", "quiet")}


def check_intents(intents: Sequence[str], office: Office) -> tuple[str, ...]:
    """What was said, each once and in a fixed order; InvalidInput for what can't be a label."""
    meant = tuple(sorted(set(intents)))
    if not meant or len(meant) > MOST_INTENTS:
        raise InvalidInput(f"label: name one intent, or up to {MOST_INTENTS}")
    unknown = [each for each in meant if each not in office.rules.intents and each != OUT_OF_SCOPE]
    if unknown:
        raise InvalidInput(f"there is no intent {unknown[0][:80]!r}")
    if OUT_OF_SCOPE in meant and len(meant) > 1:
        raise InvalidInput("label: a message that is out of scope has no other intent")
    return meant


def write_label(
    connection: Connection, log_id: int, meant: Sequence[str] | None, source: str, who: StaffMember, office: Office
) -> None:  # fmt: skip
    """Add a line to the history, settle what stands, and write it into the trail."""
    now = office.clock()
    understood.add_label(connection, log_id, meant, source, who.id, who.login, now)
    said = [
        (line.staff_id, _label(line.intents), line.source)
        for line in understood.labels_of(connection, log_id)
        if line.source != SKIP
    ]
    stands, by, at_odds = standing(said)
    state = "disputed" if at_odds else "labelled" if stands else "open"
    understood.change(connection, log_id, label=list(stands) if stands else None, labelled_by=by, state=state)
    data = {"intents": list(meant)} if meant is not None else {}
    record_audit(connection, who.login, "label_message" if meant else "unlabel_message", "message", log_id, data, now)


def item_of(row: Row[*tuple[object, ...]]) -> ReviewItem:
    """A row as a value; what others said of a sample stays hidden."""
    second = row.sample and row.labelled_by == 1 and row.state == "labelled"
    worries = [Worry(each) for each in row.reasons]
    return ReviewItem(
        id=row.id,
        text=row.text,
        language=row.language,
        ranking=tuple(Guess(str(intent), float(confidence)) for intent, confidence in row.ranking),
        in_scope=row.in_scope,
        disagreement=row.disagreement,
        worries=(*worries, Worry.SAMPLE) if second else tuple(worries),
        like=row.alike,
        weak=WeakLabel(row.weak_label, row.weak_weight, row.weak_reason) if row.weak_label else None,
        happened=tuple(_event(each) for each in row.happened),
        label=None if second else _label(row.label),
        second=second,
        disputed=row.state == "disputed",
        example=row.message_id is None,
        decision=row.decision,
        article=row.article,
        created_at=row.created_at,
    )


def _event(data: dict[str, object]) -> Event:
    return event_from_json(data)


def _label(intents: list[str] | None) -> tuple[str, ...] | None:
    return tuple(intents) if intents else None


def _row(connection: Connection, item_id: int, *, lock: bool = False) -> Row[*tuple[object, ...]]:
    row = understood.get(connection, item_id, lock=lock)
    if row is None:
        raise NotFound(f"there is no message {item_id} to label; it may have been erased at its client's wish")
    return row


def _different(
    rows: Sequence[Row[*tuple[object, ...]]], limit: int, office: Office
) -> list[Row[*tuple[object, ...]]]:  # fmt: skip
    """The worthiest of each group of similar ones; in the plain order where there are no vectors to compare by."""
    vectors = [office.vectors.unpack(row.vector, row.encoder) for row in rows]
    known = [(row, vector) for row, vector in zip(rows, vectors, strict=True) if vector is not None]
    if len(known) <= limit:
        return list(rows[:limit])
    worth = np.array([row.worth for row, _ in known], dtype=np.float32)
    chosen = selection.choose(worth, np.stack([vector for _, vector in known]), limit)
    picked = [known[place][0] for place in chosen.tolist()]
    return sorted(picked, key=lambda row: (-row.worth, row.id))
