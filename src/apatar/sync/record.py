"""The nouns: side, record, link, and the base two records last agreed on."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from apatar.sync.values import Lines, LineValue, RemoteLeaf, RemoteLine, RemoteValue, Scalar, Value

__all__ = ["Base", "Link", "Record", "RecordKey", "Remote", "RemoteValue", "Side"]


class Side(StrEnum):
    SALESFORCE = "salesforce"
    QUICKBOOKS = "quickbooks"

    @property
    def other(self) -> "Side":
        return Side.QUICKBOOKS if self is Side.SALESFORCE else Side.SALESFORCE

    @property
    def label(self) -> str:
        return "Salesforce" if self is Side.SALESFORCE else "QuickBooks"


SOMEWHERE = "?"
"""Stands for the record that a vanished one was merged into, where that is not known."""

LATER = "-"
"""Stands there for one that a restored company file does not know yet."""

Remote = Mapping[str, RemoteLeaf]
"""One remote object, flat: API names for Salesforce, dotted paths ("BillAddress.Addr1") for QuickBooks."""

RecordKey = tuple[Side, str, str]
"""Side, object type and remote id: remote ids are unique within one object type only."""


@dataclass(frozen=True, slots=True)
class Record:
    """The last known state of one remote object.

    `version` is the EditSequence or the SystemModstamp. `modified` is aware UTC and, for QuickBooks, an estimate
    (its wall-clock times can be an hour off). `foreign_key` is our id found on this object: for a Salesforce record
    the value of the external id field (a ListID), for a QuickBooks record its ExternalGUID. `lines` are the lines of a
    document in their order. `wanted` says that another record refers to this one, so that its counterpart is needed.
    `merged_into` names, of one that is gone, the record that it became part of.
    """

    side: Side
    object_type: str
    remote_id: str
    version: str
    fields: Remote
    modified: datetime | None = None
    deleted: bool = False
    foreign_key: str | None = None
    lines: tuple[RemoteLine, ...] = ()
    wanted: bool = False
    merged_into: str = ""

    def __post_init__(self) -> None:
        if self.modified is not None and self.modified.utcoffset() != _ZERO:
            message = f"{self.object_type} {self.remote_id}: `modified` must be aware UTC; convert it where it is read."
            raise ValueError(message)

    @property
    def key(self) -> RecordKey:
        return (self.side, self.object_type, self.remote_id)


_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Base:
    """Canonical values at the last agreement, kept per side.

    Per side, because what agrees need not be equal: the 60 characters of a Salesforce name and the 41 that
    QuickBooks keeps of it are one agreement. `lines` pairs the lines of a document: TxnLineID by Salesforce line id.
    """

    salesforce: Mapping[str, Value] = field(default_factory=dict)
    quickbooks: Mapping[str, Value] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)

    def on(self, side: Side) -> Mapping[str, Value]:
        return self.salesforce if side is Side.SALESFORCE else self.quickbooks

    def __bool__(self) -> bool:
        return bool(self.salesforce or self.quickbooks)

    def settled(self, fragment: "Base") -> "Base":
        """Return this base with the fields of `fragment` taken over."""
        if not fragment:
            return self
        return Base(
            {**self.salesforce, **fragment.salesforce},
            {**self.quickbooks, **fragment.quickbooks},
            fragment.lines or self.lines,
        )

    def without(self, names: Iterable[str]) -> "Base":
        """Return this base with some fields forgotten, as if they had never been agreed on."""
        gone = frozenset(names)
        return Base(
            {name: value for name, value in self.salesforce.items() if name not in gone},
            {name: value for name, value in self.quickbooks.items() if name not in gone},
            self.lines,
        )

    def to_json(self) -> str:
        """Return a lossless, compact and deterministic text."""
        sides = {side.value: {name: pack(value) for name, value in self.on(side).items()} for side in Side}
        if self.lines:
            sides["lines"] = dict(self.lines)
        return json.dumps(sides, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Base":
        sides = json.loads(text)
        salesforce, quickbooks = (
            {name: unpack(value) for name, value in sides.get(side.value, {}).items()} for side in Side
        )
        return cls(salesforce, quickbooks, sides.get("lines", {}))


@dataclass(frozen=True, slots=True)
class Link:
    """The pairing of two records, with their base."""

    salesforce_id: str
    quickbooks_id: str
    base: Base = field(default_factory=Base)

    def remote_id(self, side: Side) -> str:
        return self.salesforce_id if side is Side.SALESFORCE else self.quickbooks_id


def pack(value: Value | RemoteValue) -> Any:
    """Return a value as JSON can hold it without loss: amounts and dates as one-member objects, streets as lists."""
    if isinstance(value, Decimal):
        return {"amount": str(value)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Lines):
        return {"lines": [[one.key, {name: pack(held) for name, held in one.values}] for one in value.lines]}
    if isinstance(value, tuple):
        return _pack_many(value)
    return value


def _pack_many(value: tuple[str, ...] | tuple[RemoteLine, ...]) -> Any:
    if value and isinstance(value[0], RemoteLine):
        return {"remote_lines": [_pack_line(one) for one in value if isinstance(one, RemoteLine)]}
    return list(value)


def _pack_line(line: RemoteLine) -> dict[str, Any]:
    packed = {"id": line.id, "kind": line.kind, "fields": {name: pack(held) for name, held in line.fields.items()}}
    return {**packed, "gone": True} if line.gone else packed


def unpack(packed: Any) -> Value:
    """Return what `pack` was given, for a canonical value."""
    if isinstance(packed, dict):
        return _unpack_object(packed)
    if isinstance(packed, list):
        return tuple(packed)
    value: Value = packed
    return value


def _unpack_object(packed: Mapping[str, Any]) -> Value:
    if "amount" in packed:
        return Decimal(packed["amount"])
    if "date" in packed:
        return date.fromisoformat(packed["date"])
    return Lines(tuple(_unpack_line(key, held) for key, held in packed["lines"]))


def _unpack_line(key: str, held: Mapping[str, Any]) -> LineValue:
    values: list[tuple[str, Scalar]] = []
    for name, packed in held.items():
        value = unpack(packed)
        if not isinstance(value, Lines):
            values.append((name, value))
    return LineValue(tuple(values), key)


def unpack_remote(packed: Any) -> RemoteValue:
    """Return what `pack` was given, for a remote value."""
    if isinstance(packed, dict) and "remote_lines" in packed:
        return tuple(
            RemoteLine(
                one["id"],
                one["kind"],
                {name: _leaf(held) for name, held in one["fields"].items()},
                gone=one.get("gone", False),
            )
            for one in packed["remote_lines"]
        )
    return _leaf(packed)


def _leaf(packed: Any) -> RemoteLeaf:
    if isinstance(packed, dict):
        return Decimal(packed["amount"])
    leaf: RemoteLeaf = packed
    return leaf
