"""Graphs of records and composite requests: kept whole or not at all, with references between their parts."""

import json
from typing import Any

import pytest

from tests.sandbox.salesforce.visitor import Visitor

_BASE = "/services/data/v68.0/sobjects"


def node(name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
    asked = {"referenceId": name, "method": method, "url": f"{_BASE}/{path}"}
    return asked if body is None else {**asked, "body": body}


def a_family(number: int, **more: Any) -> list[dict[str, Any]]:
    """Return nodes that upsert an account and two contacts which name it by its external id."""
    parent = {"Account": {"QuickBooks_ListID__c": f"8-{number}"}}
    return [
        node(f"a{number}", "PATCH", f"Account/QuickBooks_ListID__c/8-{number}", {"Name": f"Pine {number}", **more}),
        node(f"c{number}", "PATCH", f"Contact/QuickBooks_ListID__c/8-{number}-1", {"LastName": "Ash", **parent}),
        node(f"d{number}", "POST", "Contact", {"LastName": "Oak", "AccountId": f"@{{a{number}.id}}"}),
    ]


def graphs(visitor: Visitor, *all_nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    asked = [{"graphId": f"g{place}", "compositeRequest": nodes} for place, nodes in enumerate(all_nodes)]
    answer = visitor.data("POST", "composite/graph", {"graphs": asked})
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = json.loads(answer.body)["graphs"]
    return found


def statuses(graph: dict[str, Any]) -> list[int]:
    return [one["httpStatusCode"] for one in graph["graphResponse"]["compositeResponse"]]


def test_a_graph_makes_records_that_refer_to_each_other(visitor: Visitor) -> None:
    (graph,) = graphs(visitor, a_family(1))

    first = graph["graphResponse"]["compositeResponse"][0]
    assert (graph["graphId"], graph["isSuccessful"], statuses(graph)) == ("g0", True, [201, 201, 201])
    assert first["body"] == {"id": first["body"]["id"], "success": True, "errors": [], "created": True}
    assert first["httpHeaders"] == {"Location": f"{_BASE}/Account/{first['body']['id']}"}
    rows = visitor.query("SELECT Account.Name FROM Contact")
    assert [one["Account"]["Name"] for one in rows] == ["Pine 1", "Pine 1"]


def test_a_second_time_updates_and_counts_one_call(visitor: Visitor) -> None:
    graphs(visitor, a_family(1)[:2])
    used = visitor.org.state.calls_today()

    (graph,) = graphs(visitor, a_family(1, Phone="555")[:2])

    assert statuses(graph) == [200, 200]
    assert graph["graphResponse"]["compositeResponse"][0]["body"]["created"] is False
    assert visitor.org.state.calls_today() == used + 1
    assert [one["Phone"] for one in visitor.query("SELECT Phone FROM Account")] == ["555"]


def test_a_failed_graph_leaves_nothing_and_the_others_stand(visitor: Visitor) -> None:
    broken = [*a_family(1), node("x", "POST", "Contact", {"FirstName": "Ann"})]

    failed, kept = graphs(visitor, broken, a_family(2))

    parts = failed["graphResponse"]["compositeResponse"]
    assert (failed["isSuccessful"], kept["isSuccessful"]) == (False, True)
    assert parts[3]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert {one["body"][0]["errorCode"] for one in parts[:3]} == {"PROCESSING_HALTED"}
    assert [one["Name"] for one in visitor.query("SELECT Name FROM Account")] == ["Pine 2"]


def test_references_are_told_apart_by_case(visitor: Visitor) -> None:
    nodes = a_family(1)
    nodes[2]["body"]["AccountId"] = "@{a1.Id}"

    (graph,) = graphs(visitor, nodes)

    last = graph["graphResponse"]["compositeResponse"][2]["body"][0]
    assert (graph["isSuccessful"], last["errorCode"]) == (False, "PROCESSING_HALTED")
    assert last["message"] == "Invalid reference specified. No value for a1.Id found in a1."


def test_a_graph_deletes_by_id_and_by_external_id_and_reads(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="Elm")
    visitor.create("Account", Name="Fir", QuickBooks_ListID__c="8")

    (graph,) = graphs(
        visitor,
        [
            node("r", "GET", f"Account/{made}?fields=Name"),
            node("u", "PATCH", f"Account/{made}", {"Name": "@{r.Name} & Sons"}),
            node("g", "GET", f"Account/{made}"),
            node("d", "DELETE", f"Account/{made}"),
            node("e", "DELETE", "Account/QuickBooks_ListID__c/8"),
        ],
    )

    assert statuses(graph) == [200, 204, 200, 204, 204]
    assert graph["graphResponse"]["compositeResponse"][2]["body"]["Name"] == "Elm & Sons"
    assert visitor.query("SELECT Id FROM Account") == []


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"graphs": []},
        {"graphs": [{"graphId": "a", "compositeRequest": []}]},
        {"graphs": [{"graphId": "a", "compositeRequest": a_family(1)}] * 2},
        {"graphs": [{"graphId": f"g{one}", "compositeRequest": a_family(1)} for one in range(76)]},
        {"graphs": [{"graphId": "a", "compositeRequest": [*a_family(1), *a_family(1)]}]},
        {"graphs": [{"graphId": "a", "compositeRequest": [one for n in range(167) for one in a_family(n)]}]},
        {
            "graphs": [
                {
                    "graphId": "a",
                    "compositeRequest": [
                        node(f"n{one}", "POST", "Account", {"Name": f"x@{{n{one - 1}.id}}"}) for one in range(16)
                    ],
                }
            ]
        },
    ],
)
def test_a_request_beyond_the_limits_is_refused_whole(visitor: Visitor, asked: dict[str, Any]) -> None:
    assert visitor.data("POST", "composite/graph", asked).status == 400
    assert visitor.query("SELECT Id FROM Account") == []


def test_after_fourteen_failed_graphs_the_rest_is_not_begun(visitor: Visitor) -> None:
    broken = [node("x", "POST", "Account", {})]

    answers = graphs(visitor, *[broken] * 14, a_family(1))

    assert answers[-1]["isSuccessful"] is False
    assert visitor.query("SELECT Id FROM Account") == []


def test_only_records_can_be_worked_on_in_a_graph(visitor: Visitor) -> None:
    asked = {"referenceId": "q", "method": "GET", "url": "/services/data/v68.0/query?q=SELECT+Id+FROM+Account"}

    (graph,) = graphs(visitor, [asked])

    assert statuses(graph) == [404]


def test_a_composite_reference_may_hold_any_text(visitor: Visitor) -> None:
    made = visitor.create("Account", Name='Elm "& Sons"')
    parts = [
        node("r", "GET", f"Account/{made}"),
        node("c", "POST", "Contact", {"LastName": "@{r.Name}", "AccountId": "@{r.Id}"}),
    ]

    answer = visitor.data("POST", "composite", {"allOrNone": True, "compositeRequest": parts})

    assert [one["httpStatusCode"] for one in json.loads(answer.body)["compositeResponse"]] == [200, 201]
    assert visitor.query("SELECT LastName FROM Contact")[0]["LastName"] == 'Elm "& Sons"'


def test_a_tree_makes_parents_and_children_together(visitor: Visitor) -> None:
    person = {"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "Ash"}
    record = {"attributes": {"type": "Account", "referenceId": "a"}, "Name": "Pine", "Contacts": {"records": [person]}}

    answer = visitor.data("POST", "composite/tree/Account", {"records": [record]})

    body = json.loads(answer.body)
    assert (answer.status, body["hasErrors"]) == (201, False)
    assert [one["referenceId"] for one in body["results"]] == ["a", "c"]
    assert visitor.query("SELECT Account.Name FROM Contact")[0]["Account"]["Name"] == "Pine"


def test_a_tree_with_a_fault_makes_nothing(visitor: Visitor) -> None:
    person = {"attributes": {"type": "Contact", "referenceId": "c"}, "FirstName": "Ann"}
    record = {"attributes": {"type": "Account", "referenceId": "a"}, "Name": "Pine", "Contacts": {"records": [person]}}

    answer = visitor.data("POST", "composite/tree/Account", {"records": [record]})

    body = json.loads(answer.body)
    assert (answer.status, body["hasErrors"]) == (400, True)
    assert [(one["referenceId"], one["errors"][0]["statusCode"]) for one in body["results"]] == [
        ("c", "REQUIRED_FIELD_MISSING")
    ]
    assert visitor.query("SELECT Id FROM Account") == []


@pytest.mark.parametrize("records", [None, [], [{"Name": "x"}], [{"attributes": {"type": "Account"}, "Name": "x"}]])
def test_a_tree_without_names_is_refused(visitor: Visitor, records: Any) -> None:
    assert visitor.data("POST", "composite/tree/Account", {"records": records}).status == 400
