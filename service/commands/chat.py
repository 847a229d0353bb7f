"""otklik chat: talk to the bot in the terminal, through the same inbox as any channel."""

import tempfile
import uuid
from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel

from service import texts
from service.commands.console import out, plain_errors
from service.domain.messages import Author, InboundMessage, StoredMessage
from service.inbox import handle_message
from service.office import Office, open_office
from service.preparation import prepare_database
from service.settings import Settings
from service.visits import read_visit
from service.worker import answer_bursts


def chat(
    language: Annotated[str, typer.Option(help="ru or en.")] = "ru",
    explain: Annotated[bool, typer.Option("--explain", help="Show what was understood of each message.")] = False,
) -> None:
    """Talk to the bot. A number presses a button; an empty line or Ctrl+D ends. Nothing is kept afterwards."""
    with plain_errors(), tempfile.TemporaryDirectory(prefix="otklik-chat-") as folder:
        base = Settings()
        settings = base.model_copy(
            update={"database_url": f"sqlite:///{Path(folder) / 'chat.db'}", "burst_seconds": 0.0, "redis_url": ""}
        )
        prepare_database(settings)
        office = open_office(settings)
        try:
            _talk(office, language, explain)
        finally:
            office.close()


def _talk(office: Office, language: str, explain: bool) -> None:
    visitor = uuid.uuid4().hex
    out.print(Panel(texts.text("welcome", language), title="bot", title_align="left", border_style="cyan"))
    buttons = list(office.wording.menu_buttons(language))
    _show_buttons([button.text for button in buttons])
    after = 0
    while True:
        try:
            line = typer.prompt("›", default="", show_default=False, prompt_suffix=" ")
        except typer.Abort:
            return
        if not line.strip():
            return
        payload = None
        if line.strip().isdecimal() and 0 < int(line) <= len(buttons):
            pressed = buttons[int(line) - 1]
            line, payload = pressed.text, pressed.payload
        message = InboundMessage("web", uuid.uuid4().hex, visitor, line, payload, language)
        outcome = handle_message(message, office)
        answer_bursts(office)
        if explain and outcome.decision is not None:
            out.print(f"[dim]{outcome.decision}[/]")
        visit = read_visit(visitor, office, after=after)
        for answer in visit.messages:
            after = answer.seq
            if answer.author is not Author.CLIENT:
                _show(answer)
                buttons = [button for button in answer.buttons if button.payload]
        _show_buttons([button.text for button in buttons])


def _show(message: StoredMessage) -> None:
    title = message.article_title or message.author.value
    out.print(Panel(message.text.replace("[", "\\["), title=title, title_align="left", border_style="cyan"))


def _show_buttons(labels: list[str]) -> None:
    if labels:
        out.print("  ".join(f"[dim]{number})[/] {label}" for number, label in enumerate(labels, start=1)))
