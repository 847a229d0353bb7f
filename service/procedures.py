"""Leading procedures: who of those in progress takes the turn, what is done at once, what waits beneath."""

import secrets
from dataclasses import dataclass, replace
from itertools import takewhile

from service.dialogues import DIALOGUES
from service.dialogues.base import NOT_MINE, Dialogue, Say, Step, Turn
from service.domain.conversations import ConversationState, DialogueState
from service.domain.errands import ErrandOutcome
from service.domain.intents import Rules
from service.domain.verification import Asker
from service.performers import INSIDE
from service.performers.base import Scene
from service.policies.commands import Press

MOST_AT_ONCE = 8
"""Errands of one turn that are done inside its transaction; a procedure that asks for more goes round in circles."""


@dataclass(frozen=True)
class Led:
    """What the procedures make of a turn: the step of the one that took it, and those that wait beneath it."""

    step: Step
    kept: DialogueState | None = None

    @property
    def state(self) -> DialogueState | None:
        """What waits for the client afterwards."""
        return over(self.step.state, self.kept)


def lead(turn: Turn, press: Press | None, scene: Scene, rules: Rules) -> Led:
    """Give the turn to the procedure in progress, or to one it interrupted.

    Those that the turn is not for and that have a reminder are kept; an operator in charge has put away all but those
    she asked for.
    """
    conversation = scene.conversation
    if press is not None and press.kind == "csat":  # a mark is between the client and us, whoever leads now
        kept = without(own(conversation.dialogue, turn.asker), "satisfaction")
        return Led(DIALOGUES["satisfaction"].resume({}, turn, rules), kept)
    if press is not None and press.kind == "feedback" and conversation.state is not ConversationState.OPERATOR:
        data = {"article": conversation.last_article, "intent": conversation.last_intent}
        return Led(DIALOGUES["feedback"].resume(data, turn, rules), _kept(conversation.dialogue, turn.asker))
    if press is None:
        for state in conversation.dialogue or ():
            step = _resume(state, turn, scene, rules)
            if step.mine:
                return Led(step, _kept(state.beneath, turn.asker))
        if turn.button is not None and conversation.state is ConversationState.BOT:
            return _late_tap(turn.button, _kept(conversation.dialogue, turn.asker))
    return Led(NOT_MINE, _kept(conversation.dialogue, turn.asker))


def start(name: str, turn: Turn, scene: Scene, rules: Rules, kept: DialogueState | None) -> Led:
    """Begin a procedure; one that is in progress already is asked first whether it goes on with the new request.

    While an errand of its own is being done it is not begun again: that would call back what the client asked for.
    """
    rest = without(kept, name)
    for state in kept or ():
        if state.name == name and state.errand is not None and not DIALOGUES[name].talks_meanwhile:
            return Led(Step(say=(Say("errand_running"),)), kept)
        if state.name == name and state.errand is None:
            step = _run(DIALOGUES[name], state, turn, scene, rules)
            if step.mine:
                return Led(step, rest)
    return Led(_run(DIALOGUES[name], DialogueState(name), turn, scene, rules), rest)


def bring_back(state: DialogueState, outcome: ErrandOutcome, turn: Turn, scene: Scene, rules: Rules) -> Led:
    """Resume the procedure of an errand with what came of it; those above it in the conversation stay above."""
    top = scene.conversation.dialogue
    done = replace(state, errand=None)
    step = _run(DIALOGUES[state.name], done, replace(turn, outcome=outcome), scene, rules)
    above = list(takewhile(lambda each: each.errand != state.errand, top or ()))
    beneath = own(state.beneath, turn.asker)
    if not above:
        return Led(step, beneath)
    beneath = over(step.state, beneath)
    for each in reversed(above):
        beneath = replace(each, beneath=beneath)
    return Led(replace(step, state=None), own(beneath, turn.asker))


def is_for(state: DialogueState, asker: Asker) -> bool:
    """Whether what the procedure remembers may be shown to who writes now: links end, and others prove themselves."""
    dialogue = DIALOGUES.get(state.name)
    return dialogue is None or not dialogue.of_account or state.account == asker.account


def own(state: DialogueState | None, asker: Asker) -> DialogueState | None:
    """The procedures in progress but for those that hold somebody else's data."""
    if state is None:
        return None
    beneath = own(state.beneath, asker)
    return replace(state, beneath=beneath) if is_for(state, asker) else beneath


def _late_tap(button: str, kept: DialogueState | None) -> Led:
    """A button of a procedure that no longer waits for it, pressed twice or a day later, does nothing."""
    kind = button.partition(":")[0]
    owners = {name for name, dialogue in DIALOGUES.items() if kind in dialogue.payloads}
    if not owners:
        return Led(NOT_MINE, kept)
    running = any(state.name in owners and state.errand is not None for state in kept or ())
    return Led(Step(say=(Say("errand_running" if running else "button_over"),)), kept)


def over(state: DialogueState | None, kept: DialogueState | None) -> DialogueState | None:
    """`state` with `kept` beneath it."""
    return kept if state is None else replace(state, beneath=kept)


def without(kept: DialogueState | None, name: str) -> DialogueState | None:
    """The procedures in progress but for one."""
    if kept is None:
        return None
    beneath = without(kept.beneath, name)
    return beneath if kept.name == name else replace(kept, beneath=beneath)


def reminder(kept: DialogueState | None) -> Say | None:
    """What to say of the step that is still open; None while something is being done for it."""
    if kept is None or kept.errand is not None or kept.name not in DIALOGUES:
        return None
    return DIALOGUES[kept.name].remind(kept.data)


def is_busy(kept: DialogueState | None) -> bool:
    """Whether the procedure in progress waits for an errand and not for the client."""
    return kept is not None and kept.errand is not None and not DIALOGUES[kept.name].talks_meanwhile


def _kept(state: DialogueState | None, asker: Asker) -> DialogueState | None:
    """Those of the procedures that outlast another question."""
    if state is None:
        return None
    beneath = _kept(state.beneath, asker)
    dialogue = DIALOGUES.get(state.name) if is_for(state, asker) else None
    lasts = dialogue is not None and (state.errand is not None or dialogue.remind(state.data) is not None)
    return replace(state, beneath=beneath) if lasts else beneath


def _resume(state: DialogueState, turn: Turn, scene: Scene, rules: Rules) -> Step:
    dialogue = DIALOGUES.get(state.name)
    if dialogue is None or (turn.with_file and not dialogue.sees_files):
        return NOT_MINE  # nobody else can see what is in a file, so no procedure takes it for an answer
    if state.errand is not None and not dialogue.talks_meanwhile:
        return NOT_MINE
    if not is_for(state, turn.asker):
        return _begin_anew(dialogue.resume(state.data, turn, rules), state)
    return _run(dialogue, state, turn, scene, rules)


def _begin_anew(step: Step, state: DialogueState) -> Step:
    """The client goes on with what was read for somebody else: nothing of it is said, their wish is served again."""
    intent = state.data.get("intent")
    if not step.mine or intent is None:
        return replace(NOT_MINE, secrets=step.secrets)
    return Step(intent=intent, secrets=step.secrets)


def _run(dialogue: Dialogue, state: DialogueState, turn: Turn, scene: Scene, rules: Rules) -> Step:
    """One step, with the errands that are done inside the transaction; one for outside gets its key."""
    step = dialogue.resume(state.data, turn, rules)
    for _ in range(MOST_AT_ONCE):
        if step.errand is None or step.errand.operation not in INSIDE:
            break
        outcome = INSIDE[step.errand.operation](scene, step.errand.arguments)
        data = step.state.data if step.state else {}
        following = dialogue.resume(data, replace(turn, outcome=outcome), rules)
        step = replace(following, say=(*step.say, *following.say), secrets=following.secrets or step.secrets)
    else:
        raise RuntimeError(f"{dialogue.name} asks for one errand after another: {step.errand}")
    if step.state is None:
        if step.errand is not None:
            raise ValueError(f"{dialogue.name} asks for {step.errand.operation} and doesn't wait for it")
        return step
    key = secrets.token_hex(16) if step.errand is not None else state.errand
    account = turn.asker.account if dialogue.of_account else None
    return replace(step, state=replace(step.state, errand=key, account=account))
