"""What people decided about records without a link, and what waits for them to decide, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from apatar.sync.record import Record, RecordKey, Side

Ids = tuple[str, str]
"""A Salesforce id and a QuickBooks id: two records that could belong together."""


@dataclass(frozen=True, slots=True)
class Review:
    """The answers that pairing goes by.

    `links` belong together and `apart` do not, because a person said so. The records in `waits` get no counterpart of
    their own before a person has answered; those in `parted` are not even paired: they lost their counterpart by a
    person's hand. `carried` says which Salesforce record, by name, carries a QuickBooks id already.
    """

    links: frozenset[Ids] = frozenset()
    apart: frozenset[Ids] = frozenset()
    waits: frozenset[RecordKey] = frozenset()
    parted: frozenset[RecordKey] = frozenset()
    carried: Mapping[str, str] = field(default_factory=dict)

    def are_apart(self, one: Record, two: Record) -> bool:
        return bool(self.apart) and one.side is not two.side and ids_of_both(one, two) in self.apart


NOTHING_REVIEWED = Review()


def ids_of_both(one: Record, two: Record) -> Ids:
    """Return the ids of two records of different sides, Salesforce's first."""
    ours, theirs = (one, two) if one.side is Side.SALESFORCE else (two, one)
    return ours.remote_id, theirs.remote_id
