"""mount_console(app, office): the pages below /console of the application. Once a process: NiceGUI is one of a kind."""

import importlib
import pkgutil
from pathlib import Path

from fastapi import FastAPI
from nicegui import app as console
from nicegui import ui

from service.console import pages, sign_in
from service.errors import SetupError
from service.office import Office

ASSETS = Path(__file__).parent / "assets"


def mount_console(app: FastAPI, office: Office) -> None:
    """Add the console to `app`. Raises SetupError when this process has one already."""
    if getattr(console.state, "office", None) is not None:
        raise SetupError("this process shows a console already; start another process")
    console.state.office = office
    for page in pkgutil.iter_modules(pages.__path__):
        importlib.import_module(f"{pages.__name__}.{page.name}")
    app.include_router(sign_in.router)
    console.add_static_files("/assets", ASSETS)
    ui.run_with(
        app,
        mount_path="/console",
        title="Otklik",
        favicon=ASSETS / "favicon.svg",
        dark=None,
        tailwind=False,
        reconnect_timeout=20.0,
        show_welcome_message=False,
    )
