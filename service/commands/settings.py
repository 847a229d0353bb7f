"""otklik settings: every setting with its value and meaning."""

from typing import Annotated, Any

import typer
from rich.table import Table

from service.commands.console import out, plain_errors
from service.settings import Settings

SECRETS = {"secret", "data_keys", "database_url", "redis_url", "oidc_client_secret", "back_office_token"}


def show_settings(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As a table for the documentation, with defaults.")
    ] = False,
) -> None:
    """Show every setting: the environment variable, the value in force, what it is for."""
    if markdown:
        print(markdown_table())
        return
    with plain_errors():
        settings = Settings()
    table = Table("variable", "value", "meaning", box=None, header_style="bold", pad_edge=False)
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = "set" if name in SECRETS and value else _short(value)
        table.add_row(f"OTKLIK_{name.upper()}", shown, field.description or "")
    out.print(table)


def markdown_table() -> str:
    """All settings with their defaults as a Markdown table."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        lines.append(f"| `OTKLIK_{name.upper()}` | {_short(default) or '(empty)'} | {field.description} |")
    return "\n".join(lines)


def _short(value: Any) -> str:
    text = str(value)
    return "…/" + "/".join(text.split("/")[-2:]) if text.startswith("/") else text
