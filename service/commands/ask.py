"""otklik ask: what is understood of a text, or of every line of a file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table

from service.commands.console import err, out, plain_errors
from service.errors import InvalidInput
from service.explaining import explain
from service.office import now_utc
from service.offline import Reading, open_reading
from service.settings import Settings
from service.understanding import Question

BATCH = 64


def ask(
    text: Annotated[str | None, typer.Argument(help="What a client might write.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="A .jsonl file with `text` in each line.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a message.")] = False,
    model: Annotated[Path | None, typer.Option(help="Another trained model (artifact folder).")] = None,
    articles: Annotated[Path | None, typer.Option(help="Other articles: a folder or a question,answer CSV.")] = None,
) -> None:
    """Say what is understood of TEXT and what would be done about it; nothing is stored.

    Where a service was set up (OTKLIK_VAR_DIR), it reads with the promoted model and knows the added intents.

    With --file every line's `text` is understood on its own, its other keys are copied, and one JSON object a line
    comes out.
    """
    if (text is None) == (file is None):
        raise typer.BadParameter("give either a TEXT or --file F.jsonl")
    with plain_errors():
        reading = open_reading(Settings(), model=model, articles=articles)
        if text is not None:
            shown = _explain_many([text], reading)[0]
            if as_json:
                _print_json(shown)
            else:
                show_in_terminal(shown)
        elif file is not None:
            _ask_file(file, reading)


def _ask_file(file: Path, reading: Reading) -> None:
    lines = list(read_lines(file))
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("understanding", total=len(lines))
        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH]
            for (fields, _), shown in zip(batch, _explain_many([text for _, text in batch], reading), strict=True):
                _print_json(fields | shown)
            progress.advance(task, len(batch))


def read_lines(file: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """(the other keys, the text) of every line; InvalidInput with file and line for one that can't be read."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                fields = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                raise InvalidInput(f"{file}:{number}: is not UTF-8 text; save the file as UTF-8") from error
            except (ValueError, RecursionError) as error:
                raise InvalidInput(f"{file}:{number}: is not JSON ({error}); one object a line is expected") from error
            if not isinstance(fields, dict) or not isinstance(fields.get("text"), str):
                raise InvalidInput(f'{file}:{number}: needs a "text" that is a string')
            text = fields.pop("text")
            yield fields, text


def _explain_many(texts: list[str], reading: Reading) -> list[dict[str, Any]]:
    now = now_utc()
    understood = reading.reader.understand_all([Question(text) for text in texts], now)
    return [
        {"text": text}
        | explain(text, each, reading.rules, now, _language(each.language))
        | {"text": text, "masked": each.text}
        for text, each in zip(texts, understood, strict=True)
    ]


def _language(language: str) -> str:
    return language if language in ("ru", "en") else "ru"


def _print_json(value: dict[str, Any]) -> None:
    # A lone surrogate in the input must not end the run: it is written as the escape it came as.
    print(json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode())


def show_in_terminal(shown: dict[str, Any]) -> None:
    """The understanding as a person would like to read it."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    for place, scored in enumerate(shown["ranking"][:5]):
        bar = "█" * round(scored["confidence"] * 20)
        label = f"{scored['intent']:<26} {scored['confidence']:6.1%} [green]{bar}[/]"
        table.add_row("intent" if place == 0 else "", label)
    scope = "in scope" if shown["in_scope"] else "out of scope"
    table.add_row("scope", f"{scope} ({shown['scope_score']:.2f})")
    urgent = ", urgent" if shown["urgent"] else ""
    table.add_row("language", f"{shown['language']}, mood {shown['sentiment']}{urgent}")
    for entity in shown["entities"]:
        table.add_row("entity", f"{entity['kind']}: {entity['value']}")
    for article in shown["articles"][:3]:
        table.add_row("article", f"{article['score']:.2f}  {article['id']}: {article['title']}")
    if shown["keywords_used"]:
        table.add_row("note", f"keywords were used: {shown['problem'] or 'the model was not sure'}")
    decision = dict(shown["decision"])
    kind = decision.pop("kind")
    details = ", ".join(f"{key}={value}" for key, value in decision.items() if value)
    table.add_row("decision", f"[bold]{kind}[/] {details}")
    out.print(table)
