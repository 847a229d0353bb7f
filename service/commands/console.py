"""The terminal: colours where there is one, and errors said in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from knowledge_base.errors import ArticleError
from models.errors import ModelError
from service.errors import SupportError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what can go wrong into one clear line and exit status 1; bugs keep their trace."""
    try:
        yield
    except SupportError as error:
        err.print(f"[red]error:[/] {error.detail}", markup=True, soft_wrap=True)
        raise typer.Exit(1) from error
    except (ModelError, ArticleError) as error:
        err.print(f"[red]error:[/] {_escaped(error)}", markup=True, soft_wrap=True)
        raise typer.Exit(1) from error
    except OSError as error:
        err.print(f"[red]error:[/] {error.strerror}: {error.filename}", markup=True, soft_wrap=True)
        raise typer.Exit(1) from error


def _escaped(error: Exception) -> str:
    return str(error).replace("[", "\\[")
