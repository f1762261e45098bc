"""Between rows and the core's values: a stored record becomes a `Record`, a `Change` becomes a row, and back."""

import json
from collections.abc import Mapping
from decimal import Decimal

from apatar.qbxml import answers
from apatar.runs import models
from apatar.runs.intake import Incoming
from apatar.sync.change import Change, Operation
from apatar.sync.mapping import ObjectMapping, name_of
from apatar.sync.match import name_keys
from apatar.sync.plan import Settings
from apatar.sync.record import Base, Record, Remote, Side, pack, unpack

JOB = "job"


def fields_of(side: str, raw: str) -> Remote:
    """Read the flat remote fields out of what a side sent."""
    if side == Side.QUICKBOOKS:
        # Lists and their members, such as a customer's contacts, are not mapped yet: the core sees flat fields only.
        return {name: value for name, value in answers.fields(raw.encode()).items() if isinstance(value, str)}
    parsed: dict[str, object] = json.loads(raw, parse_float=Decimal)
    return {name: value for name, value in parsed.items() if isinstance(value, str | int | bool | Decimal | None)}


def record_of(row: models.Record) -> Record:
    """Return a stored record as the core sees it."""
    return Record(
        side=Side(row.side),
        object_type=row.object_type,
        remote_id=row.remote_id,
        version=row.version,
        fields=fields_of(row.side, row.raw),
        modified=row.modified_at,
        deleted=row.deleted_at is not None,
        foreign_key=row.foreign_key or None,
    )


def incoming_of(mapping: ObjectMapping, record: Record, raw: str, settings: Settings, *, variant: str = "") -> Incoming:
    """Return a record as `intake` stores it, with the keys by which its counterpart is found.

    `variant` names a kind that is recognised but not mapped, such as "person"; a job is recognised here.
    """
    name = name_of(mapping, record)
    keys = name_keys(name, record, name_policy=settings.name_policy, spell=settings.spell)
    return Incoming(
        remote_id=record.remote_id,
        version=record.version,
        modified_at=record.modified,
        name=name,
        match_key=keys[-1] if keys else "",
        second_key=keys[-2] if len(keys) > 1 else "",
        foreign_key=record.foreign_key or "",
        variant=variant or (JOB if mapping.ignores(record) else ""),
        raw=raw,
    )


def raw_salesforce(fields: Mapping[str, object]) -> str:
    """Write Salesforce fields as they are stored; amounts as text, which loses nothing."""
    return json.dumps(fields, default=str, separators=(",", ":"))


def packed(fields: Remote) -> dict[str, object]:
    return {name: pack(value) for name, value in fields.items()}


def unpacked(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: unpack(value) for name, value in fields.items()}


def change_row(run: models.Run, mapping: ObjectMapping, change: Change, *, name: str) -> models.Change:
    """Return a planned change as the row that journals it (not saved)."""
    return models.Change(
        connection=run.connection,
        run=run,
        mapping=mapping.name,
        side=change.side.value,
        object_type=change.object_type,
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
        fields=unpacked(row.fields),  # type: ignore[arg-type]  # packed from remote values
        before=unpacked(row.before),  # type: ignore[arg-type]
        settles=Base.from_json(row.settles),
        idempotency_key=row.idempotency_key,
        notes=tuple(row.notes),
    )
