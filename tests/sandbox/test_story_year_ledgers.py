"""The comparison of both ledgers sees every difference, down to a cent."""

from typing import Any

import pytest

from apatar.sandbox.story_year_ledgers import LedgerAgreement, compare_ledgers


def a_document(kind: str = "Invoice", **changed: str) -> dict[str, str]:
    plain = {"type": kind, "number": "17", "txn_id": f"1-{kind}", "date": "2026-03-01"}
    return {**plain, "total": "100.00", "balance": "40.00", "status": "Open", **changed}


def quickbooks(*documents: dict[str, str], customer: str = "Harbor", currency: str = "Euro") -> dict[str, Any]:
    return {"customers": [{"customer": customer, "currency": currency, "documents": list(documents)}]}


def a_mirror(left: str = "balance", kind: str = "Invoice", **changed: str | int) -> dict[str, Any]:
    amounts = {"total": "100.00", left: "40.00", "lines": 2, "lines_amount": "60.00"}
    return {"number": "17", "txn_id": f"1-{kind}", "status": "Open", **amounts, **changed}


def salesforce(
    *invoices: dict[str, Any],
    credit_memos: tuple[dict[str, Any], ...] = (),
    payments: tuple[dict[str, Any], ...] = (),
    account: str = "Harbor",
    currency: str = "Euro",
) -> dict[str, Any]:
    kinds = {"invoices": invoices, "credit_memos": credit_memos, "payments": payments}
    listed = {name: {"documents": list(some)} for name, some in kinds.items()}
    return {"accounts": [{"account": account, "currency": currency, **listed}], "missing": []}


def differences_of(ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[str, ...]:
    return compare_ledgers(ours, theirs).differences


def test_equal_books_agree_and_add_up() -> None:
    agreement = compare_ledgers(quickbooks(a_document()), salesforce(a_mirror()))
    sums = {"invoices": "100.00", "credits": "0.00", "payments": "0.00", "open": "40.00"}
    assert agreement == LedgerAgreement(1, (), {"Euro": sums})
    assert agreement.agree


@pytest.mark.parametrize(("name", "field"), [("total", "total"), ("balance", "open")])
def test_one_cent_is_a_difference(name: str, field: str) -> None:
    amount = {"total": "100.01", "balance": "40.01"}[name]
    found = differences_of(quickbooks(a_document()), salesforce(a_mirror(**{name: amount})))
    assert any(f"{field} is" in one and amount in one for one in found)


def test_a_cent_that_is_still_owed_is_seen_in_the_customers_sum_too() -> None:
    found = differences_of(quickbooks(a_document()), salesforce(a_mirror(balance="40.01")))
    assert "Harbor owes 40.00 Euro in QuickBooks and 40.01 in Salesforce" in found


def test_a_document_on_one_side_only_is_a_difference() -> None:
    assert differences_of(quickbooks(a_document()), salesforce())[0] == "invoices 17 of Harbor is not in Salesforce"
    assert differences_of(quickbooks(), salesforce(a_mirror()))[0] == "invoices 17 of Harbor is not in QuickBooks"


def test_a_document_twice_in_salesforce_is_a_difference() -> None:
    found = differences_of(quickbooks(a_document()), salesforce(a_mirror(), a_mirror()))
    assert "invoices 17 of Harbor is twice in Salesforce" in found


def test_a_deleted_document_is_gone_on_both_sides() -> None:
    gone = a_mirror(status="Deleted", balance="0.00")
    assert differences_of(quickbooks(), salesforce(gone)) == ()


@pytest.mark.parametrize("changed", [{"account": "Harbor 2"}, {"currency": "US Dollar"}])
def test_another_customer_or_currency_is_a_difference(changed: dict[str, Any]) -> None:
    assert differences_of(quickbooks(a_document()), salesforce(a_mirror(), **changed))


def test_a_jobs_document_belongs_to_the_customer_above_it() -> None:
    assert differences_of(quickbooks(a_document(), customer="Harbor:Pier 7"), salesforce(a_mirror())) == ()


def test_an_overdue_invoice_is_an_open_one() -> None:
    assert differences_of(quickbooks(a_document()), salesforce(a_mirror(status="Overdue"))) == ()


def test_a_paid_invoice_is_no_open_one() -> None:
    [found] = differences_of(quickbooks(a_document()), salesforce(a_mirror(status="Paid")))
    assert found == "invoices 17 of Harbor: status is Open in QuickBooks and Paid in Salesforce"


def test_credits_and_payments_are_taken_off_what_is_owed() -> None:
    ours = quickbooks(a_document(), a_document("CreditMemo", balance="15.00"), a_document("ReceivePayment"))
    theirs = salesforce(
        a_mirror(),
        credit_memos=(a_mirror("remaining", "CreditMemo", remaining="15.00"),),
        payments=(a_mirror("unapplied", "ReceivePayment", status="Posted"),),
    )
    agreement = compare_ledgers(ours, theirs)
    assert agreement.differences == ()
    assert agreement.totals["Euro"]["open"] == "-15.00"


def test_a_payments_lines_say_what_was_applied_of_it() -> None:
    ours = quickbooks(a_document("ReceivePayment"))
    theirs = salesforce(payments=(a_mirror("unapplied", "ReceivePayment", status="Posted", lines_amount="59.99"),))
    assert differences_of(ours, theirs) == ("payments 17 of Harbor is applied with 60.00, lines say 59.99",)


def test_an_invoice_without_lines_is_a_difference() -> None:
    found = differences_of(quickbooks(a_document()), salesforce(a_mirror(lines=0)))
    assert found == ("invoices 17 of Harbor has no lines in Salesforce",)


def test_an_org_without_the_objects_does_not_agree() -> None:
    theirs = {"accounts": [], "missing": ["QuickBooks_Payment__c"]}
    assert differences_of(quickbooks(), theirs) == ("The org has no QuickBooks_Payment__c",)


def test_estimates_orders_and_receipts_owe_nothing_and_are_no_part_of_the_ledger() -> None:
    others = [a_document(kind, balance="0.00") for kind in ("Estimate", "SalesOrder", "SalesReceipt")]
    assert compare_ledgers(quickbooks(*others), salesforce()) == LedgerAgreement(0, (), {})
