"""Both sides are compared field by field, and every difference is named."""

from typing import Any

import pytest

from apatar.sandbox.story_agreement import compare, name_key


def customer(**changed: Any) -> dict[str, Any]:
    return {
        "ListID": "80000001-1",
        "Name": "Harbor Tools",
        "Sublevel": "0",
        "Phone": "555-0100",
        "BillAddress.Addr1": "1 Main St",
        "BillAddress.Addr2": "Suite 2",
        "BillAddress.City": "Akron",
        "Balance": "10.00",
        **changed,
    }


def account(**changed: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        f"{prefix}{part}"
        for prefix in ("Billing", "Shipping")
        for part in ("Street", "City", "State", "PostalCode", "Country")
    )
    return {
        **empty,
        "Name": "Harbor Tools",
        "Phone": "555-0100",
        "BillingStreet": "1 Main St\r\nSuite 2",
        "BillingCity": "Akron",
        "QuickBooks_ListID__c": "80000001-1",
        "QuickBooks_Balance__c": 10.0,
        **changed,
    }


def test_two_equal_records_agree() -> None:
    agreement = compare([customer()], [account()])
    assert (agreement.agree, agreement.links) == (True, 1)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"Phone": "555-0101"}, "Phone"),
        ({"BillAddress.City": "Albany"}, "BillingCity"),
        ({"BillAddress.Addr2": None}, "BillingStreet"),
        ({"ShipAddress.State": "OH"}, "ShippingState"),
        ({"Balance": "10.01"}, "QuickBooks_Balance__c"),
        ({"Name": "Harbor Toys"}, "name"),
    ],
)
def test_each_difference_is_named(changed: dict[str, Any], word: str) -> None:
    agreement = compare([customer(**changed)], [account()])
    assert not agreement.agree
    [difference] = agreement.differences
    assert word in difference


def test_a_field_that_the_org_does_not_have_is_not_compared() -> None:
    bare = {name: value for name, value in account().items() if name != "QuickBooks_Balance__c"}
    assert compare([customer()], [bare]).agree


def test_records_are_paired_by_name_where_no_id_is_known() -> None:
    assert compare([customer()], [account(QuickBooks_ListID__c=None, Name="HARBOR TOOLS")]).links == 1


def test_a_name_is_compared_as_quickbooks_can_hold_it() -> None:
    long_name = "Harbor: " + "Tools and Instruments for Everybody" * 2
    held = long_name.replace(":", " -")[:41]
    assert compare([customer(Name=held)], [account(Name=long_name)]).agree


def test_records_without_a_counterpart_are_differences() -> None:
    agreement = compare(
        [customer(ListID="2", Name="Only Here")], [account(QuickBooks_ListID__c=None, Name="Only There")]
    )
    assert agreement.links == 0
    assert set(agreement.differences) == {"Only There: only in Salesforce", "Only Here: only in QuickBooks"}


def test_a_doubled_account_is_a_difference() -> None:
    agreement = compare([customer()], [account(), account(QuickBooks_ListID__c=None)])
    assert agreement.differences == ("Harbor Tools: twice in Salesforce",)


def test_jobs_are_not_compared() -> None:
    job = customer(ListID="3", Name="Kitchen", Sublevel="1")
    assert compare([customer(), job], [account()]).agree


def test_a_name_is_known_without_its_punctuation() -> None:
    assert name_key("Harbor-Tools, Inc.") == name_key("HARBOR TOOLS INC")
