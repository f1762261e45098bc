"""A small pair of systems and a run that may be refused or killed at any step; nothing here decides."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS as MAPPING
from apatar.sync.change import Change, Operation, order, settle
from apatar.sync.decision import Decision, Settings
from apatar.sync.plan import decide_linked, decide_unlinked
from apatar.sync.reading import read
from apatar.sync.record import Base, Link, Record, Side
from apatar.sync.values import RemoteLeaf
from tests.sync.situations import NOON

GROUPS = ("BillAddress", "ShipAddress")
LENGTHS = {path: one.quickbooks_length for one in MAPPING.fields for path in one.quickbooks if one.quickbooks_length}
Fields = dict[str, RemoteLeaf]


class Refused(Exception):
    """The side does not take this write."""


class Killed(Exception):
    """The run ends here, between two instructions."""


def plain(change: Change) -> Fields:
    """Return what a change writes; accounts and customers have no lines."""
    return {path: value for path, value in change.fields.items() if not isinstance(value, tuple)}


def spell(text: str) -> str:
    """The characters that this QuickBooks has."""
    return text.replace("Ł", "L").replace("ł", "l")


@dataclass(slots=True)
class World:
    """Both systems, what the service remembers, and what people typed and nobody has carried over yet."""

    settings: Settings
    address_semantics: Literal["replace", "patch"] = "replace"
    accounts: dict[str, Fields] = field(default_factory=dict)
    customers: dict[str, Fields] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    moved: dict[str, int] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    typed: set[tuple[Side, str, str]] = field(default_factory=set)
    created: Counter[tuple[Side, str]] = field(default_factory=Counter)
    refused: list[Change] = field(default_factory=list)
    time: int = 0
    number: int = 0

    def type_in(self, side: Side, remote_id: str, fields: Fields) -> None:
        """A person edits a record; QuickBooks refuses what it would refuse."""
        held = self._held(side)[remote_id]
        before = self.record(side, remote_id)
        if side is Side.QUICKBOOKS:
            self._check_customer(remote_id, fields)
        held.update(fields)
        self._touch(remote_id)
        old, new = read(MAPPING, before), read(MAPPING, self.record(side, remote_id))
        self.typed |= {(side, remote_id, name) for name in new if new[name] != old[name]}

    def new_account(self, fields: Fields) -> str:
        return self._insert(Side.SALESFORCE, fields)

    def new_customer(self, fields: Fields) -> str:
        self._check_customer(None, fields)
        return self._insert(Side.QUICKBOOKS, fields)

    def record(self, side: Side, remote_id: str) -> Record:
        fields = dict(self._held(side)[remote_id])
        mark = fields.get(MAPPING.external_id_field if side is Side.SALESFORCE else "ExternalGUID")
        return Record(
            side,
            MAPPING.object_on(side),
            remote_id,
            str(self.moved[remote_id]),
            fields,
            NOON + timedelta(minutes=self.moved[remote_id]),
            remote_id in self.deleted,
            str(mark) if mark else None,
        )

    def run(self, *, refusing: Side | None = None, killed_at: int | None = None) -> list[Change]:
        """One whole run; returns every change that was decided. `killed_at` counts single steps."""
        self.refused = []
        steps = iter(range(1_000_000))
        decided: list[Change] = []
        try:
            for decision in self._decisions():
                decided += decision.changes
                self._apply(decision, refusing, steps, killed_at)
        except Killed:
            pass
        return decided

    def pairs(self) -> Iterator[tuple[Record, Record, Link]]:
        for link in self.links.values():
            if not {link.salesforce_id, link.quickbooks_id} & self.deleted:
                ours = self.record(Side.SALESFORCE, link.salesforce_id)
                yield ours, self.record(Side.QUICKBOOKS, link.quickbooks_id), link

    def _decisions(self) -> Iterator[Decision]:
        for link in list(self.links.values()):
            records = [self.record(side, link.remote_id(side)) for side in Side]
            yield decide_linked(MAPPING, link, records[0], records[1], self.settings)
        linked = {link.remote_id(side) for link in self.links.values() for side in Side}
        free = [
            self.record(side, remote_id) for side in Side for remote_id in self._held(side) if remote_id not in linked
        ]
        yield from decide_unlinked(MAPPING, free, (), self.settings)

    def _apply(self, decision: Decision, refusing: Side | None, steps: Iterator[int], killed_at: int | None) -> None:
        def may_die_here() -> None:
            if next(steps) == killed_at:
                raise Killed

        may_die_here()
        if decision.link_now and decision.salesforce_id and decision.quickbooks_id:
            self.links[decision.salesforce_id] = Link(decision.salesforce_id, decision.quickbooks_id)
        if decision.settled:
            self._settle(decision.salesforce_id or "", decision.settled)
        for change in order(decision.changes):
            self._nothing_typed_is_lost(change, decision)
            may_die_here()
            try:
                answered = self._send(change, refusing)
            except Refused:
                self.refused.append(change)
                continue
            may_die_here()
            self._confirm(change, answered)

    def _nothing_typed_is_lost(self, change: Change, decision: Decision) -> None:
        if change.remote_id is None:
            return
        stands = read(MAPPING, self.record(change.side, change.remote_id))
        kept = {one.field: one for one in decision.conflicts if one.winner is change.side.other}
        agreed = self.links[decision.salesforce_id or ""].base.on(change.side)
        for name, value in change.settles.on(change.side).items():
            if name in agreed and stands[name] == agreed[name]:
                continue  # typed, and typed back to what both sides had agreed on
            if (change.side, change.remote_id, name) in self.typed and stands[name] not in {None, value}:
                loser = kept[name].salesforce if change.side is Side.SALESFORCE else kept[name].quickbooks
                assert loser == stands[name]

    def _send(self, change: Change, refusing: Side | None) -> Record:
        if refusing is change.side:
            raise Refused
        if change.side is Side.SALESFORCE:
            return self._write_account(change)
        return self._write_customer(change)

    def _write_account(self, change: Change) -> Record:
        wanted = change.fields.get(MAPPING.external_id_field)
        holder = next(
            (at for at, held in self.accounts.items() if wanted and held.get(MAPPING.external_id_field) == wanted), None
        )
        if change.operation is Operation.CREATE and holder is None:
            self.created[change.side, change.source_id] += 1
            return self.record(change.side, self._insert(change.side, plain(change)))
        target = change.remote_id or holder
        assert target is not None
        if holder not in {None, target}:
            raise Refused
        self.accounts[target].update(plain(change))
        self._touch(target)
        return self.record(change.side, target)

    def _write_customer(self, change: Change) -> Record:
        sent = plain(change)
        self._check_customer(change.remote_id, sent)
        fields = {path: spell(value) if isinstance(value, str) else value for path, value in sent.items()}
        assert fields == sent, "the core spells for QuickBooks before it cuts"
        if change.remote_id is None:
            guids = {held.get("ExternalGUID") for held in self.customers.values()}
            assert fields["ExternalGUID"] not in guids, "a second customer for one account"
            self.created[change.side, change.source_id] += 1
            return self.record(change.side, self._insert(change.side, {"Balance": "0.00", **fields}))
        if change.version != str(self.moved[change.remote_id]):
            raise Refused
        self._modify(self.customers[change.remote_id], fields)
        self._touch(change.remote_id)
        return self.record(change.side, change.remote_id)

    def _modify(self, held: Fields, fields: Fields) -> None:
        if self.address_semantics == "replace":
            sent = {path.partition(".")[0] for path in fields} & {*GROUPS}
            for path in [path for path in held if path.partition(".")[0] in sent]:
                del held[path]
        held.update(fields)
        for path in [path for path, value in held.items() if value == ""]:
            del held[path]

    def _confirm(self, change: Change, answered: Record) -> None:
        ids = {change.side: answered.remote_id, change.side.other: change.source_id}
        self.links.setdefault(ids[Side.SALESFORCE], Link(ids[Side.SALESFORCE], ids[Side.QUICKBOOKS]))
        # Salesforce confirms with an id only, QuickBooks with the whole record.
        written = answered if change.side is Side.QUICKBOOKS else None
        self._settle(ids[Side.SALESFORCE], settle(MAPPING, Base(), change, written=written))

    def _settle(self, salesforce_id: str, fragment: Base) -> None:
        link = self.links[salesforce_id]
        self.links[salesforce_id] = replace(link, base=link.base.settled(fragment))
        gone = {(side, link.remote_id(side), name) for side in Side for name in fragment.on(side)}
        self.typed -= gone

    def _check_customer(self, remote_id: str | None, fields: Fields) -> None:
        for path, value in fields.items():
            assert not isinstance(value, str) or len(value) <= LENGTHS.get(path, 9999), path
        name = str(fields.get("Name", "never used"))
        assert name, "a customer keeps its name"
        assert ":" not in name
        others = [held for at, held in self.customers.items() if at != remote_id and at not in self.deleted]
        if name.casefold() in {str(held["Name"]).casefold() for held in others}:
            raise Refused

    def _insert(self, side: Side, fields: Fields) -> str:
        self.number += 1
        remote_id = f"{'001' if side is Side.SALESFORCE else '80-'}{self.number:05d}"
        self._held(side)[remote_id] = fields
        self._touch(remote_id)
        return remote_id

    def _touch(self, remote_id: str) -> None:
        self.time += 1
        self.moved[remote_id] = self.time

    def _held(self, side: Side) -> dict[str, Fields]:
        return self.accounts if side is Side.SALESFORCE else self.customers
