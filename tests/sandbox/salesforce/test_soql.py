"""Queries: what they find, how they page, and how a wrong one is refused."""

import json

import pytest

from tests.sandbox.salesforce.visitor import Visitor, operator
from tests.shared_folder import needs_shared, shared


def a_few_accounts(visitor: Visitor) -> None:
    visitor.create("Account", Name="Alder", BillingCity="Reno", QuickBooks_Balance__c=10)
    visitor.clock.at += 60
    visitor.create("Account", Name="birch", BillingCity="Ely", QuickBooks_Balance__c=20.5)
    visitor.clock.at += 60
    visitor.create("Account", Name="Cedar_100%", QuickBooks_Balance__c=-3)


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Name = 'ALDER'", ["Alder"]),
        ("Name != 'alder'", ["birch", "Cedar_100%"]),
        ("BillingCity = null", ["Cedar_100%"]),
        ("BillingCity != null", ["Alder", "birch"]),
        ("BillingCity != 'Reno'", ["birch", "Cedar_100%"]),
        ("NOT BillingCity = 'Reno'", ["birch", "Cedar_100%"]),
        ("Name LIKE '%R%'", ["Alder", "birch", "Cedar_100%"]),
        ("Name LIKE 'cedar\\_%\\%'", ["Cedar_100%"]),
        ("Name LIKE '_irch'", ["birch"]),
        ("Name IN ('Alder', 'BIRCH')", ["Alder", "birch"]),
        ("Name NOT IN ('Alder', 'x')", ["birch", "Cedar_100%"]),
        ("QuickBooks_Balance__c > 9.99 AND (Name = 'birch' OR BillingCity = 'x')", ["birch"]),
        ("QuickBooks_Balance__c <= -3", ["Cedar_100%"]),
        ("IsDeleted = false AND OwnerId != null", ["Alder", "birch", "Cedar_100%"]),
        ("SystemModstamp >= 2026-11-22T12:01:00Z AND SystemModstamp < 2026-11-22T12:02:00.000+00:00", ["birch"]),
        ("CreatedDate = 2026-11-22T12:00:00-00:00", ["Alder"]),
        ("CreatedDate > TODAY AND Owner.Name LIKE 'apatar%'", ["Alder", "birch", "Cedar_100%"]),
    ],
)
def test_conditions_find_what_they_say(visitor: Visitor, where: str, names: list[str]) -> None:
    a_few_accounts(visitor)

    assert [
        one["Name"] for one in visitor.query(f"select name from account where {where} order by createddate")
    ] == names


def test_order_limit_and_offset(visitor: Visitor) -> None:
    a_few_accounts(visitor)
    names = visitor.query("SELECT Name FROM Account ORDER BY BillingCity DESC NULLS LAST, Name LIMIT 2 OFFSET 1")

    assert [one["Name"] for one in names] == ["birch", "Cedar_100%"]


def test_counts_and_sums(visitor: Visitor) -> None:
    a_few_accounts(visitor)

    assert visitor.get("query?q=SELECT+COUNT()+FROM+Account") == {"totalSize": 3, "done": True, "records": []}
    total = visitor.query("SELECT COUNT(Id), SUM(QuickBooks_Balance__c) total FROM Account")
    assert total == [{"attributes": {"type": "AggregateResult"}, "expr0": 3, "total": 27.5}]


def test_a_relationship_without_a_record_behind_it_is_null(visitor: Visitor) -> None:
    visitor.create("Contact", LastName="x")

    assert visitor.query("SELECT Account.Name, Owner.Phone FROM Contact")[0]["Account"] is None
    assert visitor.query("SELECT Owner.Phone FROM Contact")[0]["Owner"]["Phone"] is None


def test_ids_of_either_length_find_a_record(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x")

    assert len(visitor.query(f"SELECT Id FROM Account WHERE Id IN ('{made}', '{made[:15]}')")) == 1
    assert visitor.refused("SELECT Id FROM Account WHERE Id = 'abc'")[0] == "INVALID_QUERY_FILTER_OPERATOR"


def test_quotes_and_backslashes_survive(visitor: Visitor) -> None:
    name = 'O\'Neill \\ "Sons"'
    visitor.create("Account", Name=name)

    assert visitor.query("SELECT Name FROM Account WHERE Name = 'O\\'Neill \\\\ \\\"Sons\\\"'")[0]["Name"] == name


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'it''s'", "MALFORMED_QUERY"),
        ('SELECT Id FROM Account WHERE Name = "x"', "MALFORMED_QUERY"),
        ("SELECT Id, Id FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE SystemModstamp > '2026-11-22T12:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE SystemModstamp > 2026-11-22", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT CurrencyIsoCode FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Invoice", "INVALID_TYPE"),
        ("SELECT Nowhere.Name FROM Account", "INVALID_FIELD"),
        ("SELECT IsDeleted FROM User", "INVALID_FIELD"),
    ],
)
def test_a_wrong_query_is_refused(visitor: Visitor, soql: str, code: str) -> None:
    assert visitor.refused(soql)[0] == code


@needs_shared
def test_an_unknown_object_is_answered_in_the_words_of_the_recordings(visitor: Visitor) -> None:
    recorded = json.loads(shared("captures/salesforce/composite_count_errors_200.json").read_text())
    recorded = recorded[0]["response"]["body"]["compositeResponse"][1]["body"][0]
    assert visitor.refused("select count() from XYZZY") == (recorded["errorCode"], recorded["message"])

    long = json.loads(shared("captures/salesforce/query_400_INVALID_TYPE.json").read_text())[0]
    assert visitor.refused("SELECT Id,Name,BillingCity,IsDeleted FROM Accout") == (long["errorCode"], long["message"])


def test_pages_follow_one_another_until_the_cursor_expires(visitor: Visitor) -> None:
    for start in range(0, 450, 150):
        visitor.collect("POST", "composite/sobjects", [{"Name": f"n{start + one}"} for one in range(150)])
    first = json.loads(
        visitor.data("GET", "query?q=SELECT+Name+FROM+Account", sforce_query_options="batchSize=200").body
    )
    assert (first["totalSize"], first["done"], len(first["records"])) == (450, False, 200)

    second = json.loads(visitor.ask("GET", first["nextRecordsUrl"]).body)
    third = json.loads(visitor.ask("GET", second["nextRecordsUrl"]).body)

    assert third["done"]
    assert "nextRecordsUrl" not in third
    assert len({one["Name"] for page in (first, second, third) for one in page["records"]}) == 450
    visitor.clock.at += 2 * 86_400
    visitor.token = visitor.org.access.open_session(visitor.org.access.user_id)
    assert visitor.error(visitor.ask("GET", first["nextRecordsUrl"]))[:2] == (400, "INVALID_QUERY_LOCATOR")


def test_query_all_shows_deleted_records(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x")
    visitor.data("DELETE", f"sobjects/Account/{made}")

    assert visitor.query("SELECT Id FROM Account") == []
    assert visitor.get("queryAll?q=SELECT+Id,IsDeleted+FROM+Account")["records"][0]["IsDeleted"] is True


def test_a_field_without_permission_does_not_exist(visitor: Visitor) -> None:
    visitor.org.faults.set(hidden_fields=["Account.QuickBooks_ListID__c"])

    assert visitor.refused("SELECT QuickBooks_ListID__c FROM Account")[0] == "INVALID_FIELD"
    names = [one["name"] for one in visitor.get("sobjects/Account/describe")["fields"]]
    assert "QuickBooks_ListID__c" not in names
    assert operator(visitor).query("SELECT QuickBooks_ListID__c FROM Account") == []
