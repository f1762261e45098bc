"""Records that belong together, written atomically: graphs of creates, upserts, changes and deletions.

Source: REST guide, Composite Graph (facts, section 2.5). Each graph is all or nothing; the graphs of one call do not
touch each other.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from apatar.salesforce.calls import Call, Caller, Repeat
from apatar.salesforce.client import Client
from apatar.salesforce.errors import NotExpressible, NotUnderstood, OutcomeUnknown, SalesforceError
from apatar.salesforce.refusals import matched_ids
from apatar.salesforce.results import SaveError, SaveResult, save_error
from apatar.salesforce.soql import name
from apatar.salesforce.wire import write_json

MOST_GRAPHS = 75
MOST_NODES = 500
"""Nodes of one graph, and of one call."""
MOST_KINDS = 15
"""Different nodes of one call: by method and object (REST guide, Composite Graph Limits)."""

NOT_PROCESSED = "NOT_PROCESSED"
"""The code of a graph that Salesforce did not look at, because 14 others of the same call had failed: send it again."""

_HALTED = "PROCESSING_HALTED"
_REFERENCE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_RECORD = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?|@\{[A-Za-z][A-Za-z0-9_]*\.id\}")


class Method(StrEnum):
    CREATE = "POST"
    CHANGE = "PATCH"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Node:
    """One record of a graph; made by `create`, `upsert`, `change` and `delete`.

    `path` is the resource below `sobjects/`. The body may name a parent by an external id,
    `{"Invoice__r": {"QuickBooks_TxnID__c": "…"}}`, or an earlier node by its reference, `{"Invoice__c": of("head")}`.
    """

    reference: str
    method: Method
    path: str
    body: Mapping[str, Any] | None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes that are saved together or not at all, parents first."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class GraphResult:
    """What became of one graph.

    `saved` has one entry per node, by reference, and is empty where the graph was refused; then `error` is the real
    reason, and `failed` the reference of the node that has it (None where no node is to blame).
    """

    saved: Mapping[str, SaveResult] = field(default_factory=dict)
    error: SaveError | None = None
    failed: str | None = None

    @property
    def success(self) -> bool:
        return self.error is None

    @property
    def ids(self) -> dict[str, str]:
        """Reference → Salesforce id; a node whose answer names no id is left out."""
        return {reference: one.id for reference, one in self.saved.items() if one.id}

    @property
    def first(self) -> SaveResult:
        """The outcome of the whole graph as that of its first record."""
        if self.error:
            return SaveResult(None, created=False, success=False, errors=(self.error,))
        return next(iter(self.saved.values()))


def of(reference: str) -> str:
    """The id of an earlier node of the same graph, for a body or a key."""
    return f"@{{{_reference(reference)}.id}}"


def create(reference: str, object_name: str, body: Mapping[str, Any]) -> Node:
    return Node(_reference(reference), Method.CREATE, name(object_name), body)


def upsert(reference: str, object_name: str, key: str, value: str, body: Mapping[str, Any]) -> Node:
    """Create or change by the external id `key`, which the body does not repeat."""
    rest = {field: held for field, held in body.items() if field.casefold() != key.casefold()}
    path = f"{name(object_name)}/{name(key)}/{quote(value, safe='')}"
    return Node(_reference(reference), Method.CHANGE, path, rest)


def change(reference: str, object_name: str, record_id: str, body: Mapping[str, Any]) -> Node:
    rest = {field: held for field, held in body.items() if field.casefold() != "id"}
    return Node(
        _reference(reference), Method.CHANGE, f"{name(object_name)}/{_record(record_id)}", rest, _known(record_id)
    )


def delete(reference: str, object_name: str, record_id: str) -> Node:
    return Node(
        _reference(reference), Method.DELETE, f"{name(object_name)}/{_record(record_id)}", None, _known(record_id)
    )


def packs(graphs: Sequence[Graph]) -> Iterator[tuple[Graph, ...]]:
    """Cut graphs into calls, in order. Who journals each call sends one pack at a time."""
    pack: list[Graph] = []
    nodes, kinds = 0, frozenset[str]()
    for graph in graphs:
        _check(graph)
        more, wider = nodes + len(graph.nodes), kinds | _kinds(graph)
        if pack and (len(pack) == MOST_GRAPHS or more > MOST_NODES or len(wider) > MOST_KINDS):
            yield tuple(pack)
            pack, more, wider = [], len(graph.nodes), _kinds(graph)
        pack.append(graph)
        nodes, kinds = more, wider
    if pack:
        yield tuple(pack)


def save_graphs(client: Client, graphs: Sequence[Graph]) -> list[GraphResult]:
    """Save graphs in as few calls as possible; one result for each, in order.

    A call is repeated once where it was not answered and every node is a change or an upsert, which a repeat does not
    do twice. Raises OutcomeUnknown and the rest of the tree; the error carries the results so far as those of the
    graphs' first records (`done`), and the number of graphs nobody knows about (`unsure`).
    """
    done: list[GraphResult] = []
    for pack in packs(graphs):
        try:
            done += _send(client.caller, pack)
        except SalesforceError as error:
            raise error.after(tuple(one.first for one in done), sent=len(pack)) from error.__cause__
    return done


def _send(caller: Caller, pack: Sequence[Graph]) -> list[GraphResult]:
    content = write_json({"graphs": [_spelled(caller, index, graph) for index, graph in enumerate(pack)]})
    repeatable = all(node.method is Method.CHANGE for graph in pack for node in graph.nodes)
    answer = caller.call(
        Call(
            "POST",
            caller.data("composite/graph"),
            Repeat.IDEMPOTENT_WRITE if repeatable else Repeat.INSERT,
            headers={"Content-Type": "application/json; charset=UTF-8"},
            content=content,
        )
    )
    try:
        return read_graphs(answer.json(), pack)
    except NotUnderstood as error:
        raise OutcomeUnknown(code=error.code, status=answer.status) from error


def read_graphs(body: Any, pack: Sequence[Graph]) -> list[GraphResult]:
    """Read the answer to one call; graphs come back by their id. Raises NotUnderstood on any other form."""
    try:
        answered = {str(one["graphId"]): one for one in body["graphs"]}
        return [_result(answered[str(index)], graph) for index, graph in enumerate(pack)]
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise NotUnderstood(code="GRAPH_ANSWER") from error


def _spelled(caller: Caller, index: int, graph: Graph) -> dict[str, Any]:
    return {"graphId": str(index), "compositeRequest": [_request(caller, node) for node in graph.nodes]}


def _request(caller: Caller, node: Node) -> dict[str, Any]:
    request = {"method": node.method.value, "url": caller.data(f"sobjects/{node.path}"), "referenceId": node.reference}
    return request if node.body is None else {**request, "body": node.body}


def _result(answered: Mapping[str, Any], graph: Graph) -> GraphResult:
    parts = {str(part["referenceId"]): part for part in answered["graphResponse"]["compositeResponse"]}
    if answered["isSuccessful"]:
        return GraphResult({node.reference: _saved(node, parts[node.reference]) for node in graph.nodes})
    return _refused(parts)


def _saved(node: Node, part: Mapping[str, Any]) -> SaveResult:
    """Changes by id and deletions are answered without a body, so the id is the one that was sent, where it was."""
    body = part["body"] if isinstance(part["body"], dict) else {}
    made = node.method is Method.CREATE or bool(body.get("created"))
    return SaveResult(body.get("id") or node.id, created=made, success=True)


def _refused(parts: Mapping[str, Mapping[str, Any]]) -> GraphResult:
    """Find the node that failed by itself: the others were only rolled back with it."""
    for reference, part in parts.items():
        error = _error(part)
        if error and error.code != _HALTED:
            return GraphResult(error=error, failed=reference)
    return GraphResult(
        error=save_error(NOT_PROCESSED, "Salesforce stopped before this record, because others had failed.")
    )


def _error(part: Mapping[str, Any]) -> SaveError | None:
    if int(part["httpStatusCode"]) < 300:
        return None
    body = part["body"]
    entry = body[0] if isinstance(body, list) and body else body or {}
    if not isinstance(entry, dict):
        # An upsert that several records match is answered with their addresses.
        return save_error("DUPLICATE_EXTERNAL_ID", "Several records carry the same external id.")
    return save_error(
        str(entry.get("errorCode") or f"HTTP_{part['httpStatusCode']}"),
        str(entry.get("message", "")),
        tuple(map(str, entry.get("fields") or ())),
        matches=matched_ids(entry),
    )


def _check(graph: Graph) -> None:
    if not 0 < len(graph.nodes) <= MOST_NODES or len(_kinds(graph)) > MOST_KINDS:
        raise NotExpressible(
            f"Records that are saved together must be 1 to {MOST_NODES}, of at most {MOST_KINDS} kinds; these are "
            f"{len(graph.nodes)}. Split the document in QuickBooks.",
            code="GRAPH_SIZE",
        )
    if len({node.reference for node in graph.nodes}) < len(graph.nodes):
        raise NotExpressible("Two records that are saved together have the same reference.", code="GRAPH_REFERENCE")


def _kinds(graph: Graph) -> frozenset[str]:
    """What Salesforce counts as different nodes: methods and objects."""
    return frozenset(f"{node.method} {node.path.partition('/')[0]}" for node in graph.nodes)


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise NotExpressible(f"{text!r} cannot name a record of a graph.", code="GRAPH_REFERENCE")
    return text


def _record(record_id: str) -> str:
    if not _RECORD.fullmatch(record_id):
        raise NotExpressible(f"{record_id!r} is not a Salesforce id. Match the record again.", code="NOT_AN_ID")
    return record_id


def _known(record_id: str) -> str | None:
    return None if record_id.startswith("@") else record_id
