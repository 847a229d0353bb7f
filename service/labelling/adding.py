"""New intents: added in the console, served at once by people, by the model after the next training."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from models.likeness import likeness
from models.masking import mask
from models.preparation import prepare
from service.acts import storable
from service.domain.intents import Does, Mode, Priority
from service.domain.labels import OUT_OF_SCOPE, AddedIntent
from service.domain.staff import StaffMember
from service.errors import Conflict, InvalidInput
from service.intent_book import IntentBook
from service.labelling.reviewing import TOPIC, check_intents, write_label
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.storage import added_intents, understood
from service.storage.audit import record_audit
from service.storage.staff import must_work

_ID = re.compile(r"[a-z][a-z0-9_]{1,62}\Z")
LONGEST_TITLE, LONGEST_ABOUT, LONGEST_EXAMPLE = 60, 300, 1000
LEAST_EXAMPLES = 5
"""Of these one is held out to judge by, and four are learned from; with thirty it is worth it."""
DOES = (Does.ANSWER, Does.HANDOFF)
"""What an intent added in the console can do; actions need a procedure in code."""


def add_intent(
    intent_id: str, staff: StaffMember, office: Office, *, department: str, title: Mapping[str, str],
    about: Mapping[str, str], does: str = Does.ANSWER, priority: str = Priority.NORMAL, mode: str = Mode.SUGGEST,
    messages: Sequence[int] = (), examples: Sequence[str] = (),
) -> AddedIntent:  # fmt: skip
    """Add an intent and label `messages` (of the review queue) with it, in one transaction.

    `mode`: whether the bot may answer by itself once a model knows it. `examples`: messages that nobody wrote here,
    `LEAST_EXAMPLES` different ones at least; kept masked. InvalidInput says what is wrong with a value, Conflict that
    the id is taken.
    """
    must(staff, Action.TRAIN_MODELS)
    made = AddedIntent(
        intent_id.strip(), department, _choice(does, DOES, "does"), _words(title, "title", LONGEST_TITLE),
        _words(about, "description", LONGEST_ABOUT), _choice(priority, tuple(Priority), "priority"),
        _choice(mode, tuple(Mode), "mode"), staff.login, office.clock(),
    )  # fmt: skip
    _check(made, office)
    own = _examples(examples)
    try:
        with office.database.write() as connection:
            who = must_work(connection, staff.id) if staff.id else staff  # typed on the server: nobody's account
            added_intents.add(connection, made, office.clock())
            data = {
                "department": department,
                "does": made.does,
                "mode": made.mode,
                "messages": len(messages) + len(own),
            }
            record_audit(connection, who.login, "add_intent", "intent", made.id, data, office.clock())
            for each in messages:
                if understood.get(connection, each, lock=True) is not None:
                    write_label(connection, each, (made.id,), TOPIC, who, office)
            for text in own:
                _add_example(connection, text, made.id, who, office)
    except IntegrityError as error:
        raise Conflict(f"the intent {made.id} was added by somebody else a moment ago; choose another id") from error
    if isinstance(office.rules.intents, IntentBook):
        office.rules.intents.forget()
    return made


def label_all(messages: Sequence[int], intents: Sequence[str], staff: StaffMember, office: Office) -> int:
    """Label many messages alike, in one transaction; returns how many. Those erased meanwhile are left out."""
    must(staff, Action.LABEL_MESSAGES)
    meant, done = check_intents(intents, office), 0
    with office.database.write() as connection:
        who = must_work(connection, staff.id)
        for each in messages:
            if understood.get(connection, each, lock=True) is not None:
                write_label(connection, each, meant, TOPIC, who, office)
                done += 1
    return done


def _check(made: AddedIntent, office: Office) -> None:
    if not _ID.match(made.id) or made.id == OUT_OF_SCOPE:
        raise InvalidInput("id: use small Latin letters, digits and _, beginning with a letter, like card_design")
    if made.id in office.rules.intents:
        raise Conflict(f"there is an intent {made.id} already; add the messages to it, or choose another id")
    if made.department not in {each.id for each in office.open_departments()}:
        raise InvalidInput(f"department: there is no open department {made.department[:40]!r}")


def _examples(texts: Sequence[str]) -> tuple[str, ...]:
    """The different ones, masked; InvalidInput when they are too few to learn from."""
    kept: dict[str, str] = {}
    for text in texts:
        masked = mask(storable(text)).strip()
        if not prepare(masked).wordless:
            kept.setdefault(likeness(masked), masked[:LONGEST_EXAMPLE])
    if texts and len(kept) < LEAST_EXAMPLES:
        raise InvalidInput(
            f"examples: {len(kept)} different messages are too few to learn from; give {LEAST_EXAMPLES} or more",
            reason="few_examples", least=LEAST_EXAMPLES,
        )  # fmt: skip
    return tuple(kept.values())


def _add_example(connection: Connection, text: str, intent: str, who: StaffMember, office: Office) -> None:
    """A training example that a person brought: in the history of labels, and in the next export, like any other."""
    row = understood.add(connection, {
        "message_id": None, "conversation_id": None, "client_id": None, "seq": None, "text": text,
        "likeness": likeness(text), "language": prepare(text).language, "model": None, "intent": None,
        "confidence": 0.0, "ranking": [], "in_scope": True, "scope_score": 0.0, "disagreement": 0.0, "article": None,
        "article_score": None, "decision": None, "happened": [], "weak_label": None, "weak_weight": None,
        "weak_reason": None, "label": None, "labelled_by": 0, "sample": False, "state": "open", "reasons": [],
        "topic_id": None, "topic_place": None, "alike": 1, "worth": 0.0, "vector": None, "encoder": None,
        "created_at": office.clock(),
    })  # fmt: skip
    write_label(connection, row, (intent,), TOPIC, who, office)


def _choice(value: str, known: Sequence[str], what: str) -> str:
    if value not in set(known):
        raise InvalidInput(f"{what}: there is no {value[:40]!r}; choose one of {', '.join(known)}")
    return str(value)


def _words(given: Mapping[str, str], what: str, most: int) -> dict[str, str]:
    """Both languages; one that is missing is said in the other."""
    kept = {language: storable(given.get(language) or "")[: most + 1] for language in ("ru", "en")}
    either = kept["ru"] or kept["en"]
    if not either:
        raise InvalidInput(f"{what}: write it in Russian or English")
    if any(len(words) > most for words in kept.values()):
        raise InvalidInput(f"{what}: at most {most} characters are allowed")
    return {language: words or either for language, words in kept.items()}
