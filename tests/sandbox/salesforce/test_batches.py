"""Collections and composite requests."""

import json
from typing import Any

from tests.sandbox.salesforce.visitor import Visitor
from tests.shared_folder import needs_shared, shared


def recorded(name: str) -> Any:
    return json.loads(shared(f"captures/salesforce/{name}").read_text())


def test_results_come_in_the_order_sent_with_one_failure_among_them(visitor: Visitor) -> None:
    results = visitor.collect("POST", "composite/sobjects", [{"Name": "a"}, {"Phone": "1"}, {"Name": "c"}])

    assert [one["success"] for one in results] == [True, False, True]
    assert "id" not in results[1]
    assert results[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"


def test_201_records_are_refused_as_a_whole(visitor: Visitor) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": str(one)} for one in range(201)]
    answer = visitor.data("POST", "composite/sobjects", {"records": records})

    assert visitor.error(answer)[:2] == (400, "EXCEEDED_ID_LIMIT")
    assert visitor.query("SELECT Id FROM Account") == []


def test_types_may_change_ten_times_only(visitor: Visitor) -> None:
    kinds = [{"type": "Account"}, {"type": "Product2"}] * 6
    answer = visitor.data(
        "POST", "composite/sobjects", {"records": [{"attributes": one, "Name": "x"} for one in kinds]}
    )

    assert answer.status == 400


@needs_shared
def test_all_or_none_rolls_back_as_recorded(visitor: Visitor) -> None:
    contacts = [
        {"attributes": {"type": "Contact"}, "FirstName": "a"},
        {"attributes": {"type": "Contact"}, "LastName": "b"},
    ]

    results = visitor.collect("POST", "composite/sobjects", contacts, all_or_none=True)

    assert results == recorded("collections_create_200_allOrNone_rolled_back.json")
    assert visitor.query("SELECT Id FROM Contact") == []


@needs_shared
def test_an_empty_collection_and_a_missing_id_are_answered_as_recorded(visitor: Visitor) -> None:
    empty = visitor.data("POST", "composite/sobjects", {"records": []})
    assert (empty.status, json.loads(empty.body)) == (400, recorded("collections_create_400_no_records.json"))

    results = visitor.collect("PATCH", "composite/sobjects", [{"Name": "a"}, {"Name": "b"}])
    assert results == recorded("collections_update_200_MISSING_ARGUMENT.json")


def test_updates_name_their_records_by_id(visitor: Visitor) -> None:
    made, gone = visitor.create("Account", Name="a"), visitor.create("Account", Name="b")
    visitor.data("DELETE", f"sobjects/Account/{gone}")

    results = visitor.collect(
        "PATCH", "composite/sobjects", [{"id": made, "Name": "c"}, {"id": gone, "Name": "d"}, {"id": "x", "Name": "e"}]
    )

    assert [one["success"] for one in results] == [True, False, False]
    assert [one["errors"][0]["statusCode"] for one in results[1:]] == ["ENTITY_IS_DELETED", "MALFORMED_ID"]
    assert visitor.query("SELECT Name FROM Account")[0]["Name"] == "c"


def test_upserts_say_what_was_created(visitor: Visitor) -> None:
    records = [{"Name": str(one), "QuickBooks_ListID__c": f"8-{one}"} for one in range(3)]
    path = "composite/sobjects/Account/QuickBooks_ListID__c"

    assert [one["created"] for one in visitor.collect("PATCH", path, records[:2])] == [True, True]
    assert [one["created"] for one in visitor.collect("PATCH", path, records)] == [False, False, True]
    assert [one["created"] for one in visitor.collect("PATCH", "composite/sobjects/Account/Id", [{"Name": "x"}])] == [
        True
    ]


def test_deleting_and_reading_many(visitor: Visitor) -> None:
    first, second = visitor.create("Account", Name="a"), visitor.create("Account", Name="b")

    assert visitor.data("DELETE", f"composite/sobjects?ids={first}&allOrNone=false").status == 200
    answer = visitor.data("POST", "composite/sobjects/Account", {"ids": [first, second], "fields": ["Name"]})

    assert json.loads(answer.body)[0] is None
    assert json.loads(answer.body)[1]["Name"] == "b"


def composite(visitor: Visitor, *parts: dict[str, Any], all_or_none: bool = False) -> list[dict[str, Any]]:
    answer = visitor.data("POST", "composite", {"allOrNone": all_or_none, "compositeRequest": list(parts)})
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = json.loads(answer.body)["compositeResponse"]
    return found


def part(name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    return {"referenceId": name, "method": method, "url": f"/services/data/v68.0/{path}", "body": body}


def test_later_requests_refer_to_earlier_answers(visitor: Visitor) -> None:
    one, two = composite(
        visitor,
        part("a", "POST", "sobjects/Account", {"Name": "Pine"}),
        part("b", "POST", "sobjects/Contact", {"LastName": "x", "AccountId": "@{a.id}"}),
    )

    assert (one["httpStatusCode"], two["httpStatusCode"]) == (201, 201)
    assert one["httpHeaders"]["Location"].endswith(one["body"]["id"])
    assert visitor.query("SELECT Account.Name FROM Contact")[0]["Account"]["Name"] == "Pine"


def test_a_failure_halts_what_depends_on_it(visitor: Visitor) -> None:
    parts = [
        part("a", "POST", "sobjects/Account", {}),
        part("b", "POST", "sobjects/Contact", {"LastName": "x", "AccountId": "@{a.id}"}),
    ]

    assert composite(visitor, *parts)[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_all_or_none_takes_everything_back(visitor: Visitor) -> None:
    parts = [part("a", "POST", "sobjects/Account", {"Name": "x"}), part("b", "POST", "sobjects/Account", {})]

    answers = composite(visitor, *parts, all_or_none=True)

    assert [one["body"][0]["errorCode"] for one in answers] == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert visitor.query("SELECT Id FROM Account") == []


def test_composite_has_its_limits(visitor: Visitor) -> None:
    counts = [part(f"q{one}", "GET", "query?q=SELECT COUNT() FROM Account") for one in range(6)]
    many = [part(f"q{one}", "GET", "limits") for one in range(26)]

    assert len(composite(visitor, *counts[:5])) == 5
    for parts in (counts, many):
        assert visitor.data("POST", "composite", {"compositeRequest": parts}).status == 400
