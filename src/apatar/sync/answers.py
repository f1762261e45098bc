"""What a person decided about a conflict, as values: whose value wins, or a lost value that comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apatar.sync.record import Side
from apatar.sync.values import Value

CHANGED_MEANWHILE = "It was changed since you chose, so your choice was not applied."
NOT_MAPPED = "The map no longer keeps this field in step for this record, so nothing was written."


@dataclass(frozen=True, slots=True)
class Answer:
    """The value of `winner` is to stand on both sides; it counts only for the two values the person was shown."""

    winner: Side
    salesforce: Value
    quickbooks: Value


@dataclass(frozen=True, slots=True)
class Restore:
    """`value`, which `side` once lost, is to stand on both sides again; the other two are what the person saw."""

    value: Value
    side: Side
    salesforce: Value
    quickbooks: Value


Choice = Answer | Restore


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a choice for one field: the sides that are written, or the reason why it was not applied."""

    name: str
    sides: tuple[Side, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """How fields that a person brought back settle, for what is written then differs from what the other side holds.

    `beside` is what the other side holds where it is not written; of `alone`, both sides are written, each settles
    itself.
    """

    beside: Mapping[str, Value] = field(default_factory=dict)
    alone: frozenset[str] = frozenset()


NOTHING_BROUGHT = Brought()
