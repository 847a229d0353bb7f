"""What a decision writes, inside the transaction of inbox or desk: replies, the hand-off, what is remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from models.masking import mask_card_numbers
from service import outbox
from service.dialogues import clarify, feedback
from service.dialogues.base import Step
from service.domain.conversations import ConversationState, ConversationView, DialogueState
from service.domain.decisions import Answer, Clarify, Control, Decision, HandOff, Silent, Suggest, Wait
from service.domain.messages import Author, Reply
from service.domain.promises import ReplyPromise
from service.domain.understanding import Understanding
from service.office import Office
from service.policies.handoff import summarise
from service.policies.memory import remember
from service.policies.reply_time import promise_by_roster, promise_reply
from service.policies.routing import DEFAULT_DEPARTMENT
from service.storage import conversations, departments, messages, queue, records
from service.storage.departments import Department
from service.surveys import settle_mark

NO_PROMISE = ReplyPromise(0)


def act(
    connection: Connection, conversation: ConversationView, decision: Decision | None, step: Step,
    understanding: Understanding, said: Sequence[str], office: Office, now: datetime, *, client_messages: int = 1,
) -> ConversationState:  # fmt: skip
    """Write everything that follows from `decision` (or, when it is None, from the dialogue's step).

    Returns who holds the conversation afterwards.
    """
    department = None
    if isinstance(decision, HandOff):
        department = departments.serving(connection, decision.department, DEFAULT_DEPARTMENT)
        decision = replace(decision, department=department.id) if department else decision
    is_mark = step.fact is not None and step.fact["kind"] == "csat"
    if is_mark:
        step = settle_mark(connection, conversation, step, now, office.settings.survey_days)
    replies = _replies(connection, decision, step, conversation, office, now, department)
    dialogue = _dialogue_after(decision, step, conversation)
    handled = Silent("survey") if is_mark else Silent("dialogue")
    changes = remember(decision or handled, conversation, understanding, now, dialogue)
    seq = conversation.last_seq + client_messages
    write_replies(connection, conversation, seq + 1, replies, office, now)
    changes["last_seq"] = seq + len(replies)
    if not isinstance(decision, Wait | Suggest) and conversation.state is ConversationState.BOT:
        changes["staff_seen_seq"] = seq
    if conversation.snoozed_until is not None:  # who writes wakes the conversation
        changes["snoozed_until"] = None
        records.add_fact(connection, conversation.id or 0, "snooze_ended", "client", {}, now, seq=conversation.last_seq)
    if isinstance(decision, HandOff) and conversation.state is not ConversationState.QUEUED:
        changes["operator_seen_seq"] = conversation.last_seq  # what the operator has to read begins here
    conversations.change(connection, conversation, **changes)
    if isinstance(decision, HandOff):
        _ask_people(connection, conversation, decision, understanding, said, office, now)
    elif isinstance(decision, Control):
        _steer(connection, conversation, decision, now)
    if step.fact is not None:
        fact: Mapping[str, Any] = step.fact
        records.add_fact(connection, conversation.id or 0, fact["kind"], "client", dict(fact), now)
    return ConversationState(changes.get("state", conversation.state))


def storable(text: str) -> str:
    """The client's words as every database can keep them, with card numbers covered but for the last four digits."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    visible = "".join(letter for letter in whole if letter >= " " or letter in "\n\t")
    return mask_card_numbers(visible.strip())


def promise(
    connection: Connection, office: Office, decision: HandOff | None, conversation: ConversationView, now: datetime
) -> ReplyPromise:
    """When a person will reply to this hand-off, or to the one in progress: by the roster, or the settings' hours."""
    priority = decision.priority if decision else conversation.priority
    roster = office.shift_book.roster(connection)
    if roster is None:
        return promise_reply(now, office.hours, priority, office.reply_minutes)
    department = decision.department if decision else conversation.department
    minutes = office.reply_minutes[priority]
    return promise_by_roster(now, roster, department, conversation.language, office.hours.zone, minutes)


def write_replies(
    connection: Connection, conversation: ConversationView, first_seq: int, replies: Sequence[Reply], office: Office,
    now: datetime, **who: Any,
) -> None:  # fmt: skip
    """Store our messages and, where the channel pushes, put them on their way."""
    if not replies:
        return
    pushes = office.channels[conversation.channel].pushes
    state = outbox.FIRST_STATE if pushes else None
    keys = messages.add_replies(
        connection, conversation_id=conversation.id or 0, first_seq=first_seq, channel=conversation.channel,
        replies=replies, state=state, now=now, **who,
    )  # fmt: skip
    if pushes:
        for key in keys:
            outbox.put_in(connection, key, conversation, now)


def _replies(
    connection: Connection, decision: Decision | None, step: Step, conversation: ConversationView, office: Office,
    now: datetime, department: Department | None,
) -> tuple[Reply, ...]:  # fmt: skip
    said = office.wording.say(step.say, conversation.language)
    if decision is None:
        return said
    title = department.title(conversation.language) if department else None
    waits = NO_PROMISE
    if isinstance(decision, HandOff | Silent):  # the others don't say it
        handed = decision if isinstance(decision, HandOff) else None
        waits = promise(connection, office, handed, conversation, now)
    return (*said, *office.wording.compose(decision, conversation, waits, now, department=title))


def _dialogue_after(decision: Decision | None, step: Step, conversation: ConversationView) -> DialogueState | None:
    match decision:
        case Answer(articles=articles, intent=intent):
            return feedback.ask(articles[-1], intent)
        case Clarify(topics=topics):
            return clarify.ask(topics)
        case Wait() | Silent(reason="already_answered"):
            return conversation.dialogue
        case _:
            return step.state


def _ask_people(
    connection: Connection, conversation: ConversationView, decision: HandOff, understanding: Understanding,
    said: Sequence[str], office: Office, now: datetime,
) -> None:  # fmt: skip
    conversation_id = conversation.id or 0
    if conversation.state is ConversationState.QUEUED:
        queue.change_open(
            connection, conversation_id, priority=decision.priority.value, department=decision.department,
            routed_to=decision.department, mode=decision.mode, skill=decision.skill,
        )  # fmt: skip
    else:
        history = messages.last_messages(connection, conversation_id, 12)
        earlier = [m.text for m in history if m.author is Author.CLIENT and m.text not in said]
        shown = [m.article for m in history if m.article]
        summary = summarise(decision, understanding, [*earlier, *said], list(dict.fromkeys(shown)))
        queue.open_handoff(connection, conversation_id, decision, summary, now)
    office.metrics.handoffs.labels(decision.department, decision.reason.value).inc()


def _steer(connection: Connection, conversation: ConversationView, decision: Control, now: datetime) -> None:
    conversation_id = conversation.id or 0
    if decision.command in ("unsubscribe", "subscribe") and conversation.identity_id is not None:
        conversations.set_subscribed(connection, conversation.identity_id, decision.command == "subscribe")
        records.add_fact(connection, conversation_id, decision.command, "client", {}, now)
    elif decision.command == "cancel" and conversation.state is ConversationState.QUEUED:
        queue.change_open(connection, conversation_id, ended_at=now, ended_how="cancelled_by_client")
