"""What a decision writes, inside the transaction of inbox or desk: replies, the hand-off, what is remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from models.masking import mask_card_numbers
from service import outbox, procedures
from service.dialogues import clarify, feedback
from service.dialogues.base import Say
from service.domain.conversations import ConversationState, ConversationView, DialogueState
from service.domain.decisions import Answer, Clarify, Control, Decision, HandOff, Silent, Suggest, Wait
from service.domain.messages import Author, Reply
from service.domain.promises import ReplyPromise
from service.domain.understanding import Understanding
from service.office import Office
from service.performers.joining import end_link
from service.policies.handoff import summarise
from service.policies.memory import remember
from service.policies.reply_time import promise_by_roster, promise_reply
from service.policies.routing import DEFAULT_DEPARTMENT
from service.procedures import Led
from service.storage import conversations, departments, errands, messages, queue, records
from service.storage.departments import Department
from service.surveys import settle_mark

NO_PROMISE = ReplyPromise(0)
OF_THE_CLIENT = ("last_client_at", "waiting_since", "answer_due_at")


def act(
    connection: Connection, conversation: ConversationView, decision: Decision | None, led: Led,
    understanding: Understanding, said: Sequence[str], office: Office, now: datetime, *, client_messages: int = 1,
    by_client: bool = True,
) -> ConversationState:  # fmt: skip
    """Write everything that follows from `decision` (or, when it is None, from the procedure's step).

    `by_client=False`: an errand has come back; nobody wrote, so nothing counts as read or answered by it. Returns who
    holds the conversation afterwards.
    """
    department = None
    if isinstance(decision, HandOff):
        department = departments.serving(connection, decision.department, DEFAULT_DEPARTMENT)
        decision = replace(decision, department=department.id) if department else decision
    is_mark = led.step.fact is not None and led.step.fact["kind"] == "csat"
    if is_mark:
        led = replace(led, step=settle_mark(connection, conversation, led.step, now, office.settings.survey_days))
    step = led.step
    replies = _replies(connection, decision, led, conversation, office, now, department)
    handled = Silent("survey") if is_mark else Silent("dialogue")
    changes = remember(
        decision or handled, conversation, understanding, now, _dialogue_after(decision, led, conversation)
    )
    seq = conversation.last_seq + client_messages
    write_replies(connection, conversation, seq + 1, replies, office, now)
    changes["last_seq"] = seq + len(replies)
    if by_client:
        changes |= _seen_and_awake(connection, conversation, decision, seq, now)
    else:
        changes = {key: value for key, value in changes.items() if key not in OF_THE_CLIENT}
    if isinstance(decision, HandOff) and conversation.state is not ConversationState.QUEUED:
        changes["operator_seen_seq"] = conversation.last_seq  # what the operator has to read begins here
    conversations.change(connection, conversation, **changes)
    if isinstance(decision, HandOff):
        _ask_people(connection, conversation, decision, understanding, said, office, now, step.collected)
    elif isinstance(decision, Control):
        _steer(connection, conversation, decision, now)
    if step.errand is not None and step.state is not None:
        errands.add(connection, step.state.errand or "", step.errand, conversation, step.state.name, now)
    if step.fact is not None:
        fact: Mapping[str, Any] = step.fact
        records.add_fact(connection, conversation.id or 0, fact["kind"], "client", dict(fact), now)
    return ConversationState(changes.get("state", conversation.state))


def _seen_and_awake(
    connection: Connection, conversation: ConversationView, decision: Decision | None, seq: int, now: datetime
) -> dict[str, Any]:
    """What changes because the client wrote: the bot has read it, and a snoozed conversation wakes."""
    changes: dict[str, Any] = {}
    if not isinstance(decision, Wait | Suggest) and conversation.state is ConversationState.BOT:
        changes["staff_seen_seq"] = seq
    if conversation.snoozed_until is not None:
        changes["snoozed_until"] = None
        records.add_fact(connection, conversation.id or 0, "snooze_ended", "client", {}, now, seq=conversation.last_seq)
    return changes


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
        for key, reply in zip(keys, replies, strict=True):
            outbox.put_in(connection, key, reply, conversation, office, now)


def _replies(
    connection: Connection, decision: Decision | None, led: Led, conversation: ConversationView, office: Office,
    now: datetime, department: Department | None,
) -> tuple[Reply, ...]:  # fmt: skip
    there = now.astimezone(office.hours.zone)
    said = office.wording.say(led.step.say, conversation.language, there)
    open_step = _reminder(decision, led)
    reminded = office.wording.say((open_step,) if open_step else (), conversation.language, there)
    if decision is None:
        return (*said, *reminded)
    title = department.title(conversation.language) if department else None
    waits = NO_PROMISE
    if isinstance(decision, HandOff | Silent):  # the others don't say it
        handed = decision if isinstance(decision, HandOff) else None
        waits = promise(connection, office, handed, conversation, now)
    return (*said, *office.wording.compose(decision, conversation, waits, now, department=title), *reminded)


def _reminder(decision: Decision | None, led: Led) -> Say | None:
    """What brings back the step that is still open, once the other question is dealt with."""
    if led.step.state is not None or isinstance(decision, HandOff | Clarify | Wait | Silent | Suggest):
        return None
    return procedures.reminder(led.kept)


def _dialogue_after(decision: Decision | None, led: Led, conversation: ConversationView) -> DialogueState | None:
    match decision:
        case Answer(articles=articles, intent=intent):
            return procedures.over(feedback.ask(articles[-1], intent), led.state)
        case Clarify(topics=topics):
            return procedures.over(clarify.ask(topics), led.state)
        case Wait() | Silent(reason="already_answered"):
            return conversation.dialogue
        case HandOff():
            return None
        case _:
            return led.state


def _ask_people(
    connection: Connection, conversation: ConversationView, decision: HandOff, understanding: Understanding,
    said: Sequence[str], office: Office, now: datetime, collected: Mapping[str, Any] | None,
) -> None:  # fmt: skip
    conversation_id = conversation.id or 0
    if conversation.state is ConversationState.QUEUED:
        queue.change_open(
            connection, conversation_id, priority=decision.priority.value, department=decision.department,
            routed_to=decision.department, mode=decision.mode, skill=decision.skill,
        )  # fmt: skip
    else:
        history = messages.last_words(connection, conversation_id, 12)
        earlier = [m.text for m in history if m.author is Author.CLIENT and m.text not in said]
        shown = [m.article for m in history if m.article]
        summary = summarise(decision, understanding, [*earlier, *said], list(dict.fromkeys(shown)))
        if collected:
            summary["collected"] = dict(collected)
        queue.open_handoff(connection, conversation_id, decision, summary, now)
    office.metrics.handoffs.labels(decision.department, decision.reason.value).inc()


def _steer(connection: Connection, conversation: ConversationView, decision: Control, now: datetime) -> None:
    conversation_id = conversation.id or 0
    if decision.command in ("unsubscribe", "subscribe") and conversation.identity_id is not None:
        conversations.set_subscribed(connection, conversation.identity_id, decision.command == "subscribe")
        records.add_fact(connection, conversation_id, decision.command, "client", {}, now)
    elif decision.command == "unlink" and conversation.identity_id is not None:
        if end_link(connection, conversation, now, "client"):
            records.add_fact(connection, conversation_id, "unlinked", "client", {}, now, seq=conversation.last_seq)
    elif decision.command == "cancel" and conversation.state is ConversationState.QUEUED:
        queue.change_open(connection, conversation_id, ended_at=now, ended_how="cancelled_by_client")
