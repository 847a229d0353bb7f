"""`otklik train`, `otklik evaluate`, `otklik data check`. The root command line mounts `app`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from models.errors import ModelError
from models.taxonomy import Taxonomy, load_taxonomy
from training.dataset import Dataset, load_dataset

_SHIPPED: Final = Path(__file__).parent / "data"
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
    seed: Annotated[int, typer.Option("--seed", help="Equal data and seed give an equal model.")] = 0,
) -> None:
    """Train a model on labelled messages and write it as a folder."""
    from training.fit import fit  # scikit-learn takes a second to import; --help should not wait for it

    with clear_errors():
        dataset = load_dataset(data)
        for warning in dataset.warnings[:20]:
            typer.echo(f"warning: {warning}", err=True)
        with _progress() as report:
            manifest = fit(
                dataset,
                encoder=encoder,
                taxonomy=_taxonomy(taxonomy, data),
                out=out,
                validation=_validation(validation, data),
                error_rate=error_rate,
                seed=seed,
                progress=report,
            )
    metrics = manifest.metrics
    typer.echo(
        f"{out}: model {manifest.version}, {len(manifest.intents)} intents, {manifest.examples} examples; out of fold: "
        f"accuracy {metrics['accuracy']:.1%}, answers {metrics['coverage']:.1%} automatically, "
        f"{metrics['error_rate']:.1%} of them wrong ({error_rate:.1%} allowed)"
    )
    if manifest.untrained:
        typer.echo(f"warning: no examples, never predicted: {', '.join(manifest.untrained)}", err=True)


@app.command()
def evaluate(
    model: Annotated[Path, typer.Option("--model", help="Folder of a trained model.")],
    data: DataOption,
    taxonomy: TaxonomyOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge a trained model on labelled messages."""
    from models.bundle import Bundle
    from training.evaluate import evaluate as judge
    from training.report import report_tables

    with clear_errors():
        bundle = Bundle.load(model, load_taxonomy(taxonomy) if taxonomy else None)
        report = judge(bundle, load_dataset(data))
    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
        return
    console = Console()
    for table in report_tables(report):
        console.print(table.terminal())


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


@contextmanager
def _progress() -> Iterator["_Reporter"]:
    if not sys.stderr.isatty():
        yield _Reporter(None)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield _Reporter(bar)


class _Reporter:
    """Shows progress as a bar in a terminal, as lines (`42 % fitting`) elsewhere, for whoever reads them."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=1.0) if bar else None
        self._last = -1

    def __call__(self, stage: str, share: float) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=stage, completed=share)
        elif (now := int(share * 20) * 5) != self._last:
            self._last = now
            typer.echo(f"{now} % {stage}", err=True)
