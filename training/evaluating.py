"""`otklik evaluate`: one model, or a candidate against the live one, judged, replayed and written down."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from knowledge_base.ranking import Weights
from models.bundle import Bundle
from models.errors import DataError
from training.accept import Verdict, accept
from training.dataset import Dataset
from training.fit import Progress
from training.judging import Judged, judge
from training.ranking import Answered, compare_rankings
from training.replay import Replay, replay
from training.report import report_tables
from training.report_page import reason, report_page


@dataclass(frozen=True)
class Found:
    """Everything that `judge_models` found; `live`, `verdict` and `replay` only where they were asked for."""

    candidate: Judged
    live: Judged | None = None
    verdict: Verdict | None = None
    replay: Replay | None = None

    def as_dict(self) -> dict[str, Any]:
        """The figures of the candidate on the top level, plain values for JSON."""
        return self.candidate.report.as_dict() | {
            "judged": self.candidate.as_dict(),
            "live": self.live.as_dict() if self.live else None,
            "verdict": self.verdict.as_dict() if self.verdict else None,
            "replay": self.replay.as_dict() if self.replay else None,
        }

    def write_page(self, file: Path) -> None:
        """Write the HTML page. Raises DataError when the file can't be written."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            page = report_page(self.candidate, self.live, self.verdict, self.replay)
            file.write_text(page, encoding="utf-8")
        except OSError as error:
            raise DataError(f"the report can't be written ({error.strerror}); choose another --report", file) from error

    def show(self, console: Console) -> None:
        """Tables for the terminal, and what the gate says."""
        for table in report_tables(self.candidate.report):
            console.print(table.terminal())
        if self.verdict is not None:
            may = "[green]may go live[/]" if self.verdict.passed else "[red]may not go live[/]"
            console.print(f"The gate: the candidate {may}", markup=True)
            for check in self.verdict.checks:
                console.print(f"  {'✓' if check.passed else '✗'} {reason(check)}", markup=False)
        if self.replay is not None:
            console.print(
                f"Replay: of {self.replay.n} messages {self.replay.changed} would be served otherwise; answered alone "
                f"{self.replay.before:.1%} -> {self.replay.after:.1%}"
            )


def _silent(stage: str, share: float) -> None:
    """Progress for callers that do not watch."""


def judge_models(
    model: Path, dataset: Dataset, *, against: Path | None = None, replayed: Path | None = None,
    answered: Answered | None = None, progress: Progress = _silent,
) -> Found:  # fmt: skip
    """Judge `model` on `dataset`, and against another model where one is named. Raises ModelError.

    `replayed`: messages of the service; `answered`: what clients' questions were answered with, to compare searches.
    """
    if replayed is not None and against is None:
        raise DataError("a replay compares two models; name the other one with --against", replayed)
    progress("judging", 0.0)
    bundle, candidate = judge(model, dataset)
    if against is None:
        return Found(candidate)
    progress("judging", 0.4)
    live_bundle, live = judge(against, dataset)
    progress("judging", 0.8)
    seen = replay(live_bundle, bundle, replayed) if replayed is not None else None
    searches = [(each.encoder, _weights(each)) for each in (live_bundle, bundle)]
    ranking = compare_rankings(answered, *searches) if answered is not None else None
    progress("judging", 1.0)
    return Found(candidate, live, accept(live, candidate, ranking), seen)


def _weights(bundle: Bundle) -> Weights:
    """How the search ranks with this model."""
    return Weights.from_json(bundle.ranking) if bundle.ranking is not None else Weights()
