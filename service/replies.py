"""A decision in words: which messages go out, with which buttons. Pure composition of texts and articles."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from service import texts
from service.dialogues.base import Option, Say
from service.domain.conversations import ConversationState, ConversationView
from service.domain.decisions import (
    Answer,
    Clarify,
    Control,
    Decision,
    HandOff,
    Reason,
    Refuse,
    Silent,
    Social,
)
from service.domain.intents import Does, Priority, Rules
from service.domain.messages import Button, Reply
from service.domain.money import Money
from service.domain.promises import ReplyPromise
from service.knowledge import Knowledge
from service.texts import figures

_HANDOFF_SENTENCES = {
    Reason.ASKED_FOR_PERSON: "handoff_asked",
    Reason.ANSWER_DID_NOT_HELP: "handoff_not_helped",
    Reason.NEEDS_VERIFICATION: "handoff_verified",
    Reason.NOT_UNDERSTOOD: "handoff_unclear",
    Reason.UPSET_CLIENT: "handoff_unclear",
    Reason.SENT_FILE: "handoff_file",
    Reason.OPERATION_FAILED: "handoff_failed",
}


class Wording:
    """Says decisions in the client's language."""

    def __init__(self, knowledge: Knowledge, rules: Rules) -> None:
        self._knowledge = knowledge
        self._rules = rules

    def compose(
        self, decision: Decision, conversation: ConversationView, promise: ReplyPromise, now: datetime, *,
        department: str | None = None,
    ) -> tuple[Reply, ...]:  # fmt: skip
        """The messages that say `decision`, in order; none for those that are silent.

        `department`: the title of the department that takes a hand-off, when it isn't the one of the texts.
        """
        language = conversation.language
        match decision:
            case Answer(articles=articles):
                gone = Reply(texts.text("clarify_no_topics", language), (self._operator_button(language),))
                return self.answers(articles, conversation) or (gone,)
            case Clarify():
                return (self._clarify(decision, language),)
            case HandOff():
                return self._hand_off(decision, conversation, promise, now, department)
            case Social(key="greeting" | "menu" as key):
                return (Reply(texts.text(key, language), self.menu_buttons(language)),)
            case Social(key="already_answered" as key):
                return (Reply(texts.text(key, language), (self._operator_button(language),)),)
            case Social(key=key):
                return (Reply(texts.text(key, language)),)
            case Control(command="menu" | "start" as kind):
                key = "menu" if kind == "menu" else "welcome"
                return (Reply(texts.text(key, language), self.menu_buttons(language)),)
            case Control(command="cancel") if conversation.state is ConversationState.QUEUED:
                return (Reply(texts.text("left_queue", language)),)
            case Control(command="unlink") if not conversation.verified:
                return (Reply(texts.text("unlink_nothing", language)),)
            case Control(command=kind):
                return (Reply(texts.text(kind, language)),)
            case Refuse(reason=reason):
                return (Reply(texts.text(reason, language), (self._operator_button(language),)),)
            case Silent(reason="queued") if not conversation.told_waiting:
                when = texts.when(promise, now, language)
                return (Reply(texts.text("still_waiting", language, when=when), (self._leave_button(language),)),)
            case Silent(reason="may_leave" as key):
                return (Reply(texts.text(key, language), (self._leave_button(language),)),)
            case _:
                return ()

    def say(self, sentences: Sequence[Say], language: str, now: datetime) -> tuple[Reply, ...]:
        """What a dialogue says; `now` is in the zone of the bank's clock."""
        return tuple(
            Reply(_sentence(each, language, now), tuple(_label(button, language, now) for button in each.buttons))
            for each in sentences
        )

    def answers(self, articles: Sequence[str], conversation: ConversationView) -> tuple[Reply, ...]:
        """One message an article; the last of them asks whether it helped."""
        language = conversation.language
        found = [article for each in articles if (article := self._knowledge.get(each, language)) is not None]
        replies = []
        for place, article in enumerate(found, start=1):
            said = self._knowledge.answer(article, conversation.channel_kind)
            buttons = tuple(_button(b.text, b.intent, b.article, b.url) for b in article.buttons)
            if place == len(found):
                said = f"{said}\n\n{texts.text('feedback_ask', language)}"
                buttons = (*_feedback_buttons(language), *buttons)
            replies.append(Reply(said, buttons, article.id, article.title))
        return tuple(replies)

    def _clarify(self, decision: Clarify, language: str) -> Reply:
        topics = tuple(
            Button(self._rules.intents[topic].label(language), f"intent:{topic}") for topic in decision.topics
        )
        key = f"clarify_{decision.key}" if topics else "clarify_no_topics"
        return Reply(texts.text(key, language), (*topics, self._operator_button(language)))

    def _hand_off(
        self, decision: HandOff, conversation: ConversationView, promise: ReplyPromise, now: datetime,
        department: str | None,
    ) -> tuple[Reply, ...]:  # fmt: skip
        language = conversation.language
        when = texts.when(promise, now, language)
        if conversation.state is ConversationState.QUEUED:
            return (Reply(texts.text("raised", language, when=when), (self._leave_button(language),)),)
        key = _HANDOFF_SENTENCES.get(decision.reason, "handoff")
        if decision.priority is Priority.URGENT:
            key = "handoff_failed_urgent" if key == "handoff_failed" else "handoff_urgent"
        department = department or texts.text(decision.department, language, "departments")
        said = texts.text(key, language, when=when, department=department)
        last = Reply(said, (self._leave_button(language),))
        return (*self._meanwhile(decision, conversation), last)

    def _meanwhile(self, decision: HandOff, conversation: ConversationView) -> tuple[Reply, ...]:
        """What the client can do before a person comes, from the article of the intent."""
        article = self._knowledge.get(decision.article, conversation.language) if decision.article else None
        if article is None:
            return ()
        said = self._knowledge.answer(article, conversation.channel_kind)
        return (Reply(said, (), article.id, article.title),)

    def menu_buttons(self, language: str) -> tuple[Button, ...]:
        """The topics asked most, and a person."""
        listed = (self._rules.rule(topic) for topic in texts.table("menu", language)["topics"])
        topics = [
            rule.id for rule in listed if rule and (rule.does is not Does.ACTION or rule.action in self._rules.actions)
        ]
        buttons = [Button(self._rules.intents[topic].label(language), f"intent:{topic}") for topic in topics]
        return (*buttons, self._operator_button(language))

    def _operator_button(self, language: str) -> Button:
        return Button(texts.text("operator", language, "buttons"), "command:operator")

    def _leave_button(self, language: str) -> Button:
        return Button(texts.text("leave_queue", language, "buttons"), "command:cancel")


def _feedback_buttons(language: str) -> tuple[Button, ...]:
    return (
        Button(texts.text("yes", language, "buttons"), "feedback:yes"),
        Button(texts.text("no", language, "buttons"), "feedback:no"),
    )


def _sentence(said: Say, language: str, now: datetime) -> str:
    """A sentence with its fields and lines."""
    first = texts.say(said.key, language, _fields(said.fields, language, now))
    return "\n".join((first, *(_sentence(each, language, now) for each in said.lines)))


def _label(button: Button | Option, language: str, now: datetime) -> Button:
    if isinstance(button, Button):
        return button
    return Button(texts.say(button.key, language, _fields(button.fields, language, now), "buttons"), button.payload)


def _fields(fields: Mapping[str, Any], language: str, now: datetime) -> dict[str, Any]:
    return {name: _written(value, language, now) for name, value in fields.items()}


def _written(value: Any, language: str, now: datetime) -> Any:
    match value:
        case Money():
            return figures.money(value, language)
        case datetime():
            return figures.moment(value, language, now)
        case date():
            return figures.day(value, language, now.date())
        case Say():
            return _sentence(value, language, now)
        case _:
            return value


def _button(text: str, intent: str | None, article: str | None, url: str | None) -> Button:
    if url is not None:
        return Button(text, None, url)
    return Button(text, f"intent:{intent}" if intent else f"article:{article}")
