"""A training from the button to the registry: real processes on a handful of examples, ended in every way there is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.artifact import read_artifact
from models.bundle import Bundle
from service import releases
from service.accounts import COMMAND_LINE
from service.domain.releases import Stage
from service.domain.staff import Role, StaffMember
from service.domain.trainings import ENDED, Training, TrainingState
from service.errors import Conflict, Forbidden, InvalidInput
from service.model_shelf import Model
from service.office import Office
from service.releases.runner import LOST_SECONDS, TrainingRunner, find_lost
from service.releases.steps import Step
from service.settings import Settings
from service.storage import trainings
from tests.models.small_model import PHRASES
from tests.service.conftest import Clock
from tests.service.databases import make_tables
from tests.service.releases.conftest import TAXONOMY
from tests.service.small_office import hire, open_small_office
from tests.service.threads import wait_until

GOLDEN = {
    "card_lost": ["карту украли", "карта потерялась", "нигде нет карты"],
    "rate": ["курс евро", "сколько стоит доллар", "курс юаня сегодня"],
    "greeting": ["доброе утро всем", "привет вам"],
    "out_of_scope": ["погода на завтра", "анекдот расскажи"],
}
PATIENCE = 240.0
"""Seconds that a training may take on a machine that does much else."""


@pytest.fixture(autouse=True)
def toy_encoder() -> None:
    """Here the real encoder is used: the processes know no other."""


def write_data(folder: Path) -> None:
    """Examples, golden messages and the taxonomy, as they lie in `training/data`."""
    for part, messages in (("examples", PHRASES), ("golden", GOLDEN)):
        (folder / part / "ru").mkdir(parents=True)
        for label, phrases in messages.items():
            (folder / part / "ru" / f"{label}.txt").write_text("\n".join(phrases), encoding="utf-8")
    (folder / "taxonomy.yaml").write_text(TAXONOMY, encoding="utf-8")


@pytest.fixture
def office(settings: Settings, clock: Clock, tmp_path: Path) -> Iterator[Office]:
    """A service without a model, whose data is small."""
    write_data(tmp_path / "data")
    mine = settings.model_copy(update={"taxonomy": tmp_path / "data" / "taxonomy.yaml", "model_dir": None})
    make_tables(mine)
    opened = open_small_office(mine, clock, Model(None, "none yet"))
    yield opened
    opened.close()


def add_examples(office: Office, label: str, *texts: str) -> None:
    """More of the data than at the last training."""
    file = office.settings.taxonomy.parent / "examples" / "ru" / f"{label}.txt"
    file.write_text("\n".join([file.read_text(encoding="utf-8"), *texts]), encoding="utf-8")


def state_of(training: Training, office: Office) -> Training:
    """The training as it stands now."""
    return releases.read_training(training.id, COMMAND_LINE, office)


def run(training: Training, office: Office, runner: TrainingRunner | None = None) -> Training:
    """Let a worker run it to its end."""
    mine = runner or TrainingRunner()

    def over() -> bool:
        mine.tick(office)
        return state_of(training, office).state in ENDED

    wait_until(over, "the training ends", PATIENCE)
    return state_of(training, office)


def leftovers(office: Office) -> list[Path]:
    """What a training may not leave behind."""
    folders = (office.settings.var_dir / "trainings", office.settings.registry)
    return [path for folder in folders if folder.is_dir() for path in folder.iterdir()]


@pytest.mark.slow
def test_from_the_button_to_live_with_the_figures_and_the_verdict(office: Office, mlstaff: StaffMember) -> None:
    first = run(releases.start_training(mlstaff, office, notes="первая"), office)
    assert (first.state, first.share, first.problem) == (TrainingState.DONE, 1.0, None)
    assert "3 intents" not in first.log
    card = releases.read_model(str(first.version), mlstaff, office)
    assert (card.stage, card.model.notes, card.model.added_by) == (Stage.CANDIDATE, "первая", "marta")
    assert card.model.figures is not None
    assert card.model.figures["report"]["n"] == sum(map(len, GOLDEN.values()))
    assert releases.read_verdict(card.version, mlstaff, office) is None
    releases.promote(card.version, mlstaff, office)
    assert office.models.live
    assert office.models.live.version == card.version

    add_examples(office, "rate", "снежинка почём", "сколько стоит снежинка")
    second = run(releases.start_training(mlstaff, office), office)
    verdict = releases.read_verdict(str(second.version), mlstaff, office)
    assert verdict is not None
    assert verdict.live == card.version
    assert [check["name"] for check in verdict.verdict["checks"]] == [
        "intents", "scope", "calibration", "promise", "better",
    ]  # fmt: skip
    report = office.settings.registry / f"{second.version}.html"
    assert report.read_text(encoding="utf-8").count("<svg") == 2
    assert not any((office.settings.var_dir / "trainings").iterdir())


@pytest.mark.slow
def test_the_same_data_and_seed_give_the_same_artifact(office: Office, mlstaff: StaffMember, tmp_path: Path) -> None:
    done = run(releases.start_training(mlstaff, office), office)
    command = [sys.executable, "-m", "training", "train", "--data", str(office.settings.taxonomy.parent / "examples")]
    subprocess.run([*command, "--out", str(tmp_path / "again")], check=True, capture_output=True)
    again = read_artifact(tmp_path / "again")[0]
    kept = read_artifact(office.settings.registry / str(done.version))[0]
    assert (again.version, again.files) == (kept.version, kept.files)


@pytest.mark.slow
def test_a_cancelled_training_leaves_nothing(office: Office, mlstaff: StaffMember) -> None:
    training, runner = releases.start_training(mlstaff, office), TrainingRunner()
    runner.tick(office)
    assert state_of(training, office).state is TrainingState.RUNNING
    releases.cancel_training(training.id, mlstaff, office)
    ended = run(training, office, runner)
    assert (ended.state, ended.cancelled_by) == (TrainingState.CANCELLED, "marta")
    assert leftovers(office) == []
    assert releases.list_models(mlstaff, office) == []


@pytest.mark.slow
def test_a_killed_training_fails_and_the_live_model_stays(office: Office, mlstaff: StaffMember) -> None:
    first = run(releases.start_training(mlstaff, office), office)
    releases.promote(str(first.version), mlstaff, office)
    live = office.settings.registry / str(first.version)
    before = {path.name: path.read_bytes() for path in live.iterdir()}
    training, runner = releases.start_training(mlstaff, office, seed=1), TrainingRunner()
    killed: list[int] = []

    def fitting() -> bool:
        runner.tick(office)
        step = runner._running.step if runner._running else None
        if isinstance(step, Step) and step.stage:
            killed.append(step._process.pid)
        return bool(killed)

    wait_until(fitting, "it has begun to train", PATIENCE)
    os.kill(killed[0], signal.SIGKILL)
    ended = run(training, office, runner)
    assert ended.state is TrainingState.FAILED
    assert ended.problem
    assert {path.name: path.read_bytes() for path in live.iterdir()} == before
    assert len(releases.list_models(mlstaff, office)) == 1
    assert Bundle.load(live)


@pytest.mark.slow
def test_bad_data_is_named_with_its_place(office: Office, mlstaff: StaffMember) -> None:
    (office.settings.taxonomy.parent / "examples" / "ru" / "unheard_of.txt").write_text("что-то", encoding="utf-8")
    ended = run(releases.start_training(mlstaff, office), office)
    assert ended.state is TrainingState.FAILED
    assert ended.problem
    assert "unheard_of.txt:1: label `unheard_of` is not in the taxonomy" in ended.problem
    assert leftovers(office) == []


@pytest.mark.slow
def test_a_full_disk_is_said_and_nothing_is_half_there(
    office: Office, mlstaff: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("service.releases.registry.shutil.copytree", full)
    ended = run(releases.start_training(mlstaff, office), office)
    assert ended.state is TrainingState.FAILED
    assert "No space left on device; make room there" in str(ended.problem)
    assert leftovers(office) == []


def test_two_at_once_are_refused_and_it_is_said_whose_goes_on(office: Office, mlstaff: StaffMember) -> None:
    training = releases.start_training(mlstaff, office)
    other = hire(office, "pavel", role=Role.ML)[0]
    with pytest.raises(Conflict, match="started by marta") as refused:
        releases.start_training(other, office)
    assert refused.value.fields["reason"] == "training_goes_on"
    assert releases.cancel_training(training.id, other, office).state is TrainingState.CANCELLED
    assert releases.start_training(other, office).state is TrainingState.QUEUED


def test_a_training_whose_worker_is_gone_is_found_and_another_may_begin(
    office: Office, mlstaff: StaffMember, clock: Clock
) -> None:
    training = releases.start_training(mlstaff, office)
    with office.database.write() as connection:
        assert trainings.claim(connection, clock())
        assert trainings.claim(connection, clock()) is None
    assert find_lost(office) == 0
    clock.move(seconds=LOST_SECONDS + 1)
    assert find_lost(office) == 1
    ended = state_of(training, office)
    assert (ended.state, ended.problem) == (
        TrainingState.FAILED, "the process that ran it is gone; start it again",
    )  # fmt: skip
    releases.start_training(mlstaff, office)


@pytest.mark.slow
def test_a_training_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    write_data(tmp_path)
    command = [sys.executable, "-m", "training", "train", "--data", str(tmp_path / "examples"), "--attended"]
    with subprocess.Popen(
        [*command, "--out", str(tmp_path / "model")], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin
        process.stdin.close()
        assert process.wait(PATIENCE) == 75
    assert not (tmp_path / "model").exists()


def test_a_worker_that_stops_gives_its_training_up(office: Office, mlstaff: StaffMember) -> None:
    training, runner = releases.start_training(mlstaff, office), TrainingRunner()
    runner.tick(office)
    runner.close(office)
    ended = state_of(training, office)
    assert ended.state is TrainingState.FAILED
    assert "stopped" in str(ended.problem)
    assert leftovers(office) == []


def test_who_may_not_train_is_refused_and_nonsense_too(office: Office, mlstaff: StaffMember) -> None:
    operator = hire(office, "anna")[0]
    with pytest.raises(Forbidden):
        releases.start_training(operator, office)
    with pytest.raises(InvalidInput):
        releases.start_training(mlstaff, office, error_rate=0.9)
    with pytest.raises(InvalidInput):
        releases.start_training(mlstaff, office, notes="ы" * 3000)
    assert releases.list_trainings(mlstaff, office) == []
