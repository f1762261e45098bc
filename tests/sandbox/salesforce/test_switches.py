"""What administrators may switch on: rules for saving, required fields, currencies, picklists of places."""

import json
from typing import Any

import pytest

from tests.sandbox.salesforce.bookkeeper import keep_books
from tests.sandbox.salesforce.visitor import Visitor, basic, operator

_DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-01"}

_NO_COUNTRY = (
    "There's a problem with this country, even though it may appear correct. Please select a country/territory from "
    "the list of valid countries."
)
_NO_STATE = (
    "There's a problem with this state, even though it may appear correct. Please select a state from the list of "
    "valid states."
)
_STATE_ALONE = "A country/territory must be specified before specifying a state value for field"


def switch(visitor: Visitor, **changes: Any) -> None:
    """Change switches through the admin address."""
    answer = visitor.ask("POST", "/sandbox/faults", changes, authorization=basic(visitor.org))
    assert answer.status == 200, answer.body


def test_a_validation_rule_is_a_condition_with_a_message(visitor: Visitor) -> None:
    rule = {"object": "Opportunity", "when": "StageName = 'Closed Won' AND Amount = null", "message": "No amount",
            "field": "Amount"}  # fmt: skip
    switch(visitor, validation_rules=[rule])
    made = visitor.create("Opportunity", **_DEAL)

    answer = visitor.data("PATCH", f"sobjects/Opportunity/{made}", {"StageName": "Closed Won"})

    error = json.loads(answer.body)[0]
    assert (error["errorCode"], error["message"]) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "No amount")
    assert error["fields"] == ["Amount"]
    assert visitor.get(f"sobjects/Opportunity/{made}")["StageName"] == "Prospecting"
    assert visitor.data("PATCH", f"sobjects/Opportunity/{made}", {"StageName": "Closed Won", "Amount": 1}).status == 204


def test_a_duplicate_rule_names_the_twins_and_can_be_overridden(visitor: Visitor) -> None:
    switch(visitor, duplicate_rules=[{"object": "Account", "fields": ["Name", "BillingCity"]}])
    twin = visitor.create("Account", Name="Pine", BillingCity="Reno")
    visitor.create("Account", Name="Pine", BillingCity="Ely")

    answer = visitor.data("POST", "sobjects/Account", {"Name": "PINE", "BillingCity": "Reno"})

    error = json.loads(answer.body)[0]
    found = error["duplicateResut"]["matchResults"][0]["matchRecords"]
    assert (answer.status, error["errorCode"]) == (400, "DUPLICATES_DETECTED")
    assert [one["record"]["Id"] for one in found] == [twin]
    header = {"sforce_duplicate_rule_header": "allowSave=true"}
    assert visitor.data("POST", "sobjects/Account", {"Name": "PINE", "BillingCity": "Reno"}, **header).status == 201


def test_a_strict_duplicate_rule_cannot_be_overridden(visitor: Visitor) -> None:
    switch(visitor, duplicate_rules=[{"object": "Account", "fields": ["Name"], "allow_save": False}])
    visitor.create("Account", Name="Pine")

    header = {"sforce_duplicate_rule_header": "allowSave=true"}
    answer = visitor.data("POST", "sobjects/Account", {"Name": "Pine"}, **header)

    error = json.loads(answer.body)[0]
    assert (error["errorCode"], error["duplicateResut"]["allowSave"]) == ("DUPLICATES_DETECTED", False)


def test_the_operator_meets_no_rule(visitor: Visitor) -> None:
    switch(visitor, validation_rules=[{"object": "Account", "when": "Name != null", "message": "Never"}])

    operator(visitor).create("Account", Name="Pine")


def test_a_required_field_may_not_be_left_out_or_emptied(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="Pine", Site="North")
    switch(visitor, required_fields=["Account.Site"])

    expected = (400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Site]")
    assert visitor.error(visitor.data("POST", "sobjects/Account", {"Name": "Oak"})) == expected
    assert visitor.error(visitor.data("PATCH", f"sobjects/Account/{made}", {"Site": None})) == expected
    assert visitor.data("PATCH", f"sobjects/Account/{made}", {"Phone": "1"}).status == 204


def test_an_org_of_one_currency_knows_no_currency(visitor: Visitor) -> None:
    assert visitor.refused("SELECT CurrencyIsoCode FROM Account")[0] == "INVALID_FIELD"
    answer = visitor.data("POST", "sobjects/Account", {"Name": "x", "CurrencyIsoCode": "USD"})
    assert visitor.error(answer)[1] == "INVALID_FIELD"


def test_an_org_of_several_currencies_gives_each_record_one(visitor: Visitor) -> None:
    switch(visitor, currencies={"USD": "1", "EUR": "0.92"})
    visitor.create("Account", Name="Pine")
    visitor.create("Account", Name="Tanne", CurrencyIsoCode="EUR")

    rows = visitor.query("SELECT CurrencyIsoCode FROM Account ORDER BY Name")
    assert [one["CurrencyIsoCode"] for one in rows] == ["USD", "EUR"]
    kinds = visitor.query("SELECT IsoCode, ConversionRate, IsCorporate FROM CurrencyType ORDER BY IsoCode DESC")
    assert [(one["IsoCode"], one["ConversionRate"], one["IsCorporate"]) for one in kinds] == [
        ("USD", 1.0, True),
        ("EUR", 0.92, False),
    ]
    refused = visitor.data("POST", "sobjects/Account", {"Name": "x", "CurrencyIsoCode": "JPY"})
    assert visitor.error(refused)[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_lines_have_the_currency_of_their_deal(visitor: Visitor) -> None:
    switch(visitor, currencies={"USD": "1", "EUR": "0.92"})
    product = visitor.create("Product2", Name="Saw", IsActive=True)
    standard = visitor.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    entry = {"Pricebook2Id": standard, "Product2Id": product, "UnitPrice": 5, "IsActive": True}
    dollars = visitor.create("PricebookEntry", **entry, CurrencyIsoCode="USD")
    euros = visitor.create("PricebookEntry", **entry, CurrencyIsoCode="EUR")
    deal = visitor.create("Opportunity", **_DEAL, CurrencyIsoCode="EUR")
    line = {"OpportunityId": deal, "Quantity": 1, "UnitPrice": 5}

    refused = visitor.data("POST", "sobjects/OpportunityLineItem", {**line, "PricebookEntryId": dollars})
    made = visitor.create("OpportunityLineItem", **line, PricebookEntryId=euros)

    assert visitor.error(refused)[1] == "FIELD_INTEGRITY_EXCEPTION"
    assert visitor.get(f"sobjects/OpportunityLineItem/{made}")["CurrencyIsoCode"] == "EUR"


def test_what_was_there_before_gets_the_corporate_currency(visitor: Visitor) -> None:
    product = visitor.create("Product2", Name="Saw", IsActive=True)
    standard = visitor.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    book = visitor.create("Pricebook2", Name="Trade", IsActive=True)
    entry = {"Product2Id": product, "UnitPrice": 5, "IsActive": True}
    visitor.create("PricebookEntry", **entry, Pricebook2Id=standard)
    switch(visitor, currencies={"USD": "1", "EUR": "0.92"})

    made = visitor.create("PricebookEntry", **entry, Pricebook2Id=book)

    assert visitor.get(f"sobjects/PricebookEntry/{made}")["CurrencyIsoCode"] == "USD"
    euros = visitor.data("POST", "sobjects/PricebookEntry", {**entry, "Pricebook2Id": book, "CurrencyIsoCode": "EUR"})
    assert visitor.error(euros)[1] == "STANDARD_PRICE_NOT_DEFINED"


def test_a_detail_has_the_currency_of_its_master(visitor: Visitor) -> None:
    keep_books(visitor)
    switch(visitor, currencies={"USD": "1", "EUR": "0.92"})
    pine = visitor.create("Account", Name="Pine")
    values = {"Name": "1001", "QuickBooks_TxnID__c": "1", "Account__c": pine, "CurrencyIsoCode": "EUR"}
    made = visitor.create("QuickBooks_Invoice__c", **values)

    line = visitor.create("QuickBooks_Invoice_Line__c", Invoice__c=made)

    assert visitor.get(f"sobjects/QuickBooks_Invoice_Line__c/{line}")["CurrencyIsoCode"] == "EUR"


@pytest.mark.parametrize(
    "changes",
    [
        {"validation_rules": [{"object": "Account", "when": "Name ="}]},
        {"validation_rules": [{"object": "Account", "when": "Name =", "message": "x"}]},
        {"duplicate_rules": ["Account"]},
        {"currencies": {"USD": "much"}},
        {"currencies": ["USD"]},
        {"address_picklists": 1},
    ],
)
def test_a_switch_that_cannot_be_read_is_not_set(visitor: Visitor, changes: dict[str, Any]) -> None:
    answer = visitor.ask("POST", "/sandbox/faults", changes, authorization=basic(visitor.org))

    assert answer.status == 400
    visitor.create("Account", Name="Pine")


def test_currencies_go_as_they_came(visitor: Visitor) -> None:
    switch(visitor, currencies={"USD": "1", "EUR": "0.92"})
    switch(visitor, reset=True)

    assert visitor.refused("SELECT CurrencyIsoCode FROM Account")[0] == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("values", "state", "country"),
    [
        ({"BillingCountry": "united states", "BillingState": "nevada"}, "Nevada", "United States"),
        ({"BillingCountryCode": "US", "BillingStateCode": "NV"}, "Nevada", "United States"),
        ({"BillingCountry": "US", "BillingState": "NV"}, "Nevada", "United States"),
        ({"BillingCountry": "Germany"}, None, "Germany"),
    ],
)
def test_places_are_known_by_name_and_by_code(
    visitor: Visitor, values: dict[str, str], state: str | None, country: str
) -> None:
    switch(visitor, address_picklists=True)

    row = visitor.get(f"sobjects/Account/{visitor.create('Account', Name='x', **values)}")

    assert (row["BillingState"], row["BillingCountry"]) == (state, country)
    assert row["BillingAddress"]["countryCode"] == row["BillingCountryCode"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"BillingCountry": "Atlantis"}, f"{_NO_COUNTRY}: Billing Country"),
        ({"BillingCountry": "Canada", "BillingState": "Nevada"}, f"{_NO_STATE}: Billing State/Province"),
        ({"BillingState": "Nevada"}, f"{_STATE_ALONE}: Billing State/Province"),
    ],
)
def test_an_unknown_place_is_refused(visitor: Visitor, values: dict[str, str], message: str) -> None:
    switch(visitor, address_picklists=True)

    answer = visitor.data("POST", "sobjects/Account", {"Name": "x", **values})

    assert visitor.error(answer) == (400, "FIELD_INTEGRITY_EXCEPTION", message)


def test_a_changed_place_takes_its_code_along(visitor: Visitor) -> None:
    switch(visitor, address_picklists=True)
    made = visitor.create("Account", Name="x", BillingCountry="United States", BillingState="Nevada")

    visitor.data("PATCH", f"sobjects/Account/{made}", {"BillingState": "Utah"})
    assert visitor.get(f"sobjects/Account/{made}")["BillingStateCode"] == "UT"
    visitor.data("PATCH", f"sobjects/Account/{made}", {"BillingStateCode": "ID"})
    assert visitor.get(f"sobjects/Account/{made}")["BillingState"] == "Idaho"
    visitor.data("PATCH", f"sobjects/Account/{made}", {"BillingState": None, "BillingCountry": None})
    assert visitor.get(f"sobjects/Account/{made}")["BillingCountryCode"] is None


def test_a_locked_record_refuses_as_often_as_told(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x")
    switch(visitor, locked_rows={made: 1})

    first = visitor.data("PATCH", f"sobjects/Account/{made}", {"Name": "y"})

    assert visitor.error(first)[1] == "UNABLE_TO_LOCK_ROW"
    assert visitor.data("PATCH", f"sobjects/Account/{made}", {"Name": "y"}).status == 204


def test_a_locked_master_keeps_its_details_waiting(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x")
    switch(visitor, locked_rows={made: 1})

    refused = visitor.data("POST", "sobjects/Contact", {"LastName": "y", "AccountId": made})

    assert visitor.error(refused)[1] == "UNABLE_TO_LOCK_ROW"
    visitor.create("Contact", LastName="y", AccountId=made)


def test_switches_outlive_a_restart(visitor: Visitor) -> None:
    from apatar.sandbox.salesforce.org import Org

    switch(visitor, currencies={"USD": "1", "EUR": "0.92"}, address_picklists=True)
    visitor.org.close()
    visitor.org = Org(visitor.org.jwt_key.parent, now=visitor.clock)

    assert visitor.query("SELECT CurrencyIsoCode, BillingCountryCode FROM Account") == []
