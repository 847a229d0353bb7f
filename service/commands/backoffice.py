"""otklik backoffice: test the connection to a bank, serve the contract as an example, print it."""

from typing import Annotated

import typer

from service.backoffice import CONTRACT_FILE, open_back_office
from service.backoffice.base import BackOffice, BackOfficeRefused, BackOfficeUnavailable
from service.backoffice.demo import DemoBank
from service.commands.console import err, out, plain_errors
from service.data_keys import open_keys
from service.demo.bank import fill_bank
from service.errors import SetupError
from service.office import now_utc
from service.preparation import open_database
from service.settings import Settings
from service.storage.migrate import migrate

app = typer.Typer(help="The bank's own systems: check the connection, an example to build by.", no_args_is_help=True)

NOBODYS_NUMBER = "0" * 20
"""No bank gives out an account number of zeros only."""


@app.command()
def check(
    number: Annotated[
        str, typer.Option(help="A phone (E.164) or account number of a test client, to read all there is of them.")
    ] = "",
) -> None:
    """Try everything that only reads, on the live connection; says what is wrong and shows nothing personal."""
    with plain_errors():
        settings = Settings()
        database = open_database(settings)
        bank = open_back_office(settings, database, now_utc)
        if bank is None:
            raise SetupError("there is no back office: set OTKLIK_BACK_OFFICE to http (or demo)")
        try:
            if isinstance(bank, DemoBank):
                open_keys(database)
            _check(bank, number)
        except (BackOfficeUnavailable, BackOfficeRefused) as error:
            err.print(f"[red]failed:[/] {error.detail}", markup=True, soft_wrap=True)
            raise typer.Exit(1) from error
        finally:
            bank.close()
            database.close()


@app.command()
def example(
    port: Annotated[int, typer.Option(help="Port to listen on, on this machine only.")] = 8090,
    token: Annotated[str, typer.Option(help="Bearer token to ask for; empty: none.")] = "",
) -> None:
    """Serve the contract from the demo's clients: what a bank has to build, ready to be tried."""
    import uvicorn

    from service.backoffice.example import create_example

    with plain_errors():
        database = open_database(Settings())
        migrate(database)
        open_keys(database)
        fill_bank(database, now_utc().date())
        err.print(f"the example of a bank: http://127.0.0.1:{port} (its documentation: /docs)", soft_wrap=True)
        err.print(f"  OTKLIK_BACK_OFFICE=http OTKLIK_BACK_OFFICE_URL=http://127.0.0.1:{port}", soft_wrap=True)
        try:
            uvicorn.run(create_example(DemoBank(database, now_utc), token), port=port, log_level="warning")
        finally:
            database.close()


@app.command()
def contract(
    made: Annotated[bool, typer.Option("--made", help="Made anew from the example, for those who change it.")] = False,
) -> None:
    """Print the contract (OpenAPI) that a bank's API has to keep."""
    if not made:
        print(CONTRACT_FILE.read_text(encoding="utf-8"), end="")
        return
    from service.backoffice.example import contract_text, create_example

    database = open_database(Settings())
    print(contract_text(create_example(DemoBank(database, now_utc))), end="")
    database.close()


def _check(bank: BackOffice, number: str) -> None:
    from service.backoffice.http import CONTRACT, HttpBank

    if isinstance(bank, HttpBank):
        about = bank.about()
        out.print(f"ok  reached {about.bank}, contract {about.contract}", markup=False)
        if about.contract.partition(".")[0] != CONTRACT:
            raise BackOfficeUnavailable(f"the bank speaks contract {about.contract}, this service {CONTRACT}.x")
    if bank.find_client(NOBODYS_NUMBER) is not None:
        raise BackOfficeUnavailable("the bank finds a client by a number of zeros: find must compare whole numbers")
    out.print("ok  a number of nobody finds nobody")
    if not number:
        out.print("    to read what a test client has, add --number")
        return
    client = bank.find_client(number)
    if client is None:
        raise BackOfficeUnavailable("nobody has this number: phones as +79135550101, accounts as digits only")
    if bank.client(client.id) != client:
        raise BackOfficeUnavailable("the client that was found and the client read by id differ")
    out.print(f"ok  the client is found; e-mail on file: {'yes' if client.email else 'no'}")
    accounts = bank.accounts(client.id)
    for account in accounts:
        bank.account_details(client.id, account.id)
    out.print(f"ok  accounts: {len(accounts)}, each with details for payers")
    out.print(f"ok  cards: {len(bank.cards(client.id))}")
    out.print(f"ok  applications: {len(bank.loan_applications(client.id))}, "
              f"loans being repaid: {len(bank.next_payments(client.id))}")  # fmt: skip
