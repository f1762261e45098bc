"""Changes: one intended write each, with its mark against doubling, its order, and what a person was shown of it."""

import hashlib
import heapq
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from uuid import UUID, uuid5

from apatar.sync.errors import PlanError
from apatar.sync.field import ALTERNATIVE
from apatar.sync.known import NOTHING, Known
from apatar.sync.mapping import ObjectMapping
from apatar.sync.reading import read
from apatar.sync.record import Base, Record, Remote, Side, pack
from apatar.sync.values import Kind, Lines, RemoteLine, RemoteValue, Value


class Operation(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    VOID = "void"
    DEACTIVATE = "deactivate"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One intended write to `side`.

    `source_id` is the counterpart's id on the other side; `version` the EditSequence (or SystemModstamp) that `before`
    was read at; `settles` the part of the base that holds once the write is confirmed; `needs` the source ids of
    changes to the same side that must go first; `variant` which of several kinds a QuickBooks object is (ItemService).
    """

    side: Side
    object_type: str
    operation: Operation
    remote_id: str | None
    source_id: str
    version: str | None
    fields: dict[str, RemoteValue]
    before: dict[str, RemoteValue]
    settles: Base
    idempotency_key: str
    notes: tuple[str, ...] = ()
    needs: tuple[str, ...] = field(default=())
    variant: str = ""


def idempotency_key(namespace: UUID, side: Side, object_type: str, source_id: str) -> str:
    """Return the GUID of the one counterpart that a record may ever have on `side`: the same for every attempt.

    Braced and upper case, as GUIDTYPE of qbXML wants it (facts, QBWC section 4.2); it is written as ExternalGUID.
    """
    return braced(uuid5(namespace, f"{side.value}|{object_type}|{source_id}"))


def braced(guid: UUID) -> str:
    return f"{{{guid}}}".upper()


def update_key(namespace: UUID, side: Side, object_type: str, remote_id: str, fields: Mapping[str, RemoteValue]) -> str:
    """Return the GUID of one content of one update: the same update asked for twice has the same key."""
    return braced(uuid5(namespace, f"update|{side.value}|{object_type}|{remote_id}|{_json(fields)}"))


def settle(
    mapping: ObjectMapping,
    base: Base,
    change: Change,
    *,
    written: Record | Remote | None = None,
    known: Known = NOTHING,
) -> Base:
    """Return the base after a confirmed write.

    `written` is the whole record as the side answered it: what stands there counts, not what was sent, because
    QuickBooks may store another spelling. None where the answer holds no fields (Salesforce): what was sent counts.
    """
    if written is None:
        return base.settled(change.settles)
    record = written if isinstance(written, Record) else _answered(change, written)
    values = read(mapping, record, known)
    stands = {name: values[name] for name in change.settles.on(change.side)}
    if change.side is Side.SALESFORCE:
        return base.settled(Base(stands, change.settles.quickbooks))
    return base.settled(
        Base(change.settles.salesforce, stands, _paired_lines(mapping, change.settles.salesforce, stands))
    )


def _paired_lines(
    mapping: ObjectMapping, salesforce: Mapping[str, Value], quickbooks: Mapping[str, Value]
) -> dict[str, str]:
    """Pair the lines that were sent with those that QuickBooks answered: it keeps their order (QBWC facts, 4.7)."""
    one = mapping.lines_field
    if one is None:
        return {}
    sent, stand = salesforce.get(one.name), quickbooks.get(one.name)
    if not isinstance(sent, Lines) or not isinstance(stand, Lines) or len(sent.lines) != len(stand.lines):
        return {}
    return {ours.key: theirs.key for ours, theirs in zip(sent.lines, stand.lines, strict=True)}


def _answered(change: Change, remote: Remote) -> Record:
    return Record(change.side, change.object_type, change.remote_id or "", change.version or "", remote)


def content(mapping: ObjectMapping, change: Change) -> str:
    """Return what makes a change the one that was shown to a person: its target, its fields, what stood there before.

    References are left out: what they name may get its id only when the plan is carried out, and follows from the
    record itself. So are the marks by which we recognise our records, and versions: an EditSequence that moved without
    touching these fields leaves the preview true.
    """
    left_out = _left_out(mapping, change.side)
    facts = [
        change.side.value,
        change.object_type,
        change.operation.value,
        change.remote_id,
        change.source_id,
        _plain(_without(change.fields, left_out)),
        _plain(_without(change.before, left_out)),
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@cache
def _left_out(mapping: ObjectMapping, side: Side) -> frozenset[str]:
    lines = mapping.lines.fields if mapping.lines else ()
    references = (path for one in (*mapping.fields, *lines) if one.kind is Kind.REFERENCE for path in one.paths(side))
    paths = {each for path in references for each in path.split(ALTERNATIVE)}
    return frozenset(paths | {mapping.external_id_field, "ExternalGUID"})


def _without(fields: Mapping[str, RemoteValue], left_out: frozenset[str]) -> dict[str, RemoteValue]:
    return {
        path: tuple(_line_without(one, left_out) for one in value) if isinstance(value, tuple) else value
        for path, value in fields.items()
        if path not in left_out
    }


def _line_without(line: RemoteLine, left_out: frozenset[str]) -> RemoteLine:
    kept = {path: value for path, value in line.fields.items() if path not in left_out}
    return RemoteLine(line.id, line.kind, kept, gone=line.gone)


def order(changes: Iterable[Change]) -> list[Change]:
    """Return the changes, those that others need first, otherwise in one fixed order; raise PlanError for a circle."""
    ready = sorted(changes, key=_rank)
    place = {(change.side, change.source_id): at for at, change in enumerate(ready)}
    if not any(change.needs for change in ready):
        return ready
    waits, blocks = _needs(ready, place)
    free = [at for at, count in enumerate(waits) if count == 0]
    ordered: list[Change] = []
    while free:
        at = heapq.heappop(free)
        ordered.append(ready[at])
        for blocked in blocks[at]:
            waits[blocked] -= 1
            if waits[blocked] == 0:
                heapq.heappush(free, blocked)
    if len(ordered) < len(ready):
        stuck = next(ready[at] for at, count in enumerate(waits) if count)
        message = (
            f"{stuck.object_type} {stuck.source_id} needs a record that in turn needs it. Remove one of the references."
        )
        raise PlanError(message)
    return ordered


def _needs(ready: Sequence[Change], place: Mapping[tuple[Side, str], int]) -> tuple[list[int], list[list[int]]]:
    waits = [0] * len(ready)
    blocks: list[list[int]] = [[] for _ in ready]
    for at, change in enumerate(ready):
        for needed in {place[key] for one in change.needs if (key := (change.side, one)) in place} - {at}:
            waits[at] += 1
            blocks[needed].append(at)
    return waits, blocks


_STEPS = {
    Operation.CREATE: 0,
    Operation.UPDATE: 1,
    Operation.DEACTIVATE: 2,
    Operation.VOID: 3,
    Operation.DELETE: 4,
}


def _rank(change: Change) -> tuple[str, str, int, str, str]:
    return (change.side.value, change.object_type, _STEPS[change.operation], change.source_id, change.remote_id or "")


def _json(fields: Mapping[str, RemoteValue]) -> str:
    return json.dumps(_plain(fields), sort_keys=True, separators=(",", ":"))


def _plain(fields: Mapping[str, RemoteValue]) -> dict[str, object]:
    return {name: pack(value) for name, value in fields.items()}
