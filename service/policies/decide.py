"""What do we do with this message? The one place where a decision is made; pure."""

from dataclasses import replace
from datetime import datetime

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
    StartDialogue,
    Suggest,
    Wait,
)
from service.domain.intents import Does, IntentRule, Mode, Priority, Rules
from service.domain.understanding import Understanding
from service.domain.verification import Proof
from service.policies.answering import article_for, is_same_burst, was_just_said
from service.policies.bursts import seconds_to_wait
from service.policies.channel_rules import is_answered_elsewhere, is_served_in
from service.policies.clarifying import topics_to_offer
from service.policies.commands import Press, find_command
from service.policies.handoff import UPSET, hand_off, shared_desk
from service.policies.verification import needs_proof

VERIFYING = "verify_client"
"""The procedure in which clients prove who they are."""


def decide(
    text: str,
    understanding: Understanding,
    conversation: ConversationView,
    rules: Rules,
    now: datetime,
    *,
    press: Press | None = None,
    may_wait: bool = True,
    with_file: bool = False,
) -> Decision:
    """The decision for one client message (or one burst, joined).

    `press` is the button pressed, if any. `may_wait=False` when the burst window is over. `with_file`: the client sent
    a picture or document with it, which only a person can look at.
    """
    if conversation.state is ConversationState.OPERATOR:
        return Suggest(tuple(article.id for article in understanding.articles[:3]))
    if with_file:
        rule = rules.rule(understanding.intent) if understanding.automatic else None
        return in_queue(hand_off(Reason.SENT_FILE, understanding, conversation, rules, rule), conversation)
    if press is not None:
        return in_queue(_decide_press(press, understanding, conversation, rules, now), conversation)
    command = find_command(text, rules.commands)
    if command is not None:
        return steer(command, understanding, conversation, rules)
    if may_wait and conversation.state is not ConversationState.QUEUED:
        wait = seconds_to_wait(text, understanding, conversation, rules, now)
        if wait > 0:
            return Wait(wait)
    return in_queue(_decide_words(understanding, conversation, rules, now), conversation)


def in_queue(decision: Decision, conversation: ConversationView) -> Decision:
    """A client who waits for a person still gets sure answers and commands, but no questions and no second queue."""
    if conversation.state is not ConversationState.QUEUED:
        return decision
    match decision:
        case Answer() | Control() | Silent():
            return decision
        case HandOff() if decision.priority.rank > conversation.priority.rank:
            return decision
        case _:
            return Silent("queued")


def steer(kind: str, understanding: Understanding, conversation: ConversationView, rules: Rules) -> Decision:
    """What a command means here: a person is asked in, the queue is left, mailings stop or start, a menu is shown."""
    waits = conversation.state is ConversationState.QUEUED
    match kind:
        case "operator" | "talk_to_operator":
            return Silent("queued") if waits else hand_off(Reason.ASKED_FOR_PERSON, understanding, conversation, rules)
        case "stop":
            # «Стоп» ends what is going on; when nothing is, it is what people type to be left alone.
            return Control("cancel" if waits or conversation.dialogue else "unsubscribe")
        case "start" | "menu" | "cancel" | "unsubscribe" | "subscribe" | "unlink":
            return Control(kind)
        case _:
            return Control("menu")


def _decide_press(
    press: Press, understanding: Understanding, conversation: ConversationView, rules: Rules, now: datetime
) -> Decision:
    rule = rules.rule(press.value) if press.kind == "intent" else None
    if press.kind == "command":
        return steer(press.value, understanding, conversation, rules)
    if press.kind == "article":
        return _say((press.value,), understanding.intent, understanding, conversation, rules, now)
    if rule is not None:
        return serve(rule, understanding.with_ranking(rule.id), conversation, rules, now)
    return _not_sure(understanding, conversation, rules)


def _decide_words(
    understanding: Understanding, conversation: ConversationView, rules: Rules, now: datetime
) -> Decision:
    if understanding.parts:
        decision = _decide_parts(understanding, conversation, rules, now)
        if decision is not None:
            return decision
    rule = rules.rule(understanding.intent)
    sure = understanding.automatic and rule is not None
    # Without its subject «а если сниму раньше?» sounds like another topic; what people must do never waits for a guess.
    follow_up = _follow_up(understanding, conversation, rules, now)
    if follow_up is not None and (rule is None or not sure or rule.does is Does.ANSWER):
        return follow_up
    if rule is not None and sure:
        return serve(rule, understanding, conversation, rules, now)
    desk = shared_desk(understanding, rules)
    if desk is not None:
        return serve(desk, understanding, conversation, rules, now)
    return _not_sure(understanding, conversation, rules)


def _follow_up(
    understanding: Understanding, conversation: ConversationView, rules: Rules, now: datetime
) -> Answer | None:
    """The answer to «а за границей?» after an answer, when the owner lets the bot answer that intent here."""
    article = understanding.follow_up
    if article is None or article.id == conversation.last_article:
        return None
    rule = next((rule for each in article.intents if (rule := rules.rule(each))), None)
    if rule is None or rule.does is not Does.ANSWER or rule.mode is not Mode.AUTO:
        return None
    served = is_served_in(rule, conversation.channel_kind) and not needs_proof(rule, conversation, rules, now)
    return Answer((article.id,), rule.id) if served else None


def _decide_parts(
    understanding: Understanding, conversation: ConversationView, rules: Rules, now: datetime
) -> Decision | None:
    """Several questions at once: answer each when each is clear, a person when one needs it, otherwise ask.

    None when the parts say nothing that the whole message doesn't say better.
    """
    served: list[Decision] = []
    for part in understanding.parts:
        rule = rules.rule(part.intent)
        if not part.automatic or rule is None:
            continue
        if rule.does not in (Does.SOCIAL, Does.CONTROL):
            served.append(serve(rule, part, replace(conversation, last_article=None), rules, now))
    person = next((decision for decision in served if isinstance(decision, HandOff)), None)
    if person is not None:
        return person
    answers = [decision for decision in served if isinstance(decision, Answer)]
    articles = dict.fromkeys(article for answer in answers for article in answer.articles)
    if len(articles) >= 2 and len(answers) == len(understanding.parts):
        # What was just said comes last, so that no answer follows itself.
        ordered = sorted(articles, key=lambda article: was_just_said(article, conversation, rules, now))
        return Answer(tuple(ordered), understanding.parts[0].intent)
    if understanding.automatic or conversation.clarifications > 0:
        return None
    topics = topics_to_offer(understanding, rules)
    return Clarify(topics, "several") if len(topics) >= 2 else None


def serve(
    rule: IntentRule, understanding: Understanding, conversation: ConversationView, rules: Rules, now: datetime
) -> Decision:
    """What this intent gets here and now, once it is recognised."""
    if rule.does is Does.SOCIAL:
        return Social(rule.id)
    if rule.does is Does.CONTROL:
        if rule.id == "cancel" and conversation.state is ConversationState.QUEUED:
            # Leaving loses the place: a guess («ладно, подожду» sounds like it) is not enough, a command or button is.
            return Silent("may_leave")
        return steer(rule.id, understanding, conversation, rules)
    article = article_for(rule, understanding)
    # What the client has just read is not repeated while they wait for a person.
    meanwhile = article.id if article and not was_just_said(article.id, conversation, rules, now) else None
    if not is_served_in(rule, conversation.channel_kind) and not is_answered_elsewhere(rule, rules):
        return Refuse("secure_channel")
    if rule.mode is not Mode.AUTO:
        return hand_off(Reason.SUGGEST_ONLY, understanding, conversation, rules, rule)
    if rule.does in (Does.ANSWER, Does.ACTION) and rule.proof is not Proof.NONE:
        if conversation.in_group:
            return Refuse("private_only")
        if needs_proof(rule, conversation, rules, now):
            return _prove(rule, understanding, conversation, rules, meanwhile)
    match rule.does:
        case Does.ANSWER if article is None:
            return hand_off(Reason.NO_ARTICLE, understanding, conversation, rules, rule)
        case Does.ANSWER if article is not None:
            return _say((article.id,), rule.id, understanding, conversation, rules, now)
        case Does.ACTION if rule.action in rules.actions:
            return StartDialogue(rule.action, rule.id)
        case _:
            return hand_off(Reason.INTENT_NEEDS_PERSON, understanding, conversation, rules, rule, meanwhile)


def _prove(
    rule: IntentRule, understanding: Understanding, conversation: ConversationView, rules: Rules, meanwhile: str | None
) -> Decision:
    """The client proves who they are and is served right after. What is urgent doesn't wait for a letter to arrive."""
    if VERIFYING in rules.actions and rule.priority is not Priority.URGENT:
        return StartDialogue(VERIFYING, rule.id)
    return hand_off(Reason.NEEDS_VERIFICATION, understanding, conversation, rules, rule, meanwhile)


def _say(
    articles: tuple[str, ...],
    intent: str | None,
    understanding: Understanding,
    conversation: ConversationView,
    rules: Rules,
    now: datetime,
) -> Decision:
    """Answer, but never the same answer twice in a row: a client who asks again was not helped by it."""
    if not was_just_said(articles[0], conversation, rules, now):
        return Answer(articles, intent)
    if is_same_burst(conversation, rules, now):
        return Silent("already_answered")
    if conversation.repeats == 0 and understanding.mood_score > UPSET:
        return Social("already_answered")
    rule = rules.rule(intent)
    return hand_off(Reason.ANSWER_DID_NOT_HELP, understanding, conversation, rules, rule)


def _not_sure(understanding: Understanding, conversation: ConversationView, rules: Rules) -> Decision:
    """At most one clarification before a person; an upset client is not questioned at all."""
    if conversation.clarifications > 0:
        return hand_off(Reason.NOT_UNDERSTOOD, understanding, conversation, rules)
    if understanding.mood_score <= UPSET and understanding.in_scope:
        return hand_off(Reason.UPSET_CLIENT, understanding, conversation, rules)
    topics = topics_to_offer(understanding, rules)
    return Clarify(topics, "unsure" if understanding.in_scope else "out_of_scope")
