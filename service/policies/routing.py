"""Which department takes the conversation?"""

from service.domain.conversations import ConversationView
from service.domain.intents import Does, IntentRule, Rules
from service.domain.understanding import Understanding

DEFAULT_DEPARTMENT = "general"


def department_for(
    rule: IntentRule | None, conversation: ConversationView, understanding: Understanding, rules: Rules
) -> str:
    """The department of the recognised intent; otherwise of the last one that was, of the likeliest, or general.

    Small talk and commands («позовите оператора») say nothing about the subject, so the subject talked about before
    decides where a person is sought.
    """
    if rule is not None and rule.does not in (Does.SOCIAL, Does.CONTROL):
        return rule.department
    last = rules.rule(conversation.last_intent)
    if last is not None and last.does not in (Does.SOCIAL, Does.CONTROL):
        return last.department
    if rule is None and understanding.in_scope and understanding.confidence >= 0.3:
        likely = rules.rule(understanding.intent)
        if likely is not None:
            return likely.department
    return DEFAULT_DEPARTMENT if DEFAULT_DEPARTMENT in rules.departments else rules.departments[-1]
