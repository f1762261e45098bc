"""One record at a time: what is refused, and in which words."""

import json
from typing import Any

import pytest

from tests.sandbox.salesforce.visitor import Visitor


def test_a_created_record_is_answered_with_its_place(visitor: Visitor) -> None:
    answer = visitor.data("POST", "sobjects/Account", {"Name": "Pine Foods"})

    made = json.loads(answer.body)
    assert (answer.status, made["success"], made["errors"]) == (201, True, [])
    assert answer.headers["Location"] == f"/services/data/v68.0/sobjects/Account/{made['id']}"
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/15000"


@pytest.mark.parametrize(
    ("kind", "values", "code", "message"),
    [
        ("Account", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"),
        ("Contact", {"FirstName": "Ann"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"),
        ("Account", {"Name": " "}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"),
        ("Account", {"Nmae": "x"}, "INVALID_FIELD", "No such column 'Nmae' on sobject of type Account"),
        (
            "Contact",
            {"LastName": "x", "Email": "nobody"},
            "INVALID_EMAIL_ADDRESS",
            "Email: invalid email address: nobody",
        ),
        (
            "Account",
            {"Name": "x", "Site": "s" * 81},
            "STRING_TOO_LONG",
            f"Account Site: data value too large: {'s' * 81} (max length=80)",
        ),
        (
            "Account",
            {"Name": "x", "CleanStatus": "Spotless"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Clean Status: bad value for restricted picklist field: Spotless",
        ),
        (
            "Account",
            {"Name": "x", "ParentId": "001Ax0000000ZZZ"},
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
        ),
        ("Account", {"Name": "x", "Id": "001Ax0000000ZZZ"}, "INVALID_FIELD", "The Id field should not be specified"),
        (
            "Opportunity",
            {"Name": "x", "StageName": "y", "CloseDate": "soon"},
            "JSON_PARSER_ERROR",
            "Cannot deserialize",
        ),
        ("Account", {"Name": "x", "QuickBooks_Balance__c": "much"}, "JSON_PARSER_ERROR", "Cannot deserialize"),
        (
            "Account",
            {"Name": "x", "QuickBooks_Balance__c": 1e17},
            "NUMBER_OUTSIDE_VALID_RANGE",
            "QuickBooks Balance: value outside of valid range",
        ),
    ],
)
def test_a_record_that_breaks_a_rule_is_refused(
    visitor: Visitor, kind: str, values: dict[str, Any], code: str, message: str
) -> None:
    status, given, text = visitor.error(visitor.data("POST", f"sobjects/{kind}", values))

    assert (status, given) == (400, code)
    assert text.startswith(message)


def test_system_fields_cannot_be_written(visitor: Visitor) -> None:
    answer = visitor.data("POST", "sobjects/Account", {"Name": "x", "MasterRecordId": None})

    error = json.loads(answer.body)[0]
    assert error["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert error["fields"] == ["MasterRecordId"]
    assert error["message"].startswith("Unable to create/update fields: MasterRecordId. Please check")


def test_text_is_trimmed_and_empty_text_is_null(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="  Pine  ", Phone="")

    row = visitor.get(f"sobjects/Account/{made}")
    assert (row["Name"], row["Phone"]) == ("Pine", None)


def test_an_address_is_read_whole_and_written_in_parts(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x", BillingStreet="1 Main\nSuite 2", BillingCity="Reno")

    row = visitor.get(f"sobjects/Account/{made}?fields=BillingAddress,ShippingAddress")
    assert row["BillingAddress"]["street"] == "1 Main\nSuite 2"
    assert row["ShippingAddress"] is None
    refused = visitor.data("PATCH", f"sobjects/Account/{made}", {"BillingAddress": {"city": "x"}})
    assert visitor.error(refused)[:2] == (400, "INVALID_FIELD")


def test_stamps_have_whole_seconds_and_move_with_a_change(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x")
    visitor.clock.at += 2.75

    assert visitor.data("PATCH", f"sobjects/Account/{made}", {"Name": "y"}).status == 204
    row = visitor.get(f"sobjects/Account/{made}")
    assert row["CreatedDate"] == "2026-11-22T12:00:00.000+0000"
    assert row["SystemModstamp"] == row["LastModifiedDate"] == "2026-11-22T12:00:02.000+0000"


def test_a_second_delete_says_that_the_record_is_deleted(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x")
    assert visitor.data("DELETE", f"sobjects/Account/{made}").status == 204

    answer = visitor.data("DELETE", f"sobjects/Account/{made}")

    assert answer.status == 404
    assert json.loads(answer.body) == [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]


def test_deleting_an_account_takes_its_contacts_along(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x")
    visitor.create("Contact", LastName="y", AccountId=made)

    visitor.data("DELETE", f"sobjects/Account/{made}")

    assert visitor.query("SELECT Id FROM Contact") == []


@pytest.mark.parametrize("path", ["sobjects/Foo", "sobjects/Account/001Ax0000000ZZZ", "sobjects/Account/nonsense"])
def test_what_is_not_there_is_not_found(visitor: Visitor, path: str) -> None:
    expected = (404, "NOT_FOUND", "The requested resource does not exist")
    assert visitor.error(visitor.data("GET", path)) == expected


def test_an_upsert_creates_once_and_then_updates(visitor: Visitor) -> None:
    path = "sobjects/Account/QuickBooks_ListID__c/80000001-1"
    first = visitor.data("PATCH", path, {"Name": "Pine"})
    second = visitor.data("PATCH", path, {"Name": "Pine Foods"})

    assert (first.status, json.loads(first.body)["created"]) == (201, True)
    assert (second.status, json.loads(second.body)["created"]) == (200, False)
    visitor.version = "45.0"
    assert visitor.data("PATCH", path, {"Name": "Pine"}).status == 204


def test_update_only_never_creates(visitor: Visitor) -> None:
    answer = visitor.data("PATCH", "sobjects/Account/QuickBooks_ListID__c/8?updateOnly=true", {"Name": "Pine"})

    assert visitor.error(answer)[:2] == (404, "NOT_FOUND")


def test_an_ambiguous_external_id_is_answered_with_300(visitor: Visitor) -> None:
    made = [visitor.create("Contact", LastName=name, Email="ann@example.com") for name in ("a", "b")]

    answer = visitor.data("PATCH", "sobjects/Contact/Email/ANN%40example.com", {"LastName": "c"})

    assert answer.status == 300
    assert json.loads(answer.body) == [f"/services/data/v68.0/sobjects/Contact/{one}" for one in made]


def test_a_field_that_is_no_external_id_is_not_found(visitor: Visitor) -> None:
    message = "Provided external ID field does not exist or is not accessible: Namez"

    assert visitor.error(visitor.data("PATCH", "sobjects/Account/Namez/x", {})) == (404, "NOT_FOUND", message)


def test_the_external_id_does_not_belong_in_the_body(visitor: Visitor) -> None:
    answer = visitor.data(
        "PATCH", "sobjects/Account/QuickBooks_ListID__c/8", {"Name": "x", "QuickBooks_ListID__c": "8"}
    )

    assert visitor.error(answer)[:2] == (400, "INVALID_FIELD")


def test_external_ids_are_unique_and_case_sensitive(visitor: Visitor) -> None:
    first = visitor.create("Account", Name="x", QuickBooks_ListID__c="8000000A-1")
    visitor.create("Account", Name="y", QuickBooks_ListID__c="8000000a-1")

    answer = visitor.data("POST", "sobjects/Account", {"Name": "z", "QuickBooks_ListID__c": "8000000A-1"})

    message = f"duplicate value found: QuickBooks_ListID__c duplicates value on record with id: {first[:15]}"
    assert visitor.error(answer) == (400, "DUPLICATE_VALUE", message)


def test_a_parent_can_be_named_by_its_external_id(visitor: Visitor) -> None:
    visitor.create("Account", Name="Pine", QuickBooks_ListID__c="8")
    visitor.create("Contact", LastName="y", Account={"QuickBooks_ListID__c": "8"})

    assert visitor.query("SELECT Account.Name FROM Contact")[0]["Account"]["Name"] == "Pine"
    answer = visitor.data("POST", "sobjects/Contact", {"LastName": "y", "Account": {"QuickBooks_ListID__c": "9"}})
    message = "Foreign key external ID: 9 not found for field QuickBooks_ListID__c in entity Account"
    assert visitor.error(answer) == (400, "INVALID_FIELD", message)


def test_a_custom_price_needs_a_standard_price_first(visitor: Visitor) -> None:
    product = visitor.create("Product2", Name="Saw", IsActive=True)
    book = visitor.create("Pricebook2", Name="Trade", IsActive=True)
    standard = visitor.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    price = {"Product2Id": product, "UnitPrice": 12.5, "IsActive": True}

    answer = visitor.data("POST", "sobjects/PricebookEntry", {**price, "Pricebook2Id": book})

    message = "Before creating a custom price, create a standard price."
    assert visitor.error(answer) == (400, "STANDARD_PRICE_NOT_DEFINED", message)
    visitor.create("PricebookEntry", **price, Pricebook2Id=standard)
    visitor.create("PricebookEntry", **price, Pricebook2Id=book)
    again = visitor.data("POST", "sobjects/PricebookEntry", {**price, "Pricebook2Id": book})
    assert visitor.error(again)[1] == "DUPLICATE_VALUE"


def test_lines_sum_up_on_their_opportunity(visitor: Visitor) -> None:
    product = visitor.create("Product2", Name="Saw", IsActive=True)
    standard = visitor.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    price = visitor.create("PricebookEntry", Product2Id=product, UnitPrice=12.5, IsActive=True, Pricebook2Id=standard)
    deal = visitor.create("Opportunity", Name="Deal", StageName="Closed Won", CloseDate="2026-12-01")

    visitor.create("OpportunityLineItem", OpportunityId=deal, PricebookEntryId=price, Quantity=3, UnitPrice=10.1)

    row = visitor.get(f"sobjects/Opportunity/{deal}")
    assert (row["Amount"], row["HasOpportunityLineItem"], row["Pricebook2Id"]) == (30.3, True, standard)
    assert (row["IsWon"], row["Probability"]) == (True, 100.0)
    assert visitor.data("DELETE", f"sobjects/Product2/{product}").status == 204
    assert visitor.get(f"sobjects/Product2/{product}")["IsArchived"] is True


def test_a_bare_org_has_no_custom_fields(tmp_path: Any) -> None:
    from tests.sandbox.salesforce.visitor import visit

    visitor = visit(tmp_path / "bare", bare=True)
    answer = visitor.data("POST", "sobjects/Account", {"Name": "x", "QuickBooks_ListID__c": "8"})

    assert visitor.error(answer)[1] == "INVALID_FIELD"
    visitor.org.close()


def test_a_stale_conditional_update_is_refused(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x")
    before = {"if_unmodified_since": "Sun, 22 Nov 2026 11:59:59 GMT"}

    assert visitor.data("PATCH", f"sobjects/Account/{made}", {"Name": "y"}, **before).status == 412


def test_a_method_that_an_address_does_not_know_is_405(visitor: Visitor) -> None:
    assert visitor.data("PUT", "sobjects/Account", {}).status == 405
