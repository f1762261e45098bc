"""Recorded answers become facts."""

import json
from decimal import Decimal
from typing import Any

import pytest

from apatar.salesforce.results import Page, read_page, read_saved
from apatar.salesforce.wire import read_json
from tests.shared_folder import needs_shared, shared


def recorded(name: str) -> Any:
    return json.loads(shared(f"captures/salesforce/{name}").read_text())


@needs_shared
@pytest.mark.parametrize(
    ("name", "next_url"), [("query_page1.json", "/services/data/v26.0/query/01gD"), ("query_page2.json", None)]
)
def test_a_recorded_page_is_read(name: str, next_url: str | None) -> None:
    page = read_page(recorded(name))
    assert page.next_url == next_url
    assert page.total == 2
    assert len(page.records) == 1


@needs_shared
def test_a_recorded_child_query_is_a_page_or_nothing() -> None:
    (exchange, *_) = recorded("query_with_child_subquery_200.json")
    page = read_page(exchange["response"]["body"])
    children = [record["Opportunities"] for record in page.records]
    assert {type(child) for child in children} == {Page, type(None)}
    assert all("attributes" not in line for child in children if child for line in child.records)


@needs_shared
def test_a_recorded_insert_is_read_in_order() -> None:
    results = read_saved(recorded("collections_create_200.json"), count=2, created=True)
    assert [result.id for result in results] == ["003ak00000luKU1AAM", "003ak00000luKU2AAM"]
    assert all(result.created and result.success and not result.errors for result in results)


@needs_shared
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        (
            "collections_create_200_allOrNone_rolled_back.json",
            ["REQUIRED_FIELD_MISSING", "ALL_OR_NONE_OPERATION_ROLLED_BACK"],
        ),
        ("collections_update_200_MISSING_ARGUMENT.json", ["MISSING_ARGUMENT", "MISSING_ARGUMENT"]),
        (
            "collections_update_200_allOrNone_INVALID_FIELD.json",
            ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_FIELD"],
        ),
    ],
)
def test_a_recorded_refusal_of_records_is_read_row_by_row(name: str, codes: list[str]) -> None:
    results = read_saved(recorded(name), count=2)
    assert [result.errors[0].code for result in results] == codes
    assert all(result.id is None and not result.success and not result.created for result in results)


@needs_shared
def test_a_recorded_upsert_tells_what_was_created() -> None:
    exchanges = recorded("collections_insert_and_upsert_by_external_id_200.json")
    upserts = [exchange["response"]["body"] for exchange in exchanges if exchange["request"]["method"] == "PATCH"]
    created = {result.created for body in upserts for result in read_saved(body, count=len(body))}
    assert created == {True, False}


@needs_shared
def test_a_recorded_malformed_id_is_explained() -> None:
    (result,) = read_saved([recorded("save_result_MALFORMED_ID.json")], count=1)
    assert result.id == "001RM000003oLruYAE"
    assert "not valid" in result.errors[0].sentence


def test_a_locked_row_may_be_tried_again_and_a_duplicate_names_its_twin() -> None:
    locked = {"statusCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access", "fields": []}
    match = {"matchRecords": [{"record": {"Id": "0031i000013x2TEAAY"}}]}
    twin = {"statusCode": "DUPLICATES_DETECTED", "message": "", "duplicateResut": {"matchResults": [match]}}
    rows = [{"success": False, "errors": [locked]}, {"success": False, "errors": [twin]}]
    first, second = read_saved(rows, count=2)
    assert first.errors[0].retry
    assert second.errors[0].matches == ("0031i000013x2TEAAY",)


def test_amounts_stay_decimals() -> None:
    page = read_page(read_json(b'{"totalSize":1,"done":true,"records":[{"Amount":1.10,"Count__c":3}]}'))
    assert page.records[0] == {"Amount": Decimal("1.10"), "Count__c": 3}
