"""The client against a small org: reading, writing, and everything that may break between."""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from apatar.salesforce.errors import (
    HostRefused,
    NotExpressible,
    NotUnderstood,
    OutcomeUnknown,
    RequestRefused,
)
from apatar.salesforce.limits import Usage
from apatar.salesforce.results import SaveResult
from tests.salesforce.fake_org import FakeOrg, breaking, client_of, html, js, rest_error, sent_json
from tests.shared_folder import needs_shared, shared

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
END = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
NEXT = "/services/data/v62.0/query/01gD000000-2000"


def account(number: int, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account", "url": "/x"}, "Id": f"001{number:012}AAA", **fields}


def in_two_pages() -> FakeOrg:
    org = FakeOrg()
    first = {"totalSize": 3, "done": False, "nextRecordsUrl": NEXT, "records": [account(1), account(2)]}
    org.answers("GET", "query", first)
    org.answers("GET", NEXT, {"totalSize": 3, "done": True, "records": [account(3)]})
    return org


def saving() -> FakeOrg:
    """An org that saves every record of a collections call, except those named `bad`."""
    org, numbers = FakeOrg(), itertools.count(1)

    def save(request: httpx2.Request) -> httpx2.Response:
        return js([saved(record, numbers) for record in sent_json(request)["records"]])

    for method, path in [
        ("POST", "composite/sobjects"),
        ("PATCH", "composite/sobjects"),
        ("PATCH", "composite/sobjects/Account/QuickBooks_ListID__c"),
        ("PATCH", "composite/sobjects/Account/Id"),
    ]:
        org.answers(method, path, save)
    return org


def saved(record: dict[str, Any], numbers: Iterator[int]) -> dict[str, Any]:
    if record.get("Name") == "bad":
        error = {"statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [X]", "fields": ["X"]}
        return {"success": False, "errors": [error]}
    made = {"id": f"001{next(numbers):012}AAA", "success": True, "errors": []}
    return made | ({"created": True} if "QuickBooks_ListID__c" in record else {})


def test_a_query_goes_on_to_its_last_page() -> None:
    org = in_two_pages()
    pages = list(client_of(org).query("SELECT Id FROM Account"))
    assert [[record["Id"][14] for record in page.records] for page in pages] == [["1", "2"], ["3"]]
    assert [page.next_url for page in pages] == [NEXT, None]
    assert pages[0].total == 3
    assert pages[0].read_at is not None
    assert "attributes" not in pages[0].records[0]
    assert org.api_requests[0].url.params["q"] == "SELECT Id FROM Account"
    assert org.api_requests[0].headers["Sforce-Query-Options"] == "batchSize=2000"


def test_a_query_is_read_only_as_far_as_asked() -> None:
    org = in_two_pages()
    next(client_of(org).query("SELECT Id FROM Account"))
    assert len(org.api_requests) == 1


def test_a_query_is_taken_up_again_from_its_last_page() -> None:
    page = client_of(in_two_pages()).query_page(NEXT)
    assert [record["Id"] for record in page.records] == ["001000000000003AAA"]


def test_a_query_that_was_forgotten_says_so() -> None:
    org = FakeOrg()
    org.answers("GET", NEXT, lambda _: rest_error(400, "INVALID_QUERY_LOCATOR", "invalid query locator"))
    with pytest.raises(RequestRefused) as refused:
        client_of(org).query_page(NEXT)
    assert refused.value.code == "INVALID_QUERY_LOCATOR"


@pytest.mark.parametrize("next_url", ["https://evil.example/services/data", "//evil.example/", "evil"])
def test_a_next_page_on_a_foreign_host_is_not_fetched(next_url: str) -> None:
    org = FakeOrg()
    org.answers("GET", "query", {"totalSize": 3, "done": False, "nextRecordsUrl": next_url, "records": []})
    with pytest.raises(HostRefused):
        list(client_of(org).query("SELECT Id FROM Account"))
    assert {request.url.host for request in org.requests} == {"acme.my.salesforce.com"}


def test_deleted_records_are_asked_of_another_resource() -> None:
    org = FakeOrg()
    org.answers("GET", "queryAll", {"totalSize": 1, "done": True, "records": [account(1, IsDeleted=True)]})
    (page,) = client_of(org).query_all("SELECT Id, IsDeleted FROM Account")
    assert page.records[0]["IsDeleted"] is True


def test_a_query_too_long_for_an_address_travels_in_a_body() -> None:
    soql = f"SELECT Id FROM Account WHERE Name IN ({', '.join(repr(str(n)) for n in range(3000))})"
    org = FakeOrg()
    inner = {"totalSize": 1, "done": True, "records": [account(1, Amount=Decimal(1))]}
    inner["records"][0]["Amount"] = 1.1  # type: ignore[index]
    org.answers("POST", "composite", {"compositeResponse": [{"httpStatusCode": 200, "body": inner}]})
    (page,) = client_of(org).query(soql)
    assert page.records[0]["Amount"] == Decimal("1.1")
    (request,) = sent_json(org.api_requests[0])["compositeRequest"]
    assert httpx2.URL(f"https://x{request['url']}").params["q"] == soql


def test_a_refusal_of_a_long_query_is_that_of_a_short_one() -> None:
    org = FakeOrg()
    inner = [{"errorCode": "INVALID_FIELD", "message": "No such column 'X' on entity 'Account'."}]
    org.answers("POST", "composite", {"compositeResponse": [{"httpStatusCode": 400, "body": inner}]})
    with pytest.raises(RequestRefused) as refused:
        list(client_of(org).query("SELECT Id FROM Account WHERE Name = '" + "x" * 13_000 + "'"))
    assert refused.value.code == "INVALID_FIELD"


def test_children_beyond_the_first_page_are_fetched() -> None:
    org = in_two_pages()
    lines = {"totalSize": 2, "done": False, "nextRecordsUrl": NEXT, "records": [account(8)]}
    parents = [account(1, Lines=lines, Owner={"attributes": {}, "Name": "Ann"}), account(2, Lines=None)]
    org.answers("GET", "query", {"totalSize": 2, "done": True, "records": parents})
    client = client_of(org)
    (page,) = client.query("SELECT Id, (SELECT Id FROM Lines) FROM Account")
    with_lines, without = page.records
    assert [line["Id"][14] for line in client.children(with_lines["Lines"])] == ["8", "3"]
    assert list(client.children(without["Lines"])) == []
    assert with_lines["Owner"] == {"Name": "Ann"}


@pytest.mark.parametrize("body", [[], {}, {"records": []}, {"records": [1], "done": True, "totalSize": 1}])
def test_a_query_answer_in_another_form_is_not_understood(body: Any) -> None:
    org = FakeOrg()
    org.answers("GET", "query", body)
    with pytest.raises(NotUnderstood):
        list(client_of(org).query("SELECT Id FROM Account"))


def test_records_come_back_by_id_in_order_with_gaps() -> None:
    org = FakeOrg()
    org.answers(
        "POST",
        "composite/sobjects/Account",
        lambda request: js([account(1) if n else None for n in range(len(sent_json(request)["ids"]))]),
    )
    found = client_of(org).retrieve("Account", [f"001{n:012}AAA" for n in range(250)], ["Id", "Name"])
    assert len(found) == 250
    assert [number for number, record in enumerate(found) if record is None] == [0, 200]
    assert len(org.api_requests) == 2


def test_records_are_inserted_in_collections_of_two_hundred() -> None:
    org = saving()
    results = client_of(org).insert("Account", [{"Name": f"n{n}", "Amount__c": Decimal("0.10")} for n in range(401)])
    assert len(results) == 401
    assert all(result.success and result.created for result in results)
    assert [len(sent_json(request)["records"]) for request in org.api_requests] == [200, 200, 1]
    sent = sent_json(org.api_requests[2])
    assert sent["allOrNone"] is False
    assert sent["records"][0]["attributes"] == {"type": "Account"}
    assert b'"Amount__c":0.10' in org.api_requests[0].content


def test_one_bad_record_does_not_hold_up_the_rest() -> None:
    results = client_of(saving()).insert("Account", [{"Name": "a"}, {"Name": "bad"}, {"Name": "c"}])
    assert [result.success for result in results] == [True, False, True]
    (error,) = results[1].errors
    assert (error.code, error.fields, error.retry) == ("REQUIRED_FIELD_MISSING", ("X",), False)
    assert "requires a value in X" in error.sentence


def test_nothing_to_write_costs_no_call() -> None:
    org = saving()
    assert client_of(org).insert("Account", []) == []
    assert not org.requests


def test_an_insert_broken_in_the_middle_tells_what_is_certain_and_what_is_not() -> None:
    org = saving()
    client = client_of(org)
    seen = itertools.count(1)

    def second_breaks(request: httpx2.Request) -> httpx2.Response:
        if next(seen) == 2:
            return breaking(httpx2.ReadTimeout)(request)
        return js([saved(record, itertools.count(1)) for record in sent_json(request)["records"]])

    org.answers("POST", "composite/sobjects", second_breaks)
    with pytest.raises(OutcomeUnknown) as raised:
        client.insert("Account", [{"Name": str(n)} for n in range(450)])
    assert len(raised.value.done) == 200
    assert raised.value.unsure == 200
    assert len(org.api_requests) == 2


def test_a_refused_collection_leaves_nothing_unsure() -> None:
    org = FakeOrg()
    org.answers("POST", "composite/sobjects", lambda _: rest_error(400, "INVALID_TYPE", "sObject type 'X'"))
    with pytest.raises(RequestRefused) as raised:
        client_of(org).insert("X", [{"Name": "a"}])
    assert (raised.value.done, raised.value.unsure) == ((), 0)


@pytest.mark.parametrize("answer", [js([]), js({}), js([{"id": "x"}]), html(200)(httpx2.Request("GET", "https://x"))])
def test_an_insert_answered_in_another_form_is_unknown_not_refused(answer: httpx2.Response) -> None:
    org = FakeOrg()
    org.answers("POST", "composite/sobjects", lambda _: answer)
    with pytest.raises(OutcomeUnknown):
        client_of(org).insert("Account", [{"Name": "a"}])
    assert len(org.api_requests) == 1


def test_an_update_needs_an_id_and_is_repeated_once() -> None:
    org = saving()
    org.breaks.append(html(503))
    (result,) = client_of(org).update("Account", [{"Id": "001000000000001AAA", "Name": "new", "Phone": None}])
    assert result == SaveResult("001000000000001AAA", created=False, success=True)
    assert len(org.api_requests) == 2
    (record,) = sent_json(org.api_requests[1])["records"]
    assert record == {"attributes": {"type": "Account"}, "id": "001000000000001AAA", "Name": "new", "Phone": None}
    with pytest.raises(NotExpressible, match="no Salesforce id"):
        client_of(org).update("Account", [{"Name": "new"}])


def test_an_upsert_by_external_id_is_repeated_once() -> None:
    org = saving()
    org.breaks.append(breaking(httpx2.ReadTimeout))
    records = [{"QuickBooks_ListID__c": "80000001-1", "Name": "a"}]
    (result,) = client_of(org).upsert("Account", "QuickBooks_ListID__c", records)
    assert result.created
    assert len(org.api_requests) == 2


def test_an_upsert_by_id_may_be_an_insert_and_is_not_repeated() -> None:
    org = saving()
    org.breaks.append(breaking(httpx2.ReadTimeout))
    with pytest.raises(OutcomeUnknown):
        client_of(org).upsert("Account", "Id", [{"Id": None, "Name": "a"}])
    assert len(org.api_requests) == 1


def test_records_are_deleted_by_id_and_never_twice() -> None:
    org = FakeOrg()
    gone = {"errors": [{"statusCode": "ENTITY_IS_DELETED", "message": "entity is deleted", "fields": []}]}
    rows = [{"id": "001000000000001AAA", "success": True, "errors": []}, {"success": False, **gone}]
    org.answers("DELETE", "composite/sobjects", rows)
    client = client_of(org)
    first, second = client.delete(["001000000000001AAA", "001000000000002"])
    assert (first.success, second.errors[0].code) == (True, "ENTITY_IS_DELETED")
    assert org.api_requests[-1].url.params["ids"] == "001000000000001AAA,001000000000002AAA"
    org.breaks.append(breaking(httpx2.ReadTimeout))
    with pytest.raises(OutcomeUnknown) as raised:
        client.delete(["001000000000001AAA"])
    assert raised.value.unsure == 1


def test_a_duplicate_may_be_saved_on_a_persons_word_only() -> None:
    org = saving()
    client = client_of(org)
    client.insert("Account", [{"Name": "a"}])
    client.insert("Account", [{"Name": "a"}], save_duplicates=True)
    without, with_ = (request.headers.get("Sforce-Duplicate-Rule-Header") for request in org.api_requests)
    assert (without, with_) == (None, "allowSave=true")


@pytest.mark.parametrize("name", ["Account/../Contact", "Account'", ""])
def test_a_name_cannot_lead_to_another_resource(name: str) -> None:
    org = saving()
    with pytest.raises(NotExpressible):
        client_of(org).upsert(name, "Ext__c", [{"Ext__c": "1"}])
    with pytest.raises(NotExpressible):
        client_of(org).describe(name)
    assert not org.requests


@needs_shared
def test_deletions_come_with_the_time_up_to_which_they_are_known() -> None:
    org = FakeOrg()
    body = json.loads(shared("captures/salesforce/get_deleted_200.json").read_text())
    org.answers("GET", "sobjects/Account/deleted", body)
    deletions = client_of(org).deleted("Account", start=START, end=END)
    assert deletions.records[0].id == "a00D0000008pQRAIA2"
    assert deletions.records[0].deleted_at == datetime(2013, 5, 7, 22, 7, 19, tzinfo=UTC)
    assert deletions.covered_until == datetime(2013, 5, 8, 21, 20, tzinfo=UTC)
    assert dict(org.api_requests[0].url.params) == {
        "start": "2026-11-22T10:00:00.000Z",
        "end": "2026-11-22T11:00:00.000Z",
    }


@needs_shared
def test_updates_come_with_the_time_up_to_which_they_are_known() -> None:
    org = FakeOrg()
    org.answers(
        "GET", "sobjects/Contact/updated", json.loads(shared("captures/salesforce/get_updated_200.json").read_text())
    )
    updates = client_of(org).updated("Contact", start=START, end=END)
    assert len(updates.ids) == 7
    assert updates.covered_until == datetime(2015, 8, 19, 8, 17, tzinfo=UTC)


@pytest.mark.parametrize("body", [[], {}, {"deletedRecords": [{}]}, {"ids": 1}])
def test_a_window_answered_in_another_form_is_not_understood(body: Any) -> None:
    org = FakeOrg()
    org.answers("GET", "sobjects/Contact/updated", body)
    org.answers("GET", "sobjects/Contact/deleted", body)
    with pytest.raises(NotUnderstood):
        client_of(org).updated("Contact", start=START, end=END)
    with pytest.raises(NotUnderstood):
        client_of(org).deleted("Contact", start=START, end=END)


def test_limits_versions_and_usage_are_told() -> None:
    org = FakeOrg()
    org.answers("GET", "limits", {"DailyApiRequests": {"Max": 5000, "Remaining": 4900}, "Odd": {}})
    org.answers("GET", "/services/data", [{"label": "Spring", "url": "/services/data/v64.0", "version": "64.0"}])
    client = client_of(org)
    assert client.limits() == {"DailyApiRequests": Usage(100, 5000)}
    assert client.versions() == ("64.0",)
    assert client.usage == Usage(18, 5000)
    assert client.calls == len(org.requests) == 3
    assert client.session().org_id.startswith("00D")
