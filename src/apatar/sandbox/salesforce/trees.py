"""Records with their children in one body: /composite/tree. All of them are made, or none."""

from dataclasses import dataclass
from typing import Any

from apatar.sandbox.salesforce.calls import Call
from apatar.sandbox.salesforce.children import children_of
from apatar.sandbox.salesforce.errors import JsonObject, Refused
from apatar.sandbox.salesforce.schema import SObject
from apatar.sandbox.salesforce.wire import Response, json_response

_MOST = 200
_MOST_KINDS = 5
_MOST_LEVELS = 5


@dataclass(frozen=True, slots=True)
class _Node:
    """One record to make: its own name, its values, and the parent (by name) that a field of it points at."""

    reference: str
    sobject: SObject
    values: JsonObject
    parent: str = ""
    link: str = ""


class _RollBack(Exception):
    """Leaves the undoable block of a tree that must not be kept."""


def create_tree(call: Call, name: str) -> Response:
    """Make the records of a tree, parents first: 201 with their ids, or 400 with the errors of those that failed."""
    nodes = _nodes(call, call.object(name), call.json_object().get("records"))
    made: dict[str, str] = {}
    failed: list[JsonObject] = []
    try:
        with call.state.undoable():
            for node in nodes:
                _make(call, node, made, failed)
            if failed:
                raise _RollBack  # noqa: TRY301 - the savepoint around it is undone by it
    except _RollBack:
        return json_response({"hasErrors": True, "results": failed}, 400)
    results = [{"referenceId": one.reference, "id": made[one.reference]} for one in nodes]
    return json_response({"hasErrors": False, "results": results}, 201)


def _make(call: Call, node: _Node, made: dict[str, str], failed: list[JsonObject]) -> None:
    if node.parent and node.parent not in made:
        return
    above = {node.link: made[node.parent]} if node.parent else {}
    try:
        made[node.reference] = call.writer.insert(node.sobject, {**node.values, **above})
    except Refused as refusal:
        failed.append({"referenceId": node.reference, "errors": [refusal.as_row()]})


def _nodes(call: Call, sobject: SObject, records: Any) -> list[_Node]:
    """Return the records of a tree level by level; raises Refused for one beyond the limits (texts unverified)."""
    found: list[_Node] = []
    level = [_node(call, sobject, one) for one in _listed(records)]
    for _ in range(_MOST_LEVELS):
        found += [node for node, _ in level]
        level = [below for node, record in level for below in _below(call, node, record)]
    kinds = {one.sobject.name for one in found}
    if level or len(found) > _MOST or len(kinds) > _MOST_KINDS:
        message = f"A tree holds at most {_MOST} records of {_MOST_KINDS} types on {_MOST_LEVELS} levels"
        raise Refused("INVALID_INPUT", message)
    if len({one.reference for one in found}) < len(found):
        raise Refused("INVALID_INPUT", "Duplicate ReferenceId provided in the request.")
    return found


def _below(call: Call, node: _Node, record: JsonObject) -> list[tuple[_Node, JsonObject]]:
    found: list[tuple[_Node, JsonObject]] = []
    for name, value in record.items():
        child = children_of(call.schema, node.sobject, name) if _has_records(value) else None
        if child is not None:
            pairs = [(one, child[1].name) for one in _listed(value["records"])]
            found += [_node(call, child[0], one, parent=node.reference, link=link) for one, link in pairs]
    return found


def _node(
    call: Call, sobject: SObject, record: JsonObject, *, parent: str = "", link: str = ""
) -> tuple[_Node, JsonObject]:
    facts = record.get("attributes") or {}
    if str(facts.get("type", "")).lower() != sobject.name.lower() or not facts.get("referenceId"):
        raise Refused("INVALID_INPUT", "Include a type and a referenceId in the attributes of each record.")
    values = {name: value for name, value in record.items() if not _has_records(value)}
    return _Node(str(facts["referenceId"]), call.object(sobject.name), values, parent, link), record


def _has_records(value: Any) -> bool:
    return isinstance(value, dict) and "records" in value


def _listed(records: Any) -> list[JsonObject]:
    if not isinstance(records, list) or not records or not all(isinstance(one, dict) for one in records):
        raise Refused("INVALID_INPUT", "records must hold at least one record")
    return records
