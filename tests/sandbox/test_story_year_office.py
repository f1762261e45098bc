"""The bookkeeper of the year does everything that a year needs, and QuickBooks takes it."""

import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from apatar.sandbox.quickbooks import listing, sample
from apatar.sandbox.quickbooks.company import create_company
from apatar.sandbox.quickbooks.features import Features
from apatar.sandbox.quickbooks.ledger import read_ledger
from apatar.sandbox.story_stage import Stage, StoryError
from apatar.sandbox.story_year_office import Office
from apatar.sandbox.story_year_plan import Plan, months

CUSTOMERS = 20
YEAR = months(Plan(months=6), date(2026, 6, 30))


class TradingCompany(Stage):
    """A stage whose commands are answered by a company file in this process."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.company = create_company(path, features=Features(multicurrency=True, sales_tax=True))
        sample.fill(self.company, CUSTOMERS, items=40, jobs=4)

    def command(self, *words: str, typed: str = "") -> str:
        assert words[:3] == ("sandbox", "quickbooks", "request")
        return self.company.process(typed)

    def read(self, *words: str) -> Any:
        if words[2] == "ledger":
            return read_ledger(self.company)
        out = StringIO()
        listing.write_json(self.company, [listing.kind_called(words[4])], out)
        return json.loads(out.getvalue())


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[TradingCompany]:
    made = TradingCompany(tmp_path / "company.qbw")
    yield made
    made.company.close()


def an_office(stage: TradingCompany) -> Office:
    office = Office(stage, seed=7)
    office.learn()
    return office


def estimates(stage: TradingCompany, office: Office, number: int) -> None:
    """Write estimates and sales receipts, as deals that were won would become."""
    for customer in stage.read("sandbox", "quickbooks", "show", "", "Customer")["customers"][:number]:
        for kind in ("Estimate", "SalesOrder", "SalesReceipt"):
            lines = "".join(office._lines(kind))
            name = f"<CustomerRef><FullName>{customer['FullName']}</FullName></CustomerRef>"
            office.do([f"<{kind}AddRq><{kind}Add>{name}{lines}</{kind}Add></{kind}AddRq>"])


def test_a_year_has_everything(stage: TradingCompany) -> None:
    office = an_office(stage)
    for month in YEAR:
        estimates(stage, office, CUSTOMERS)
        office.work(month)
    made = office.made
    kinds = (made.invoices, made.credits, made.payments, made.voids, made.deleted, made.edited, made.invoiced)
    assert all(kinds)
    states = {(one["type"], one["status"]) for part in office.ledger()["customers"] for one in part["documents"]}
    wanted = {("Invoice", "Paid"), ("Invoice", "Open"), ("Invoice", "Void"), ("CreditMemo", "Applied")}
    assert wanted | {("CreditMemo", "Void"), ("SalesReceipt", "Void"), ("ReceivePayment", "Open")} <= states


def test_the_books_of_the_year_are_in_order(stage: TradingCompany) -> None:
    office = an_office(stage)
    for month in YEAR[:3]:
        estimates(stage, office, CUSTOMERS)
        office.work(month)
    parts = office.ledger()["customers"]
    assert all(part["balance"] == part["printed_balance"] for part in parts)
    assert {part["currency"] for part in parts} == {"Euro", "US Dollar"}
    known = {one["txn_id"] for part in parts for one in part["documents"]}
    assert not office.made.deleted & known
    assert office.made.documents - office.made.deleted <= known


def test_an_inactive_item_is_not_sold_any_more(stage: TradingCompany) -> None:
    office = an_office(stage)
    office.deactivate("Labor")
    [labor] = [
        one
        for one in stage.read("sandbox", "quickbooks", "show", "", "ItemService")["item_services"]
        if one["FullName"] == "Labor"
    ]
    assert labor["IsActive"] == "false"
    assert not any("<FullName>Labor</FullName>" in line for _ in range(50) for line in office._lines("Invoice"))


def test_a_refusal_stops_the_story_with_quickbooks_own_words(stage: TradingCompany) -> None:
    with pytest.raises(StoryError, match="Nobody"):
        an_office(stage).do(
            [
                "<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Nobody</FullName></CustomerRef></InvoiceAdd></InvoiceAddRq>"
            ]
        )
