"""The bank's REST API as a back office: the promises of every back office over a real wire, TLS and papers included."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.backoffice import CONTRACT_FILE
from service.backoffice.access import Access, open_access
from service.backoffice.base import BackOffice, BackOfficeUnavailable
from service.backoffice.calling import Caller
from service.backoffice.demo import DemoBank
from service.backoffice.example import contract_text, create_example
from service.backoffice.http import HttpBank
from service.errors import SetupError
from service.settings import Settings
from tests.service.backoffice.contract import IRINA, BackOfficeContract, demo_bank
from tests.service.backoffice.servers import Papers, serving
from tests.service.databases import sqlite_url

TOKEN = "a token of tests"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[DemoBank]:
    """What stands behind the example server."""
    with demo_bank(sqlite_url(tmp_path)) as bank:
        yield bank


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates for both sides."""
    return Papers(tmp_path_factory.mktemp("papers") / "pem")


def settings(url: str, **more: Any) -> Settings:
    """Settings of a service that asks the bank at this address."""
    return Settings(back_office="http", back_office_url=url, back_office_attempts=1, **more)


class TestOverHttp(BackOfficeContract):
    """The example server on loopback, asked with a token."""

    @pytest.fixture
    def bank(self, demo: DemoBank) -> Iterator[BackOffice]:
        with serving(create_example(demo, TOKEN)) as url:
            bank = HttpBank(Caller(Access(url, TOKEN)))
            yield bank
            bank.close()


# --- who is who


def ask(given: Settings) -> str | None:
    """The name of a client, asked as these settings say."""
    bank = HttpBank(Caller(open_access(given)))
    try:
        found = bank.find_client("+79135550101")
    finally:
        bank.close()
    return found.name if found else None


def test_mutual_tls_lets_both_sides_know_each_other(demo: DemoBank, papers: Papers) -> None:
    own = {"back_office_cert": papers.path("caller"), "back_office_key": papers.path("caller", "key")}
    with serving(create_example(demo), **papers.server(asks_for_papers=True)) as url:
        assert ask(settings(url, back_office_ca=papers.path("ca"), **own)) == "Соколова Ирина Сергеевна"
        with pytest.raises(BackOfficeUnavailable, match=r"OTKLIK_BACK_OFFICE_CERT|can't be reached"):
            ask(settings(url, back_office_ca=papers.path("ca"), back_office_token=TOKEN))


def test_a_bank_whose_certificate_nobody_vouches_for_is_not_told_anything(demo: DemoBank, papers: Papers) -> None:
    with (
        serving(create_example(demo), **papers.server()) as url,
        pytest.raises(BackOfficeUnavailable, match="OTKLIK_BACK_OFFICE_CA") as raised,
    ):
        ask(settings(url, back_office_token=TOKEN))
    assert "0101" not in raised.value.detail


@pytest.mark.parametrize("token", ["", "another", "ещё один".encode().hex()])
def test_a_wrong_token_is_said_to_be_one(demo: DemoBank, token: str) -> None:
    with (
        serving(create_example(demo, TOKEN)) as url,
        pytest.raises(BackOfficeUnavailable, match=r"\(401\).*OTKLIK_BACK_OFFICE_TOKEN"),
    ):
        ask(settings(url, back_office_token=token))


# --- settings


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "OTKLIK_BACK_OFFICE_URL is needed"),
        ({"back_office_url": "http://api.bank.example"}, "https"),
        ({"back_office_url": "https://api.bank.example"}, "OTKLIK_BACK_OFFICE_TOKEN"),
        ({"back_office_url": "https://api.bank.example", "back_office_cert": "x.pem"}, "belong together"),
        (
            {"back_office_url": "https://b.example", "back_office_token": "t", "back_office_ca": "/nowhere/ca.pem"},
            "/nowhere/ca.pem",
        ),
        (
            {"back_office_url": "https://b.example", "back_office_cert": "/nowhere/c", "back_office_key": "/nowhere/k"},
            "OTKLIK_BACK_OFFICE_CERT: there is no file /nowhere/c",
        ),
    ],
)
def test_what_is_missing_is_named_before_anything_is_asked(given: dict[str, Any], named: str) -> None:
    with pytest.raises(SetupError, match=named):
        open_access(Settings(back_office="http", **given))


def test_files_that_are_no_certificates_are_said_to_be_none(tmp_path: Path, papers: Papers) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    base = {"back_office": "http", "back_office_url": "https://b.example", "back_office_token": "t"}
    with pytest.raises(SetupError, match="OTKLIK_BACK_OFFICE_CA"):
        open_access(Settings(**base, back_office_ca=nonsense))
    with pytest.raises(SetupError, match="OTKLIK_BACK_OFFICE_CERT and _KEY"):
        open_access(Settings(**base, back_office_cert=papers.path("caller"), back_office_key=nonsense))


def test_a_token_is_never_shown_with_its_access() -> None:
    assert "secret" not in repr(Access("https://b.example", "secret"))


# --- the document


def essence(part: Any) -> Any:
    """A document without what is only there to be read."""
    if isinstance(part, dict):
        return {name: essence(each) for name, each in part.items() if name not in ("title", "description", "summary")}
    return [essence(each) for each in part] if isinstance(part, list) else part


def test_the_shipped_contract_is_that_of_the_example_server(demo: DemoBank) -> None:
    shipped = yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))
    served = yaml.safe_load(contract_text(create_example(demo)))
    assert essence(shipped) == essence(served)


def test_the_contract_names_every_operation_with_its_refusals() -> None:
    document = yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))
    operations = {each["operationId"]: each for path in document["paths"].values() for each in path.values()}
    promised = {name for name in vars(BackOffice) if not name.startswith("_")} - {"close", "trouble"}
    assert set(operations) == promised | {"about"}
    assert set(operations["block_card"]["responses"]) == {"200", "401", "404", "409", "422"}
    assert any(each["name"] == "Idempotency-Key" for each in operations["block_card"]["parameters"])
    assert all(each["security"] for each in operations.values())


def test_the_example_says_no_with_problem_details(demo: DemoBank) -> None:
    import httpx

    with serving(create_example(demo)) as url:
        refused = httpx.post(f"{url}/clients/{IRINA}/cards/k-9999/block", headers={"Idempotency-Key": "x"})
        careless = httpx.post(f"{url}/clients/{IRINA}/cards/k-1001-1/block")
    assert (refused.status_code, refused.json()["code"]) == (404, "no_card")
    assert refused.headers["content-type"] == "application/problem+json"
    assert (careless.status_code, careless.json()["code"]) == (422, "invalid_input")
