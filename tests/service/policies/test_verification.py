"""Whether the client must prove who they are."""

import pytest

from service.policies.verification import needs_proof
from tests.service.policies.situations import intent, talk


@pytest.mark.parametrize(
    ("intent_is_verified", "client_is_verified", "proof_needed"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_proof_is_needed_when_the_intent_asks_for_it_and_the_client_has_not_given_it(
    intent_is_verified: bool, client_is_verified: bool, proof_needed: bool
) -> None:
    rule = intent("balance", verified=intent_is_verified)
    assert needs_proof(rule, talk(verified=client_is_verified)) is proof_needed
