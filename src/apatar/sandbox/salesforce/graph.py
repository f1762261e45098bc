"""Graphs of record operations in one call: /composite/graph. Each graph is kept whole or not at all.

Limits and the shape of the answer: SALESFORCE.md, section 2.5. No exchange was recorded, so the codes and texts of
the refusals are unverified.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from apatar.sandbox.salesforce import records
from apatar.sandbox.salesforce.calls import Call
from apatar.sandbox.salesforce.errors import JsonObject, Refused, not_found
from apatar.sandbox.salesforce.records import Outcome
from apatar.sandbox.salesforce.references import Bodies, fill, referred
from apatar.sandbox.salesforce.schema import SObject
from apatar.sandbox.salesforce.wire import Response, json_response

_MOST_GRAPHS = 75
_MOST_NODES = 500
_MOST_DEPTH = 15
_MOST_KINDS = 15
_MOST_FAILURES = 14
_NAME = re.compile(r"[A-Za-z0-9][\w-]{0,39}")
_ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."


class _Failed(Exception):
    """Leaves the undoable block of a graph that must not be kept."""


def run(call: Call) -> Response:
    """Answer a request of graphs; the status is 200 whatever becomes of them."""
    graphs = call.json_object().get("graphs")
    if not isinstance(graphs, list) or not graphs or not all(isinstance(one, dict) for one in graphs):
        raise Refused("JSON_PARSER_ERROR", "graphs must hold at least one graph")
    _check(graphs)
    shared, answers, failures = _Runner(call), [], 0
    for graph in graphs:
        answer = shared.answer(graph) if failures < _MOST_FAILURES else _halted(graph)
        failures += not answer["isSuccessful"]
        answers.append(answer)
    return json_response({"graphs": answers})


class _Runner:
    """Runs graphs for one call: its nodes share a writer, and what was learnt about an object serves the next node."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._state = call.state
        self._writer = call.writer

    def answer(self, graph: JsonObject) -> JsonObject:
        """Return a graph's answers; the first failure ends it, and all the others read as rolled back."""
        nodes, answers = graph["compositeRequest"], []
        try:
            with self._state.undoable():
                bodies: Bodies = {}
                for node in nodes:
                    answers.append(self._node(node, bodies))
                    if answers[-1]["httpStatusCode"] >= 300:
                        raise _Failed  # noqa: TRY301 - the savepoint around it is undone by it
        except _Failed:
            failed = answers[-1]
            answers = [failed if one["referenceId"] == failed["referenceId"] else _undone(one) for one in nodes]
            return _graph_answer(graph, answers, ok=False)
        return _graph_answer(graph, answers, ok=True)

    def _node(self, node: JsonObject, bodies: Bodies) -> JsonObject:
        name = node["referenceId"]
        try:
            outcome = self._outcome(node, bodies)
        except Refused as refusal:
            outcome = Outcome(refusal.status, [refusal.as_rest()])
        except LookupError as error:
            outcome = Outcome(400, [{"errorCode": "PROCESSING_HALTED", "message": str(error.args[0])}])
        bodies[name] = outcome.body
        return _node_answer(name, outcome)

    def _outcome(self, node: JsonObject, bodies: Bodies) -> Outcome:
        target = fill(str(node.get("url", "")), bodies)
        values = fill(node.get("body") or {}, bodies)
        method = str(node.get("method", "GET")).upper()
        call = self._call
        if method == "GET" or "?" in target:
            call = replace(call, request=replace(call.request, method=method, target=target.replace(" ", "%20")))
        return _perform(replace(call, kept_writer=self._writer), method, _segments(target), values)


def _perform(call: Call, method: str, parts: list[str], values: Any) -> Outcome:
    """Do what a node says; only records can be worked on in a graph."""
    if not isinstance(values, dict):
        raise Refused("JSON_PARSER_ERROR", "Cannot deserialize request body: a JSON object is expected")
    sobject, named = call.object(parts[0]), parts[1:]
    action = _ACTIONS.get((method, len(named)))
    if action is None:
        raise Refused("METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed.", status=405)
    return action(call, sobject, named, values)


_ACTIONS: dict[tuple[str, int], Callable[[Call, SObject, list[str], JsonObject], Outcome]] = {
    ("POST", 0): lambda call, kind, _, values: records.create_record(call, kind, values),
    ("PATCH", 1): lambda call, kind, named, values: records.update_record(call, kind, named[0], values),
    ("DELETE", 1): lambda call, kind, named, _: records.delete_record(call, kind, named[0]),
    ("GET", 1): lambda call, kind, named, _: records.read_record(call, kind, named[0]),
    ("PATCH", 2): lambda call, kind, named, values: records.upsert_record(call, kind, (named[0], named[1]), values),
    ("DELETE", 2): lambda call, kind, named, _: records.delete_named_record(call, kind, (named[0], named[1])),
    ("GET", 2): lambda call, kind, named, _: records.read_named_record(call, kind, (named[0], named[1])),
}


def _segments(target: str) -> list[str]:
    """Return what follows /services/data/vNN.0/sobjects/ in a node's address, decoded."""
    path = target.partition("?")[0] if target.startswith("/") else urlsplit(target).path
    parts = [unquote(one) for one in path.split("/") if one]
    if parts[:2] != ["services", "data"] or len(parts) < 5 or parts[3].lower() != "sobjects":
        raise not_found()
    return parts[4:]


def _check(graphs: list[JsonObject]) -> None:
    """Refuse the whole request where it breaks a limit or a name is missing or there twice."""
    if len(graphs) > _MOST_GRAPHS:
        raise Refused("LIMIT_EXCEEDED", f"Limit of {_MOST_GRAPHS} graphs exceeded in composite graph request")
    _check_names([one.get("graphId") for one in graphs], "graphId")
    for graph in graphs:
        nodes = graph.get("compositeRequest")
        if not isinstance(nodes, list) or not nodes or not all(isinstance(one, dict) for one in nodes):
            raise Refused("JSON_PARSER_ERROR", "compositeRequest must hold at least one request")
        _check_names([one.get("referenceId") for one in nodes], "referenceId")
        _check_shape(nodes)
    if sum(len(one["compositeRequest"]) for one in graphs) > _MOST_NODES:
        raise Refused("LIMIT_EXCEEDED", f"Limit of {_MOST_NODES} nodes exceeded in composite graph request")


def _check_names(names: list[Any], kind: str) -> None:
    wrong = next((one for one in names if not isinstance(one, str) or not _NAME.fullmatch(one)), "")
    if wrong != "" or len(set(names)) < len(names):
        raise Refused("INVALID_INPUT", f"Each {kind} must be there once, be alphanumeric and of 40 characters at most")


def _check_shape(nodes: list[JsonObject]) -> None:
    depths: dict[str, int] = {}
    for one in nodes:
        above = [depths.get(name, 0) for part in (one.get("url"), one.get("body")) for name in referred(part)]
        depths[one["referenceId"]] = 1 + max(above, default=0)
    if max(depths.values()) > _MOST_DEPTH:
        raise Refused("LIMIT_EXCEEDED", f"Depth of {_MOST_DEPTH} exceeded in composite graph")
    kinds = {str(one.get("url", "")).lower().partition("/sobjects/")[2].split("/")[0] for one in nodes}
    if len(kinds) > _MOST_KINDS:
        raise Refused("LIMIT_EXCEEDED", f"Limit of {_MOST_KINDS} kinds of nodes exceeded in composite graph")


def _halted(graph: JsonObject) -> JsonObject:
    """Return the answer of a graph that was not begun, after too many others had failed."""
    return _graph_answer(graph, [_undone(one) for one in graph["compositeRequest"]], ok=False)


def _undone(node: JsonObject) -> JsonObject:
    return _node_answer(
        node["referenceId"], Outcome(400, [{"errorCode": "PROCESSING_HALTED", "message": _ROLLED_BACK}])
    )


def _node_answer(name: str, outcome: Outcome) -> JsonObject:
    return {
        "body": outcome.body,
        "httpHeaders": outcome.headers,
        "httpStatusCode": outcome.status,
        "referenceId": name,
    }


def _graph_answer(graph: JsonObject, answers: list[JsonObject], *, ok: bool) -> JsonObject:
    return {"graphId": graph["graphId"], "graphResponse": {"compositeResponse": answers}, "isSuccessful": ok}
