"""otklik bench: how fast this machine serves, measured with a real server and a real client process.

What measures is imported where it is used: every other command would pay a sixth of a second for it.
"""

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from service.bench.machine import loop_ms, machine
from service.commands.ask import read_lines
from service.commands.console import err, out, plain_errors
from service.settings import Settings

app = typer.Typer(help="Benchmarks of the running service.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Benchmarks of the running service."""


@app.command("serving")
def serving(
    seconds: Annotated[int, typer.Option(min=2, help="How long each phase lasts.")] = 20,
    visitors: Annotated[int, typer.Option(min=1, help="Clients writing at once in the first phase.")] = 16,
    messages: Annotated[Path | None, typer.Option(help="A .jsonl file of texts; default: the golden set.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Messages a second from HTTP request to committed reply, then the delay at half of that rate.

    Starts a server on a fresh SQLite database with the trained model, and a client process that writes as many
    visitors do. The first phase sends as fast as answers come; the second at half the rate reached.
    """
    with plain_errors():
        from service.bench.server import lateness, running_server

        settings = Settings()
        texts = _texts(messages, settings)
        with tempfile.TemporaryDirectory(prefix="otklik-bench-") as folder:
            sent = Path(folder) / "texts.json"
            sent.write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
            with running_server(settings, Path(folder)) as server:
                err.print(f"server ready in {server.ready_seconds:.2f} s, {server.memory_mb()} MB")
                speed = [loop_ms()]
                full = _drive(server.url, sent, seconds, visitors, rate=0)
                speed.append(loop_ms())
                before = server.bursts()
                half = _drive(server.url, sent, seconds, visitors, rate=full["per_second"] / 2)
                half |= lateness(before, server.bursts())
                speed.append(loop_ms())
                memory = server.memory_mb()
        result = {
            "ready_seconds": round(server.ready_seconds, 2),
            "memory_mb": memory,
            "throughput": full,
            "at_half_rate": half,
            "machine": machine() | {"loop_ms": speed},
            "date": datetime.now(UTC).date().isoformat(),
            "command": "otklik " + " ".join(sys.argv[1:]),
        }
        print(json.dumps(result, indent=1)) if as_json else _show(result)


@app.command("console")
def console(
    waiting: Annotated[int, typer.Option(min=1, help="Conversations that wait for a person.")] = 2000,
    long: Annotated[int, typer.Option(min=1, help="Messages of the conversation that is opened.")] = 500,
    rounds: Annotated[int, typer.Option(min=20, help="How often each is asked for.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """How fast the staff console reads: a full queue, a long conversation, the search. On a fresh SQLite database."""
    with plain_errors():
        from service.bench.console import measure_console

        figures = measure_console(Settings(), waiting=waiting, long=long, rounds=rounds)
        result = {"waiting": waiting, "long": long, "figures": figures, "machine": machine()}
        if as_json:
            print(json.dumps(result, indent=1))
            return
        table = Table("what", "best ms", "p50 ms", "p95 ms", box=None, header_style="bold")
        for name, row in figures.items():
            table.add_row(name.replace("_", " "), *(str(figure) for figure in row.values()))
        out.print(table)


@app.command("console-live")
def console_live(
    consoles: Annotated[int, typer.Option(min=1, help="Open consoles.")] = 50,
    rate: Annotated[float, typer.Option(min=0.1, help="Clients' messages a second.")] = 20,
    seconds: Annotated[float, typer.Option(min=1, help="How long they write.")] = 20,
    long: Annotated[int, typer.Option(min=1, help="Messages of the conversation that is opened.")] = 500,
    waiting: Annotated[int, typer.Option(min=1, help="Conversations of the list that is scrolled.")] = 2000,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """How soon a client's message is in every open console, with a real server and its socket; and in Chromium how
    long it takes to open a long conversation and to scroll through a full list."""
    with plain_errors(), tempfile.TemporaryDirectory(prefix="otklik-bench-") as folder:
        from service.bench.console_live import measure_live

        figures = measure_live(
            Settings(), Path(folder), consoles=consoles, rate=rate, seconds=seconds, long=long, waiting=waiting
        )
    result = figures | {
        "rate": rate, "long": long, "waiting": waiting, "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(), "command": "otklik " + " ".join(sys.argv[1:]),
    }  # fmt: skip
    if as_json:
        print(json.dumps(result, indent=1))
        return
    table = Table("what", "figure", "", box=None, header_style="bold")
    for name in ("visible", "opening", "scrolling"):
        for figure, value in figures[name].items():
            table.add_row(name, figure.replace("_", " "), str(value))
    out.print(table)


@app.command("suggestions")
def suggestions(
    memories: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many past replies there are.")] = 20_000,
    rounds: Annotated[int, typer.Option(min=10, help="How many messages get an offer.")] = 300,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """How long an offer takes to make, and a search of the reply box while typing, with many past replies."""
    with plain_errors(), tempfile.TemporaryDirectory(prefix="otklik-bench-") as folder:
        from service.bench.suggestions import measure as measure_suggestions

        settings = Settings()
        found = measure_suggestions(settings, Path(folder), _texts(None, settings), memories, rounds)
    result = found | {"machine": machine(), "date": datetime.now(UTC).date().isoformat()}
    if as_json:
        print(json.dumps(result, indent=1))
        return
    table = Table("with " + f"{memories:,} past replies", "p50 ms", "p95 ms", "p99 ms", box=None, header_style="bold")
    for name, label in (("offer", "an offer"), ("search", "a search while typing")):
        table.add_row(label, *(str(found[name][f"p{share}_ms"]) for share in (50, 95, 99)))
    out.print(table)
    out.print(f"reading them at the start took {found['load_s']} s")


@app.command("new-intent")
def new_intent(
    data: Annotated[Path, typer.Option(help="Folder of BANKING77: train.csv and test.csv.")],
    intent: Annotated[str, typer.Option(help="The intent that is left out and then added.")] = "card_swallowed",
    shots: Annotated[int, typer.Option(min=5, help="Its messages that are given.")] = 30,
    prepared: Annotated[
        Path | None, typer.Option(help="Keep the model of all other intents here, and take it from here next time.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """From labelled messages of a new intent to a live model that knows it, by one command, with 10,000 examples."""
    with plain_errors(), tempfile.TemporaryDirectory(prefix="otklik-bench-") as folder:
        from service.bench.new_intent import measure_new_intent, prepare

        kept = prepared.resolve() if prepared is not None else Path(folder) / "prepared"
        kept.mkdir(parents=True, exist_ok=True)
        prepare(data.resolve(), kept, intent)
        found = measure_new_intent(data.resolve(), kept, Path(folder) / "service", intent, shots)
    result = found | {"machine": machine(), "date": datetime.now(UTC).date().isoformat()}
    if as_json:
        print(json.dumps(result, indent=1, ensure_ascii=False))
        return
    table = Table("step", "seconds", box=None, header_style="bold")
    for step, seconds in found["steps"].items():
        table.add_row(step, f"{seconds:.1f}")
    table.add_row("the whole command", f"{found['seconds']:.1f}")
    table.add_row("a full training, for comparison", f"{found['full_training_seconds']:.1f}")
    out.print(table)
    out.print(f"{found['recognised']} of {found['asked']} messages of the new intent that nobody labelled are known")


@app.command("model-swap")
def model_swap(
    candidate: Annotated[Path, typer.Option(help="Another trained model than the one of the settings.")],
    rounds: Annotated[int, typer.Option(min=50, help="Messages that are understood in each state.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """What a shadow, a promotion and the way back cost a serving process, in time and memory."""
    with plain_errors(), tempfile.TemporaryDirectory(prefix="otklik-bench-") as folder:
        from service.bench.model_swap import measure_swap

        settings = Settings()
        found = measure_swap(settings, Path(folder), candidate.resolve(), _texts(None, settings), rounds)
    result = found | {"machine": machine(), "date": datetime.now(UTC).date().isoformat()}
    if as_json:
        print(json.dumps(result, indent=1))
        return
    table = Table("", "p50 ms", "p95 ms", "worst ms", "takes s", "memory MB", box=None, header_style="bold")
    for name in ("alone", "shadow", "promotion", "rollback"):
        row = found[name]
        took = row.get("takes_s", row.get("begins_in_s", ""))
        table.add_row(name, *(str(each) for each in (row["p50_ms"], row["p95_ms"], row.get("worst_ms", ""), took,
                                                    row["memory_mb"])))  # fmt: skip
    out.print(table)


@app.command("channels")
def channels(
    rate: Annotated[float, typer.Option(min=1, help="Webhooks a second.")] = 100,
    seconds: Annotated[float, typer.Option(min=1, help="How long they come.")] = 20,
    replies: Annotated[int, typer.Option(min=10, help="Replies that are due at once.")] = 10_000,
    limit: Annotated[float, typer.Option(min=1, help="Rate limit of their channel, a second.")] = 100,
    dead_seconds: Annotated[float, typer.Option(min=1, help="How long a platform is dead.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Channels of platforms: how soon webhooks are answered, a long queue at a rate limit, a dead platform."""
    with plain_errors(), tempfile.TemporaryDirectory(prefix="otklik-bench-") as folder:
        from service.bench.channels import measure_dead, measure_drain, measure_webhook

        settings, base = Settings(), Path(folder)
        result = {
            "webhook": measure_webhook(settings, base / "webhook", _texts(None, settings), rate, seconds),
            "drain": measure_drain(settings, base / "drain", replies, limit),
            "dead": measure_dead(settings, base / "dead", 1000, dead_seconds),
            "machine": machine(), "date": datetime.now(UTC).date().isoformat(),
            "command": "otklik " + " ".join(sys.argv[1:]),
        }  # fmt: skip
    if as_json:
        print(json.dumps(result, indent=1))
        return
    table = Table("what", "figures", box=None, header_style="bold")
    for name in ("webhook", "drain", "dead"):
        table.add_row(name, ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in result[name].items()))
    out.print(table)


@app.command("export")
def export(
    messages: Annotated[list[int] | None, typer.Option(min=10, help="Understood messages; may be repeated.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Leave databases and exports in this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Memory and time of `otklik data export`, by the number of understood messages (10,000 and 1,000,000)."""
    with plain_errors(), tempfile.TemporaryDirectory(prefix="otklik-bench-") as folder:
        from service.bench.export import measure as measure_export

        base, counts = keep or Path(folder), messages or [10_000, 1_000_000]
        runs = [measure_export(Settings(), base / str(count), count) for count in counts]
    result = {
        "runs": runs, "machine": machine(), "date": datetime.now(UTC).date().isoformat(),
        "command": "otklik " + " ".join(sys.argv[1:]),
    }  # fmt: skip
    if as_json:
        print(json.dumps(result, indent=1))
        return
    table = Table("messages", "database MB", "", "seconds", "peak MB", "written MB", box=None, header_style="bold")
    for run in runs:
        for name, label in (("folder", "--out FOLDER"), ("lines", "FILE.jsonl")):
            table.add_row(f"{run['messages']:,}", str(run["database_mb"]), label, *map(str, run[name].values()))
    out.print(table)


def _texts(file: Path | None, settings: Settings) -> list[str]:
    if file is not None:
        return [text for _, text in read_lines(file)]
    folder = settings.taxonomy.parent / "golden"
    lines: list[str] = []
    for each in sorted(folder.glob("*/*.txt")):
        read = each.read_text(encoding="utf-8").splitlines()
        lines += [line for line in read if line and not line.startswith(("[", "# "))]
    return lines


def _drive(url: str, texts: Path, seconds: int, visitors: int, rate: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "service.bench.client", url, str(texts), str(seconds), str(visitors), str(rate)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own program
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _show(result: dict[str, Any]) -> None:
    table = Table(
        "phase", "messages/s", "p50 ms", "p95 ms", "p99 ms", "messages", "refused", box=None, header_style="bold"
    )
    for name, label in (("throughput", "as fast as it goes"), ("at_half_rate", "half of that rate")):
        row = result[name]
        figures = (row["per_second"], row["p50_ms"], row["p95_ms"], row["p99_ms"], row["messages"], row["failed"])
        table.add_row(label, *(str(figure) for figure in figures))
    out.print(table)
    half = result["at_half_rate"]
    out.print(f"{half['bursts']} bursts of short messages answered {half['burst_late_ms']} ms after their time")
    out.print(f"start to ready {result['ready_seconds']} s, memory {result['memory_mb']} MB")
    speed = ", ".join(f"{each:.0f}" for each in result["machine"]["loop_ms"])
    out.print(f"two million additions took one core {speed} ms before, between and after the phases")
