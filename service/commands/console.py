"""The terminal: colours where there is one, and errors said in one line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
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
    except ValidationError as error:
        for each in error.errors():
            name = "_".join(str(part) for part in each["loc"][:1]).upper()
            err.print(f"[red]error:[/] OTKLIK_{name}: {each['msg']}", markup=True, soft_wrap=True)
        raise typer.Exit(1) from error
    except SettingsError as error:
        name = re.sub(r'.*field "(\w+)".*', lambda found: f"OTKLIK_{found[1].upper()}", str(error))
        err.print(f"[red]error:[/] {name} can't be read: write lists and tables as JSON", markup=True, soft_wrap=True)
        raise typer.Exit(1) from error
    except OSError as error:
        err.print(f"[red]error:[/] {error.strerror}: {error.filename}", markup=True, soft_wrap=True)
        raise typer.Exit(1) from error


def _escaped(error: Exception) -> str:
    return str(error).replace("[", "\\[")
