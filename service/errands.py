"""Errands outside: done after the commit that wrote them down, and the procedure resumed with what came of them.

At least once: who dies with an errand in hand leaves it to the next, which does it again with the same key. A procedure
that was put away meanwhile (an operator took over) hears nothing; what was done stands in the timeline all the same.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service import outbox, procedures
from service.acts import act
from service.backoffice.base import BackOfficeRefused
from service.deciding import asker_of, follow
from service.dialogues import DIALOGUES
from service.dialogues.base import Say, Step, Turn
from service.domain.conversations import ConversationState, ConversationView, DialogueState
from service.domain.decisions import Decision, HandOff, Reason
from service.domain.errands import ErrandOutcome, Fate
from service.domain.understanding import Understanding
from service.domain.verification import Asker
from service.errors import SupportError
from service.office import Office
from service.performers import OUTSIDE
from service.performers.base import Job, Performer, Refused, Scene, TryAgain
from service.policies.handoff import hand_off
from service.policies.verification import valid_link
from service.procedures import Led
from service.storage import conversations, errands, records
from service.storage.audit import record_audit
from service.storage.errands import ClaimedErrand

log = logging.getLogger(__name__)

RETRY_SECONDS = (1, 4, 10)
"""A client is waiting: who is not helped within a quarter of a minute is better off with a person."""
AT_ONCE = 8


def perform_due(office: Office) -> int:
    """Do the errands that are due, one after the other; returns how many ended."""
    return sum(perform(errand, office) for errand in claim(office, AT_ONCE))


def claim(office: Office, limit: int) -> list[ClaimedErrand]:
    """Take up to `limit` of the due errands in hand."""
    now = office.clock()
    with office.database.read() as connection:
        if not errands.is_anything_due(connection, now):
            return []
    with office.database.write() as connection:
        return errands.claim_due(connection, now, limit)


def perform(errand: ClaimedErrand, office: Office) -> bool:
    """Do one errand and resume its procedure; False when it will be tried again."""
    with office.database.read() as connection:
        conversation = conversations.get(connection, errand.conversation_id)
    if errand.attempts == 1 and _waiting(conversation, errand.key) is None:
        with office.database.write() as connection:
            errands.end(connection, errand.key, errands.WITHDRAWN, office.clock())
        return True
    performer = OUTSIDE.get(errand.operation)
    try:
        outcome = _do(errand, performer, conversation, office)
    except TryAgain as failure:
        if errand.attempts <= len(RETRY_SECONDS):
            _put_off(errand, str(failure), office)
            outbox.show_typing(conversation, office)
            return False
        log.warning("errand given up", extra={"what": errand.operation, "problem": str(failure)})
        outcome = ErrandOutcome(errand.operation, Fate.FAILED, reason=str(failure))
    office.metrics.errands.labels(errand.operation, outcome.fate.value).inc()
    _settle(errand, performer, outcome, office)
    return True


def _do(
    errand: ClaimedErrand, performer: Performer | None, conversation: ConversationView, office: Office
) -> ErrandOutcome:
    if performer is None:
        return ErrandOutcome(errand.operation, Fate.FAILED, reason="nobody does this operation any more")
    link = valid_link(conversation.link, office.clock())
    if performer.for_clients and link is None:
        return ErrandOutcome(errand.operation, Fate.REFUSED, reason="not_linked")
    job = Job(
        errand.key, errand.operation, errand.arguments, errand.conversation_id, errand.identity_id,
        conversation.language, link,
    )  # fmt: skip
    try:
        return ErrandOutcome(errand.operation, Fate.DONE, performer.perform(job, office))
    except (Refused, BackOfficeRefused) as refusal:
        return ErrandOutcome(errand.operation, Fate.REFUSED, reason=str(refusal.reason))
    except TryAgain:
        raise
    except SupportError as problem:  # the bank's systems or the database: neither is there now
        raise TryAgain(problem.detail) from problem
    except Exception as bug:
        log.exception("an errand failed unexpectedly", extra={"what": errand.operation})
        raise TryAgain(type(bug).__name__) from bug


def _put_off(errand: ClaimedErrand, problem: str, office: Office) -> None:
    due = office.clock() + timedelta(seconds=RETRY_SECONDS[errand.attempts - 1])
    with office.database.write() as connection:
        errands.put_off(connection, errand.key, due, problem)


def _settle(errand: ClaimedErrand, performer: Performer | None, outcome: ErrandOutcome, office: Office) -> None:
    """Resume the procedure in one transaction with writing down that the errand has ended."""
    now = office.clock()
    decision: Decision | None = None
    with office.database.write() as connection:
        conversation = conversations.get(connection, errand.conversation_id, lock=True)
        conversation = replace(conversation, channel_kind=office.kind_of(conversation.channel))
        state = _waiting(conversation, errand.key)
        if performer is not None and performer.for_clients and not _is_still_theirs(state, conversation, now):
            outcome = ErrandOutcome(errand.operation, Fate.REFUSED, reason="not_linked")
        ended = errands.LATE if state is None else outcome.fate.value
        if not errands.end(connection, errand.key, ended, now, outcome.reason or None):
            return  # somebody else was faster
        if performer is None or performer.changes or outcome.fate is Fate.FAILED:
            data = {"operation": errand.operation, "fate": outcome.fate.value, "key": errand.key}
            records.add_fact(connection, conversation.id or 0, "operation", "bot", data, now, seq=conversation.last_seq)
        if conversation.link is not None:
            _record(connection, errand, conversation.link.account, ended, now)
        if state is not None:
            decision = _bring_back(connection, state, outcome, errand.arguments, conversation, office)
    handed = decision.department if isinstance(decision, HandOff) else None
    outbox.announce(conversation.id or 0, office, (conversation.department, handed), (conversation.operator_id,))
    outbox.send_soon(conversation.channel, office)


def _is_still_theirs(state: DialogueState | None, conversation: ConversationView, now: datetime) -> bool:
    """Whether who is linked now may be shown what was done: a link may have ended meanwhile, or be another's."""
    link = valid_link(conversation.link, now)
    return link is not None and (state is None or procedures.is_for(state, Asker(link)))


def _record(connection: Connection, errand: ClaimedErrand, account: str, ended: str, now: datetime) -> None:
    """The line of the trail: what was asked of the bank for which of its clients, and how it ended."""
    data = {"conversation": errand.conversation_id, "fate": ended, "key": errand.key}
    record_audit(connection, "bot", errand.operation, "bank_client", account, data, now)


def _bring_back(
    connection: Connection, state: DialogueState, outcome: ErrandOutcome, arguments: Mapping[str, Any],
    conversation: ConversationView, office: Office,
) -> Decision | None:  # fmt: skip
    scene = Scene(connection, office, conversation, office.clock())
    rules = office.rules_now()
    turn = Turn("", None, conversation.language, scene.now, asker=asker_of(scene))
    understanding = Understanding("", conversation.language)
    decision: Decision | None
    if outcome.fate is Fate.FAILED or state.name not in DIALOGUES:
        decision, led = _give_up(state, arguments, conversation, office)
    else:
        led = procedures.bring_back(state, outcome, turn, scene, rules)
        decision, led = follow(led, turn, understanding, scene, rules, may_wait=False)
    act(
        connection,
        conversation,
        decision,
        led,
        understanding,
        (),
        office,
        scene.now,
        client_messages=0,
        by_client=False,
    )
    return decision


def _give_up(
    state: DialogueState, arguments: Mapping[str, Any], conversation: ConversationView, office: Office
) -> tuple[Decision | None, Led]:
    """A person goes on with what was collected; one who is in the conversation already sees it in the timeline."""
    if conversation.state is ConversationState.OPERATOR:
        return None, Led(Step(say=(Say("errand_failed"),)), procedures.without(conversation.dialogue, state.name))
    rules = office.rules_now()
    understanding = Understanding("", conversation.language)
    rule = rules.rule(conversation.last_intent)
    dialogue = DIALOGUES.get(state.name)
    collected = (dialogue.tell_person(state.data) if dialogue is not None else {}) or arguments
    return hand_off(Reason.OPERATION_FAILED, understanding, conversation, rules, rule), Led(Step(collected=collected))


def _waiting(conversation: ConversationView, key: str) -> DialogueState | None:
    """The procedure that waits for the errand, if it still does."""
    return next((state for state in conversation.dialogue or () if state.errand == key), None)
