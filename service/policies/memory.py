"""What does a conversation remember after a decision? Values for the columns that change, nothing else."""

from datetime import datetime, timedelta
from typing import Any

from service.domain.conversations import ConversationState, ConversationView, DialogueState
from service.domain.decisions import (
    Answer,
    Clarify,
    Control,
    Decision,
    HandOff,
    Silent,
    Social,
    StartDialogue,
    Wait,
)
from service.domain.understanding import Understanding


def remember(
    decision: Decision,
    conversation: ConversationView,
    understanding: Understanding,
    now: datetime,
    dialogue: DialogueState | None,
) -> dict[str, Any]:
    """Column -> value for the conversation after `decision`; `dialogue` is the procedure that waits for the client."""
    kept: dict[str, Any] = {"language": conversation.language, "last_client_at": now, "updated_at": now}
    # Who writes again is served again; a mark for what was closed opens nothing.
    if conversation.state is ConversationState.CLOSED and decision != Silent("survey"):
        kept["state"] = ConversationState.BOT.value
    if isinstance(decision, Wait):
        since = conversation.waiting_since or now
        due = now + timedelta(seconds=decision.seconds)
        return kept | {"waiting_since": since, "answer_due_at": due, "held_by": decision.held_by}
    kept |= {"waiting_since": None, "answer_due_at": None, "held_by": None, "dialogue": _stored(dialogue)}
    match decision:
        case Answer(articles=articles, intent=intent):
            kept |= {"last_article": articles[-1], "last_answer_at": now, "clarifications": 0, "repeats": 0}
            kept["last_intent"] = intent or conversation.last_intent
        case Clarify():
            kept["clarifications"] = conversation.clarifications + 1
        case Social(key="already_answered"):
            kept["repeats"] = conversation.repeats + 1
        case HandOff():
            kept |= _queued(decision, conversation, now)
        case StartDialogue(intent=intent):
            kept |= {"clarifications": 0, "last_intent": intent or understanding.intent}
        case Control(command="cancel") if conversation.state is ConversationState.QUEUED:
            kept |= {"state": ConversationState.BOT.value, "queued_at": None, "clarifications": 0}
        case Control():
            kept["clarifications"] = 0
        case Silent(reason="queued" | "may_leave"):
            kept["told_waiting"] = True
        case _:
            pass
    return kept


def _queued(decision: HandOff, conversation: ConversationView, now: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "state": ConversationState.QUEUED.value,
        "department": decision.department,
        "priority": decision.priority.value,
        "clarifications": 0,
        "repeats": 0,
        "last_intent": decision.intent or conversation.last_intent,
    }
    if conversation.state is ConversationState.QUEUED:  # a raised priority keeps the place in time
        return changes
    if decision.article is not None:
        changes |= {"last_article": decision.article, "last_answer_at": now}
    return changes | {"queued_at": now, "told_waiting": False}


def _stored(dialogue: DialogueState | None) -> dict[str, Any] | None:
    return dialogue.to_json() if dialogue else None
