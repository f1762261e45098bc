"""The books of an org, told from its file alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from apatar.sandbox.salesforce.cli import main
from apatar.sandbox.salesforce.ledger import read_ledger
from tests.sandbox.salesforce.bookkeeper import a_document, keep_books
from tests.sandbox.salesforce.visitor import Visitor


def a_few_documents(visitor: Visitor) -> None:
    pine = visitor.create("Account", Name="Pine Foods")
    first = a_document(visitor, "Invoice", "1001", pine, Total=119.9, Balance=19.9, Status="Open")
    a_document(visitor, "Invoice", "1002", pine, Total=50, Balance=50, Status="Void")
    a_document(visitor, "Invoice", "1003", pine, Total=10, Balance=0, Status="Paid", Currency="Euro")
    a_document(visitor, "Credit_Memo", "C1", pine, Total=5, Remaining=5)
    a_document(visitor, "Payment", "P1", pine, Total=100, Unapplied=0, Status="Posted")
    for amount in (100, 19.9):
        visitor.create("QuickBooks_Invoice_Line__c", Invoice__c=first, Amount__c=amount)


def home_of(visitor: Visitor) -> Path:
    return visitor.org.jwt_key.parent


def test_the_books_are_told_by_account_and_currency(visitor: Visitor) -> None:
    keep_books(visitor)
    a_few_documents(visitor)

    books = read_ledger(home_of(visitor))

    euro, dollar = books["accounts"]
    assert (books["missing"], dollar["account"], dollar["currency"]) == ([], "Pine Foods", "US Dollar")
    invoices = dollar["invoices"]
    assert (invoices["count"], invoices["total"], invoices["balance"]) == (1, "119.90", "19.90")
    assert invoices["documents"][0] == {
        "number": "1001", "txn_id": "Invoice-1001", "status": "Open", "total": "119.90", "balance": "19.90",
        "lines": 2, "lines_amount": "119.90",
    }  # fmt: skip
    assert [one["status"] for one in invoices["documents"]] == ["Open", "Void"]
    assert (dollar["credit_memos"]["remaining"], dollar["payments"]["unapplied"]) == ("5.00", "0.00")
    assert (euro["currency"], euro["invoices"]["total"], euro["payments"]["count"]) == ("Euro", "10.00", 0)


def test_deleted_documents_are_not_in_the_books(visitor: Visitor) -> None:
    keep_books(visitor)
    made = a_document(visitor, "Payment", "P1", visitor.create("Account", Name="x"), Total=1)
    visitor.data("DELETE", f"sobjects/QuickBooks_Payment__c/{made}")

    assert read_ledger(home_of(visitor))["accounts"] == []


def test_the_command_prints_json_or_text(visitor: Visitor, capsys: pytest.CaptureFixture[str]) -> None:
    keep_books(visitor)
    a_few_documents(visitor)
    home = str(home_of(visitor))

    assert main(["ledger", "--home", home, "--json"]) == 0
    books: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert len(books["accounts"]) == 2
    assert main(["ledger", "--home", home]) == 0
    assert "Pine Foods US Dollar: 1 invoices 119.90 (balance 19.90)" in capsys.readouterr().out


def test_an_org_without_books_says_what_it_lacks(visitor: Visitor) -> None:
    assert "QuickBooks_Invoice__c" in read_ledger(home_of(visitor))["missing"]


def test_a_folder_without_an_org_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "--home", str(tmp_path)]) == 1
    assert "holds no org" in capsys.readouterr().err


def test_the_lines_of_an_invoice_come_with_it(visitor: Visitor) -> None:
    keep_books(visitor)
    a_few_documents(visitor)

    soql = "SELECT Name, Account__r.Name, (SELECT Amount__c FROM Lines__r) FROM QuickBooks_Invoice__c ORDER BY Name"
    rows = visitor.query(soql)

    assert [one["Amount__c"] for one in rows[0]["Lines__r"]["records"]] == [100.0, 19.9]
    assert (rows[1]["Lines__r"], rows[0]["Account__r"]["Name"]) == (None, "Pine Foods")


def test_a_deleted_account_leaves_its_invoices_without_one(visitor: Visitor) -> None:
    keep_books(visitor)
    a_few_documents(visitor)
    account = visitor.query("SELECT Id FROM Account")[0]["Id"]
    before = visitor.query("SELECT SystemModstamp FROM QuickBooks_Invoice__c")
    visitor.clock.at += 60

    visitor.data("DELETE", f"sobjects/Account/{account}")

    rows = visitor.query("SELECT SystemModstamp, Account__c FROM QuickBooks_Invoice__c")
    assert [one["Account__c"] for one in rows] == [None, None, None]
    assert [one["SystemModstamp"] for one in rows] == [one["SystemModstamp"] for one in before]


def test_a_deleted_invoice_takes_its_lines_along(visitor: Visitor) -> None:
    keep_books(visitor)
    a_few_documents(visitor)

    visitor.data("DELETE", "sobjects/QuickBooks_Invoice__c/QuickBooks_TxnID__c/Invoice-1001")

    assert visitor.query("SELECT Id FROM QuickBooks_Invoice_Line__c") == []
    assert len(visitor.get("queryAll?q=SELECT+Id+FROM+QuickBooks_Invoice_Line__c")["records"]) == 2
