"""A map held against what both systems say about their own fields."""

from typing import Any

import pytest

from apatar.sync.custom_map import read_map
from apatar.sync.findings import Finding, Severity
from apatar.sync.map_check import check_map
from apatar.sync.offers import Holds, Offer

ACCOUNTS = "accounts_customers"


def text(path: str, length: int | None = 80, **more: Any) -> Offer:
    return Offer(path=path, label=path, type="text", length=length, **more)


ACCOUNT = {
    one.path: one
    for one in (
        text("Name", 255, required=True),
        text("Phone", 40),
        text("Long__c", 5000),
        text("Short__c", 5),
        text("Formula__c", creating=False, changing=False),
        text("Region__c", values=("West", "East"), restricted=True),
        Offer(path="Since__c", label="Since", type="date", holds=Holds.DATE),
        Offer(path="Amount__c", label="Amount", type="currency", holds=Holds.NUMBER),
        Offer(path="Vip__c", label="VIP", type="checkbox", holds=Holds.YES_NO),
    )
}
CUSTOMER = {
    one.path: one
    for one in (
        text("Name", 41, required=True),
        text("Phone", 21),
        text("Notes", 4095),
        text("Fax", 21),
        text("JobTitle", 41),
        text("AltPhone", 21, changing=False),
        text("JobStatus", None, values=("Awarded", "Closed"), restricted=True),
        Offer(path="OpenDate", label="Open date", type="date", holds=Holds.DATE),
        Offer(path="CreditLimit", label="Credit limit", type="amount", holds=Holds.NUMBER),
    )
}


def findings(of_account: Any = None, **field: Any) -> list[Finding]:
    """What is found about one field that somebody added to the accounts."""
    added = {"region": {"added": True, "label": "Region", **field}} if field else {}
    found = read_map({"pairs": {ACCOUNTS: {"fields": added}}})
    every = check_map(found, {"Account": of_account or ACCOUNT}, {"Customer": CUSTOMER})
    return [one for one in every if one.field == "region" or (not field and one.pair == ACCOUNTS)]


TO_SALESFORCE = {"direction": "to-salesforce"}
TO_QUICKBOOKS = {"direction": "to-quickbooks"}


@pytest.mark.parametrize(
    ("field", "severity", "words"),
    [
        (
            {"salesforce": "Nowhere__c", "quickbooks": "AltPhone", **TO_SALESFORCE},
            Severity.ERROR,
            "has no field Nowhere__c",
        ),
        ({"salesforce": "Phone", "quickbooks": "Nowhere", **TO_QUICKBOOKS}, Severity.ERROR, "has no field Nowhere"),
        ({"salesforce": "Formula__c", "quickbooks": "JobTitle", **TO_SALESFORCE}, Severity.ERROR, "can only be read"),
        ({"salesforce": "Phone", "quickbooks": "AltPhone", **TO_QUICKBOOKS}, Severity.ERROR, "for new records only"),
        ({"salesforce": "Since__c", "quickbooks": "JobTitle", **TO_SALESFORCE}, Severity.ERROR, "takes dates only"),
        (
            {"salesforce": "Since__c", "quickbooks": "JobTitle", "kind": "date", **TO_SALESFORCE},
            Severity.ERROR,
            "cannot always be read as a date",
        ),
        ({"salesforce": "Amount__c", "quickbooks": "JobTitle", **TO_SALESFORCE}, Severity.ERROR, "takes numbers only"),
        ({"salesforce": "Vip__c", "quickbooks": "JobTitle", **TO_SALESFORCE}, Severity.ERROR, "takes yes or no only"),
        ({"salesforce": "Long__c", "quickbooks": "JobTitle"}, Severity.WARNING, "is cut"),
        (
            {"salesforce": "Region__c", "quickbooks": "JobTitle", **TO_SALESFORCE},
            Severity.WARNING,
            "takes only “West”, “East”",
        ),
        ({"salesforce": "Region__c", "formula": "'North'", **TO_SALESFORCE}, Severity.ERROR, "can give “North”"),
        ({"salesforce": "Region__c", "quickbooks": "JobStatus", **TO_SALESFORCE}, Severity.ERROR, "can give “Awarded”"),
        (
            {
                "salesforce": "Region__c",
                "quickbooks": "JobStatus",
                "to_salesforce_as": "value == 'Awarded' ? 'West' : 'Nord'",
                **TO_SALESFORCE,
            },
            Severity.ERROR,
            "can give “Nord”",
        ),
        ({"salesforce": "Short__c", "formula": "'far too long'", **TO_SALESFORCE}, Severity.WARNING, "is cut to 5"),
        (
            {"salesforce": "Vip__c", "formula": "'yes'", "kind": "boolean", **TO_SALESFORCE},
            Severity.ERROR,
            "not yes or no",
        ),
        (
            {"salesforce": "Phone", "quickbooks": "DataExt.Colour", **TO_QUICKBOOKS},
            Severity.WARNING,
            "custom field “Colour” yet",
        ),
    ],
)
def test_what_would_go_wrong_is_told(field: dict[str, Any], severity: Severity, words: str) -> None:
    assert any(one.severity is severity and words in one.sentence for one in findings(**field)), findings(**field)


@pytest.mark.parametrize(
    "field",
    [
        {"salesforce": "Region__c", "formula": "'West'", **TO_SALESFORCE},
        {"salesforce": "Since__c", "quickbooks": "OpenDate", "kind": "date"},
        {"salesforce": "Amount__c", "quickbooks": "CreditLimit", "kind": "money"},
        {"salesforce": "Long__c", "quickbooks": "JobTitle", "to_quickbooks_as": "left(value, 41)"},
        {
            "salesforce": "Region__c",
            "quickbooks": "JobStatus",
            "to_salesforce_as": "value == 'Awarded' ? 'West' : 'East'",
            **TO_SALESFORCE,
        },
        {"salesforce": "Amount__c", "formula": "number(record.JobTitle)", "kind": "number", **TO_SALESFORCE},
    ],
)
def test_what_fits_is_not_talked_about(field: dict[str, Any]) -> None:
    assert findings(**field) == []


def test_a_new_record_needs_what_its_side_requires() -> None:
    demanding = {**ACCOUNT, "Tier__c": text("Tier__c", required=True)}
    [found] = [one for one in findings(demanding) if one.attribute == "Tier__c"]
    assert found.severity is Severity.WARNING
    assert "makes no new record without Tier__c" in found.sentence


def test_a_required_field_with_a_constant_is_filled() -> None:
    demanding = {**ACCOUNT, "Tier__c": text("Tier__c", required=True)}
    constant = {"salesforce": "Tier__c", "formula": "'Gold'", **TO_SALESFORCE}
    found = read_map({"pairs": {ACCOUNTS: {"fields": {"tier": {"added": True, **constant}}}}})
    assert all(one.attribute != "Tier__c" for one in check_map(found, {"Account": demanding}, {"Customer": CUSTOMER}))


def test_the_defaults_alone_never_keep_a_map_from_being_saved() -> None:
    assert all(one.severity is not Severity.ERROR for one in findings())


def test_a_side_that_was_never_asked_is_not_judged() -> None:
    found = read_map(
        {"pairs": {ACCOUNTS: {"fields": {"region": {"added": True, "salesforce": "X", "quickbooks": "Y"}}}}}
    )
    assert check_map(found, {}, {}) == []


def test_a_pair_that_is_off_is_not_judged() -> None:
    field = {"region": {"added": True, "salesforce": "Nowhere__c", "quickbooks": "JobTitle"}}
    found = read_map({"pairs": {ACCOUNTS: {"enabled": False, "fields": field}}})
    assert [one for one in check_map(found, {"Account": ACCOUNT}, {"Customer": CUSTOMER}) if one.pair == ACCOUNTS] == []


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"formula": "record.Nowhere__c", **TO_QUICKBOOKS}, "Account has no field Nowhere__c"),
        ({"formula": "record['Nowhere.FullName']", **TO_SALESFORCE}, "QuickBooks has no field Nowhere.FullName"),
        ({"when": "record.Nowhere__c != null"}, "Account has no field Nowhere__c"),
        ({"default": "record.Nowhere__c", **TO_QUICKBOOKS}, "Account has no field Nowhere__c"),
        ({"formula": "lookup('regions', record.Phone)", **TO_QUICKBOOKS}, "no table “regions”"),
    ],
)
def test_an_expression_reads_only_what_is_there(field: dict[str, Any], words: str) -> None:
    said = findings(salesforce="Short__c", quickbooks="JobTitle", **field)
    assert [one.sentence for one in said if one.severity is Severity.ERROR and words in one.sentence], said


def test_an_expression_may_read_parents_custom_fields_and_tables_of_the_map() -> None:
    formula = "record['Owner.Name'] + lookup('regions', record.Phone) + lookup('org', 'x', '')"
    field = {"added": True, "salesforce": "Phone", "quickbooks": "JobTitle", "formula": formula, **TO_QUICKBOOKS}
    document = {"tables": {"regions": {"W": "West"}}, "pairs": {ACCOUNTS: {"fields": {"region": field}}}}
    said = check_map(read_map(document), {"Account": ACCOUNT}, {"Customer": CUSTOMER})
    assert [one for one in said if one.field == "region"] == []


def test_a_filter_reads_only_what_is_there() -> None:
    filters = {"salesforce_filter": "record.Nowhere__c == 'x'", "quickbooks_filter": "record['DataExt.Colour'] == 'x'"}
    said = check_map(read_map({"pairs": {ACCOUNTS: filters}}), {"Account": ACCOUNT}, {"Customer": CUSTOMER})
    told = {one.attribute: one.severity for one in said if one.attribute.endswith("_filter")}
    assert told == {"salesforce_filter": Severity.ERROR, "quickbooks_filter": Severity.WARNING}


def test_lines_are_held_against_the_object_of_the_lines() -> None:
    lines = {
        "fields": {
            "class": {"added": True, "salesforce": "Nowhere__c", "quickbooks": "ClassRef.FullName", **TO_QUICKBOOKS}
        }
    }
    found = read_map({"pairs": {"opportunity_invoice": {"fields": {"lines": lines}}}})
    [said] = [
        one
        for one in check_map(
            found, {"OpportunityLineItem": ACCOUNT}, {"InvoiceLine": {"ClassRef.FullName": text("Class")}}
        )
        if one.severity is Severity.ERROR
    ]
    assert said.field == "lines.class"
