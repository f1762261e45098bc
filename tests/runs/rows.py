"""What happens to a pair of objects, as a table: each row says what people do, and what must then be seen."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from apatar.sandbox.quickbooks.features import Features
from apatar.sync.pairs import OFF_AT_FIRST, PAIRS
from tests.runs.trading import Office, Sales
from tests.runs.world import World

EVERYTHING = tuple(one.name for one in PAIRS if one.name not in OFF_AT_FIRST)
"""The pairs that a new connection keeps in step."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A world with the people at its both ends, and what they keep in mind."""

    world: World
    sales: Sales
    office: Office
    notes: dict[str, str] = field(default_factory=dict)

    def sync(self, runs: int = 1) -> None:
        for _ in range(runs):
            self.world.clock.pass_by(minutes=10)
            self.world.run_well()

    def only_here(self, kind: str, where: str = "") -> str:
        """Return the id of the only record of this kind in Salesforce."""
        return str(self.sales.one(kind, "SystemModstamp", where=where)["Id"])

    def only_there(self, kind: str) -> str:
        """Return the id of the only record of this kind in QuickBooks."""
        [one] = self.office.all(kind)
        return str(one.get("TxnID") or one["ListID"])


Act = Callable[[Scene], object]
Seen = Mapping[str, object]


def in_turn(*acts: Act) -> Act:
    """Return what does one thing after the other."""

    def act(scene: Scene) -> None:
        for one in acts:
            one(scene)

    return act


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What people do, and what must be seen two runs later.

    `then` holds what the row's `see` must show; `counts` how many records there are in Salesforce and in QuickBooks.
    `waits`: a part of the sentence of each open problem. `lost`: label of a field on which both sides were edited, the
    winner and the losing value. `why`: nothing is written, for this reason. `next`: what is done afterwards.
    """

    act: Act
    then: Seen = field(default_factory=dict)
    counts: tuple[int, int] | None = None
    waits: tuple[str, ...] = ()
    lost: tuple[str, str, str] | None = None
    notes: str = ""
    why: str = ""
    next: "Event | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One pair of objects. The fields from `made` on are its situations; each but `fresh` ones begins with `made`."""

    pair: str
    see: Callable[[Scene], Seen]
    count: Callable[[Scene], tuple[int, int]]
    around: tuple[str, ...]
    qbxml: str = "13.0"
    features: Features = field(default_factory=Features)
    stage: Act = lambda _: None
    counts: tuple[int, int] = (1, 1)

    made: Event
    made_on_the_other_side: Event
    edited_in_salesforce: Event
    edited_in_quickbooks: Event
    edited_on_both_sides: Event
    deleted_in_salesforce: Event
    deleted_in_quickbooks: Event
    voided_in_quickbooks: Event | None = None
    refers_to_something_missing: Event
    holds_an_over_long_text: Event
    refers_to_something_inactive: Event

    @property
    def pairs(self) -> tuple[str, ...]:
        """The pairs that are kept in step; only those whose records matter here, for the sake of time."""
        return (*self.around, self.pair)

    def situations(self) -> Iterator[tuple[str, Event]]:
        for one in fields(self):
            event = getattr(self, one.name)
            if isinstance(event, Event):
                yield one.name, event


FRESH = frozenset(
    {
        "made",
        "made_on_the_other_side",
        "refers_to_something_missing",
        "holds_an_over_long_text",
        "refers_to_something_inactive",
    }
)
"""Situations in which the record is made in a way of its own."""


def shows(scene: Scene, row: Row, event: Event) -> tuple[dict[str, object], dict[str, object]]:
    """Return what is seen of what an event names, and what must be seen."""
    seen = row.see(scene) if event.then else {}
    found = {name: seen.get(name) for name in event.then}
    return {**found, "counts": row.count(scene)}, {**event.then, "counts": event.counts or row.counts}


def of(record: Mapping[str, Any], prefix: str) -> dict[str, object]:
    """Return the fields of a record under names that say which side they are of."""
    return {f"{prefix}.{name}": value for name, value in record.items()}
