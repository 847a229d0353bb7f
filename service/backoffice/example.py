"""A server that speaks the contract, from any back office: an example for integrators, and what our tests talk to.

`contract.yaml` is the document of this very application, so neither can drift from the other.
"""

import hmac
from datetime import date
from typing import Annotated, Any

import yaml
from fastapi import Depends, FastAPI, Header, HTTPException, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.backoffice import wire
from service.backoffice.base import LONGEST_PERIOD_DAYS, BackOffice, BackOfficeRefused, BackOfficeUnavailable, Refusal
from service.domain.banking import Period

VERSION = "1.0"
PROBLEM = "application/problem+json"
STATUS = {
    Refusal.NO_CLIENT: 404,
    Refusal.NO_ACCOUNT: 404,
    Refusal.NO_CARD: 404,
    Refusal.CARD_EXPIRED: 409,
    Refusal.KEY_REUSED: 409,
    Refusal.BAD_PERIOD: 422,
}
DESCRIPTION = f"""\
What the support service asks of a bank's own systems, and how they answer. The bank serves it; the service calls it.

- **Who calls** is proved by a bearer token, by a client certificate (mutual TLS), or both. Whoever is not accepted gets
  401 or 403.
- **A no** is 404, 409 or 422 with problem details (RFC 9457) whose `code` says why; asking again changes nothing.
  A code that the service doesn't know is as good as `other`.
- **A failure** is 429 (with `Retry-After` in seconds), 500, 502, 503 or 504. The service asks again, as often as it is
  set up to, then leaves the bank alone for a while and gives the client to a person.
- **Repeating** `block` is safe by its `Idempotency-Key`: the same key with the same card always gets the first answer,
  for 30 days at least. All other operations only read.
- **Money** is a string with a point and at most two digits after it, never a number.
- **Numbers of cards** never appear, only their last four digits. Account numbers, names and addresses are personal:
  they are never part of an address (URL) here, so that no log of addresses has them. Ids are the bank's own and opaque.
- **New fields** may be added at any time; new values of `kind` and `system` too, and are then read as `other`.
- **A statement** is for {LONGEST_PERIOD_DAYS} days at most.
"""

ClientId = Annotated[wire.Id, Path(description="The bank's id of the client, as `find` or the list gave it.")]
AccountId = Annotated[wire.Id, Path(description="The bank's id of the account.")]
CardId = Annotated[wire.Id, Path(description="The bank's id of the card.")]
RequestId = Annotated[
    str | None, Header(alias="X-Request-Id", max_length=100, description="The caller's name of the request, for logs.")
]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$",
        description="The same for every repetition of one request of a client.",
    ),
]  # fmt: skip


def create_example(bank: BackOffice, token: str = "") -> FastAPI:
    """The application; with a `token` every request must bring it."""
    app = FastAPI(
        title="Otklik: back office of a bank", version=VERSION, description=DESCRIPTION, redoc_url=None,
        separate_input_output_schemas=False,
    )  # fmt: skip
    bearer = HTTPBearer(auto_error=False, description="The token that the bank gave to the service.")

    def must_know(
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)], _request: RequestId = None
    ) -> None:
        if token and (given is None or not hmac.compare_digest(given.credentials.encode(), token.encode())):
            raise HTTPException(401, "the token is missing or wrong")

    app.router.dependencies.append(Depends(must_know))
    _add_clients(app, bank)
    _add_accounts(app, bank)
    _add_cards(app, bank)
    _add_errors(app)
    _describe_problems(app)
    return app


def contract_text(app: FastAPI) -> str:
    """The contract as YAML, as it is shipped."""
    return yaml.dump(app.openapi(), Dumper=_Readable, allow_unicode=True, sort_keys=False, width=120)


class _Readable(yaml.SafeDumper):
    """Writes several lines as several lines, and nothing as a reference to something above."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never refer."""
        return True


def _as_block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _as_block)


def _refusals(*codes: Refusal) -> dict[int | str, dict[str, Any]]:
    """What an operation may refuse with, for the document."""
    by_status: dict[int, list[str]] = {401: ["unauthorized"], 422: ["invalid_input"]}
    for code in codes:
        by_status.setdefault(STATUS[code], []).append(code.value)
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": f"`code` is {' or '.join(named)}.", "content": content}
        for status, named in sorted(by_status.items())
    }


def _add_clients(app: FastAPI, bank: BackOffice) -> None:
    @app.get("/about", operation_id="about", summary="Who answers", responses=_refusals())
    def about() -> wire.About:
        """For the self-test of whoever connects the two."""
        return wire.About(contract=VERSION, bank="Банк «Северный мост» (example)")

    @app.post("/clients/find", operation_id="find_client", summary="Whose number is this", responses=_refusals())
    def find(wanted: wire.Wanted) -> wire.Found:
        """Exactly this number, and only when it is one client's. Takes as long whether or not there is one."""
        return wire.Found.model_validate({"client": bank.find_client(wanted.number)})

    @app.get("/clients/{client_id}", operation_id="client", summary="A client", responses=_refusals(Refusal.NO_CLIENT))
    def client(client_id: ClientId) -> wire.BankClient:
        """As the bank knows them now."""
        return wire.BankClient.model_validate(bank.client(client_id))

    @app.get(
        "/clients/{client_id}/loan-applications", operation_id="loan_applications", summary="Applications for loans",
        responses=_refusals(Refusal.NO_CLIENT),
    )  # fmt: skip
    def applications(client_id: ClientId) -> wire.LoanApplications:
        """An empty list when there are none."""
        return wire.LoanApplications.model_validate({"applications": bank.loan_applications(client_id)})

    @app.get(
        "/clients/{client_id}/next-payments", operation_id="next_payments", summary="Next payments of loans",
        responses=_refusals(Refusal.NO_CLIENT),
    )  # fmt: skip
    def payments(client_id: ClientId) -> wire.NextPayments:
        """An empty list when nothing is being repaid."""
        return wire.NextPayments.model_validate({"payments": bank.next_payments(client_id)})


def _add_accounts(app: FastAPI, bank: BackOffice) -> None:
    @app.get(
        "/clients/{client_id}/accounts", operation_id="accounts", summary="Accounts and balances",
        responses=_refusals(Refusal.NO_CLIENT),
    )  # fmt: skip
    def accounts(client_id: ClientId) -> wire.Accounts:
        """As they are at this moment."""
        return wire.Accounts.model_validate({"accounts": bank.accounts(client_id)})

    of_account = _refusals(Refusal.NO_CLIENT, Refusal.NO_ACCOUNT)

    @app.get(
        "/clients/{client_id}/accounts/{account_id}/details", operation_id="account_details",
        summary="Details for payers", responses=of_account,
    )  # fmt: skip
    def details(client_id: ClientId, account_id: AccountId) -> wire.AccountDetails:
        """What somebody needs to send money to this account."""
        return wire.AccountDetails.model_validate(bank.account_details(client_id, account_id))

    @app.get(
        "/clients/{client_id}/accounts/{account_id}/statement", operation_id="statement",
        summary="Operations of a period", responses=_refusals(
            Refusal.NO_CLIENT, Refusal.NO_ACCOUNT, Refusal.BAD_PERIOD
        ),
    )  # fmt: skip
    def statement(
        client_id: ClientId, account_id: AccountId,
        first: Annotated[date, Query(description="The first day.")],
        last: Annotated[date, Query(description="The last day, included.")],
    ) -> wire.Statement:  # fmt: skip
        """Booked operations; the service sends it to the address on file and shows it nowhere else."""
        return wire.Statement.model_validate(bank.statement(client_id, account_id, Period(first, last)))


def _add_cards(app: FastAPI, bank: BackOffice) -> None:
    @app.get(
        "/clients/{client_id}/cards", operation_id="cards", summary="Cards", responses=_refusals(Refusal.NO_CLIENT)
    )
    def cards(client_id: ClientId) -> wire.Cards:
        """An empty list when there are none."""
        return wire.Cards.model_validate({"cards": bank.cards(client_id)})

    @app.post(
        "/clients/{client_id}/cards/{card_id}/block", operation_id="block_card", summary="Block a card",
        responses=_refusals(Refusal.NO_CLIENT, Refusal.NO_CARD, Refusal.CARD_EXPIRED, Refusal.KEY_REUSED),
    )  # fmt: skip
    def block(client_id: ClientId, card_id: CardId, key: Key) -> wire.Blocking:
        """At once and for good: unblocking is a matter for people. A blocked card is told with its first blocking."""
        return wire.Blocking.model_validate(bank.block_card(client_id, card_id, key))


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(BackOfficeRefused)
    def refused(_request: Request, error: BackOfficeRefused) -> JSONResponse:
        return _problem(STATUS.get(error.reason, 409), error.reason.value, error.title, error.detail)

    @app.exception_handler(BackOfficeUnavailable)
    def unavailable(_request: Request, error: BackOfficeUnavailable) -> JSONResponse:
        return _problem(503, error.code, error.title, error.detail)

    @app.exception_handler(HTTPException)
    def not_known(_request: Request, error: HTTPException) -> JSONResponse:
        return _problem(error.status_code, "unauthorized", "Who are you", str(error.detail))

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:5])
        return _problem(422, "invalid_input", "The request is not as the contract says", wrong)


def _describe_problems(app: FastAPI) -> None:
    """The shape of a no, which no operation returns by itself."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        document["components"]["schemas"].setdefault("Problem", wire.Problem.model_json_schema())
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _problem(status: int, code: str, title: str, detail: str) -> JSONResponse:
    body = {"title": title, "status": status, "code": code, "detail": detail}
    return JSONResponse(body, status, media_type=PROBLEM)
