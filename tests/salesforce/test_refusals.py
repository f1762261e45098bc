"""Recorded error answers become the right errors."""

import json
from datetime import timedelta
from typing import Any

import pytest

from apatar.salesforce.errors import (
    DuplicatesDetected,
    LimitReached,
    LoginRefused,
    NotAnswered,
    NotFound,
    NotUnderstood,
    OutcomeUnknown,
    RequestRefused,
    SalesforceError,
    SeveralMatch,
)
from apatar.salesforce.refusals import oauth_refusal, refusal
from apatar.salesforce.transport import Answer
from tests.shared_folder import needs_shared, shared


def recorded(name: str, status: int) -> Answer:
    return Answer(status, {}, shared(f"captures/salesforce/{name}").read_bytes())


def answered(status: int, body: Any) -> Answer:
    return Answer(status, {}, json.dumps(body).encode())


@needs_shared
@pytest.mark.parametrize(
    ("name", "status", "kind", "code"),
    [
        ("query_400_INVALID_TYPE.json", 400, RequestRefused, "INVALID_TYPE"),
        ("rest_400_DUPLICATES_DETECTED_v50.json", 400, DuplicatesDetected, "DUPLICATES_DETECTED"),
        ("rest_400_DUPLICATE_VALUE_PermissionSetAssignment.json", 400, RequestRefused, "DUPLICATE_VALUE"),
        ("rest_400_INVALID_FIELD_FOR_INSERT_UPDATE.json", 400, RequestRefused, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("rest_400_INVALID_FIELD_unknown_column.json", 400, RequestRefused, "INVALID_FIELD"),
        ("rest_403_REQUEST_LIMIT_EXCEEDED.json", 403, LimitReached, "DAILY_LIMIT"),
        ("rest_404_ENTITY_IS_DELETED_v60.json", 404, NotFound, "ENTITY_IS_DELETED"),
        ("rest_404_bad_external_id_field.json", 404, NotFound, "NOT_FOUND"),
        ("rest_upsert_300_multiple.json", 300, SeveralMatch, "HTTP_300"),
        ("collections_create_400_no_records.json", 400, RequestRefused, "REQUIRED_FIELD_MISSING"),
    ],
)
def test_a_recorded_refusal_is_recognised(name: str, status: int, kind: type[SalesforceError], code: str) -> None:
    error = refusal(recorded(name, status), writes=True)
    assert type(error) is kind
    assert (error.code, error.status) == (code, status)
    assert error.sentence.endswith((".", "names."))
    assert not error.outcome_unknown


@needs_shared
def test_a_duplicate_rule_names_the_records_it_found() -> None:
    error = refusal(recorded("rest_400_DUPLICATES_DETECTED_v50.json", 400), writes=True)
    assert isinstance(error, DuplicatesDetected)
    assert error.matches == ("0031i000013x2TEAAY",)


def test_the_right_spelling_of_the_duplicate_result_is_understood_as_well() -> None:
    match = {"record": {"Id": "0031i000013x2TEAAY"}}
    body = [{"errorCode": "DUPLICATES_DETECTED", "duplicateResult": {"matchResults": [{"matchRecords": [match]}]}}]
    error = refusal(answered(400, body), writes=True)
    assert isinstance(error, DuplicatesDetected)
    assert error.matches == ("0031i000013x2TEAAY",)


@needs_shared
def test_a_missing_external_id_field_is_not_taken_for_a_missing_record() -> None:
    error = refusal(recorded("rest_404_bad_external_id_field.json", 404), writes=True)
    assert "external id" in error.sentence


def test_a_refused_field_is_named() -> None:
    body = [{"errorCode": "STRING_TOO_LONG", "message": "too long", "fields": ["Name"]}]
    error = refusal(answered(400, body), writes=True)
    assert isinstance(error, RequestRefused)
    assert error.fields == ("Name",)
    assert error.permanent


def test_a_locked_row_may_be_tried_again() -> None:
    error = refusal(answered(400, [{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain"}]), writes=True)
    assert not error.permanent


def test_too_many_requests_at_once_pass_in_a_moment() -> None:
    body = [
        {
            "errorCode": "REQUEST_LIMIT_EXCEEDED",
            "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        }
    ]
    error = refusal(answered(403, body), writes=True)
    assert (error.code, error.retry_after) == ("CONCURRENT_LIMIT", timedelta(seconds=30))


@pytest.mark.parametrize("status", [420, 500, 502, 503, 504])
def test_a_failing_server_leaves_a_write_unknown_and_a_read_unanswered(status: int) -> None:
    page = Answer(status, {}, b"<html>busy</html>")
    assert type(refusal(page, writes=True)) is OutcomeUnknown
    assert type(refusal(page, writes=False)) is NotAnswered


@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b"[]", b'["text"]', b"null"])
def test_a_refusal_without_a_reason_is_still_a_sentence(body: bytes) -> None:
    error = refusal(Answer(400, {}, body), writes=False)
    assert type(error) is RequestRefused
    assert error.code == "HTTP_400"
    assert "HTTP 400" in error.sentence


@needs_shared
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("oauth_400_invalid_grant_expired_refresh.json", "expired_refresh_token"),
        ("oauth_400_invalid_grant_password.json", "INVALID_LOGIN"),
    ],
)
def test_a_recorded_oauth_refusal_is_recognised(name: str, code: str) -> None:
    error = oauth_refusal(recorded(name, 400))
    assert isinstance(error, LoginRefused)
    assert (error.code, error.permanent) == (code, True)


def test_a_secret_that_the_server_repeats_is_taken_out() -> None:
    body = {"error": "invalid_grant", "error_description": "bad secret hunter2hunter2"}
    error = oauth_refusal(answered(400, body), secrets=("hunter2hunter2",))
    assert "hunter2" not in f"{error.detail} {error.sentence} {error!r}"


def test_a_maintenance_page_says_nothing_about_the_credentials() -> None:
    error = oauth_refusal(Answer(503, {}, b"<html></html>"))
    assert type(error) is NotAnswered
    assert not error.permanent


@pytest.mark.parametrize("body", [b"<html></html>", b"[]", b"{}"])
def test_an_oauth_answer_in_another_form_is_said_not_to_be_understood(body: bytes) -> None:
    assert type(oauth_refusal(Answer(404, {}, body))) is NotUnderstood
