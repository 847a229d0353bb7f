"""`otklik train`, `otklik evaluate`, `otklik data check`. The root command line mounts `app`."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from models.artifact import RANKING
from models.errors import ModelError
from models.taxonomy import Taxonomy, load_taxonomy
from training.dataset import Dataset, load_dataset
from training.labels import hold_out, join, load_labels
from training.watching import Shown, part, watched

if TYPE_CHECKING:
    from training.ranking import Answered

_SHIPPED: Final = Path(__file__).parent / "data"
TUNING_SHARE: Final = 0.5
"""Of the whole time of a training that tunes, as far as anyone can tell before."""
DATA: Final = _SHIPPED.relative_to(Path.cwd()) if _SHIPPED.is_relative_to(Path.cwd()) else _SHIPPED
"""The examples that ship with the product."""

app = typer.Typer(no_args_is_help=True, help="Train and judge models of understanding.")
data = typer.Typer(no_args_is_help=True, help="Look after the examples.")
app.add_typer(data, name="data")

DataOption = Annotated[
    Path, typer.Option("--data", help="Folder of examples, or a CSV/JSONL file with text and label (or category).")
]
TaxonomyOption = Annotated[
    Path | None,
    typer.Option("--taxonomy", help="Taxonomy file; by default taxonomy.yaml in the data folder or beside it, if any."),
]

ProgressOption = Annotated[
    Shown, typer.Option("--progress", help="`json`: a JSON object a line on standard error, for programs.")
]
AttendedOption = Annotated[
    bool, typer.Option("--attended", help="End at once when standard input ends: who started this is gone.")
]


@app.command()
def train(
    out: Annotated[Path, typer.Option("--out", help="Folder of the model; replaced when it holds one.")],
    data: DataOption = DATA,
    encoder: Annotated[
        str, typer.Option("--encoder", help="use | sentence-transformers:NAME_OR_PATH | onnx:PATH, or a comma list.")
    ] = "use",
    validation: Annotated[
        str,
        typer.Option(
            "--validation",
            help="Messages by other authors to calibrate on; by default the folder `validation` beside the examples, "
            "if any; `none` for cross-validation alone.",
        ),
    ] = "",
    error_rate: Annotated[
        float, typer.Option("--error-rate", min=0.001, max=0.5, help="Allowed share of wrong automatic answers.")
    ] = 0.05,
    taxonomy: TaxonomyOption = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="Folder of `otklik data export`: added to the examples, with its taxonomy."),
    ] = None,
    finetune: Annotated[
        str,
        typer.Option(
            "--finetune",
            help="Also tune this sentence-transformers encoder (a folder or a name) on the data, and keep it "
            "in the model as ONNX; served without torch.",
        ),
    ] = "",
    grow_from: Annotated[
        Path | None,
        typer.Option(
            "--grow-from",
            help="A model of the same data without the newest: what was learned by holding examples out is taken "
            "over from it. About half the time.",
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option("--steps", min=1, help="Batches of the fine-tuning at most; by default two passes over the data."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Equal data and seed give an equal model.")] = 0,
    progress: ProgressOption = Shown.AUTO,
    attended: AttendedOption = False,
) -> None:
    """Train a model on labelled messages and write it as a folder."""
    from training.fit import fit  # scikit-learn takes a second to import; --help should not wait for it
    from training.ranking import load_answered
    from training.tuning import tune

    with clear_errors():
        dataset, intents, answered = load_dataset(data), _taxonomy(taxonomy, data), None
        if labels is not None:
            learned = load_labels(labels)
            dataset = join(dataset, hold_out(learned.dataset)[0])
            intents = intents if taxonomy is not None else learned.taxonomy
            answered = load_answered(labels)
        for warning in dataset.warnings[:20]:
            typer.echo(f"warning: {warning}", err=True)
        with watched(progress, attended=attended) as report, tempfile.TemporaryDirectory() as folder:
            tuned = None
            if finetune:
                tuned = tune(
                    dataset, finetune, Path(folder), steps=steps, seed=seed, progress=part(report, 0.0, TUNING_SHARE)
                )  # fmt: skip
            manifest = fit(
                dataset,
                encoder=encoder,
                taxonomy=intents,
                out=out,
                validation=_validation(validation, data),
                error_rate=error_rate,
                seed=seed,
                tuned=tuned,
                grown_from=grow_from,
                answered=answered,
                progress=part(report, TUNING_SHARE, 1.0) if finetune else report,
            )
    metrics = manifest.metrics
    typer.echo(
        f"{out}: model {manifest.version}, {len(manifest.intents)} intents, {manifest.examples} examples; out of fold: "
        f"accuracy {metrics['accuracy']:.1%}, answers {metrics['coverage']:.1%} automatically, "
        f"{metrics['error_rate']:.1%} of them wrong ({error_rate:.1%} allowed)"
    )
    if answered is not None:
        typer.echo(_told_of_ranking(answered, RANKING in manifest.files))
    if manifest.untrained:
        typer.echo(f"warning: no examples, never predicted: {', '.join(manifest.untrained)}", err=True)


@app.command()
def evaluate(
    model: Annotated[Path, typer.Option("--model", help="Folder of a trained model.")],
    data: DataOption = DATA / "golden",
    taxonomy: TaxonomyOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    against: Annotated[
        Path | None, typer.Option("--against", help="The model it would replace: says whether it may, and why.")
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", help="Messages of the service, one JSON object a line: what would be decided anew."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="Folder of `otklik data export`: one in five of its labels is judged by, too."),
    ] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write everything as one HTML page.")] = None,
    progress: ProgressOption = Shown.AUTO,
    attended: AttendedOption = False,
) -> None:
    """Judge a trained model on labelled messages, by default the golden set.

    With --against the exit status is 3 when the gate says no.
    """
    from models.bundle import Bundle
    from training.evaluating import judge_models
    from training.ranking import load_answered

    with clear_errors():
        if taxonomy:
            Bundle.load(model, load_taxonomy(taxonomy))
        dataset, answered = load_dataset(data), None
        if labels is not None:
            dataset = join(dataset, hold_out(load_labels(labels).dataset)[1])
            answered = load_answered(labels)
        with watched(progress, attended=attended) as watching:
            found = judge_models(model, dataset, against=against, replayed=replay, answered=answered, progress=watching)
        if report is not None:
            found.write_page(report)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        found.show(Console())
    if found.verdict is not None and not found.verdict.passed:
        raise typer.Exit(3)


@data.command()
def check(
    data: DataOption = DATA,
    taxonomy: TaxonomyOption = None,
    encoder: Annotated[
        str, typer.Option("--encoder", help="Also compare meanings with this encoder; `none` for spelling alone.")
    ] = "use",
    warnings: Annotated[bool, typer.Option("--warnings/--errors-only", help="Print warnings too.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find duplicates, contradictions, monotony and gaps in the examples. Fails when there is an error."""
    from models.encoder import load_encoder
    from training.checks import inspect
    from training.report import inspection_table

    with clear_errors():
        found = inspect(
            load_dataset(data),
            taxonomy=_taxonomy(taxonomy, data),
            encoder=None if encoder == "none" else load_encoder(encoder),
        )
    shown = found.problems if warnings else found.errors
    if as_json:
        typer.echo(
            json.dumps(
                {"problems": [vars(p) for p in shown], "rows": [vars(r) for r in found.rows]}, ensure_ascii=False
            )
        )
    else:
        Console().print(inspection_table(found).terminal())
        for problem in shown:
            typer.echo(str(problem))
        typer.echo(f"{len(found.errors)} errors, {len(found.problems) - len(found.errors)} warnings")
    if found.errors:
        raise typer.Exit(1)


@data.command()
def suspects(
    data: DataOption = DATA,
    encoder: Annotated[str, typer.Option("--encoder", help="As in `otklik train`.")] = "use",
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write them as JSON lines, for the review page.")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many to show, the most doubtful first.")] = 50,
    progress: ProgressOption = Shown.AUTO,
) -> None:
    """Find examples whose label is probably wrong: models that have not seen them say otherwise, or a twin does."""
    from models.encoder import load_encoders
    from training.suspects import find_suspects

    with clear_errors(), watched(progress, attended=False) as report:
        found = find_suspects(load_dataset(data), load_encoders(encoder), progress=report)
        if out is not None:
            lines = "".join(json.dumps(each.to_json(), ensure_ascii=False) + "\n" for each in found)
            out.write_text(lines, encoding="utf-8")
    for each in found[:most]:
        why = f"like {each.twin.place}" if each.twin else f"{each.confidence:.0%} against {each.own:.0%}"
        typer.echo(
            f"{each.example.place}: `{each.example.label}`, rather `{each.suggested}` ({why}): {each.example.text}"
        )
    typer.echo(f"{len(found)} of the examples have a label that is doubted")


def _told_of_ranking(answered: "Answered", learned: bool) -> str:
    from training.ranking import LEAST

    count = len(answered.part(judges=False).confirmed)
    if learned:
        return f"the ranking of the search was learned from {count} confirmed answers"
    why = f"{LEAST} are needed" if count < LEAST else "they find articles best"
    return f"{count} confirmed answers: the fixed weights of the search stay, {why}"


def _validation(path: str, data_path: Path) -> Dataset | None:
    if path == "none":
        return None
    if path:
        return load_dataset(path)
    for folder in (data_path / "validation", data_path.parent / "validation"):
        if data_path.is_dir() and folder.is_dir():
            return load_dataset(folder)
    return None


def _taxonomy(path: Path | None, data_path: Path) -> Taxonomy | None:
    """The one that is named, or the one in the data folder or beside it: a service refuses a model made without."""
    beside = (data_path, data_path.parent) if data_path.is_dir() else ()
    path = path or next((each for folder in beside if (each := folder / "taxonomy.yaml").is_file()), None)
    return None if path is None else load_taxonomy(path)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Our own errors become one line and exit status 1; anything else is a bug and keeps its traceback."""
    try:
        yield
    except ModelError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
