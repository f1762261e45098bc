"""From Salesforce's error answers to our errors.

REST errors are a JSON array of `{message, errorCode, fields}`, OAuth errors one object, some edges answer with HTML.
"""

from datetime import timedelta
from typing import Any

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
from apatar.salesforce.sentences import RETRY_CODES, login_verdict, record_sentence
from apatar.salesforce.transport import Answer

_GONE = {"NOT_FOUND", "ENTITY_IS_DELETED"}
_LONGEST_DETAIL = 500


def login_refusal(code: str, text: str, *, status: int | None = None, secrets: tuple[str, ...] = ()) -> LoginRefused:
    """Judge a refused login by Salesforce's code and text, with every secret taken out of the text."""
    key, verdict = login_verdict(code, text)
    wait = None if verdict.permanent else timedelta(minutes=1)
    detail = _without(text, secrets)[:_LONGEST_DETAIL]
    return LoginRefused(
        verdict.sentence, code=key, detail=detail, status=status, permanent=verdict.permanent, retry_after=wait
    )


def oauth_refusal(answer: Answer, *, secrets: tuple[str, ...] = ()) -> SalesforceError:
    """Judge a refused token request; a page without a verdict (5xx, HTML) says nothing about the credentials."""
    try:
        body = answer.json()
    except NotUnderstood as error:
        return NotAnswered(code="NOT_ANSWERED", status=answer.status) if answer.status >= 500 else error
    if not isinstance(body, dict) or "error" not in body:
        return NotUnderstood(code="OAUTH_ANSWER", status=answer.status)
    return login_refusal(
        str(body["error"]), str(body.get("error_description", "")), status=answer.status, secrets=secrets
    )


def refusal(answer: Answer, *, writes: bool) -> SalesforceError:
    """Judge an answer of the REST API with a status of 300 and above."""
    first = first_error(answer)
    code, message = str(first.get("errorCode", "")), str(first.get("message", ""))
    fields = tuple(map(str, first.get("fields") or ()))
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(message, status=answer.status)
    if answer.status >= 500 or answer.status == 420:
        kind = OutcomeUnknown if writes else NotAnswered
        return kind(code=code or f"HTTP_{answer.status}", detail=message[:_LONGEST_DETAIL], status=answer.status)
    return _refused(answer.status, first, code=code, message=message, fields=fields)


def first_error(answer: Answer) -> dict[str, Any]:
    """The first entry of the error array; empty where the body holds none."""
    try:
        body = answer.json()
    except NotUnderstood:
        return {}
    entry = body[0] if isinstance(body, list) and body else body
    return entry if isinstance(entry, dict) else {}


def matched_ids(error: dict[str, Any]) -> tuple[str, ...]:
    """Ids named by a duplicate rule. The key is misspelt in recordings of v48 to v51; accept both."""
    found = error.get("duplicateResut") or error.get("duplicateResult") or {}
    return tuple(
        str(match["record"]["Id"])
        for result in found.get("matchResults", ())
        for match in result.get("matchRecords", ())
        if match.get("record", {}).get("Id")
    )


def _refused(
    status: int, first: dict[str, Any], *, code: str, message: str, fields: tuple[str, ...]
) -> SalesforceError:
    kind = _kind(status, code)
    error = kind(
        _sentence(kind, status, code=code, message=message, fields=fields),
        code=code or f"HTTP_{status}",
        detail=message[:_LONGEST_DETAIL],
        status=status,
        permanent=code not in RETRY_CODES,
    )
    error.fields = fields
    if isinstance(error, DuplicatesDetected):
        error.matches = matched_ids(first)
    return error


def _kind(status: int, code: str) -> type[RequestRefused]:
    if code == "DUPLICATES_DETECTED":
        return DuplicatesDetected
    if status == 300:
        return SeveralMatch
    return NotFound if status == 404 or code in _GONE else RequestRefused


def _sentence(kind: type[RequestRefused], status: int, *, code: str, message: str, fields: tuple[str, ...]) -> str:
    if message.startswith("Provided external ID field does not exist"):
        return (
            "The field that holds the QuickBooks id is missing in Salesforce, or hidden from the user. Ask the "
            "administrator to create it as an external id and to give the user access."
        )
    if code:
        return record_sentence(code, message, fields)
    if kind is RequestRefused:
        return f"Salesforce refused the request (HTTP {status}) without a reason. Check the address of the org."
    return kind.__doc__ or ""


def _limit(message: str, *, status: int) -> LimitReached:
    if "ConcurrentRequests" in message:
        sentence = "Salesforce is working on too many requests of this org at once; we go on in a moment."
        return LimitReached(sentence, code="CONCURRENT_LIMIT", status=status, retry_after=timedelta(seconds=30))
    return LimitReached(code="DAILY_LIMIT", detail=message[:_LONGEST_DETAIL], status=status)


def _without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, "…")
    return text
