"""The way in: a plain page without NiceGUI, because the session's cookie comes with an HTTP answer."""

import json
from string import Template

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from service import texts
from service.console.frame import home_of
from service.console.place import SIGN_IN, find_place, read_preferences, the_office
from service.console.style import ASSETS, address_of
from service.console.words import section

router = APIRouter(include_in_schema=False)
PAGE = ASSETS / "sign_in.html"


@router.get(SIGN_IN)
def sign_in(request: Request) -> HTMLResponse:
    """The form; what it does is in assets/sign_in.js."""
    preferences = read_preferences(request)
    words = section("sign_in", preferences.language) | dict(texts.table("sign_in", preferences.language))
    office = the_office()
    page = Template(PAGE.read_text(encoding="utf-8")).substitute(
        words,
        style=address_of("sign_in.css"),
        script=address_of("sign_in.js"),
        language=preferences.language,
        other_language="en" if preferences.language == "ru" else "ru",
        theme=preferences.theme,
        single_sign_on="" if office.settings.oidc_issuer else "hidden",
        words=json.dumps(words, ensure_ascii=False).replace("<", "\\u003c"),
    )
    return HTMLResponse(page, headers={"Cache-Control": "no-store", "X-Frame-Options": "DENY"})


@router.get("/console")
@router.get("/console/")
def home(request: Request) -> RedirectResponse:
    """To the first page of whoever is signed in, or to the form."""
    place = find_place(request)
    return RedirectResponse(home_of(place) if place else SIGN_IN, status_code=303)
