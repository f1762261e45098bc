"""The first mapping, held against the facts where they are at hand."""

import json
from typing import Any

import pytest

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS, is_job
from apatar.sync.mapping import Direction, Owner
from apatar.sync.record import Side
from tests.shared_folder import needs_shared, shared
from tests.sync.situations import account, customer


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, False),
        ({"Sublevel": "0"}, False),
        ({"Sublevel": "1"}, True),
        ({"ParentRef__ListID": "80-9"}, True),
        ({"ParentRef__FullName": "Acme"}, True),
    ],
)
def test_a_customer_below_another_is_a_job(fields: dict[str, Any], expected: bool) -> None:
    assert is_job(customer(**fields)) is expected


def test_an_account_is_never_a_job() -> None:
    assert not is_job(account(Sublevel="1"))


def test_what_quickbooks_owns_never_goes_there() -> None:
    owned = [one for one in ACCOUNTS_CUSTOMERS.fields if one.owner is Owner.QUICKBOOKS]
    assert len(owned) == 12
    assert all(not one.direction.allows(Side.QUICKBOOKS) for one in owned)
    assert all(path.startswith("QuickBooks_") for one in owned for path in one.salesforce)


def test_the_company_name_is_given_to_new_customers_only() -> None:
    company = ACCOUNTS_CUSTOMERS.field("company_name")
    assert company.direction is Direction.TO_QUICKBOOKS
    assert company.mode.value == "only_create"


@needs_shared
def test_every_length_for_quickbooks_is_the_schemas() -> None:
    lengths = customer_add_lengths(json.loads(shared("facts/qbxml_messages.json").read_text()))
    ours = {
        path: one.quickbooks_length
        for one in ACCOUNTS_CUSTOMERS.fields
        for path in one.quickbooks
        if one.quickbooks_length
    }
    assert ours == {path: lengths[path] for path in ours}


def customer_add_lengths(facts: dict[str, Any]) -> dict[str, int]:
    """The lengths of CustomerAdd in the US desktop edition, by dotted path."""
    lengths: dict[str, int] = {}

    def walk(children: list[dict[str, Any]], prefix: str) -> None:
        for child in children:
            path = prefix + child["name"]
            if "QBD" in child.get("maxLength", {}):
                lengths[path] = child["maxLength"]["QBD"]
            walk(child.get("children", []), f"{path}.")

    (add,) = (child for child in facts["requests"]["CustomerAddRq"]["children"] if child["name"] == "CustomerAdd")
    walk(add["children"], "")
    return lengths
