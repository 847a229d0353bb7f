"""«Подтвердите, что это вы»: a number, a code from a letter, and the question that started it is answered.

What is said after the number is the same whether the bank knows it or not: it is said before anybody looks.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from service.dialogues.base import NOT_MINE, Dialogue, Option, Say, Step, Turn
from service.domain.conversations import DialogueState
from service.domain.decisions import Reason
from service.domain.errands import Errand, ErrandOutcome, Fate
from service.domain.intents import Rules
from service.domain.verification import Proof
from service.policies.identifying import find_codes, looks_like_a_code, read_code, read_number
from service.policies.verification import is_proved

NUMBER, CODE = "number", "code"
RESEND, OTHER_NUMBER = Option("resend", "verify:resend"), Option("other_number", "verify:number")
UNLINK, OPERATOR = Option("unlink", "command:unlink"), Option("operator", "command:operator")
CANCEL = Option("cancel", "command:cancel")
_AGAIN = re.compile(
    r"ещ[её] раз|заново|повтор|не прих|не приш|нов\w+ код|друг\w+ код|again|resend|new code|another code|"
    r"(?:didn.?t|did not|doesn.?t|not) (?:come|arrive|get|receive)",
    re.IGNORECASE,
)
MOST_WORDS_AGAIN = 8
MOST_UNREAD = 2
"""Numbers that can't be read before a person is offered a better way."""


def ask(*, by_staff: bool = False) -> DialogueState:
    """The state that waits for a number, for those who begin it without a message of the client."""
    return DialogueState("verify_client", MappingProxyType({"step": NUMBER, "asked_by_staff": by_staff}))


class VerifyClient(Dialogue):
    """Asks for a number, then for the code; remembers what the client came for."""

    name = "verify_client"
    sees_files = True
    talks_meanwhile = True
    asks_bank = True
    payloads = ("verify",)

    def resume(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The next step."""
        if turn.asker.in_group:
            return Step(say=(Say("private_only"),), secrets=find_codes(turn.text))
        if turn.outcome is not None:
            return self._came_back(data, turn.outcome)
        if turn.intent is not None:
            return self._begin(data, turn, rules)
        if data.get("step") == CODE:
            return self._read_code(data, turn, rules)
        return self._read_number(data, turn, rules)

    def remind(self, data: Mapping[str, Any]) -> Say | None:
        """What is still missing."""
        return _missing(data)

    def _begin(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        """The client wants something for which they must be known; asked twice, the later wish is remembered."""
        rule, link = rules.rule(turn.intent), turn.asker.link
        wished = {"intent": turn.intent, "words": turn.text} if rule and rule.action != self.name else {}
        if data.get("step"):
            return Step(say=(_missing(data),), state=self._state({**data, **wished}))
        if rule is not None and wished and is_proved(rule.proof, link, rules, turn.now):
            return Step(intent=turn.intent, words=turn.text)
        if link is not None and not wished:
            return Step(say=(Say("verify_already", buttons=(UNLINK,)),))
        if link is not None and rule is not None and rule.proof is Proof.FRESH:
            return self._ask_for_code({"linked": True}, wished)
        number = read_number(turn.text, region=rules.phone_region, sure=True)
        if number is not None:
            return self._ask_for_code({"number": number}, wished)
        asked = Say("verify_ask" if wished else "verify_ask_link", buttons=(OPERATOR, CANCEL))
        return Step(say=(asked,), state=self._state({**wished, "step": NUMBER}))

    def _read_number(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        number = read_number(turn.text, region=rules.phone_region)
        if number is not None:
            return self._ask_for_code({"number": number}, data)
        if turn.with_file:
            return Step(say=(Say("verify_number_typed"),), state=self._state(data))
        if not looks_like_a_code(turn.text):
            return NOT_MINE
        unread = int(data.get("unread", 0)) + 1
        if unread > MOST_UNREAD:
            return Step(say=(Say("verify_no_number"),), person=Reason.NEEDS_VERIFICATION)
        buttons = (OPERATOR,)
        return Step(say=(Say("verify_number_unread", buttons=buttons),), state=self._state({**data, "unread": unread}))

    def _read_code(self, data: Mapping[str, Any], turn: Turn, rules: Rules) -> Step:
        if turn.button == OTHER_NUMBER.payload:
            return Step(say=(Say("verify_ask_number"),), state=self._state({**_wish(data), "step": NUMBER}))
        if turn.button == RESEND.payload or _asks_again(turn.text):
            return self._ask_for_code({"challenge": data["challenge"]}, data)
        code = read_code(turn.text)
        if code is not None:
            errand = Errand("check_code", {"challenge": data["challenge"], "code": code})
            return Step(errand=errand, state=self._state(data), secrets=find_codes(turn.text))
        if turn.with_file:
            return Step(say=(Say("verify_photo"),), state=self._state(data), secrets=find_codes(turn.text))
        number = read_number(turn.text, region=rules.phone_region, sure=True)
        if number is not None:
            return self._ask_for_code({"number": number}, data)
        if looks_like_a_code(turn.text):
            return Step(say=(Say("verify_code_shape"),), state=self._state(data), secrets=find_codes(turn.text))
        return NOT_MINE

    def _came_back(self, data: Mapping[str, Any], outcome: ErrandOutcome) -> Step:
        match outcome.operation, outcome.fate, outcome.reason:
            case "open_challenge", Fate.DONE, _:
                challenge = outcome.value["challenge"]
                said = "verify_sent_again" if data.get("step") == CODE and not data.get("renumbered") else "verify_sent"
                buttons = (RESEND, OTHER_NUMBER)
                state = self._state({**_wish(data), "step": CODE, "challenge": challenge})
                told = Say(said, {"minutes": outcome.value["minutes"]}, buttons)
                return Step(say=(told,), state=state, errand=Errand("send_code", {"challenge": challenge}))
            case "open_challenge", _, "wait":
                return self._must_wait(data, int(outcome.value["seconds"]))
            case "check_code", Fate.DONE, _:
                done = Say("verify_done", {"address": outcome.value["address"]}, (UNLINK,))
                return Step(say=(done,), intent=data.get("intent"), words=data.get("words"))
            case "check_code", _, "wrong" if outcome.value["left"]:
                return Step(say=(Say(f"verify_wrong_{outcome.value['left']}"),), state=self._state(data))
            case "check_code", _, "expired":
                return Step(say=(Say("verify_expired", buttons=(RESEND,)),), state=self._state(data))
            case "check_code", _, reason:
                said = {"wrong": "verify_failed", "paused": "verify_paused"}.get(reason, "verify_over")
                return Step(say=(Say(said, buttons=(OPERATOR,)),))
            case "send_code", _, _:
                return Step(state=self._state(data))
            case _:
                return Step(say=(Say("verify_over", buttons=(OPERATOR,)),))

    def _must_wait(self, data: Mapping[str, Any], seconds: int) -> Step:
        if seconds <= 60 and data.get("step") == CODE:
            return Step(say=(Say("verify_resend_wait", {"seconds": seconds}),), state=self._state(data))
        state = self._state(data) if data.get("step") == CODE and "challenge" in data else None
        return Step(say=(Say("verify_too_many", {"minutes": -(-seconds // 60)}, (OPERATOR,)),), state=state)

    def _ask_for_code(self, arguments: Mapping[str, Any], data: Mapping[str, Any]) -> Step:
        kept = {**data, "renumbered": "number" in arguments}
        return Step(errand=Errand("open_challenge", arguments), state=self._state(kept))

    def _state(self, data: Mapping[str, Any]) -> DialogueState:
        return DialogueState(self.name, MappingProxyType(dict(data)))


def _missing(data: Mapping[str, Any]) -> Say:
    return Say("verify_remind_code" if data.get("step") == CODE else "verify_remind_number")


def _wish(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in ("intent", "words", "asked_by_staff") if key in data}


def _asks_again(words: str) -> bool:
    return len(words.split()) <= MOST_WORDS_AGAIN and _AGAIN.search(words) is not None and not find_codes(words)
