"""The trained models that this process has in memory: the live one, and what is tried beside it.

Every process, the forked readers included, looks once a second at the number of the plan in the database and loads
what a new plan names, sharing the encoder; the messages of that moment go on with what was there. A model that can't
be loaded changes nothing: the one that answered goes on answering, and `trouble` says why.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from models.artifact import read_manifest
from models.bundle import Bundle
from models.encoder import Encoder
from models.errors import ArtifactError, ModelError
from models.taxonomy import Taxonomy
from service import cores
from service.domain.releases import Plan
from service.errors import StorageUnavailable
from service.policies.canary import takes_part
from service.storage import models
from service.storage.database import Database

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 30.0
"""So long after a model could not be loaded it is tried again: its folder may have been on its way."""


@dataclass(frozen=True)
class Model:
    """The trained model, or why there is none."""

    bundle: Bundle | None
    problem: str | None = None


@dataclass(frozen=True)
class InUse:
    """The models of one plan; replaced as a whole."""

    plan: Plan = field(default_factory=Plan)
    live: Bundle | None = None
    problem: str | None = None
    shadow: Bundle | None = None
    canary: Bundle | None = None
    failures: Mapping[str, str] = field(default_factory=dict)

    def answering(self, key: str) -> Bundle | None:
        """The model that answers the conversation named `key`."""
        canary = self.canary
        return canary if canary is not None and takes_part(key, canary.version, self.plan.share) else self.live


class ModelShelf:
    """Holds the models; any thread may ask while another one loads."""

    def __init__(
        self, start: Model | Callable[[], Model], *, database: Database | None = None,
        registry: Path | None = None, taxonomy: Callable[[], Taxonomy] | None = None,
    ) -> None:  # fmt: skip
        """`start` is the model of the settings, or how to load it; without a database it stays for good.

        `taxonomy` is asked whenever a model is opened: intents may have been added since the start. `before_swap` is
        told which model is about to answer, so that what depends on its encoder is ready when it does.
        """
        self._start = start
        self._database = database
        self._registry = registry
        self._taxonomy = taxonomy
        self._loading = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._tried_at = 0.0
        self._in_use: InUse | None = None
        self.before_swap: Callable[[Bundle], None] = _nothing
        self.load()

    @property
    def in_use(self) -> InUse:
        """What answers now; take it once for a batch, so that all of it goes to the same models."""
        assert self._in_use is not None  # noqa: S101 - the constructor loads
        return self._in_use

    @property
    def live(self) -> Bundle | None:
        """The model that answers."""
        return self.in_use.live

    @property
    def trouble(self) -> str | None:
        """Which model of the plan could not be loaded here and why; None when all could."""
        failures = self.in_use.failures
        return "; ".join(f"model {version} is not used: {why}" for version, why in failures.items()) or None

    def load(self) -> Plan:
        """Look at the plan and load what is new in it; returns the plan that is in use now."""
        with self._loading:
            before = self._in_use
            if self._database is None:
                self._in_use = before or _just(self._first())
                return self.in_use.plan
            with self._database.read() as connection:
                same = before is not None and models.plan_number(connection) == before.plan.number
                if before and same and not (before.failures and monotonic() - self._tried_at > RETRY_SECONDS):
                    return before.plan
                plan, formers = models.plan(connection), models.was_live(connection)
            self._tried_at = monotonic()
            in_use = self._open_all(plan, formers, before)
            if in_use.live is not None and (before is None or in_use.live is not before.live):
                self.before_swap(in_use.live)
            self._in_use = in_use
            return plan

    def follow(self) -> None:
        """Look every second from now on, on a thread of its own, until `close`."""
        if self._database is not None and self._thread is None:
            self._thread = threading.Thread(target=self._follow, name="models", daemon=True)
            self._thread.start()

    def reopen(self) -> None:
        """After a fork: the locks belong to the other process, and its thread did not come along."""
        self._loading = threading.Lock()
        self._stopping = threading.Event()
        self._thread = None

    def close(self) -> None:
        """Look no more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _follow(self) -> None:
        cores.free()  # loading a model, and encoding the articles anew, is not Python's work
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                with suppress(StorageUnavailable):  # the next look makes good for it
                    self.load()
            except Exception:
                log.exception("the models could not be looked after")

    def _first(self) -> Model:
        return self._start if isinstance(self._start, Model) else self._start()

    def _open_all(self, plan: Plan, formers: list[str], before: InUse | None) -> InUse:
        failures: dict[str, str] = {}
        known = _bundles(before)
        live = self._open(plan.live, known, failures) if plan.live else None
        problem = None
        if live is None and before is not None and before.live is not None and plan.live:
            live = before.live  # what answered goes on answering
        for former in formers if live is None and plan.live else ():
            live = live or self._open(former, known, failures)
        if live is None:
            first = self._first()
            live, problem = first.bundle, first.problem
        known |= {live.version: live} if live is not None else {}
        shadow = self._open(plan.shadow, known, failures) if plan.shadow else None
        known |= {shadow.version: shadow} if shadow is not None else {}
        canary = self._open(plan.canary, known, failures) if plan.canary else None
        used = {stage: getattr(each, "version", None) for stage, each in (("live", live), ("canary", canary))}
        log.info("models in use", extra={"plan": plan.number} | used)
        return InUse(plan, live, problem, shadow, canary, failures)

    def _open(self, version: str, known: Mapping[str, Bundle], failures: dict[str, str]) -> Bundle | None:
        if version in known:
            return known[version]
        if isinstance(self._start, Model) and self._start.bundle and self._start.bundle.version == version:
            return self._start.bundle
        try:
            folder = (self._registry or Path()) / version
            taxonomy = self._taxonomy() if self._taxonomy else None
            bundle = open_bundle(folder, taxonomy, [each.encoders for each in known.values()])
            if bundle.version != version:
                raise ArtifactError(f"{folder} holds another model, {bundle.version}; put {version} back")
        except ModelError as error:
            failures[version] = str(error)
            log.error("a model can't be used", extra={"version": version, "problem": str(error)})
            return None
        return bundle


def open_bundle(folder: Path, taxonomy: Taxonomy | None, loaded: list[tuple[Encoder, ...]]) -> Bundle:
    """The model in `folder`, with encoders that are in memory already where they are the same. Raises ModelError."""
    names = [entry.name for entry in read_manifest(folder).encoders]
    by_name = {encoder.name: encoder for encoders in loaded for encoder in encoders}
    if names and all(name in by_name for name in names):
        with suppress(ArtifactError):  # perhaps other weights under the same name: then the model brings its own
            return Bundle.load(folder, taxonomy, encoders=[by_name[name] for name in names])
    return Bundle.load(folder, taxonomy)


def load_model(folder: Path, taxonomy: Taxonomy) -> Model:
    """The model in `folder`: a missing or broken one is logged and named, never fatal."""
    try:
        return Model(Bundle.load(folder, taxonomy))
    except ModelError as error:
        log.error("no model: clients are served by keywords and people", extra={"problem": str(error)})
        return Model(None, str(error))


def _nothing(_bundle: Bundle) -> None:
    """Nobody waits for another model."""


def _just(model: Model) -> InUse:
    return InUse(live=model.bundle, problem=model.problem)


def _bundles(in_use: InUse | None) -> dict[str, Bundle]:
    if in_use is None:
        return {}
    return {each.version: each for each in (in_use.live, in_use.shadow, in_use.canary) if each is not None}
