"""Up to 25 requests in one: /composite, with references from later ones to the answers of earlier ones."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from apatar.sandbox.salesforce.calls import Call
from apatar.sandbox.salesforce.errors import JsonObject, Refused
from apatar.sandbox.salesforce.references import Bodies, fill
from apatar.sandbox.salesforce.wire import Request, Response, json_response

_MOST = 25
_MOST_HEAVY = 5  # "sObject Collections or query operations, including Query and QueryAll" (facts 2.5)
_HEAVY = re.compile(r"/(?:query|queryAll|composite/sobjects)(?:[/?]|$)", re.IGNORECASE)

Dispatch = Callable[[Call], Response]


class _RollBack(Exception):
    """Leaves the undoable block of a composite request that must not be kept."""


def run(call: Call, dispatch: Dispatch) -> Response:
    """Answer a composite request; the outer status is 200 whatever becomes of the inner ones."""
    body = call.json_object()
    parts = body.get("compositeRequest")
    if not isinstance(parts, list) or not parts:
        raise Refused("JSON_PARSER_ERROR", "compositeRequest must hold at least one request")
    _check_size(parts)
    answers: list[JsonObject] = []
    try:
        with call.state.undoable():
            _run_all(call, parts, dispatch, answers)
            if body.get("allOrNone") is True and any(one["httpStatusCode"] >= 300 for one in answers):
                raise _RollBack  # noqa: TRY301 - the savepoint around it is undone by it
    except _RollBack:
        message = "The transaction was rolled back since another operation in the same transaction failed."
        answers = [one if one["httpStatusCode"] >= 300 else _halted(one["referenceId"], message) for one in answers]
    return json_response({"compositeResponse": answers})


def _check_size(parts: list[Any]) -> None:
    if len(parts) > _MOST:
        raise Refused("LIMIT_EXCEEDED", f"Request limit of {_MOST} exceeded in composite request")  # unverified text
    if sum(1 for one in parts if _HEAVY.search(str(one.get("url", "")))) > _MOST_HEAVY:
        message = f"Limit of {_MOST_HEAVY} sObject Collections or query operations exceeded in composite request"
        raise Refused("LIMIT_EXCEEDED", message)  # unverified text


def _run_all(call: Call, parts: list[JsonObject], dispatch: Dispatch, answers: list[JsonObject]) -> None:
    bodies: Bodies = {}
    for part in parts:
        reference = str(part.get("referenceId", ""))
        try:
            request = _request(call, part, bodies)
        except LookupError as error:
            answers.append(_halted(reference, str(error.args[0])))
            continue
        answer = _answer(replace(call, request=request), reference, dispatch)
        if answer["httpStatusCode"] < 300:
            bodies[reference] = answer["body"]
        answers.append(answer)


def _request(call: Call, part: JsonObject, bodies: Bodies) -> Request:
    """Return an inner request with its references filled in; raises LookupError for one that leads nowhere."""
    target = fill(str(part.get("url", "")), bodies)
    given = fill(part.get("body"), bodies)
    body = b"" if given is None else json.dumps(given, default=_plain).encode()
    return replace(
        call.request, method=str(part.get("method", "GET")).upper(), target=target.replace(" ", "%20"), body=body
    )


def _answer(call: Call, reference: str, dispatch: Dispatch) -> JsonObject:
    answer = dispatch(call)
    body = json.loads(answer.body) if answer.body else None
    headers = {name: value for name, value in answer.headers.items() if name == "Location"}
    return {"body": body, "httpHeaders": headers, "httpStatusCode": answer.status, "referenceId": reference}


def _halted(reference: str, message: str) -> JsonObject:
    body = [{"errorCode": "PROCESSING_HALTED", "message": message}]
    return {"body": body, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": reference}


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)
