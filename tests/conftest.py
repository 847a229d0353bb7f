"""What tests of every folder share: a model trained once on the shipped examples."""

import fcntl
import os
from pathlib import Path

import pytest
from hypothesis import settings

from models.encoders.unpacked import keep_tables_in

ROOT = Path(__file__).resolve().parent.parent

FIRST_TRY = "the first try failed"
"""The section of a report that holds how a test failed before it was tried once more."""

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# A busy machine is slow now and then: how long one example takes says nothing about the code.
settings.register_profile("otklik", deadline=None)
settings.load_profile("otklik")


def folder_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes of one run keep what they share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder


@pytest.fixture(scope="session")
def encoder_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the encoder's tables are unpacked once a run: at each of a thousand starts it is two seconds."""
    return folder_of_the_run(tmp_path_factory) / "encoder-tables"


@pytest.fixture(scope="session", autouse=True)
def tables_unpacked_once(encoder_tables: Path) -> None:
    """For every encoder that is loaded in the processes of the tests."""
    keep_tables_in(encoder_tables)


@pytest.fixture(scope="session")
def trained_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default model, trained once a run even when several processes test side by side.

    OTKLIK_TEST_MODEL names a model that is there already, for those who run a few tests again and again.
    """
    if ready := os.environ.get("OTKLIK_TEST_MODEL"):
        return Path(ready)
    shared = folder_of_the_run(tmp_path_factory)
    folder = shared / "trained-model"
    with (shared / "trained-model.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _train(folder)
    return folder


def _train(folder: Path) -> None:
    from models.taxonomy import load_taxonomy
    from training.dataset import load_dataset
    from training.fit import fit

    dataset = load_dataset(ROOT / "training/data/examples")
    taxonomy = load_taxonomy(ROOT / "training/data/taxonomy.yaml")
    validation = load_dataset(ROOT / "training/data/validation")
    fit(dataset, taxonomy=taxonomy, out=folder, validation=validation)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the browser tests that passed at the second try only, with what failed: the next mistake may hide there."""
    unsteady = [
        (report.nodeid, dict(report.sections)[FIRST_TRY])
        for report in terminalreporter.stats.get("passed", [])
        if report.when == "call" and FIRST_TRY in dict(report.sections)
    ]
    if unsteady:
        terminalreporter.section(f"passed at the second try: {len(unsteady)}")
        for name, told in unsteady:
            terminalreporter.line(name)
            for line in [each for each in told.splitlines() if each.startswith(("E  ", ">"))][:6]:
                terminalreporter.line(f"    {line}")
