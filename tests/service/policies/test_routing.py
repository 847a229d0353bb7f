"""Which department takes the conversation."""

from hypothesis import given

from service.domain.conversations import ConversationView
from service.domain.intents import Rules
from service.domain.understanding import Understanding
from service.policies.routing import department_for
from tests.service.policies.situations import (
    BANK,
    any_conversation,
    any_rules,
    any_understanding,
    modestly,
    sure,
    talk,
    torn,
)


def test_a_recognised_topic_goes_to_its_department() -> None:
    assert department_for(BANK.intents["fraud_report"], talk(), sure("fraud_report"), BANK) == "security"


def test_a_call_for_a_person_goes_to_the_department_of_the_subject_before_it() -> None:
    conversation = talk(last_intent="transfer_fee")
    rule = BANK.intents["talk_to_operator"]
    assert department_for(rule, conversation, sure("talk_to_operator"), BANK) == "payments"


def test_a_message_that_was_not_understood_stays_with_the_subject_before_it() -> None:
    assert department_for(None, talk(last_intent="certificate"), torn(), BANK) == "documents"


def test_without_a_subject_the_likeliest_department_is_asked() -> None:
    assert department_for(None, talk(), torn(("transfer_fee", 0.4), ("card_pin", 0.3)), BANK) == "payments"


def test_a_mere_guess_goes_to_the_general_department() -> None:
    assert department_for(None, talk(), torn(("transfer_fee", 0.2)), BANK) == "general"


def test_what_is_out_of_scope_goes_to_the_general_department() -> None:
    assert department_for(None, talk(), torn(("transfer_fee", 0.9), in_scope=False), BANK) == "general"


def test_a_call_for_a_person_with_no_subject_goes_to_the_general_department() -> None:
    assert department_for(BANK.intents["talk_to_operator"], talk(), sure("talk_to_operator"), BANK) == "general"


@given(any_understanding(), any_conversation(), any_rules())
@modestly
def test_the_department_always_exists(
    understanding: Understanding, conversation: ConversationView, rules: Rules
) -> None:
    owned = {rule.department for rule in rules.intents.values()}
    for rule in (None, *rules.intents.values()):
        assert department_for(rule, conversation, understanding, rules) in owned | set(rules.departments)
