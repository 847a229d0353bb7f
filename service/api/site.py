"""The files of the web chat and of the demo page: compressed once, revalidated by browsers with an ETag."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

FOLDER = Path(__file__).resolve().parent.parent / "widget"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
WIDGET_FILES = ("widget.js", "widget.css", "widget-texts.js", "widget-files.js", "widget-explain.js")
DEMO_FILES = ("demo.css", "demo.js")

widget_router = APIRouter(include_in_schema=False)
demo_router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class _Asset:
    plain: bytes
    packed: bytes
    etag: str
    media_type: str


@cache
def _load(name: str) -> _Asset:
    path = FOLDER / name
    plain = path.read_bytes()
    etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    return _Asset(plain, gzip.compress(plain, 9, mtime=0), etag, TYPES[path.suffix])


def send_file(name: str, request: Request) -> Response:
    """One file, gzipped for those who take it; 304 for a browser that has this version."""
    asset = _load(name)
    headers = {"ETag": asset.etag, "Cache-Control": "public, max-age=300", "Vary": "Accept-Encoding"}
    if request.headers.get("If-None-Match") == asset.etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(asset.packed, media_type=asset.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(asset.plain, media_type=asset.media_type, headers=headers)


def _serve(router: APIRouter, path: str, name: str) -> None:
    @router.get(path, name=name)
    def send(request: Request) -> Response:
        return send_file(name, request)


for _name in WIDGET_FILES:
    _serve(widget_router, f"/{_name}", _name)
for _name in DEMO_FILES:
    _serve(demo_router, f"/{_name}", _name)
_serve(demo_router, "/", "demo.html")
