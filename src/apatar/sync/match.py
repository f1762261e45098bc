"""Pairing what was never linked: as a person said, by our id on the other side, by a chosen key, by name.

Two candidates are a question, never a guess.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from uuid import UUID

from apatar.sync.change import idempotency_key
from apatar.sync.fitting import NamePolicy, Spell, fit_name
from apatar.sync.known import NOTHING, Known
from apatar.sync.mapping import ObjectMapping
from apatar.sync.match_keys import match_key, record_keys
from apatar.sync.question import (
    Question,
    claimed_twice,
    name_twice,
    several_candidates,
    still_carries_id,
    unknown_quickbooks_id,
)
from apatar.sync.reading import key_of, name_of, reference
from apatar.sync.record import Record, RecordKey, Side
from apatar.sync.review import NOTHING_REVIEWED, Review


class MatchedBy(StrEnum):
    CHOICE = "choice"
    ID = "id"
    KEY = "key"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Match:
    salesforce: Record
    quickbooks: Record
    by: MatchedBy


@dataclass(frozen=True, slots=True)
class Create:
    """A record that has no counterpart, and nothing that could be one."""

    source: Record


@dataclass(frozen=True, slots=True)
class Waits:
    """A record about which a person is to say first whether it belongs to one that is there already."""

    source: Record


Pairing = Match | Create | Waits | Question


def pair(
    mapping: ObjectMapping,
    unlinked: Sequence[Record],
    candidates: Iterable[Record],
    *,
    namespace: UUID,
    name_policy: NamePolicy = NamePolicy.END,
    spell: Spell | None = None,
    known: Known = NOTHING,
    review: Review = NOTHING_REVIEWED,
) -> list[Pairing]:
    """Pair the unlinked records of a batch.

    `candidates` are the unlinked records of both sides that share a key with the batch, or with such a candidate, and
    those that carry or are named by a foreign key, or by `review`; more do no harm. A record whose create was sent
    and not yet answered must not be given: look its outcome up first. Deleted and ignored records are passed over.
    """
    alive = {
        record.key: record for record in (*candidates, *unlinked) if not record.deleted and not mapping.ignores(record)
    }
    wanted = {record.key for record in unlinked if record.key in alive}
    pool = _Pool(mapping, [alive[key] for key in sorted(alive)], namespace, name_policy, spell, known, review)
    found = [*pool.by_choice(), *pool.by_id(), *pool.by_key(), *pool.by_name()]
    return [one for one in found if not wanted.isdisjoint(_keys(one))]


@dataclass(slots=True)
class _Pool:
    """The records of one call, sorted; `taken` grows as they are paired or asked about."""

    mapping: ObjectMapping
    records: list[Record]
    namespace: UUID
    name_policy: NamePolicy
    spell: Spell | None
    known: Known
    review: Review
    taken: set[RecordKey] = field(default_factory=set)
    lost: set[RecordKey] = field(default_factory=set)

    def on(self, side: Side) -> list[Record]:
        return [record for record in self.records if record.side is side and record.key not in self.taken]

    def by_choice(self) -> Iterable[Pairing]:
        """Pair what a person paired, and let rest what lost its counterpart by a person's hand."""
        here = {record.key: record for record in self.records}
        groups, waits = _Groups(self.records), set(self.review.parted)
        for ids in sorted(self.review.links):
            keys = [(side, self.mapping.object_on(side), one) for side, one in zip(Side, ids, strict=True)]
            if all(key in here for key in keys):
                groups.join(here[keys[0]], here[keys[1]])
            waits.update(keys)
        for members in groups.all():
            self.taken.update(record.key for record in members)
            yield _matched(members, MatchedBy.CHOICE) or several_candidates(self.mapping, members)
        for record in (here[key] for key in sorted(waits & here.keys() - self.taken)):
            self.taken.add(record.key)
            yield Waits(record)

    def by_id(self) -> Iterable[Pairing]:
        customers, accounts = self.on(Side.QUICKBOOKS), self.on(Side.SALESFORCE)
        groups = _Groups(self.records)
        listed = {customer.remote_id: customer for customer in customers}
        marked = defaultdict(list)
        for customer in customers:
            if customer.foreign_key:
                marked[customer.foreign_key.upper()].append(customer)
        for account in accounts:
            for customer in marked.get(self._mark(account), ()) if marked else ():
                self._join(groups, account, customer)
            if account.foreign_key in listed:
                self._join(groups, account, listed[account.foreign_key])
            elif account.foreign_key and account.key not in groups:
                self.lost.add(account.key)
        for members in groups.all():
            self.taken.update(record.key for record in members)
            yield _matched(members, MatchedBy.ID) or claimed_twice(self.mapping, members)

    def by_key(self) -> Iterable[Pairing]:
        """Pair by the field that a person chose for it; who is asked about one key is not looked at by name."""
        if not self.mapping.match_by:
            return
        alike: dict[str, list[Record]] = defaultdict(list)
        for record in (*self.on(Side.QUICKBOOKS), *self.on(Side.SALESFORCE)):
            if (key := key_of(self.mapping, record)) and record.key not in self.lost:
                alike[key].append(record)
        groups = _Groups(self.records)
        for records in alike.values():
            self._join_all(groups, records)
        for members in groups.all():
            self.taken.update(record.key for record in members)
            yield _matched(members, MatchedBy.KEY) or several_candidates(self.mapping, members)

    def by_name(self) -> Iterable[Pairing]:
        groups, alone = self._named_alike()
        for members in groups.all():
            yield (
                self._stray(members) or _matched(members, MatchedBy.NAME) or several_candidates(self.mapping, members)
            )
        for members in alone:
            if len(members) > 1:
                yield self._stray(members) or name_twice(self.mapping, members)
            else:
                yield self._stray(members) or self._created(members[0])

    def _stray(self, members: list[Record]) -> Question | None:
        stray = next((record for record in members if record.key in self.lost), None)
        return unknown_quickbooks_id(self.mapping, stray, members) if stray else None

    def _created(self, record: Record) -> Pairing:
        if record.key in self.review.waits:
            return Waits(record)
        if record.side is Side.QUICKBOOKS and (carrier := self.review.carried.get(record.remote_id)) is not None:
            return still_carries_id(self.mapping, record, carrier)
        return Create(record)

    def _join(self, groups: "_Groups", one: Record, two: Record) -> None:
        if not self.review.are_apart(one, two):
            groups.join(one, two)

    def _join_all(self, groups: "_Groups", alike: list[Record]) -> None:
        """Join records that share a key, where they stand on both sides; what a person set apart is no bond."""
        sides = [[record for record in alike if record.side is side] for side in Side]
        if not all(sides):
            return
        if self.review.apart:
            for one, two in product(*sides):
                self._join(groups, one, two)
            return
        for record in alike[1:]:
            groups.join(alike[0], record)

    def _named_alike(self) -> tuple["_Groups", list[list[Record]]]:
        """Group what shares a key across the sides; what is left, by the name it would get on the other side."""
        shared: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in (*self.on(Side.QUICKBOOKS), *self.on(Side.SALESFORCE)):
            scope = self._scope(record)
            for key in self._keys_of(record):
                shared[key, scope].append(record)
        groups = _Groups(self.records)
        for alike in shared.values():
            self._join_all(groups, alike)
        return groups, self._alone(
            [record for record in self.records if record.key not in self.taken and record.key not in groups]
        )

    def _keys_of(self, record: Record) -> tuple[str, ...]:
        if not self.mapping.matches_by_name:
            return ()
        return record_keys(self.mapping, record, name_policy=self.name_policy, spell=self.spell)

    def _scope(self, record: Record) -> str:
        """Return what a name is to be unique in, such as the customer of a contact; "" where it is the whole list."""
        if not self.mapping.scope:
            return ""
        return reference(self.mapping.field(self.mapping.scope), record.side, record.fields, self.known) or ""

    def _alone(self, records: list[Record]) -> list[list[Record]]:
        groups = _Groups(records)
        first: dict[tuple[str, str], Record] = {}
        for record in records:
            scope = self._scope(record)
            for name in self._names_taken(record):
                groups.join(first.setdefault((name, scope), record), record)
        return groups.all()

    def _names_taken(self, record: Record) -> tuple[str, ...]:
        """Return what a new record may take only once: a name is unique in QuickBooks, in Salesforce it is not."""
        name = name_of(self.mapping, record)
        if record.side is Side.QUICKBOOKS or not match_key(name) or not self.mapping.matches_by_name:
            return (f"id {record.remote_id}",)
        fits = fit_name(self.spell(name) if self.spell else name, policy=self.name_policy, salt=record.remote_id)
        return (f"key {match_key(name)}", f"name {fits.casefold()}")

    def _mark(self, account: Record) -> str:
        return idempotency_key(self.namespace, Side.QUICKBOOKS, self.mapping.quickbooks_object, account.remote_id)


class _Groups:
    """Records that belong together, joined two at a time; groups and members come out in the order of `records`."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = {record.key: record for record in records}
        self._parent: dict[RecordKey, RecordKey] = {}

    def __contains__(self, key: RecordKey) -> bool:
        return key in self._parent

    def join(self, one: Record, two: Record) -> None:
        self._parent[self._root(one.key)] = self._root(two.key)

    def all(self) -> list[list[Record]]:
        groups: dict[RecordKey, list[Record]] = defaultdict(list)
        for key, record in self._records.items():
            if key in self._parent:
                groups[self._root(key)].append(record)
        return list(groups.values())

    def _root(self, key: RecordKey) -> RecordKey:
        while self._parent.setdefault(key, key) != key:
            self._parent[key] = self._parent[self._parent[key]]
            key = self._parent[key]
        return key


def _matched(members: list[Record], by: MatchedBy) -> Match | None:
    by_side = {record.side: record for record in members}
    if len(members) != 2 or len(by_side) != 2:
        return None
    return Match(by_side[Side.SALESFORCE], by_side[Side.QUICKBOOKS], by)


def _keys(pairing: Pairing) -> set[RecordKey]:
    if isinstance(pairing, Match):
        return {pairing.salesforce.key, pairing.quickbooks.key}
    return {pairing.source.key} if isinstance(pairing, Create | Waits) else set(pairing.keys)
