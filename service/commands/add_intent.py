"""otklik model add-intent: from a file of messages to a model that serves the new intent, in one command."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from service import releases
from service.accounts import COMMAND_LINE
from service.commands.ask import read_lines
from service.commands.console import err, out, plain_errors
from service.commands.following import follow, say_plan, show_verdict
from service.errors import InvalidInput
from service.labelling import add_intent
from service.office import Office, open_office
from service.settings import Settings


def add(
    intent: Annotated[str, typer.Argument(help="The id of the new intent, like app_theme.")],
    examples: Annotated[
        Path, typer.Option("--examples", help="Messages of clients: one a line, or .jsonl with `text`; 30 are good.")
    ],
    department: Annotated[str, typer.Option("--department", help="Who serves it when the bot does not.")],
    title: Annotated[str, typer.Option("--title", help="What clients and staff read, in Russian.")],
    title_en: Annotated[str, typer.Option("--title-en", help="The same in English.")] = "",
    about: Annotated[str, typer.Option("--about", help="What it is about; by default the title.")] = "",
    mode: Annotated[str, typer.Option("--mode", help="auto: the bot may answer by itself; suggest; off.")] = "suggest",
    full: Annotated[
        bool, typer.Option("--full", help="Train in full instead of growing the live model: twice as long.")
    ] = False,
    promote: Annotated[bool, typer.Option("--promote", help="Put the model live when the gate lets it.")] = False,
) -> None:
    """Add an intent with its messages, train, judge against the live model, and with --promote put it live.

    One in five of the messages is held out to judge by. When a later step fails the intent stays: train again with
    `otklik model train --quick`, or promote with `otklik model promote`.
    """
    with plain_errors():
        texts = read_examples(examples)
        began = time.monotonic()
        office = open_office(Settings(), reads=False)
        try:
            with _timed(f"added {intent} with {len(texts)} messages"):
                add_intent(
                    intent, COMMAND_LINE, office, department=department, title={"ru": title, "en": title_en},
                    about={"ru": about or title, "en": title_en}, mode=mode, examples=texts,
                )  # fmt: skip
            version = _train(intent, office, quick=not full)
            if promote:
                with _timed("promoted"):
                    say_plan(releases.promote(version, COMMAND_LINE, office))
        finally:
            office.close()
        out.print(f"{time.monotonic() - began:.1f} s from the file to {'live' if promote else 'the candidate'}")


def read_examples(file: Path) -> list[str]:
    """The messages of a file; InvalidInput, with its place, for what can't be read."""
    if file.suffix == ".jsonl":
        return [text for _, text in read_lines(file)]
    try:
        return [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file}: is not UTF-8 text; save the file as UTF-8") from error


def _train(intent: str, office: Office, *, quick: bool) -> str:
    with _timed("trained and judged"):
        training = releases.start_training(COMMAND_LINE, office, notes=f"+ {intent}", quick=quick)
        version = str(follow(training, office).version)
    show_verdict(version, office)
    return version


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    err.print(f"{what} in {time.monotonic() - began:.1f} s")
