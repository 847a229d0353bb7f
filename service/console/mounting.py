"""mount_console(app, office): the pages below /console of the application. Once a process: NiceGUI is one of a kind."""

import importlib
import pkgutil
from functools import partial
from typing import Any

from fastapi import FastAPI
from nicegui import app as console
from nicegui import core, ui

from service.console import pages, sign_in
from service.console.style import ASSETS
from service.errors import SetupError
from service.office import Office
from service.policies.same_site import is_foreign


def mount_console(app: FastAPI, office: Office) -> None:
    """Add the console to `app`. Raises SetupError when this process has one already."""
    if getattr(console.state, "office", None) is not None:
        raise SetupError("this process shows a console already; start another process")
    console.state.office = office
    core.sio.eio.cors_allowed_origins = partial(_is_own_page, office)
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


def _is_own_page(office: Office, origin: str | None, environ: dict[str, Any]) -> bool:
    """Whether the page that opens the console's socket is one of ours: NiceGUI itself would let in any site."""
    scheme = {"wss": "https", "https": "https"}.get(environ["asgi.scope"].get("scheme", ""), "http")
    own = office.settings.public_url or f"{scheme}://{environ.get('HTTP_HOST', '')}"
    return not is_foreign(own, None, origin, None)
