"""What procedures ask of the bank's own systems: one operation, one function. Values of `domain/banking.py` go back."""

from collections.abc import Mapping
from typing import Any

from service.backoffice.base import BackOffice, BackOfficeRefused, Refusal
from service.office import Office
from service.performers.base import Job, Performer, Refused
from service.performers.statements import send_statement


def read_accounts(job: Job, office: Office) -> Mapping[str, Any]:
    """`accounts`: the client's open accounts."""
    return {"accounts": _bank(office).accounts(_client(job))}


def read_cards(job: Job, office: Office) -> Mapping[str, Any]:
    """`cards`: all cards of the client."""
    return {"cards": _bank(office).cards(_client(job))}


def block_cards(job: Job, office: Office) -> Mapping[str, Any]:
    """`blocked`: for each of `arguments["cards"]` (ids), in order, its Blocking, or why the bank refused.

    Each card has a key of its own, made of the job's, so that a repetition blocks nothing twice.
    """
    return {"blocked": [_block(card, job, office) for card in job.arguments["cards"]]}


def read_details(job: Job, office: Office) -> Mapping[str, Any]:
    """`details`: what a payer needs, of the account `arguments["account"]`."""
    return {"details": _bank(office).account_details(_client(job), job.arguments["account"])}


def read_applications(job: Job, office: Office) -> Mapping[str, Any]:
    """`applications`: the client's applications for loans."""
    return {"applications": _bank(office).loan_applications(_client(job))}


def read_payments(job: Job, office: Office) -> Mapping[str, Any]:
    """`payments`: the next payment of each loan."""
    return {"payments": _bank(office).next_payments(_client(job))}


BANK: dict[str, Performer] = {
    "read_accounts": Performer(read_accounts),
    "read_cards": Performer(read_cards),
    "block_cards": Performer(block_cards, changes=True),
    "read_account_details": Performer(read_details),
    "read_loan_applications": Performer(read_applications),
    "read_next_payments": Performer(read_payments),
    "send_statement": Performer(send_statement, changes=True),
}


def _block(card_id: str, job: Job, office: Office) -> Any:
    try:
        return _bank(office).block_card(_client(job), card_id, f"{job.key}-{card_id}")
    except BackOfficeRefused as refusal:
        if refusal.reason in (Refusal.NO_CARD, Refusal.CARD_EXPIRED):
            return refusal.reason.value
        raise


def _bank(office: Office) -> BackOffice:
    if office.back_office is None:
        raise Refused("no_bank")
    return office.back_office


def _client(job: Job) -> str:
    if job.link is None:
        raise Refused("not_linked")
    return job.link.account
