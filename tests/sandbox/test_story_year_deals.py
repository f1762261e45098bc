"""Every deal has the one document that it should have, and no document is anybody's and nobody's."""

from typing import Any

import pytest

from apatar.sandbox.story_year_deals import check_deals
from apatar.sandbox.story_year_office import Made
from apatar.sandbox.story_year_sales import Deals


def a_deal(identity: str = "006A", **changed: Any) -> dict[str, Any]:
    plain = {"Id": identity, "Name": f"Deal {identity}", "QuickBooks_TxnID__c": "T1", "QuickBooks_Number__c": "17"}
    return {**plain, "QuickBooks_Total__c": 100.5, "QuickBooks_Status__c": "Open", **changed}


def books(*txn_ids: str) -> dict[str, Any]:
    documents = [{"type": "Estimate", "number": "17", "txn_id": one, "total": "100.50"} for one in txn_ids]
    return {"customers": [{"documents": documents}]}


def wrong_with(
    *deals: dict[str, Any], there: tuple[str, ...] = ("T1",), made: Made | None = None, impossible: tuple[str, ...] = ()
) -> tuple[str, ...]:
    due = [one["Id"] for one in deals if one["Id"] not in impossible]
    planned = Deals({"Opportunity": due}, list(impossible))
    return check_deals({"Opportunity": deals}, books(*there), planned, made or Made()).differences


def test_a_deal_with_its_document_is_right() -> None:
    assert wrong_with(a_deal()) == ()


def test_a_document_of_the_bookkeepers_own_is_right() -> None:
    assert wrong_with(a_deal(), there=("T1", "T2"), made=Made(invoices={"T2"})) == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"QuickBooks_TxnID__c": None}, "Deal 006A has no document"),
        ({"QuickBooks_TxnID__c": "T9"}, "Deal 006A has a document that QuickBooks does not know"),
        ({"QuickBooks_Number__c": "18"}, "Deal 006A: number 18 in Salesforce, 17 in QuickBooks"),
        ({"QuickBooks_Total__c": 100.51}, "Deal 006A: total 100.51 in Salesforce, 100.50 in QuickBooks"),
        ({"QuickBooks_Total__c": None}, "Deal 006A: total None in Salesforce, 100.50 in QuickBooks"),
    ],
)
def test_what_is_wrong_with_a_deal_is_said(changed: dict[str, Any], said: str) -> None:
    assert wrong_with(a_deal(**changed))[0] == said


def test_a_second_document_of_a_deal_is_nobodys() -> None:
    assert wrong_with(a_deal(), there=("T1", "T2")) == ("Estimate 17 is neither a deal's nor the bookkeeper's",)


def test_a_document_of_two_deals_is_wrong() -> None:
    assert wrong_with(a_deal(), a_deal("006B")) == ("document T1 belongs to several deals",)


def test_a_deal_whose_document_was_deleted_says_so() -> None:
    deleted = Made(deleted={"T1"})
    assert wrong_with(a_deal(QuickBooks_Status__c="Deleted"), there=(), made=deleted) == ()
    assert wrong_with(a_deal(), there=(), made=deleted) == ("Deal 006A: its document was deleted, its state is Open",)


def test_an_impossible_deal_waits_without_a_document() -> None:
    assert wrong_with(a_deal(QuickBooks_TxnID__c=None), there=(), impossible=("006A",)) == ()
    assert wrong_with(a_deal(), impossible=("006A",))[-1] == "006A has a document, although it cannot"
