"""Starting, watching and cancelling a training. A worker runs it (`runner.py`); the very commands of `otklik`."""

from typing import Final

from service.acts import storable
from service.domain.staff import StaffMember
from service.domain.trainings import ENDED, Kind, Training, TrainingState
from service.errors import Conflict, InvalidInput
from service.events import MODELS_TOPIC
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.releases.registry import LONGEST_NOTES, acting
from service.storage import models, trainings
from service.storage.audit import record_audit

ERROR_RATES: Final = (0.001, 0.5)


def start_training(
    staff: StaffMember, office: Office, *, notes: str = "", error_rate: float = 0.05, seed: int = 0,
    quick: bool = False,
) -> Training:  # fmt: skip
    """Train a candidate on the shipped examples and all labels, judge it against the live model, and keep it.

    `quick`: let it grow from the live model, for a few more labels or a new intent (see `otklik train --grow-from`).
    Raises Conflict while another training waits or runs.
    """
    must(staff, Action.TRAIN_MODELS)
    words = storable(notes).strip()
    if len(words) > LONGEST_NOTES:
        raise InvalidInput(f"notes have at most {LONGEST_NOTES} letters", reason="notes_long", longest=LONGEST_NOTES)
    if not ERROR_RATES[0] <= error_rate <= ERROR_RATES[1]:
        raise InvalidInput(f"the allowed share of wrong answers is 0.1 % to 50 %, not {error_rate:.1%}",
                           reason="bad_error_rate")  # fmt: skip
    return _start(Kind.TRAIN, {"notes": words, "error_rate": error_rate, "seed": seed, "quick": quick}, staff, office)


def start_judging(version: str, staff: StaffMember, office: Office) -> Training:
    """Judge a version against the live one on the golden set; the verdict is kept.

    Raises Conflict for the live one itself, and while another training waits or runs.
    """
    must(staff, Action.TRAIN_MODELS)
    with office.database.read() as connection:
        found = models.get(connection, version).version
        live = models.plan(connection).live
    if live is None or found == live:
        raise Conflict(f"model {found} is live already; compare another one with it", reason="model_live")
    return _start(Kind.JUDGE, {"version": found}, staff, office)


def cancel_training(training_id: int, staff: StaffMember, office: Office) -> Training:
    """End it; nothing of it stays. One that is over stays as it is."""
    must(staff, Action.TRAIN_MODELS)
    with office.database.write() as connection:
        actor = acting(connection, staff)
        training = trainings.get(connection, training_id)
        if training.state not in ENDED:
            trainings.wish_to_cancel(connection, training_id, actor.login)
            if training.state is TrainingState.QUEUED:
                trainings.end(connection, training_id, TrainingState.CANCELLED, office.clock())
            record_audit(
                connection, actor.login, "training_cancelled", "training", str(training_id), {}, office.clock()
            )
        after = trainings.get(connection, training_id)
    office.events.publish(MODELS_TOPIC)
    return after


def list_trainings(staff: StaffMember, office: Office, *, limit: int = 20) -> list[Training]:
    """The last trainings, newest first."""
    must(staff, Action.TRAIN_MODELS)
    with office.database.read() as connection:
        return trainings.newest(connection, limit)


def read_training(training_id: int, staff: StaffMember, office: Office) -> Training:
    """One training as it stands now; NotFound if there is none."""
    must(staff, Action.TRAIN_MODELS)
    with office.database.read() as connection:
        return trainings.get(connection, training_id)


def _start(kind: Kind, options: dict[str, object], staff: StaffMember, office: Office) -> Training:
    now = office.clock()
    with office.database.write() as connection:
        actor = acting(connection, staff)
        must(actor, Action.TRAIN_MODELS)
        training = trainings.add(connection, kind, dict(options), actor.login, now)
        record_audit(connection, actor.login, "training_started", "training", str(training.id), options, now)
    office.events.publish(MODELS_TOPIC)
    return training
