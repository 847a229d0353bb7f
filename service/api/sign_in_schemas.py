"""What goes over the wire when staff sign in and look after their own account."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from service.api.schemas import Wire

Code = Annotated[str, Field(max_length=64, examples=["492039"])]
Password = Annotated[str, Field(max_length=1000, examples=["four words in a row"])]


class SignIn(Wire):
    """Login and password; the code of the telephone, or a recovery code, where one was set up."""

    login: Annotated[str, Field(max_length=200, examples=["anna"])]
    password: Password
    code: Annotated[str, Field(max_length=64, examples=["492039"])] = ""


class Me(Wire):
    """Who is signed in, and what they may open."""

    id: int = Field(examples=[3])
    login: str = Field(examples=["anna"])
    name: str = Field(examples=["Анна"])
    role: str = Field(examples=["operator"])
    departments: list[str] = Field(examples=[["cards"]], description="Empty: all of them")
    pages: list[str] = Field(examples=[["inbox", "search", "account"]])
    must_change_password: bool = Field(description="Nothing else is allowed before")
    codes_required: bool = Field(description="Whether a one-time code is asked for at sign-in")
    recovery_codes_left: int = Field(examples=[10])


class SessionOut(Wire):
    """A browser that is signed in."""

    id: int = Field(examples=[12])
    current: bool
    method: str = Field(examples=["password+totp"])
    address: str = Field(examples=["192.0.2.7"])
    agent: str = Field(examples=["Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"])
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class SessionList(Wire):
    """One's own sessions, newest first."""

    sessions: list[SessionOut]


class PasswordChange(Wire):
    """The password of now and the one to be."""

    old: Password
    new: Password


class EnrolmentOut(Wire):
    """What the telephone needs, as text and as the address to show as a picture."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXP"])
    uri: str = Field(examples=["otpauth://totp/Otklik:anna?secret=JBSWY3DPEHPK3PXP&issuer=Otklik"])


class CodeIn(Wire):
    """The code that the telephone shows."""

    code: Code


class RecoveryCodes(Wire):
    """Codes for the day when the telephone is lost; each works once. Shown only now."""

    codes: list[str] = Field(examples=[["7k2m-xw4q-hn8d-3vtp"]])


class TokenIn(Wire):
    """A token to be made."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["reports"])]
    expires_in_days: Annotated[int | None, Field(ge=1, le=3650, examples=[90])] = None


class TokenOut(Wire):
    """An API token; `token` is there only in the answer that makes it."""

    id: int = Field(examples=[5])
    name: str = Field(examples=["reports"])
    token: str | None = Field(None, examples=["otk_Zm9v..."])
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class TokenList(Wire):
    """One's own tokens that work, oldest first."""

    tokens: list[TokenOut]
