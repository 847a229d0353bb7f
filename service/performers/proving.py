"""Proving who one is: asking for a code, sending it, comparing it. Counted and compared in the database only.

What is said to the client never depends on whether the bank knows the number: it is said before anybody looks.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service import texts, vault
from service.domain.banking import BankClient
from service.domain.conversations import ConversationView
from service.domain.errands import ErrandOutcome, Fate
from service.domain.suspicion import Sender, Signal, identity_key
from service.domain.verification import Allowance, Link
from service.letter_texts import code_letter, link_letter
from service.office import Office
from service.performers.base import Job, Scene
from service.performers.joining import join_by_proof, part
from service.policies.addresses import is_loopback, network_of
from service.policies.code_limits import (
    CODE_DIGITS,
    MOST_SENDS,
    MOST_TRIES,
    count_send,
    count_wrong,
    forgive,
    guesses_left,
    is_locked,
    tries_left,
    wait_before_send,
)
from service.policies.identifying import masked_address
from service.storage import codes, conversations, letters, links, records
from service.storage.codes import Challenge

OPEN, CHECK, SEND = "open_challenge", "check_code", "send_code"
CODES = "codes"
"""What the key of the codes is derived for."""


def open_challenge(scene: Scene, arguments: Mapping[str, Any]) -> ErrandOutcome:
    """A code is asked for: for a `number`, for that of a former `challenge`, or for the client who is `linked`.

    Done with the `challenge` and the `minutes` that its code is good for, or refused as `wait` with `seconds`. Known
    and unknown numbers cost the same.
    """
    connection, conversation, now = scene.connection, scene.conversation, scene.now
    number = _number_of(scene, arguments)
    if number is None or conversation.in_group:
        return ErrandOutcome(OPEN, Fate.REFUSED, reason="over")
    used = codes.allowances(connection, _subjects(scene, number), now)
    wait = max(
        wait_before_send(each, now, pause=_is_identity(name), most=_most(scene, name)) for name, each in used.items()
    )
    if wait > timedelta():
        return ErrandOutcome(OPEN, Fate.REFUSED, {"seconds": int(wait.total_seconds()) + 1}, "wait")
    counted = {name: count_send(each, now, most=_most(scene, name)) for name, each in used.items()}
    codes.set_allowances(connection, counted, now)
    expires = now + timedelta(minutes=scene.office.settings.code_minutes)
    identity = conversation.identity_id or 0
    challenge = codes.open_challenge(connection, conversation.id or 0, identity, number, now, expires)
    scene.office.metrics.verifications.labels("asked").inc()
    return ErrandOutcome(OPEN, Fate.DONE, {"challenge": challenge, "minutes": scene.office.settings.code_minutes})


def check_code(scene: Scene, arguments: Mapping[str, Any]) -> ErrandOutcome:
    """Compare a `code` with that of the `challenge`. Done: the identity is linked now, `address` is where it went.

    Refused: `wrong` with the tries `left`, `expired`, `over` (used, replaced, somebody else's, in a group), `paused`.
    """
    connection, conversation, now = scene.connection, scene.conversation, scene.now
    settings = scene.office.settings
    challenge = codes.get(connection, int(arguments["challenge"]), lock=True)
    mine = challenge is not None and (conversation.identity_id, conversation.id) == (
        challenge.identity_id, challenge.conversation_id,
    )  # fmt: skip
    if challenge is None or not mine or challenge.state != codes.OPEN or conversation.in_group:
        return ErrandOutcome(CHECK, Fate.REFUSED, reason="over")
    if now >= challenge.expires_at:
        return ErrandOutcome(CHECK, Fate.REFUSED, reason="expired")
    day, theirs = codes.day_of(now), _owner_subjects(connection, challenge)
    used = codes.allowances(connection, (day, *theirs, *_subjects(scene, challenge.number)), now)
    if not guesses_left(used[day].failures, settings.code_guesses_per_day):
        scene.office.metrics.verifications.labels("paused").inc()
        return ErrandOutcome(CHECK, Fate.REFUSED, reason="paused")
    typed = code_hash(challenge, challenge.account or "", str(arguments["code"]), scene.office)
    # An unknown number is compared like any other, with what no code has as its hash. Of a locked account nothing is
    # told: it is as if no code were right.
    locked = any(is_locked(used[each], now) for each in theirs)
    right = hmac.compare_digest(typed, challenge.code_hash or "-" * len(typed)) and not locked
    if right and codes.match(connection, challenge.id):
        return ErrandOutcome(CHECK, Fate.DONE, {"address": _link(scene, challenge)})
    return _wrong(scene, challenge, used)


def send_code(job: Job, office: Office) -> Mapping[str, Any]:
    """Find the client behind a `challenge` and send the code to the address on file; nothing is told to the dialogue.

    A second time does nothing: the code is written down in the transaction of its letter.
    """
    with office.database.read() as connection:
        challenge = codes.get(connection, int(job.arguments["challenge"]))
    now = office.clock()
    bank = office.back_office
    over = challenge is None or challenge.state != codes.OPEN or challenge.sent_at is not None
    if bank is None or challenge is None or over or now >= challenge.expires_at:
        return {}
    linked = _account_in(challenge.number)
    found = bank.client(linked) if linked else bank.find_client(challenge.number)
    if found is None or not found.email:
        office.metrics.verifications.labels("unknown").inc()
        with office.database.write() as connection:
            sender = _sender(conversations.get(connection, challenge.conversation_id), None)
            office.guard.report(connection, Signal.UNKNOWN_NUMBER, sender, now)
            _count_for_nobody(connection, challenge, now)
        return {}
    with office.database.write() as connection:
        sent = _send(connection, challenge, found, office)
        if not sent:
            _count_for_nobody(connection, challenge, now)
    outcome = "sent" if sent else "held_back"
    office.metrics.verifications.labels(outcome).inc()
    office.bell.ring()
    return {}


def code_hash(challenge: Challenge, account: str, code: str, office: Office) -> str:
    """What is kept of a code: bound to the challenge, the identity, the conversation and the bank's client."""
    bound = (challenge.id, challenge.identity_id, challenge.conversation_id, account, code)
    return vault.keyed_hash(office.signing_key, CODES, *bound)


def _send(connection: Connection, challenge: Challenge, client: BankClient, office: Office) -> bool:
    """Make the code and write its letter, unless this account or mailbox has had enough of them. Nobody is told.

    In the language that the bank has on file: it is the owner who reads it, whoever is asking in the chat.
    """
    now, email = office.clock(), client.email or ""
    subjects = [codes.subject(connection, "account", client.id), codes.subject(connection, "email", email.casefold())]
    used = codes.allowances(connection, subjects, now)
    if any(wait_before_send(each, now, pause=False) > timedelta() for each in used.values()):
        return False
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    hashed = code_hash(challenge, client.id, code, office)
    if not codes.set_code(connection, challenge.id, hashed, client, now):
        return False
    codes.set_allowances(connection, {name: count_send(each, now) for name, each in used.items()}, now)
    minutes, language = office.settings.code_minutes, texts.spoken(client.language)
    letters.add(connection, code_letter(challenge.id, email, code, language, minutes, challenge.expires_at), now)
    return True


def _link(scene: Scene, challenge: Challenge) -> str:
    """Link the identity, forgive what failed before, and tell the owner. Returns the masked address."""
    connection, now, office = scene.connection, scene.now, scene.office
    identity, account, email = challenge.identity_id, challenge.account or "", challenge.email or ""
    address = masked_address(email)
    before, known = links.active(connection, identity), links.last_account(connection, identity)
    since = before.link.linked_at if before and before.link.account == account else now
    expires = now + timedelta(days=office.settings.link_days)
    phone = challenge.number if challenge.number.startswith("+") else None
    link = Link(account, since, now, expires, address, challenge.segment)
    number = links.begin(connection, identity, link, phone)
    if known not in (None, account):
        part(connection, scene.conversation, known or "", now)
    if join_by_proof(connection, identity, account, number, now):
        records.add_fact(
            connection, challenge.conversation_id, "joined", "system", {"link": number}, now,
            seq=scene.conversation.last_seq,
        )  # fmt: skip
    subjects = {*_subjects(scene, challenge.number), codes.subject(connection, "account", account)}
    used = codes.allowances(connection, subjects, now)
    codes.set_allowances(connection, {name: forgive(each) for name, each in used.items()}, now)
    records.add_fact(
        connection, challenge.conversation_id, "verified", "client", {"address": address, "link": number}, now,
        seq=scene.conversation.last_seq,
    )  # fmt: skip
    if before is None or before.link.account != account:
        language = texts.spoken(challenge.language or scene.conversation.language)
        letters.add(connection, link_letter(number, email, scene.conversation.channel, language, office, now), now)
    office.metrics.verifications.labels("verified").inc()
    return address


def _wrong(scene: Scene, challenge: Challenge, used: Mapping[str, Allowance]) -> ErrandOutcome:
    """Count the wrong code against everybody concerned. What is told of it depends on who asks and the number alone."""
    connection, now = scene.connection, scene.now
    counted = {name: count_wrong(each, now, most=_most(scene, name)) for name, each in used.items()}
    day = codes.day_of(now)
    counted[day] = replace(used[day], failures=used[day].failures + 1, last_at=now)
    codes.set_allowances(connection, counted, now)
    told = [tries_left(each) for name, each in counted.items() if name.startswith(("identity:", "number:"))]
    left = min(codes.count_wrong(connection, challenge.id, MOST_TRIES), *told)
    sender = _sender(scene.conversation, scene.address)
    scene.office.guard.report(connection, Signal.WRONG_CODE, sender, now)
    scene.office.metrics.verifications.labels("wrong").inc()
    if left == 0:
        codes.fail(connection, challenge.id)
        data = {"tries": MOST_TRIES}
        records.add_fact(
            connection, challenge.conversation_id, "verification_failed", "client", data, now,
            seq=scene.conversation.last_seq,
        )  # fmt: skip
        scene.office.metrics.verifications.labels("failed").inc()
    return ErrandOutcome(CHECK, Fate.REFUSED, {"left": left}, "wrong")


def _sender(conversation: ConversationView, address: str | None) -> Sender:
    return Sender(conversation.channel, identity_key(conversation.channel, conversation.external_id), address)


def _number_of(scene: Scene, arguments: Mapping[str, Any]) -> str | None:
    if arguments.get("linked"):
        link = scene.conversation.link
        return f"{_LINKED}{link.account}" if link else None
    if "number" in arguments:
        return str(arguments["number"])
    former = codes.get(scene.connection, int(arguments["challenge"]))
    return former.number if former is not None and former.identity_id == scene.conversation.identity_id else None


_LINKED = "linked:"
"""Begins the «number» of a client who is linked already and types a fresh code: no number that is typed has a colon."""


def _account_in(number: str) -> str | None:
    return number.removeprefix(_LINKED) if number.startswith(_LINKED) else None


def _subjects(scene: Scene, number: str) -> list[str]:
    """Who is counted when this number is tried here: the identity, the number, and the network address if known."""
    connection = scene.connection
    named = [("identity", str(scene.conversation.identity_id)), ("number", number)]
    # The machine's own address says nothing about a client: it is that of a proxy or of a demo.
    if scene.address is not None and not is_loopback(scene.address):
        named.append(("address", network_of(scene.address)))
    return [codes.subject(connection, kind, value) for kind, value in named]


def _owner_subjects(connection: Connection, challenge: Challenge) -> list[str]:
    """The account and mailbox behind a number; for a number that nobody has, two that are nobody's: the same work."""
    named = [
        ("account", challenge.account or f"nobody {challenge.number}"),
        ("email", (challenge.email or f"nobody {challenge.number}").casefold()),
    ]
    return [codes.subject(connection, kind, value) for kind, value in named]


def _count_for_nobody(connection: Connection, challenge: Challenge, now: datetime) -> None:
    """Begin the counters of a code that was not sent as those of one that was: wrong codes then find them alike."""
    codes.allowances(connection, _owner_subjects(connection, challenge), now)


def _is_identity(subject: str) -> bool:
    return subject.startswith("identity:")


def _most(scene: Scene, subject: str) -> int:
    """How many codes a subject may ask for within an hour."""
    return scene.office.settings.codes_per_address if subject.startswith("address:") else MOST_SENDS
