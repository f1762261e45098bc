"""What a decision is, and what it rests on: the settings of a connection, what it waits for, what it settles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from apatar.sync.answers import NOTHING_BROUGHT, Brought, Fate
from apatar.sync.change import Change
from apatar.sync.fitting import Fitting, NamePolicy, Spell
from apatar.sync.holds import Hold
from apatar.sync.known import Known
from apatar.sync.mapping import Direction, Missing, Mode, ObjectMapping
from apatar.sync.match import MatchedBy
from apatar.sync.merge import Conflict, ConflictPolicy
from apatar.sync.question import Question
from apatar.sync.record import Base, Record, Side
from apatar.sync.values import Value
from apatar.sync.writing import Unresolved, Written

GUID_ELEMENT = "ExternalGUID"
"""Kept by QuickBooks with the object, in Add and Ret only, since qbXML 8.0 (facts, QBWC section 4.6)."""
HOLDER = "@holder"
"""The pseudo path of a part of another record that holds that record's QuickBooks id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a connection has decided. `link_only` pairs and updates, but never creates; `spell` is for QuickBooks."""

    namespace: UUID
    direction: Direction = Direction.BOTH
    policy: ConflictPolicy = ConflictPolicy.NEWEST
    name_policy: NamePolicy = NamePolicy.END
    link_only: bool = False
    spell: Spell | None = None

    def fitting(self, salesforce_id: str) -> Fitting:
        return Fitting(self.name_policy, salesforce_id, self.spell)


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows for one pair, or for one record without counterpart; an id is None where there is none yet.

    `settled` goes into the base at once; what `changes` settle, when each is confirmed. `link_now` asks for a link of
    the two ids before anything is written, and `matched_by` says why. `undecided`: a person is to say first whether the
    record belongs to one that is there already. `waits`: something it refers to has no counterpart yet, so it is to be
    decided again once there are new links; `wants` are the Salesforce records, by pair of objects, that should get one.
    `later` are the changes that follow as soon as what they refer to, and what is on its way already, is there.
    `fates` says what became of each choice of a person.
    """

    salesforce_id: str | None
    quickbooks_id: str | None
    link_now: bool = False
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    questions: tuple[Question, ...] = ()
    holds: tuple[Hold, ...] = ()
    settled: Base = field(default_factory=Base)
    notes: tuple[str, ...] = ()
    waits: bool = False
    wants: tuple[tuple[str, str], ...] = ()
    later: tuple[Change, ...] = ()
    fates: tuple[Fate, ...] = ()
    matched_by: MatchedBy | None = None
    undecided: bool = False


def ids_of(record: Record) -> tuple[str | None, str | None]:
    return (record.remote_id, None) if record.side is Side.SALESFORCE else (None, record.remote_id)


def is_coming(unresolved: Sequence[Unresolved], known: Known) -> bool:
    """Tell whether something it refers to is about to get its counterpart, so that waiting saves a second write."""
    return any((pair, one.side, one.waits_for) in known.pending for one in unresolved for pair in one.field.refers_to)


def waiting(mapping: ObjectMapping, decision: Decision, unresolved: Sequence[Unresolved]) -> Decision:
    """Say what the decision waits for, and what should therefore get a counterpart."""
    if not unresolved:
        return decision
    wants = tuple(
        (one.field.refers_to[-1], one.waits_for)
        for one in unresolved
        if one.side is Side.SALESFORCE and one.field.required and _is_made(mapping, one)
    )
    return replace(decision, waits=True, wants=wants)


def _is_made(mapping: ObjectMapping, one: Unresolved) -> bool:
    """Tell whether what a document lacks is made for it: customers unless refused, items only where that is chosen."""
    is_item = mapping.lines is not None and one.field in mapping.lines.fields
    return mapping.missing is Missing.MAKE if is_item else mapping.missing is not Missing.REFUSE


def settles(
    mapping: ObjectMapping,
    target: Side,
    values: Mapping[str, Value],
    written: Written,
    brought: Brought = NOTHING_BROUGHT,
) -> Base:
    lasting = [name for name in values if name in written.values and mapping.field(name).mode is not Mode.ONLY_CREATE]
    stands = {name: written.values[name] for name in lasting}
    source = {name: brought.beside.get(name, values[name]) for name in lasting if name not in brought.alone}
    return Base(stands, source) if target is Side.SALESFORCE else Base(source, stands)
