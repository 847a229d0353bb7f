"""Style sheets and other files of the pages: browsers keep each until its content changes, and not a moment longer."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from nicegui import ui

ASSETS = Path(__file__).parent / "assets"


@cache
def address_of(asset: str) -> str:
    """Where a browser finds a file of the folder `assets`; another content has another address."""
    return f"/console/assets/{asset}?v={sha256((ASSETS / asset).read_bytes()).hexdigest()[:12]}"


def wear(name: str) -> None:
    """The page that is being built gets the style sheet `name`.css."""
    ui.add_head_html(f'<link rel="stylesheet" href="{address_of(f"{name}.css")}">')
