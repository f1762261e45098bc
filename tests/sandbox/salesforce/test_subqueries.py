"""Queries inside queries: children of each record, and records that another query finds."""

from typing import Any

import pytest

from tests.sandbox.salesforce.visitor import Visitor


def two_families(visitor: Visitor) -> None:
    for name, people in (("Pine", ("Ann", "Bob", "Cy")), ("Oak", ()), ("Elm", ("Dee",))):
        made = visitor.create("Account", Name=name)
        for one in people:
            visitor.create("Contact", LastName=one, AccountId=made)
    visitor.create("Contact", LastName="Nobody's")


def people(row: dict[str, Any]) -> list[str] | None:
    found = row["Contacts"]
    return found and [one["LastName"] for one in found["records"]]


def test_children_stand_in_their_record(visitor: Visitor) -> None:
    two_families(visitor)

    rows = visitor.query("SELECT Name, (SELECT LastName FROM contacts) FROM Account ORDER BY Name DESC")

    assert [people(one) for one in rows] == [["Ann", "Bob", "Cy"], None, ["Dee"]]
    assert (rows[0]["Contacts"]["totalSize"], rows[0]["Contacts"]["done"]) == (3, True)
    assert rows[0]["Contacts"]["records"][0]["attributes"]["type"] == "Contact"


def test_children_can_be_filtered_ordered_and_limited(visitor: Visitor) -> None:
    two_families(visitor)

    soql = (
        "SELECT Name, (SELECT LastName, Account.Name FROM Contacts WHERE LastName != 'Bob' ORDER BY LastName DESC "
        "LIMIT 1) FROM Account WHERE Name LIKE 'p%'"
    )

    (row,) = visitor.query(soql)
    assert people(row) == ["Cy"]
    assert row["Contacts"]["records"][0]["Account"]["Name"] == "Pine"


def test_deleted_children_come_with_deleted_records_only(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="Pine")
    visitor.create("Contact", LastName="Ann", AccountId=made)
    visitor.data("DELETE", f"sobjects/Account/{made}")

    found = visitor.get("queryAll?q=SELECT+Name,(SELECT+LastName+FROM+Contacts)+FROM+Account")["records"]

    assert [people(one) for one in found] == [["Ann"]]
    assert visitor.query("SELECT Id FROM Contact") == []


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Id IN (SELECT AccountId FROM Contact)", ["Elm", "Pine"]),
        ("Id NOT IN (SELECT AccountId FROM Contact WHERE LastName = 'Dee')", ["Oak", "Pine"]),
        ("Name != 'Pine' AND Id IN (SELECT AccountId FROM Contact WHERE LastName > 'A') AND Name != 'x'", ["Elm"]),
        ("Id IN (SELECT AccountId FROM Contact WHERE Account.Name = 'Pine')", ["Pine"]),
    ],
)
def test_a_query_finds_what_another_query_names(visitor: Visitor, where: str, names: list[str]) -> None:
    two_families(visitor)

    assert [one["Name"] for one in visitor.query(f"SELECT Name FROM Account WHERE {where} ORDER BY Name")] == names


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id, (SELECT Id FROM Pets) FROM Account", "INVALID_TYPE"),
        ("SELECT Id, (SELECT Pet FROM Contacts) FROM Account", "INVALID_FIELD"),
        ("SELECT Id, (SELECT Id FROM Contacts FROM Account", "MALFORMED_QUERY"),
        ("SELECT COUNT(Id), (SELECT Id FROM Contacts) FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Id, AccountId FROM Contact)", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT LastName FROM Contact)", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Name IN (SELECT AccountId FROM Contact)", "INVALID_QUERY_FILTER_OPERATOR"),
    ],
)
def test_a_wrong_inner_query_is_refused(visitor: Visitor, soql: str, code: str) -> None:
    assert visitor.refused(soql)[0] == code
