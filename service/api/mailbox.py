"""The demo's mailbox: a page that shows the letters of OTKLIK_MAIL=demo. It is not served with any other setting."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from service.api.access import OfficeHere
from service.api.site import send_file
from service.errors import NotFound
from service.mail.mailbox import Mailbox

router = APIRouter(prefix="/demo", include_in_schema=False)
PAGE_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src data:"


class LetterOut(BaseModel):
    """A letter in the mailbox."""

    number: int
    at: str
    to: str
    subject: str
    text: str
    files: list[str]


@router.get("/mailbox")
def show_mailbox(request: Request) -> Response:
    """The page; it asks for the letters by itself."""
    response = send_file("mailbox.html", request)
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


@router.get("/mailbox/letters")
def list_letters(office: OfficeHere) -> list[LetterOut]:
    """What was sent, newest first."""
    if not isinstance(office.postman, Mailbox):
        raise NotFound("there is no mailbox: letters are really sent")
    return [
        LetterOut(
            number=each.number, at=each.at.isoformat(), to=each.letter.to, subject=each.letter.subject,
            text=each.letter.text, files=[file.name for file in each.letter.enclosures],
        )
        for each in office.postman.letters()
    ]  # fmt: skip
