"""Whether the client must prove who they are."""

import pytest

from service.policies.verification import needs_proof
from tests.service.policies.situations import BANK, NOON, intent, linked, minutes_ago, talk


@pytest.mark.parametrize(
    ("intent_is_verified", "client_is_verified", "proof_needed"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_proof_is_needed_when_the_intent_asks_for_it_and_the_client_has_not_given_it(
    intent_is_verified: bool, client_is_verified: bool, proof_needed: bool
) -> None:
    rule = intent("balance", verified=intent_is_verified)
    conversation = talk(link=linked() if client_is_verified else None)
    assert needs_proof(rule, conversation, BANK, NOON) is proof_needed


@pytest.mark.parametrize(("minutes", "proof_needed"), [(0, False), (14, False), (15, True), (600, True)])
def test_a_fresh_proof_grows_old(minutes: float, proof_needed: bool) -> None:
    rule = intent("account_details", verified=True, fresh=True)
    conversation = talk(link=linked(verified_at=minutes_ago(minutes)))
    assert needs_proof(rule, conversation, BANK, NOON) is proof_needed


def test_a_link_that_has_expired_proves_nothing() -> None:
    rule = intent("balance", verified=True)
    assert needs_proof(rule, talk(link=linked(expires_at=NOON)), BANK, NOON)
