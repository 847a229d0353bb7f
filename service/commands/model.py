"""otklik model: the versions of the trained model, which of them answers, and how to take one back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from service import releases
from service.accounts import COMMAND_LINE
from service.commands import add_intent
from service.commands.console import err, out, plain_errors
from service.commands.following import follow, say_plan, show_verdict
from service.office import Office, open_office
from service.releases.comparing import Change, compare
from service.settings import Settings

app = typer.Typer(help="Versions of the trained model: list, compare, try, promote, roll back.", no_args_is_help=True)

app.command("add-intent")(add_intent.add)

Version = Annotated[str, typer.Argument(help="A version; its first letters are enough.")]


@app.command("list")
def list_models() -> None:
    """Every version, newest first, and where it stands."""
    with _opened() as office:
        table = Table("version", "stage", "made", "examples", "intents", "accuracy", "automatic", "by", "notes")
        for card in releases.list_models(COMMAND_LINE, office):
            manifest, metrics = card.model.manifest, card.model.manifest["metrics"]
            stage = card.stage.value + (f" {card.share:.0%}" if card.share else "")
            table.add_row(
                card.version, stage, f"{card.model.made_at:%Y-%m-%d %H:%M}", str(manifest["examples"]),
                str(len(manifest["intents"])), f"{metrics['accuracy']:.1%}", f"{metrics['coverage']:.1%}",
                card.model.added_by, card.model.notes,
            )  # fmt: skip
        out.print(table)


@app.command()
def show(version: Version) -> None:
    """What is known of one version."""
    with _opened() as office:
        card = releases.read_model(version, COMMAND_LINE, office)
        manifest = card.model.manifest
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_row("version", f"{card.version} ({card.stage.value})")
        table.add_row("data", f"{manifest['examples']} examples, {card.model.data_hash[:12]}")
        table.add_row("encoders", ", ".join(each["name"] for each in manifest["encoders"]))
        table.add_row("made", f"{card.model.made_at:%Y-%m-%d %H:%M} UTC, added by {card.model.added_by}")
        table.add_row("notes", card.model.notes)
        for name, value in manifest["metrics"].items():
            table.add_row(name.replace("_", " "), f"{value:.4g}")
        out.print(table)
        show_verdict(card.version, office)


@app.command()
def add(
    folder: Annotated[Path, typer.Argument(help="What `otklik train --out` wrote.")],
    notes: Annotated[str, typer.Option(help="What there is to know of it.")] = "",
) -> None:
    """Keep a trained model as a candidate."""
    with _opened() as office:
        card = releases.add_model(folder, COMMAND_LINE, office, notes=notes)
        out.print(f"{card.version} ({card.stage.value})")


@app.command("compare")
def compare_models(before: Version, after: Version) -> None:
    """What differs between two versions: data, thresholds, figures."""
    with _opened() as office:
        found = compare(before, after, COMMAND_LINE, office)
        err.print("trained on the same data" if found.same_data else "trained on different data")
        parts: tuple[tuple[str, Sequence[Change]], ...] = (
            ("figures out of fold", found.metrics), ("settings", found.settings), ("examples", found.counts),
            ("thresholds", found.thresholds),
        )  # fmt: skip
        for title, changes in parts:
            if changes:
                table = Table(title, found.before.version, found.after.version)
                for each in changes:
                    table.add_row(each.name, _number(each.before), _number(each.after))
                out.print(table)


@app.command()
def shadow(version: Version) -> None:
    """Let a version read beside the live one; it never answers."""
    with _opened() as office:
        say_plan(releases.start_shadow(version, COMMAND_LINE, office))


@app.command()
def canary(
    version: Version,
    share: Annotated[float, typer.Option(help="Share of the conversations, 0.01 to 0.5.")] = 0.1,
) -> None:
    """Let a version answer a share of the conversations, always the same ones."""
    with _opened() as office:
        say_plan(releases.start_canary(version, share, COMMAND_LINE, office))


@app.command()
def stop(version: Version) -> None:
    """Take a version out of the shadow, or end its canary."""
    with _opened() as office:
        say_plan(releases.stop_trial(version, COMMAND_LINE, office))


@app.command()
def judge(version: Version) -> None:
    """Compare a version with the live one on the golden set, and say whether it may go live."""
    with _opened() as office:
        training = releases.start_judging(version, COMMAND_LINE, office)
        follow(training, office)
        show_verdict(str(training.version), office)


@app.command()
def train(
    notes: Annotated[str, typer.Option(help="What there is to know of it.")] = "",
    error_rate: Annotated[float, typer.Option("--error-rate", help="Allowed share of wrong automatic answers.")] = 0.05,
    quick: Annotated[
        bool, typer.Option("--quick", help="Let it grow from the live model: half the time, for a few labels.")
    ] = False,
    live: Annotated[bool, typer.Option("--live", help="Promote it at once when the gate lets it.")] = False,
) -> None:
    """What the button of the console does: train on the examples and all labels, judge, keep; with --live promote."""
    with _opened() as office:
        training = releases.start_training(COMMAND_LINE, office, notes=notes, error_rate=error_rate, quick=quick)
        version = str(follow(training, office).version)
        show_verdict(version, office)
        if live:
            say_plan(releases.promote(version, COMMAND_LINE, office))


@app.command()
def promote(
    version: Version,
    override: Annotated[str | None, typer.Option("--override", help="Go against the gate, for this reason.")] = None,
) -> None:
    """Let a version answer everybody, if the gate lets it; running services take it up within two seconds."""
    with _opened() as office:
        say_plan(releases.promote(version, COMMAND_LINE, office, override=override))


@app.command()
def rollback() -> None:
    """Let the version answer that was live before; what is tried ends."""
    with _opened() as office:
        say_plan(releases.roll_back(COMMAND_LINE, office))


@app.command()
def history() -> None:
    """What was put in use when, and by whom."""
    with _opened() as office:
        table = Table("when (UTC)", "what", "version", "by", "live", "shadow", "canary", "reason")
        for each in releases.read_history(COMMAND_LINE, office):
            plan = each.plan
            tried = f"{plan.canary} {plan.share:.0%}" if plan.canary else ""
            table.add_row(
                f"{each.created_at:%Y-%m-%d %H:%M:%S}", each.action, each.version, each.actor, plan.live or "",
                plan.shadow or "", tried, each.reason,
            )  # fmt: skip
        out.print(table)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


@contextmanager
def _opened() -> Iterator[Office]:
    with plain_errors():
        office = open_office(Settings(), reads=False)
        try:
            yield office
        finally:
            office.close()
