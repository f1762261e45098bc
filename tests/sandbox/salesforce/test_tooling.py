"""Custom fields through the Tooling API."""

import json
from typing import Any
from urllib.parse import quote

from tests.sandbox.salesforce.customizer import custom_object, customizer
from tests.sandbox.salesforce.visitor import Visitor, operator

TEXT = {"label": "Key", "type": "Text", "length": 40, "externalId": True, "unique": True, "caseSensitive": True}


def test_a_field_is_made_read_changed_and_deleted(visitor: Visitor) -> None:
    admin = operator(visitor)
    answer = admin.data("POST", "tooling/sobjects/CustomField", {"FullName": "Account.Key__c", "Metadata": TEXT})
    made = json.loads(answer.body)
    assert (answer.status, made["success"], made["id"][:3]) == (201, True, "00N")
    path = f"tooling/sobjects/CustomField/{made['id']}"

    longer = {"Metadata": {**TEXT, "length": 80}}
    assert admin.data("PATCH", path, longer).status == 204
    assert admin.get(path)["Metadata"]["length"] == 80

    again = admin.data("POST", "tooling/sobjects/CustomField", {"FullName": "Account.Key__c", "Metadata": TEXT})
    assert admin.error(again)[:2] == (400, "DUPLICATE_DEVELOPER_NAME")
    assert admin.data("DELETE", path).status == 204
    assert admin.data("GET", path).status == 404


def test_fields_are_found_by_name_and_object(visitor: Visitor) -> None:
    customizer(visitor).make("CustomObject", custom_object("Deal__c"))
    admin = operator(visitor)
    admin.data("POST", "tooling/sobjects/CustomField", {"FullName": "Deal__c.Key__c", "Metadata": TEXT})

    (deal,) = find(admin, "SELECT Id, DeveloperName FROM CustomObject")
    (key,) = find(admin, f"SELECT Id, DeveloperName FROM CustomField WHERE TableEnumOrId = '{deal['Id']}'")
    listed = find(admin, "SELECT Id FROM CustomField WHERE DeveloperName = 'QuickBooks_ListID'")

    assert (deal["DeveloperName"], key["DeveloperName"]) == ("Deal", "Key")
    assert "/tooling/sobjects/CustomField/00N" in key["attributes"]["url"]
    assert len(listed) >= 3


def test_the_integration_user_may_not_make_fields(visitor: Visitor) -> None:
    refused = visitor.data("POST", "tooling/sobjects/CustomField", {"FullName": "Account.Key__c", "Metadata": TEXT})

    assert visitor.error(refused)[:2] == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def find(admin: Visitor, soql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = admin.get(f"tooling/query?q={quote(soql)}")["records"]
    return found
