"""The registry: a folder with an artifact a version, and a table with what is known of each."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from models.artifact import MANIFEST, Manifest, read_artifact
from models.errors import ArtifactError
from service.acts import storable
from service.domain.releases import Plan, Release, Stage
from service.domain.staff import StaffMember
from service.errors import InvalidInput, NotFound
from service.events import MODELS_TOPIC
from service.office import Office
from service.permits import must
from service.policies.permissions import Action
from service.storage import models
from service.storage.audit import record_audit
from service.storage.models import Registered, Verdict
from service.storage.staff import must_work

LONGEST_NOTES = 2000


@dataclass(frozen=True)
class ModelCard:
    """A version and where it stands. `share` of the conversations when it is the canary."""

    model: Registered
    stage: Stage
    share: float

    @property
    def version(self) -> str:
        """Its name."""
        return self.model.version


def list_models(staff: StaffMember, office: Office) -> list[ModelCard]:
    """Every version, newest first."""
    must(staff, Action.TRAIN_MODELS)
    with office.database.read() as connection:
        plan = models.plan(connection)
        return [_card(each, plan) for each in models.all_models(connection)]


def read_model(version: str, staff: StaffMember, office: Office) -> ModelCard:
    """The version whose name is or begins with `version`; NotFound unless it is exactly one."""
    must(staff, Action.TRAIN_MODELS)
    with office.database.read() as connection:
        return _card(models.get(connection, version), models.plan(connection))


def read_verdict(version: str, staff: StaffMember, office: Office) -> Verdict | None:
    """What the gate said of a version against the one that is live now; None when it was not asked."""
    must(staff, Action.TRAIN_MODELS)
    with office.database.read() as connection:
        live = models.plan(connection).live
        return models.verdict_of(connection, models.get(connection, version).version, live) if live else None


def has_report(version: str, office: Office) -> bool:
    """Whether there is a page of its evaluation."""
    return (office.settings.registry / f"{version}.html").is_file()


def read_report(version: str, staff: StaffMember, office: Office) -> bytes:
    """The page of its evaluation, HTML; NotFound when it was never judged."""
    found = read_model(version, staff, office).version
    try:
        return (office.settings.registry / f"{found}.html").read_bytes()
    except OSError as error:
        raise NotFound(f"there is no report of model {found}; compare it with the live one first") from error


def read_history(staff: StaffMember, office: Office, *, limit: int = 100) -> list[Release]:
    """What was put in use when and by whom, newest first."""
    must(staff, Action.TRAIN_MODELS)
    with office.database.read() as connection:
        return models.history(connection, limit)


def note_model(version: str, notes: str, staff: StaffMember, office: Office) -> ModelCard:
    """Write down what there is to know of a version."""
    must(staff, Action.TRAIN_MODELS)
    words = storable(notes).strip()
    if len(words) > LONGEST_NOTES:
        raise InvalidInput(f"notes have at most {LONGEST_NOTES} letters", reason="notes_long", longest=LONGEST_NOTES)
    with office.database.write() as connection:
        actor = acting(connection, staff)
        model = models.get(connection, version)
        models.change(connection, model.version, notes=words)
        record_audit(connection, actor.login, "model_noted", "model", model.version, {}, office.clock())
        card = _card(models.get(connection, model.version), models.plan(connection))
    office.events.publish(MODELS_TOPIC)
    return card


def add_model(folder: Path, staff: StaffMember, office: Office, *, notes: str = "") -> ModelCard:
    """Copy a trained model into the registry as a candidate; one that is there already stays as it is.

    Nothing of a damaged model gets in. The model of the settings is added with the first one, so that there is
    something to go back to. Raises ArtifactError for what can't be read, InvalidInput for a disk without room.
    """
    must(staff, Action.TRAIN_MODELS)
    if staff.id:
        with office.database.read() as connection:
            must_work(connection, staff.id)
    return register(folder, staff.login, office, notes=notes)


def register(folder: Path, actor: str, office: Office, *, notes: str = "") -> ModelCard:
    """`add_model` for a training that `actor` was allowed to start."""
    first = [] if _knows_any(office) else _model_of_the_settings(office)
    manifests = [(keep_folder(each, office), each) for each in (*first, folder)]
    now = office.clock()
    with office.database.write() as connection:
        for manifest, source in manifests:
            words = storable(notes).strip() if source == folder else ""
            models.add(connection, _registered(manifest, office, actor, words))
        version = manifests[-1][0].version
        plan = models.plan(connection)
        if first and plan.number == 0:
            begun = manifests[0][0].version
            plan = Plan(1, live=begun)
            models.release(connection, Release(plan, "begin", begun, actor, "", False, now))
        record_audit(connection, actor, "model_added", "model", version, {}, now)
        card = _card(models.get(connection, version), plan)
    office.models.load()
    office.events.publish(MODELS_TOPIC)
    return card


def keep_folder(source: Path, office: Office) -> Manifest:
    """Check an artifact and copy it into the registry's folder, all of it or nothing; returns its manifest."""
    manifest, _, _ = read_artifact(source)
    target = office.settings.registry / manifest.version
    if target.exists() and _is_sound(target):
        return manifest
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=target.parent) as beside:
            copy = Path(beside) / manifest.version
            shutil.copytree(source, copy)
            read_artifact(copy)
            if target.exists():
                target.rename(Path(beside) / "damaged")
            copy.rename(target)
    except (OSError, shutil.Error) as error:
        what = error.strerror or str(error)
        raise InvalidInput(
            f"the model can't be kept in {target.parent}: {what}; make room there and add it again",
            reason="registry_full", problem=what,
        ) from error  # fmt: skip
    return manifest


def acting(connection: Connection, staff: StaffMember) -> StaffMember:
    """Who acts, as they are now; a command typed on the server has no account."""
    return must_work(connection, staff.id) if staff.id else staff


def _model_of_the_settings(office: Office) -> list[Path]:
    folder = office.settings.model
    return [folder] if (folder / MANIFEST).is_file() and _is_sound(folder) else []


def _knows_any(office: Office) -> bool:
    with office.database.read() as connection:
        return bool(models.all_models(connection))


def _is_sound(folder: Path) -> bool:
    try:
        read_artifact(folder)
    except ArtifactError:
        return False
    return True


def _registered(manifest: Manifest, office: Office, actor: str, notes: str) -> Registered:
    content = json.loads((office.settings.registry / manifest.version / MANIFEST).read_text(encoding="utf-8"))
    made = datetime.fromisoformat(manifest.created_at).astimezone(UTC)
    return Registered(
        manifest.version, manifest.data_hash, content, None, notes[:LONGEST_NOTES], made, actor, office.clock()
    )


def _card(model: Registered, plan: Plan) -> ModelCard:
    stage = plan.stage_of(model.version)
    return ModelCard(model, stage, plan.share if stage is Stage.CANARY else 0.0)
