"""Recorded descriptions of objects."""

import json
from decimal import Decimal
from typing import Any

import pytest

from apatar.salesforce.errors import NotUnderstood
from apatar.salesforce.metadata import Field, ObjectDescription, read_description
from tests.shared_folder import needs_shared, shared


def described(name: str) -> ObjectDescription:
    body = json.loads(shared(f"captures/salesforce/{name}").read_text())
    return read_description(body.get("result", body) if isinstance(body, dict) else body)


def field_of(description: ObjectDescription, name: str) -> Field:
    field = description.field(name)
    assert field is not None
    return field


@needs_shared
@pytest.mark.parametrize(
    ("name", "object_name", "required"),
    [
        ("describe_Account_v46_devorg.json", "Account", ("Name",)),
        ("describe_Contact.json", "Contact", ("LastName",)),
        ("describe_Opportunity.json", "Opportunity", ("Name", "StageName", "CloseDate")),
    ],
)
def test_what_a_new_record_needs_is_known(name: str, object_name: str, required: tuple[str, ...]) -> None:
    description = described(name)
    assert description.name == object_name
    assert description.required_on_create == required


@needs_shared
def test_a_field_is_found_whatever_its_case_and_says_what_it_holds() -> None:
    account = described("describe_Account_v46_devorg.json")
    street = field_of(account, "billingstreet")
    assert (street.name, street.type, street.length, street.compound) == (
        "BillingStreet",
        "textarea",
        255,
        "BillingAddress",
    )
    assert field_of(account, "ParentId").references == ("Account",)
    assert not field_of(account, "SystemModstamp").updateable
    assert (account.key_prefix, account.replicateable, account.deletable) == ("001", True, True)
    assert ("012000000000000AAA", "Master") in account.record_types


@needs_shared
def test_a_picklist_knows_its_choices() -> None:
    stage = field_of(described("describe_Opportunity.json"), "StageName")
    assert any(choice.value == "Closed Won" and choice.active for choice in stage.choices)


@needs_shared
def test_a_field_that_is_hidden_or_not_there_is_missing() -> None:
    account = described("describe_Account_v46_devorg.json")
    assert account.missing(["Name", "PHONE", "QuickBooks_ListID__c"]) == ("QuickBooks_ListID__c",)
    assert account.field("QuickBooks_ListID__c") is None


@needs_shared
def test_person_accounts_and_currencies_are_seen() -> None:
    assert described("describe_Account_with_PersonAccounts.json").person_accounts
    plain = described("describe_Account_v46_devorg.json")
    assert not plain.person_accounts
    assert not plain.multi_currency


@needs_shared
def test_only_a_unique_external_id_is_a_key_for_upserts() -> None:
    account = described("describe_Account_v46_devorg.json")
    assert field_of(account, "Id").upsert_key
    assert not field_of(account, "Phone").upsert_key


@needs_shared
@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("IsDeleted", "true", True),
        ("IsDeleted", "false", False),
        ("AnnualRevenue", "1200.50", Decimal("1200.50")),
        ("NumberOfEmployees", "12", 12),
        ("NumberOfEmployees", "12.0", 12),
        ("Name", "12", "12"),
        ("Name", "", None),
    ],
)
def test_texts_of_a_csv_become_typed_values(field: str, text: str, value: object) -> None:
    typed = field_of(described("describe_Account_v46_devorg.json"), field).typed(text)
    assert typed == value
    assert type(typed) is type(value)


@pytest.mark.parametrize("body", [[], {}, {"name": "Account", "fields": [{}]}, None])
def test_another_answer_is_not_understood(body: Any) -> None:
    with pytest.raises(NotUnderstood):
        read_description(body)
