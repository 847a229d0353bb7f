"""Sending a statement to the e-mail on file. Nothing of it goes into the chat but that it was sent."""

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from service import texts
from service.backoffice.base import BackOffice
from service.domain.banking import BankClient, Statement
from service.domain.letters import Enclosure, Letter
from service.domain.money import Money
from service.office import Office
from service.performers.base import Job, Refused
from service.policies.identifying import masked_address
from service.policies.statement_periods import period_back
from service.storage import letters
from service.texts import figures


def send_statement(job: Job, office: Office) -> Mapping[str, Any]:
    """`first`, `last`, `address` (masked) of a statement of `arguments["account"]` for the last `arguments["months"]`.

    Refused with `no_address` when the bank has no e-mail of the client, and `no_mail` where no letters are sent. The
    letter is named by the job's key: a repetition sends no second one.
    """
    bank, link = office.back_office, job.link
    if bank is None or link is None or office.postman is None:
        raise Refused("no_mail")
    client = bank.client(link.account)
    if client.email is None:
        raise Refused("no_address")
    now = office.clock().astimezone(office.hours.zone)
    statement = _read(bank, client, job, now.date())
    letter = statement_letter(statement, client.email, job.language, now, f"statement/{job.key}")
    with office.database.write() as connection:
        letters.add(connection, letter, office.clock())
    office.bell.ring()
    period = statement.period
    return {"first": period.first, "last": period.last, "address": masked_address(client.email)}


def statement_letter(statement: Statement, to: str, language: str, now: datetime, once: str) -> Letter:
    """The letter: what was, came, went and is, with all operations as a table that spreadsheets open."""
    currency, today = statement.closing.currency, now.date()
    amounts = [each.amount.amount for each in statement.operations]
    period = statement.period
    fields: dict[str, Any] = {
        "tail": statement.account.number[-4:],
        "first": figures.day(period.first, language, today),
        "last": figures.day(period.last, language, today),
        "opening": figures.money(statement.opening, language),
        "closing": figures.money(statement.closing, language),
        "came": figures.money(Money(sum((each for each in amounts if each > 0), Decimal()), currency), language),
        "went": figures.money(Money(-sum((each for each in amounts if each < 0), Decimal()), currency), language),
        "count": len(amounts),
    }  # fmt: skip
    subject = texts.text("subject", language, section="statement", **fields)
    name = f"statement-{statement.account.number[-4:]}-{period.first}-{period.last}.csv"
    table = Enclosure(name, "text/csv", _table(statement, language))
    said = texts.text("letter", language, section="statement", **fields)
    return Letter(once, "statement", to, subject, said, enclosures=(table,))


def _read(bank: BackOffice, client: BankClient, job: Job, today: date) -> Statement:
    return bank.statement(client.id, job.arguments["account"], period_back(job.arguments["months"], today))


def _table(statement: Statement, language: str) -> bytes:
    """CSV as spreadsheets of the language expect it: semicolons and commas in Russian, with a mark of the encoding."""
    russian = language == "ru"
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";" if russian else ",")
    rows.writerow(texts.table("statement", language)["columns"])
    for each in statement.operations:
        amount = f"{each.amount.amount:.2f}"
        day = f"{each.on:%d.%m.%Y}" if russian else each.on.isoformat()
        rows.writerow((day, amount.replace(".", ",") if russian else amount, each.amount.currency,
                       _harmless(each.description)))  # fmt: skip
    return written.getvalue().encode("utf-8-sig")


def _harmless(description: str) -> str:
    """A payer may have named a transfer «=HYPERLINK(...)»: a spreadsheet would run that as a formula."""
    return f"'{description}" if description[:1] in ("=", "+", "-", "@", "\t", "\r") else description
