"""Writing documents to Salesforce: header and lines of each travel together, all of it or nothing."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from apatar.runs.models import Change
from apatar.runs.remote import count_lines, unpacked
from apatar.salesforce import graph
from apatar.salesforce.client import Client
from apatar.salesforce.graph import MOST_GRAPHS, MOST_NODES, Graph, Node
from apatar.salesforce.results import SaveResult
from apatar.sync.change import Operation
from apatar.sync.mapping import LineMapping, ObjectMapping
from apatar.sync.values import RemoteLine, RemoteValue

__all__ = ["MOST_GRAPHS", "MOST_NODES", "fitting_one_call", "save_documents", "too_large"]

HEAD = "head"


def fitting_one_call(changes: Sequence[Change]) -> list[Change]:
    """Return as many of the first changes as go into one call; at least one."""
    chosen: list[Change] = []
    nodes = 0
    for change in changes:
        nodes += 1 + count_lines(change.fields)
        if chosen and nodes > MOST_NODES:
            break
        chosen.append(change)
    return chosen


def too_large(change: Change) -> int:
    """Return how many lines a document has that is too large to be saved in one piece, 0 where it is not."""
    lines = count_lines(change.fields)
    return lines if lines >= MOST_NODES else 0


def save_documents(mapping: ObjectMapping, client: Client, changes: Sequence[Change]) -> list[SaveResult]:
    """Send one graph for each change; the outcome of a graph is that of its header. Raises the Salesforce errors."""
    results = graph.save_graphs(client, [_graph(mapping, change) for change in changes])
    return [one.first for one in results]


def _graph(mapping: ObjectMapping, change: Change) -> Graph:
    fields = unpacked(change.fields)
    lines_field = mapping.lines_field
    lines = fields.pop(lines_field.name, ()) if lines_field else ()
    head = _head(mapping, change, fields)
    if lines_field is None or lines_field.lines is None or not isinstance(lines, tuple):
        return Graph((head,))
    parent = change.remote_id or graph.of(HEAD)
    return Graph((head, *_lines(lines_field.lines, lines, parent)))


def _head(mapping: ObjectMapping, change: Change, fields: dict[str, RemoteValue]) -> Node:
    """A new document is upserted by its QuickBooks id, so that sending it twice makes one."""
    if change.operation == Operation.CREATE:
        key = mapping.external_id_field
        return graph.upsert(HEAD, mapping.salesforce_object, key, str(fields.get(key)), fields)
    return graph.change(HEAD, mapping.salesforce_object, change.remote_id, fields)


def _lines(lines: LineMapping, written: Sequence[RemoteLine], parent: str) -> Iterator[Node]:
    for at, line in enumerate(written):
        reference = f"line{at}"
        if line.gone:
            path = f"{lines.salesforce_object}/{lines.external_id_field}/{quote(line.id, safe='')}"
            yield Node(reference, graph.Method.DELETE, path, None)
            continue
        body = {**line.fields, lines.parent: parent}
        yield graph.upsert(reference, lines.salesforce_object, lines.external_id_field, line.id, body)
