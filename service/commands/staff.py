"""otklik staff: who works here, how they sign in, their API tokens."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.table import Table

from service import accounts, api_tokens
from service.accounts import COMMAND_LINE, AccountDraft
from service.commands.console import err, out, plain_errors
from service.domain.staff import Role
from service.errors import InvalidInput
from service.office import Office, open_office
from service.policies.passwords import LONGEST
from service.settings import Settings
from service.storage import staff as staff_storage
from service.storage.audit import record_audit
from service.storage.staff import Account

app = typer.Typer(help="Members of staff, their passwords and API tokens.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="Whose account.")]
Ask = Annotated[bool, typer.Option("--password", help="Ask for a password; otherwise a one-time password is made.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def add(
    login: Annotated[str, typer.Argument(help="A short unique name.")],
    name: Annotated[str, typer.Option(help="What clients see; the login when left out.")] = "",
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.OPERATOR,
    department: Annotated[
        list[str] | None, typer.Option(help="May be repeated; all departments when left out.")
    ] = None,
    email: Annotated[str | None, typer.Option(help="Address for notices.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="A language they write in; may be repeated.")] = None,
    skill: Annotated[list[str] | None, typer.Option(help="What they know well; may be repeated.")] = None,
    ask: Ask = False,
    stdin: Stdin = False,
) -> None:
    """Add a member of staff; prints their API token to standard output and a one-time password beside it, once."""
    with _opened() as office:
        draft = AccountDraft(
            name or login, role.value, tuple(department or ()), email, tuple(language or ()), tuple(skill or ())
        )
        made = accounts.add_staff(login, draft, COMMAND_LINE, office, password=_password(ask, stdin))
        token = api_tokens.add_token(made.account.member.id, "first", COMMAND_LINE, office)
        _say_password(login, made.one_time_password)
        err.print(f"{role.value} {login} was added; this token is shown only now:")
        print(token.token)


@app.command("list")
def list_staff(
    with_disabled: Annotated[bool, typer.Option("--all", help="Also those who left.")] = False,
) -> None:
    """Everybody who works here."""
    with _opened() as office:
        shown = Table("login", "name", "role", "departments", "password", "codes", "disabled")
        for each in accounts.list_staff(COMMAND_LINE, office, with_disabled=with_disabled):
            member = each.member
            kind = "one-time" if each.password_is_temporary else "yes" if each.has_password else "none"
            left = f"{each.disabled_at:%Y-%m-%d}" if each.disabled_at else ""
            codes = "yes" if each.has_totp else "no"
            shown.add_row(
                member.login, member.name, member.role, ", ".join(member.departments) or "all", kind, codes, left
            )
        out.print(shown)


@app.command()
def disable(login: Login) -> None:
    """Let somebody in no more: sessions and tokens end, their conversations return to the queue."""
    with _opened() as office:
        accounts.disable(_account(login, office).member.id, COMMAND_LINE, office)
        err.print(f"{login} was disabled")


@app.command()
def enable(login: Login) -> None:
    """Let somebody in again."""
    with _opened() as office:
        accounts.enable(_account(login, office).member.id, COMMAND_LINE, office)
        err.print(f"{login} was enabled")


@app.command()
def password(login: Login, ask: Ask = False, stdin: Stdin = False) -> None:
    """Give somebody a new password; their sessions end. Prints a one-time password unless one is given."""
    with _opened() as office:
        account = _account(login, office)
        given = _password(ask, stdin)
        one_time = accounts.set_password(account.member.id, COMMAND_LINE, office, password=given)
        if one_time is not None:
            err.print(f"a one-time password for {login}, to be changed at the first sign-in:")
            print(one_time)


@app.command("totp-off")
def totp_off(login: Login) -> None:
    """Take the second factor away from somebody who lost the telephone."""
    with _opened() as office:
        accounts.reset_totp(_account(login, office).member.id, COMMAND_LINE, office)
        err.print(f"{login} signs in without a code now")


@app.command()
def token(
    login: Login,
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    days: Annotated[int | None, typer.Option(help="How long it is valid; without end when left out.")] = None,
) -> None:
    """Make a further API token and print it, once."""
    with _opened() as office:
        owner = _account(login, office).member.id
        print(api_tokens.add_token(owner, name, COMMAND_LINE, office, expires_in_days=days).token)


@app.command()
def renew(login: Login) -> None:
    """Make a new API token; all former ones stop working."""
    with _opened() as office:
        owner = _account(login, office).member.id
        now = office.clock()
        with office.database.write() as connection:
            fresh = staff_storage.renew_token(connection, login, now)
            record_audit(connection, COMMAND_LINE.login, "tokens_renewed", "staff", owner, {}, now)
        print(fresh)


@contextmanager
def _opened() -> Iterator[Office]:
    with plain_errors():
        office = open_office(Settings(), reads=False)
        try:
            yield office
        finally:
            office.close()


def _account(login: str, office: Office) -> Account:
    with office.database.read() as connection:
        found = staff_storage.find_login(connection, login)
    if found is None:
        raise InvalidInput(f"there is no member of staff with the login {login!r}")
    return found


def _password(ask: bool, stdin: bool) -> str | None:
    if stdin:
        return sys.stdin.readline(LONGEST + 2).rstrip("\r\n")
    if ask:
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    return None


def _say_password(login: str, one_time: str | None) -> None:
    if one_time is not None:
        err.print(f"one-time password of {login}, to be changed at the first sign-in: {one_time}", soft_wrap=True)
