"""«It wasn't me»: the page behind the address in the letter about a new link. Reading it changes nothing."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Header, Path, status
from fastapi.responses import HTMLResponse

from service import texts
from service.api.access import OfficeHere
from service.owners import is_not_me, take_back

router = APIRouter(prefix="/not-me", include_in_schema=False)
Token = Annotated[str, Path(max_length=200)]
AcceptLanguage = Annotated[str, Header()]
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark }}
body {{ font: 17px/1.55 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem }}
h1 {{ font-size: 1.6rem; line-height: 1.25 }}
button {{ font: inherit; font-weight: 600; padding: .8rem 1.4rem; border: 0; border-radius: 10px; background: #b3261e;
  color: #fff; cursor: pointer }}
button:focus-visible {{ outline: 3px solid #14506b; outline-offset: 2px }}
</style></head><body><main><h1>{title}</h1><p>{words}</p>{form}</main></body></html>"""


@router.get("/{token}")
def ask(token: Token, office: OfficeHere, accept_language: AcceptLanguage = "") -> HTMLResponse:
    """What the button will do. Programs that look into letters open addresses, but press no buttons."""
    if not is_not_me(token, office):
        return _page("wrong", accept_language, code=status.HTTP_404_NOT_FOUND)
    language = _language(accept_language)
    label = escape(texts.text("button", language, "not_me"))
    return _page("ask", accept_language, form=f'<form method="post"><button>{label}</button></form>')


@router.post("/{token}")
def disown(token: Token, office: OfficeHere, accept_language: AcceptLanguage = "") -> HTMLResponse:
    """Unlink at once and alarm the security department."""
    if not take_back(token, office):
        return _page("wrong", accept_language, code=status.HTTP_404_NOT_FOUND)
    return _page("done", accept_language)


def _page(key: str, accepted: str, *, form: str = "", code: int = status.HTTP_200_OK) -> HTMLResponse:
    language = _language(accepted)
    title = escape(texts.text("title" if key == "ask" else f"{key}_title", language, "not_me"))
    words = escape(texts.text(key, language, "not_me"))
    return HTMLResponse(PAGE.format(language=language, title=title, words=words, form=form), code, HEADERS)


def _language(accepted: str) -> str:
    """Russian unless the browser asks for English first."""
    return "en" if accepted.casefold().startswith("en") else "ru"
