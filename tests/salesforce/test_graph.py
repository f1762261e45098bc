"""Records that belong together: saved in few calls, all or nothing, and the real reason where they were not."""

from typing import Any

import httpx2
import pytest

from apatar.salesforce import graph as graphs
from apatar.salesforce.errors import NotExpressible, OutcomeUnknown
from apatar.salesforce.graph import Graph, GraphResult, Node, save_graphs
from tests.salesforce.fake_org import FakeOrg, breaking, client_of, html, js, sent_json

INVOICE, LINE = "a005g00000INVOICEA", "a015g00000000LINEA"
HALTED = "The transaction was rolled back since another operation in the same transaction failed."


def an_invoice(txn_id: str = "7B-1", *lines: str) -> Graph:
    head = graphs.upsert("head", "QuickBooks_Invoice__c", "QuickBooks_TxnID__c", txn_id, {"Name": "1071"})
    return Graph((head, *(a_line(f"line{number}", line) for number, line in enumerate(lines))))


def a_line(reference: str, line_id: str) -> Node:
    body = {"QuickBooks_TxnLineID__c": line_id, "Invoice__c": graphs.of("head"), "Item__c": "Framing"}
    return graphs.upsert(reference, "QuickBooks_Invoice_Line__c", "QuickBooks_TxnLineID__c", line_id, body)


def answered(reference: str, status: int, body: Any) -> dict[str, Any]:
    return {"referenceId": reference, "httpStatusCode": status, "httpHeaders": {}, "body": body}


def refused(reference: str, code: str, message: str = HALTED) -> dict[str, Any]:
    return answered(reference, 400, [{"errorCode": code, "message": message, "fields": []}])


def an_org(refusing: frozenset[str] = frozenset(), *, most_failures: int = 14) -> FakeOrg:
    """An org that saves every graph but those whose first node names a key of `refusing`; it gives up after some."""
    org = FakeOrg()

    def save(request: httpx2.Request) -> httpx2.Response:
        answers, failures = [], 0
        for sent in sent_json(request)["graphs"]:
            nodes, key = sent["compositeRequest"], sent["compositeRequest"][0]["url"].rpartition("/")[2]
            ok = key not in refusing and failures < most_failures
            failures += not ok
            parts = [one_saved(node) for node in nodes]
            if not ok:
                code = "STRING_TOO_LONG" if key in refusing and failures <= most_failures else "PROCESSING_HALTED"
                parts = [refused(node["referenceId"], "PROCESSING_HALTED") for node in nodes]
                parts[-1] = refused(nodes[-1]["referenceId"], code, "Item: data value too large")
            answers.append(
                {"graphId": sent["graphId"], "isSuccessful": ok, "graphResponse": {"compositeResponse": parts}}
            )
        return js({"graphs": answers[::-1]})

    org.answers("POST", "composite/graph", save)
    return org


def one_saved(node: dict[str, Any]) -> dict[str, Any]:
    if node["method"] == "DELETE" or node["url"].count("/") == 6:
        return answered(node["referenceId"], 204, None)
    made = node["method"] == "POST"
    body = {"id": INVOICE if node["referenceId"] == "head" else LINE, "success": True, "errors": [], "created": made}
    return answered(node["referenceId"], 201 if made else 200, body)


def test_a_document_travels_with_its_lines() -> None:
    org = an_org()
    (result,) = save_graphs(client_of(org), [an_invoice("7B-1", "7D-1", "7E-1")])
    assert result.success
    assert result.ids == {"head": INVOICE, "line0": LINE, "line1": LINE}
    (sent,) = sent_json(org.api_requests[-1])["graphs"]
    head, line, _ = sent["compositeRequest"]
    assert head["url"] == "/services/data/v62.0/sobjects/QuickBooks_Invoice__c/QuickBooks_TxnID__c/7B-1"
    assert head["body"] == {"Name": "1071"}
    assert line["body"] == {"Invoice__c": "@{head.id}", "Item__c": "Framing"}


def test_what_was_created_is_told_from_what_was_changed() -> None:
    nodes = (
        graphs.create("head", "Opportunity", {"Name": "Deck"}),
        graphs.change("changed", "Account", "0015g00000AAAAAAAA", {"Id": "x", "Name": "Ann"}),
        graphs.delete("gone", "OpportunityLineItem", "00k5g00000AAAAAAAA"),
    )
    org = an_org()
    (result,) = save_graphs(client_of(org), [Graph(nodes)])
    assert [result.saved[one].created for one in ("head", "changed", "gone")] == [True, False, False]
    assert result.ids == {"head": INVOICE, "changed": "0015g00000AAAAAAAA", "gone": "00k5g00000AAAAAAAA"}
    sent = sent_json(org.api_requests[-1])["graphs"][0]["compositeRequest"]
    assert sent[1]["body"] == {"Name": "Ann"}
    assert "body" not in sent[2]


def test_the_real_reason_is_told_not_the_ones_that_follow_from_it() -> None:
    (bad, good) = save_graphs(client_of(an_org(frozenset({"bad"}))), [an_invoice("bad", "1"), an_invoice("good", "2")])
    assert (bad.failed, bad.success) == ("line0", False)
    assert bad.error is not None
    assert bad.error.code == "STRING_TOO_LONG"
    assert "longer than Salesforce allows" in bad.error.sentence
    assert bad.first.errors == (bad.error,)
    assert good.success


def test_graphs_that_salesforce_did_not_look_at_may_be_sent_again() -> None:
    results = save_graphs(client_of(an_org(frozenset({"bad"}))), [an_invoice("bad")] * 14 + [an_invoice("good")])
    assert [one.error.code for one in results if one.error] == ["STRING_TOO_LONG"] * 14 + ["NOT_PROCESSED"]
    last = results[-1].error
    assert last is not None
    assert last.retry


def test_graphs_are_packed_into_few_calls() -> None:
    assert [len(pack) for pack in graphs.packs([an_invoice()] * 160)] == [75, 75, 10]
    big = an_invoice("7B", *map(str, range(199)))
    assert [len(pack) for pack in graphs.packs([big] * 5)] == [2, 2, 1]
    assert list(graphs.packs([])) == []


def test_results_come_in_the_order_sent_across_calls() -> None:
    org = an_org(frozenset({"bad"}))
    results = save_graphs(client_of(org), [an_invoice("bad" if number == 80 else "good") for number in range(90)])
    assert [number for number, one in enumerate(results) if not one.success] == [80]
    assert len(org.api_requests) == 2


def test_a_call_holds_fifteen_kinds_of_records_at_most() -> None:
    kinds = [Graph((graphs.create("one", f"Thing{number}__c", {}),)) for number in range(20)]
    assert [len(pack) for pack in graphs.packs(kinds)] == [15, 5]
    nodes = tuple(graphs.create(f"one{number}", f"Thing{number}__c", {}) for number in range(16))
    with pytest.raises(NotExpressible, match="15 kinds"):
        list(graphs.packs([Graph(nodes)]))


@pytest.mark.parametrize("nodes", [0, 501])
def test_a_graph_that_no_call_can_hold_is_not_sent(nodes: int) -> None:
    node = graphs.create("one", "Account", {"Name": "x"})
    with pytest.raises(NotExpressible):
        list(graphs.packs([Graph((node,) * nodes)]))


def test_two_records_of_a_graph_need_two_references() -> None:
    node = graphs.create("one", "Account", {"Name": "x"})
    with pytest.raises(NotExpressible, match="same reference"):
        list(graphs.packs([Graph((node, node))]))


@pytest.mark.parametrize("wrong", ["1", "a b", "", "a.b", "é", "a" * 41])
def test_a_reference_is_a_plain_word(wrong: str) -> None:
    with pytest.raises(NotExpressible):
        graphs.create(wrong, "Account", {})


@pytest.mark.parametrize("wrong", ["", "x", "../Contact", "0015g00000AAAAAAAA/x"])
def test_an_id_cannot_lead_to_another_resource(wrong: str) -> None:
    with pytest.raises(NotExpressible):
        graphs.delete("one", "Account", wrong)


def test_an_external_id_cannot_lead_to_another_resource() -> None:
    assert graphs.upsert("one", "Account", "Ext__c", "a/../b?c", {}).path == "Account/Ext__c/a%2F..%2Fb%3Fc"


def test_upserts_are_repeated_once_and_creates_never() -> None:
    org = an_org()
    org.breaks.append(breaking(httpx2.ReadTimeout))
    assert save_graphs(client_of(org), [an_invoice()])[0].success
    org.breaks.append(breaking(httpx2.ReadTimeout))
    with pytest.raises(OutcomeUnknown) as raised:
        save_graphs(client_of(org), [Graph((graphs.create("one", "Account", {"Name": "x"}),))])
    assert (raised.value.done, raised.value.unsure) == ((), 1)


def test_a_call_broken_in_the_middle_tells_what_is_certain_and_what_is_not() -> None:
    org = an_org()
    org.breaks.extend([org._resource, html(503), html(503)])
    with pytest.raises(OutcomeUnknown) as raised:
        save_graphs(client_of(org), [an_invoice()] * 100)
    assert len(raised.value.done) == 75
    assert raised.value.unsure == 25


@pytest.mark.parametrize("body", [[], {}, {"graphs": []}, {"graphs": [{"graphId": "0"}]}])
def test_an_answer_in_another_form_is_unknown_not_refused(body: Any) -> None:
    org = FakeOrg()
    org.answers("POST", "composite/graph", body)
    with pytest.raises(OutcomeUnknown):
        save_graphs(client_of(org), [an_invoice()])


def test_an_upsert_that_several_records_match_is_refused() -> None:
    org = FakeOrg()
    part = answered("head", 300, ["/services/data/v62.0/sobjects/X/1", "/services/data/v62.0/sobjects/X/2"])
    body = {"graphId": "0", "isSuccessful": False, "graphResponse": {"compositeResponse": [part]}}
    org.answers("POST", "composite/graph", {"graphs": [body]})
    (result,) = save_graphs(client_of(org), [an_invoice()])
    assert isinstance(result, GraphResult)
    assert result.failed == "head"
