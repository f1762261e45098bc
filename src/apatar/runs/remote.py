"""Between rows and the core's values: a stored record becomes a `Record`, a `Change` becomes a row, and back."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from apatar.qbxml import answers
from apatar.qbxml.answers import FieldMap
from apatar.runs import models
from apatar.runs.intake import Incoming
from apatar.sync.change import Change, Operation, content
from apatar.sync.decision import HOLDER, Settings
from apatar.sync.field import VARIANT
from apatar.sync.mapping import ObjectMapping, Source
from apatar.sync.match_keys import name_keys
from apatar.sync.pairs.contacts import REACHED_BY
from apatar.sync.pairs.documents import overdue_from
from apatar.sync.reading import GROUP_ID, GROUP_NAME, name_of
from apatar.sync.record import Base, Record, Remote, Side, pack, unpack_remote
from apatar.sync.values import RemoteLeaf, RemoteLine, RemoteValue, money

JOB = "job"
PARENTS = ("CustomerRef.ListID", "ParentRef.ListID")
"""Where a QuickBooks record says which customer it belongs to."""
NUMBER = "@number"
_PARTS = ("AppliedToTxn", "ItemGroupLine", "ItemInventoryAssemblyLine")
"""What repeats in a record as its lines do, but is not called a line: what a payment paid, what a group consists of."""


def fields_of(side: str, raw: str) -> dict[str, RemoteLeaf]:
    """Read the flat remote fields out of what a side sent."""
    return content_of(side, raw)[0]


def content_of(side: str, raw: str, children: str = "") -> tuple[dict[str, RemoteLeaf], tuple[RemoteLine, ...]]:
    """Read the flat fields and the lines; `children` is the relationship under which Salesforce gave lines."""
    if side == Side.QUICKBOOKS:
        found, lines = answers.fields_and_lines(raw.encode())
        return _flat(found, raw), tuple(_quickbooks_lines(found, lines))
    parsed: dict[str, Any] = json.loads(raw, parse_float=Decimal)
    of_lines = (parsed.get(children) or []) if children else []
    return dict(_leaves(parsed)), tuple(_salesforce_line(one, children) for one in of_lines)


def _flat(found: FieldMap, raw: str) -> dict[str, RemoteLeaf]:
    flat: dict[str, RemoteLeaf] = {name: value for name, value in found.items() if isinstance(value, str)}
    flat[VARIANT] = raw[1 : raw.index("Ret")]
    for reached in _maps(found.get(REACHED_BY)):
        flat[f"{REACHED_BY}.{reached.get('ContactName')}"] = str(reached.get("ContactValue") or "")
    return flat


def _maps(value: object) -> Iterator[FieldMap]:
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def _leaves(parsed: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, RemoteLeaf]]:
    """Yield Salesforce's fields; those of a parent record by dotted path."""
    for name, value in parsed.items():
        if isinstance(value, str | int | bool | Decimal | None):
            yield f"{prefix}{name}", value
        elif isinstance(value, dict) and not prefix:
            yield from _leaves(value, f"{name}.")


def lines_of(side: str, raw: str, children: str = "") -> tuple[RemoteLine, ...]:
    """Read the lines of a document; `children` is the relationship under which Salesforce gave them."""
    return content_of(side, raw, children)[1]


def _salesforce_line(line: Mapping[str, object], children: str) -> RemoteLine:
    return RemoteLine(str(line.get("Id") or ""), children, dict(_leaves(line)))


def _quickbooks_lines(found: FieldMap, lines: Iterable[tuple[str, FieldMap]]) -> Iterator[RemoteLine]:
    for number, line in enumerate((*_document_lines(lines), *_parts(found)), start=1):
        yield RemoteLine(line.id, line.kind, {**line.fields, NUMBER: number})


def _document_lines(lines: Iterable[tuple[str, FieldMap]]) -> Iterator[RemoteLine]:
    for tag, line in lines:
        kind = tag.removesuffix("Ret")
        yield _remote_line(kind, line)
        if kind.endswith("Group"):
            yield from _members(kind.removesuffix("Group"), line)


def _members(kind: str, group: FieldMap) -> Iterator[RemoteLine]:
    whose = {GROUP_ID: str(group.get("TxnLineID") or ""), GROUP_NAME: str(group.get("ItemGroupRef.FullName") or "")}
    for member in _maps(group.get(f"{kind}Ret")):
        one = _remote_line(kind, member)
        yield RemoteLine(one.id, kind, {**one.fields, **whose})


def _parts(found: FieldMap) -> Iterator[RemoteLine]:
    for kind in _PARTS:
        for part in (*_maps(found.get(f"{kind}Ret")), *_maps(found.get(kind))):
            yield _remote_line(kind, part)


def _remote_line(kind: str, line: FieldMap) -> RemoteLine:
    flat: dict[str, RemoteLeaf] = {name: value for name, value in line.items() if isinstance(value, str)}
    return RemoteLine(str(flat.get("TxnLineID") or flat.get("TxnID") or ""), kind, flat)


def record_of(row: models.Record, mapping: ObjectMapping) -> Record:
    """Return a stored record as the core sees it by one pair of objects."""
    fields, lines = content_of(row.side, row.raw, mapping.lines.children if mapping.lines else "")
    if row.side == Side.QUICKBOOKS and mapping.source is Source.INSIDE:
        fields[HOLDER] = row.parent_id
    return Record(
        side=Side(row.side),
        object_type=row.object_type,
        remote_id=row.remote_id,
        version=row.version,
        fields=fields,
        modified=row.modified_at,
        deleted=row.deleted_at is not None,
        foreign_key=_foreign_key(row, mapping, fields) or None,
        lines=lines if _reads_lines(Side(row.side), mapping) else (),
        wanted=row.wanted,
        merged_into=row.merged_into,
    )


def _reads_lines(side: Side, mapping: ObjectMapping) -> bool:
    lines = mapping.lines
    return bool(lines or mapping.variants) if side is Side.QUICKBOOKS else bool(lines and lines.read_back)


def _foreign_key(row: models.Record, mapping: ObjectMapping, fields: Remote) -> str:
    if row.side == Side.QUICKBOOKS:
        return row.foreign_key
    return str(fields.get(mapping.external_id_field) or "")


def incoming_of(
    pairs: Sequence[ObjectMapping], record: Record, raw: str, settings: Settings, *, variant: str = ""
) -> Incoming:
    """Return a record as `intake` stores it, with the keys by which its counterpart is found.

    `pairs` are those that the object takes part in; the first that does not leave the record out names it. `variant`
    names one of several kinds, such as "person"; a job is recognised here.
    """
    naming = next((one for one in pairs if not one.ignores(record)), None)
    name = name_of(naming, record) if naming else str(record.fields.get("FullName") or record.fields.get("Name") or "")
    keys: tuple[str, ...] = ()
    if naming is not None and naming.matches_by_name:
        keys = name_keys(
            name, record, name_policy=settings.name_policy, spell=settings.spell, length=naming.name_length
        )
    in_quickbooks = record.side is Side.QUICKBOOKS
    return Incoming(
        remote_id=record.remote_id,
        version=record.version,
        modified_at=record.modified,
        name=name,
        match_key=keys[-1] if keys else "",
        second_key=keys[-2] if len(keys) > 1 else "",
        foreign_key=record.foreign_key or "",
        variant=variant,
        parent_id=_parent_of(record) if in_quickbooks else "",
        wake_on=overdue_from(record) if in_quickbooks and "DueDate" in record.fields else None,
        open_amount=money(record.fields.get("BalanceRemaining"), places=5) if in_quickbooks else None,
        raw=raw,
    )


def _parent_of(record: Record) -> str:
    return next((str(held) for path in PARENTS if (held := record.fields.get(path))), "")


def raw_salesforce(fields: Mapping[str, object]) -> str:
    """Write Salesforce fields as they are stored; amounts as text, which loses nothing."""
    return json.dumps(fields, default=str, separators=(",", ":"))


def packed(fields: Mapping[str, RemoteValue]) -> dict[str, object]:
    return {name: pack(value) for name, value in fields.items()}


def unpacked(fields: Mapping[str, object]) -> dict[str, RemoteValue]:
    return {name: unpack_remote(value) for name, value in fields.items()}


def count_lines(stored: Mapping[str, Any]) -> int:
    """Return how many lines the stored fields of a change hold, without reading them."""
    return sum(len(value.get("remote_lines", ())) for value in stored.values() if isinstance(value, dict))


def change_row(run: models.Run, mapping: ObjectMapping, change: Change, *, name: str) -> models.Change:
    """Return a planned change as the row that journals it (not saved)."""
    return models.Change(
        connection=run.connection,
        run=run,
        mapping=mapping.name,
        side=change.side.value,
        object_type=change.object_type,
        variant=change.variant,
        operation=change.operation.value,
        remote_id=change.remote_id or "",
        source_id=change.source_id,
        version=change.version or "",
        name=name[:255],
        fields=packed(change.fields),
        before=packed(change.before),
        settles=change.settles.to_json(),
        notes=list(change.notes),
        idempotency_key=change.idempotency_key,
        content=content(mapping, change),
    )


def change_of(row: models.Change) -> Change:
    """Return the journaled change as the core planned it."""
    return Change(
        side=Side(row.side),
        object_type=row.object_type,
        operation=Operation(row.operation),
        remote_id=row.remote_id or None,
        source_id=row.source_id,
        version=row.version or None,
        fields=unpacked(row.fields),
        before=unpacked(row.before),
        settles=Base.from_json(row.settles),
        idempotency_key=row.idempotency_key,
        notes=tuple(row.notes),
        variant=row.variant,
    )


def pairs_with(pairs: Iterable[ObjectMapping], side: Side, object_type: str) -> tuple[ObjectMapping, ...]:
    """Return the pairs that an object of one side takes part in."""
    return tuple(one for one in pairs if one.object_on(side) == object_type)
