"""What is done with a turn: what the procedures make of it, and otherwise the decision of the policies."""

import re
from dataclasses import replace
from types import MappingProxyType

from service import procedures
from service.dialogues.base import NOT_MINE, Say, Step, Turn
from service.domain.conversations import ConversationState, ConversationView
from service.domain.decisions import Answer, Clarify, Control, Decision, HandOff, Reason, StartDialogue, Wait
from service.domain.intents import Rules
from service.domain.messages import InboundMessage
from service.domain.suspicion import Level
from service.domain.understanding import Understanding
from service.domain.verification import Asker
from service.guard import Hold
from service.performers.base import Scene
from service.policies.commands import Press, read_press
from service.policies.decide import decide, in_queue
from service.policies.handoff import hand_off
from service.policies.verification import valid_link
from service.procedures import Led
from service.storage import errands, links

Verdict = tuple[Decision | None, Led]
"""The decision (None when a procedure has said it all), and what the procedures made of the turn."""


_NUMBER = re.compile(r"\d(?:[\s-]?\d){3,}")
"""What may be a code: nobody looks at it while its sender is held, so it is covered."""


def is_kept(hold: Hold, conversation: ConversationView) -> bool:
    """Whether the message waits unread: not with an operator, nor by being slow in the middle of a procedure."""
    if conversation.state is ConversationState.OPERATOR:
        return False
    return hold.level is not Level.SLOW or conversation.dialogue is None


def asker_of(scene: Scene) -> Asker:
    """Who writes and where, as procedures see it."""
    conversation = scene.conversation
    return Asker(valid_link(conversation.link, scene.now), conversation.channel_kind, conversation.in_group)


def decide_message(
    message: InboundMessage, turn: Turn, understanding: Understanding, scene: Scene, hold: Hold | None = None
) -> Verdict:
    """`decide_turn` for a message that has just come: kept unread with a `hold`, until that is over.

    It may have brought files we don't take: sorry first, then what its words deserve. An operator in charge sees the
    names of such files in the message and says it herself.
    """
    conversation = scene.conversation
    if hold is not None and is_kept(hold, conversation):
        number = _NUMBER.search(turn.text) if conversation.dialogue else None
        unread = replace(NOT_MINE, secrets=(number[0],) if number else ())
        return Wait(hold.seconds, hold.restriction_id), Led(unread, conversation.dialogue)
    if not message.refused_files or conversation.state is ConversationState.OPERATOR:
        return decide_turn(turn, understanding, scene)
    sorry = Say("file_refused", MappingProxyType({"megabytes": scene.office.settings.file_max_mb}))
    if not message.text.strip() and not message.files:
        return None, Led(Step(say=(sorry,)), procedures.own(conversation.dialogue, asker_of(scene)))
    decision, led = decide_turn(turn, understanding, scene)
    return decision, replace(led, step=replace(led.step, say=(sorry, *led.step.say)))


def decide_turn(turn: Turn, understanding: Understanding, scene: Scene, *, may_wait: bool = True) -> Verdict:
    """The decision for a client's turn. What procedures do at once is done in the scene's transaction."""
    rules = scene.office.rules_now()
    turn = replace(turn, asker=asker_of(scene))
    led = procedures.lead(turn, read_press(turn.button), scene, rules)
    return follow(led, turn, understanding, scene, rules, may_wait=may_wait)


def follow(
    led: Led, turn: Turn, understanding: Understanding, scene: Scene, rules: Rules, *, may_wait: bool = True
) -> Verdict:
    """The decision after a procedure's step: its own word, a person, or the topic that is served now."""
    step, conversation, press = led.step, scene.conversation, read_press(turn.button)
    if step.intent is not None and conversation.state is not ConversationState.OPERATOR:
        press = Press("intent", step.intent)
        # What was done at once may have changed who the client is to us.
        scene = replace(scene, conversation=_as_it_is_now(scene))
        turn = replace(turn, text=turn.text if step.words is None else step.words, button=None, outcome=None)
        turn, conversation = replace(turn, asker=asker_of(scene)), scene.conversation
        led = replace(led, kept=procedures.own(led.kept, turn.asker))
    elif conversation.state is ConversationState.OPERATOR and step.mine:
        return None, led  # there is a person already
    elif step.person is not None:
        rule = rules.rule(conversation.last_intent)
        return in_queue(hand_off(step.person, understanding, conversation, rules, rule), conversation), led
    elif step.mine:
        return None, led
    decision = decide(
        turn.text, understanding, conversation, rules, turn.now, press=press, may_wait=may_wait,
        with_file=turn.with_file,
    )  # fmt: skip
    decision = _if_there(decision, understanding, conversation, scene, rules)
    if isinstance(decision, StartDialogue):
        return _start(decision, led, turn, understanding, scene, rules)
    return _settle(decision, led, scene)


def _start(
    decision: StartDialogue, led: Led, turn: Turn, understanding: Understanding, scene: Scene, rules: Rules
) -> Verdict:
    begun = replace(turn, button=None, intent=decision.intent)
    started = procedures.start(decision.name, begun, scene, rules, led.kept)
    secrets = (*led.step.secrets, *started.step.secrets)
    step = replace(started.step, say=(*led.step.say, *started.step.say), secrets=secrets)
    started = replace(started, step=step)
    if step.intent is not None:
        return follow(started, turn, understanding, scene, rules)
    if step.person is not None:
        rule = rules.rule(decision.intent)
        handed = hand_off(step.person, understanding, scene.conversation, rules, rule)
        return in_queue(handed, scene.conversation), started
    return decision, started


def _settle(decision: Decision, led: Led, scene: Scene) -> Verdict:
    """What becomes of the procedures that wait beneath the decision."""
    match decision:
        case Clarify() | HandOff(reason=Reason.NOT_UNDERSTOOD) if procedures.is_busy(led.kept):
            return None, Led(replace(led.step, say=(Say("errand_running"),)), led.kept)
        case Control(command="cancel"):
            busy = next((each.errand for each in led.kept or () if each.errand), None)
            if busy is not None and not errands.withdraw(scene.connection, busy, scene.now):
                return None, Led(replace(led.step, say=(Say("errand_too_late"),)), led.kept)
            return decision, Led(led.step)
        case Control(command="start" | "unlink") | HandOff():
            return decision, Led(led.step)
        case _:
            return decision, led


def _if_there(
    decision: Decision, understanding: Understanding, conversation: ConversationView, scene: Scene, rules: Rules
) -> Decision:
    """The decision, or a person when its articles were withdrawn between the search and now."""
    knowledge = scene.office.knowledge
    if not isinstance(decision, Answer) or any(
        knowledge.get(each, conversation.language) for each in decision.articles
    ):
        return decision
    rule = rules.rule(decision.intent)
    return in_queue(hand_off(Reason.NO_ARTICLE, understanding, conversation, rules, rule), conversation)


def _as_it_is_now(scene: Scene) -> ConversationView:
    linked = links.active(scene.connection, scene.conversation.identity_id or 0)
    return replace(scene.conversation, link=linked.link if linked else None)
