"""From a change to the qbXML request that carries it out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apatar.qbxml.modifying import for_mod, knows
from apatar.qbxml.requests import Request, Sibling, set_custom_field
from apatar.runs.models import Change, Record, Side
from apatar.runs.remote import unpacked
from apatar.sync.change import Operation
from apatar.sync.decision import GUID_ELEMENT, HOLDER
from apatar.sync.field import CUSTOM_FIELD, VARIANT
from apatar.sync.mapping import ObjectMapping, Source
from apatar.sync.pairs.contacts import REACHED_BY
from apatar.sync.values import RemoteLine, RemoteValue
from apatar.sync.writing import NEW_LINE

VERBS = {Operation.CREATE: "Add", Operation.UPDATE: "Mod"}
NEW_PART = {"ListID": NEW_LINE, "EditSequence": NEW_LINE}
"""How a Mod adds a contact to a customer. Lines are added by -1 (facts, QBWC section 4.7); that contacts are, too, is
unverified: the schema wants both elements of every contact, and no text says how a new one is told apart."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The customer whose Mod carries a change of one of its contacts: its ListID and EditSequence."""

    remote_id: str
    version: str


def holder_of(change: Change) -> Holder | None:
    """Return the record that this change is a part of, as it was last seen; None where it is not known any more."""
    held = str(change.fields.get(HOLDER) or "")
    row = Record.objects.filter(
        connection_id=change.connection_id,
        side=Side.QUICKBOOKS,
        object_type="Customer",
        remote_id=held,
        deleted_at=None,
    ).first()
    return Holder(row.remote_id, row.version) if row else None


def touched_by(change: Change) -> str:
    """Return what of QuickBooks a change gives a new EditSequence, "" for what is not there yet."""
    return str(change.fields.get(HOLDER) or "") or change.remote_id


def request_of(change: Change, mapping: ObjectMapping, holder: Holder | None = None) -> Request:
    """Return the Add, Mod or DataExtMod that a change stands for."""
    fields = unpacked(change.fields)
    if holder is not None:
        return _part(change, mapping, fields, holder)
    if _is_extension(fields):
        return _extension(change, fields)
    if change.operation == Operation.DELETE:
        return _deletion(change, mapping)
    verb = VERBS[Operation(change.operation)]
    message = f"{_stem(change, fields)}{verb}"
    body = {path: value for path, value in fields.items() if path != VARIANT}
    given: dict[str, Any] = _with_lines(body, mapping, verb)
    if change.operation == Operation.UPDATE:
        key = "TxnID" if mapping.source is Source.TRANSACTION else "ListID"
        given = {key: change.remote_id, "EditSequence": change.version, **for_mod(message, given)}
    elif not knows(message, GUID_ELEMENT):
        given.pop(GUID_ELEMENT, None)
    return Request(message, given, request_id=str(change.pk))


def _deletion(change: Change, mapping: ObjectMapping) -> Request:
    what = "Txn" if mapping.source is Source.TRANSACTION else "List"
    fields = {f"{what}DelType": change.variant or change.object_type, f"{what}ID": change.remote_id}
    return Request(f"{what}Del", fields, request_id=str(change.pk))


def _stem(change: Change, fields: Mapping[str, RemoteValue]) -> str:
    return change.variant or str(fields.get(VARIANT) or change.object_type)


def _is_extension(fields: Mapping[str, RemoteValue]) -> bool:
    return bool(fields) and all(path.startswith(CUSTOM_FIELD) for path in fields)


def _extension(change: Change, fields: Mapping[str, RemoteValue]) -> Request:
    [(path, value)] = fields.items()
    return set_custom_field(
        object_type=change.object_type,
        remote_id=change.remote_id,
        name=path.removeprefix(CUSTOM_FIELD),
        value=None if value in {None, ""} else str(value),
        request_id=str(change.pk),
    )


def _with_lines(fields: Mapping[str, RemoteValue], mapping: ObjectMapping, verb: str) -> dict[str, Any]:
    """Put the lines where the message has them, in their order; a Mod lists every line to keep."""
    one = mapping.lines_field
    if one is None or one.lines is None or one.name not in fields:
        return dict(fields)
    given: dict[str, Any] = {path: value for path, value in fields.items() if path != one.name}
    lines = fields[one.name]
    element = f"{one.lines.quickbooks_line}{verb}"
    given[element] = list(_spelled(lines, element, verb)) if isinstance(lines, tuple) else []
    return given


def _spelled(lines: Sequence[RemoteLine], element: str, verb: str) -> Iterator[Any]:
    for line in lines:
        body = dict(line.fields)
        if verb == "Mod":
            body["TxnLineID"] = line.id or NEW_LINE
        name = f"{line.kind}{verb}"
        yield body if name == element else Sibling(name, body)


def _part(change: Change, mapping: ObjectMapping, fields: Mapping[str, RemoteValue], holder: Holder) -> Request:
    """A contact is written by a Mod of its customer; the one main contact of older versions is the customer itself."""
    head: dict[str, Any] = {"ListID": holder.remote_id, "EditSequence": holder.version}
    own = {path: value for path, value in fields.items() if path not in {HOLDER, VARIANT}}
    if mapping.quickbooks_object == "MainContact":
        return Request("CustomerMod", {**head, **own}, request_id=str(change.pk))
    part = {**_identity(change), **_with_reached(own)}
    return Request("CustomerMod", {**head, "ContactsMod": [part]}, request_id=str(change.pk))


def _identity(change: Change) -> dict[str, str]:
    if change.operation == Operation.CREATE:
        return NEW_PART
    return {"ListID": change.remote_id, "EditSequence": change.version}


def _with_reached(fields: Mapping[str, RemoteValue]) -> dict[str, Any]:
    prefix = f"{REACHED_BY}."
    reached = [
        {"ContactName": path.removeprefix(prefix), "ContactValue": value}
        for path, value in fields.items()
        if path.startswith(prefix) and value not in {None, ""}
    ]
    plain: dict[str, Any] = {path: value for path, value in fields.items() if not path.startswith(prefix)}
    return {**plain, REACHED_BY: reached} if reached else plain
