"""What both systems say about their own fields, in one form: the map is held against it, and people choose from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from apatar.sync.values import Kind


class Holds(StrEnum):
    """What a field of either side holds, as far as a map cares."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes or no"
    RECORD = "another record"

    def takes(self, kind: Kind) -> bool:
        """Whether a value of a map's kind can stand here; texts take everything."""
        return self is Holds.TEXT or kind in _TAKES[self]

    def gives(self, kind: Kind) -> bool:
        """Whether what stands here can always be read as a map's kind."""
        if kind is Kind.DATE:
            return self is Holds.DATE
        if kind in _NUMBERS:
            return self is Holds.NUMBER
        return self is Holds.YES_NO if kind is Kind.BOOLEAN else True


_NUMBERS = frozenset({Kind.MONEY, Kind.NUMBER})
_TAKES: Mapping[Holds, frozenset[Kind]] = {
    Holds.NUMBER: _NUMBERS,
    Holds.DATE: frozenset({Kind.DATE}),
    Holds.YES_NO: frozenset({Kind.BOOLEAN}),
    Holds.RECORD: frozenset({Kind.REFERENCE, Kind.TEXT}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One field of one side: `type` in the words of that side, `length` None where it has none.

    `required`: a new record is refused without it. `values` are those of a picklist, `restricted` whether others are
    refused. `changing` is False for what only new records take. `since` is the qbXML version, "" where it does not
    matter; `variants` the kinds of item that have it.
    """

    path: str
    label: str
    type: str
    holds: Holds = Holds.TEXT
    length: int | None = None
    creating: bool = True
    changing: bool = True
    required: bool = False
    values: tuple[str, ...] = ()
    restricted: bool = False
    custom: bool = False
    since: str = ""
    variants: tuple[str, ...] = ()


Offers = Mapping[str, Offer]
"""The fields of one object, by path."""
Objects = Mapping[str, Offers]
"""The objects of one side, by name; one that is absent is unknown, and nothing is said about its fields."""
