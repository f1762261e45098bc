import json
from pathlib import Path

import pytest

from apatar.sandbox.quickbooks.cli import main
from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.documents.masses import fill_invoices
from apatar.sandbox.quickbooks.errors import CompanyFileError
from apatar.sandbox.quickbooks.ledger import read_ledger
from tests.sandbox.quickbooks.documents.trade import (
    abroad,
    applied,
    balances,
    credit,
    invoice,
    line,
    paying,
    sell,
    shop,
    taken,
    voiding,
)
from tests.sandbox.quickbooks.situations import one

__all__ = ["abroad", "shop"]


def test_the_books_say_what_each_customer_bought_paid_and_owes(shop: Company) -> None:
    sold = invoice(shop, "100.00")
    one(shop, voiding(invoice(shop, "7.00")))
    credit(shop, "30.00")
    taken(shop, paying("60.00", applied(sold, "50.00")))
    invoice(shop, "5.00", who="Acme:Roof", head="<IsPending>true</IsPending>")
    acme, roof = read_ledger(shop)["customers"]
    sums = {name: acme[name] for name in ("invoices", "credit_memos", "payments", "balance", "printed_balance")}
    assert sums == {
        "invoices": "100.00",
        "credit_memos": "30.00",
        "payments": "60.00",
        "balance": "10.00",
        "printed_balance": "10.00",
    }
    told = [(one["type"], one["total"], one["balance"], one["status"]) for one in acme["documents"]]
    assert told == [
        ("Invoice", "100.00", "50.00", "Open"),
        ("Invoice", "0.00", "0.00", "Void"),
        ("CreditMemo", "30.00", "30.00", "Open"),
        ("ReceivePayment", "60.00", "10.00", "Open"),
    ]
    assert (roof["customer"], roof["balance"], roof["documents"][0]["status"]) == ("Acme:Roof", "0.00", "Pending")


def test_the_books_are_kept_by_currency(abroad: Company) -> None:
    sell(abroad, line("Pipe"), who="Foreign")
    sell(abroad, line("Pipe"))
    assert [(part["customer"], part["currency"], part["balance"]) for part in read_ledger(abroad)["customers"]] == [
        ("Acme", "US Dollar", "10.00"),
        ("Foreign", "Euro", "8.00"),
    ]


def test_the_ledger_is_told_as_json_or_as_lines(shop: Company, capsys: pytest.CaptureFixture[str]) -> None:
    invoice(shop, "100.00")
    assert main(["ledger", str(shop.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == read_ledger(shop)
    assert main(["ledger", str(shop.path)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "Acme : invoices 100.00, credit memos 0.00, payments 0.00, open 100.00"
    assert second.split()[-3:] == ["100.00", "100.00", "Open"]


def test_documents_are_shown_flat(shop: Company, capsys: pytest.CaptureFixture[str]) -> None:
    sold = invoice(shop, "100.00")
    taken(shop, paying("60.00", applied(sold, "50.00")))
    assert main(["show", str(shop.path), "Invoice", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["invoices"][0]
    assert (told["RefNumber"], told["InvoiceLineRet.0.Amount"], told["LinkedTxn.0.Amount"]) == ("1", "100.00", "-50.00")
    assert main(["show", str(shop.path), "ReceivePayment"]) == 0
    assert capsys.readouterr().out.split()[-1] == "60.00"


def test_invoices_can_be_written_in_masses(shop: Company) -> None:
    with shop.store.transaction():
        fill_invoices(shop.books, 50)
    books = read_ledger(shop)["customers"]
    assert sum(len(part["documents"]) for part in books) == 50
    assert all(part["balance"] == part["printed_balance"] for part in books)
    assert balances(shop)["Acme"][1] != "0.00"
    assert invoice(shop, "5.00").findtext("RefNumber") == "51"


def test_a_sample_company_is_made_with_invoices(tmp_path: Path) -> None:
    file = tmp_path / "sample.qbw"
    arguments = ["--customers", "3", "--items", "12", "--invoices", "20"]
    assert main(["new", str(file), *arguments]) == 0
    with Company(file) as company:
        assert sum(len(part["documents"]) for part in read_ledger(company)["customers"]) >= 20


def test_without_anything_to_sell_there_are_no_invoices(company: Company) -> None:
    with pytest.raises(CompanyFileError, match="need a customer and an item"):
        fill_invoices(company.books, 1)
