"""The three-way merge of one pair of records: per field, against what each side held when they last agreed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apatar.sync import expressions
from apatar.sync.fitting import Fitting
from apatar.sync.known import NOTHING, Known
from apatar.sync.mapping import Direction, Field, Flow, LineMapping, Mode, ObjectMapping, flows
from apatar.sync.reading import read
from apatar.sync.record import Base, Record, Side
from apatar.sync.values import Lines, LineValue, Value


class ConflictPolicy(StrEnum):
    """Who wins where both sides changed a shared field."""

    NEWEST = "newest"
    ASK = "ask"
    SALESFORCE = "salesforce"
    QUICKBOOKS = "quickbooks"


_NOT_MERGED = frozenset({Mode.ONLY_CREATE, Mode.MATCH_ONLY})


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two values for one field; `winner` None waits for a person, else the losing value is kept here."""

    field: str
    label: str
    salesforce: Value
    quickbooks: Value
    base_salesforce: Value
    base_quickbooks: Value
    winner: Side | None
    reason: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Canonical values to write to each side, what both sides agree on already, and the conflicts on the way."""

    to_salesforce: dict[str, Value]
    to_quickbooks: dict[str, Value]
    settled: Base
    conflicts: tuple[Conflict, ...]

    def to(self, side: Side) -> dict[str, Value]:
        return self.to_salesforce if side is Side.SALESFORCE else self.to_quickbooks


def merge(
    mapping: ObjectMapping,
    *,
    base: Base | None,
    salesforce: Record,
    quickbooks: Record,
    direction: Direction,
    policy: ConflictPolicy,
    fitting: Fitting | None = None,
    chosen: Mapping[str, Side] | None = None,
    known: Known = NOTHING,
) -> Merge:
    """Merge one pair; `chosen`: the winning side per field, as a person answered.

    Raises UnreadableValueError and ExpressionError.
    """
    work = _Work(
        policy=policy,
        newer=_newer(salesforce, quickbooks),
        fitting=fitting or Fitting(salt=salesforce.remote_id),
        chosen=chosen or {},
    )
    ours, theirs = read(mapping, salesforce, known), read(mapping, quickbooks, known)
    old = base or Base()
    for flow in flows(mapping, direction):
        name = flow.field.name
        if flow.field.mode in _NOT_MERGED:
            continue
        if flow.field.lines and not flow.field.lines.read_back:
            ours[name] = old.salesforce.get(name)
        settled = name in old.salesforce and name in old.quickbooks
        if settled and ours[name] == old.salesforce[name] and theirs[name] == old.quickbooks[name]:
            continue
        if not counts_for(flow, salesforce, quickbooks):
            continue
        values = _Values(ours[name], theirs[name], old.salesforce.get(name), old.quickbooks.get(name), settled)
        work.decide(flow, values)
    return work.result()


def counts_for(flow: Flow, salesforce: Record | None, quickbooks: Record | None) -> bool:
    """Tell whether a field counts for these records, by its condition on the source. Raises ExpressionError."""
    if not flow.field.when:
        return True
    source = quickbooks if flow.to_salesforce and not flow.to_quickbooks else salesforce
    return source is None or expressions.holds(expressions.compile(flow.field.when), source.fields)


def agree(one: Field, salesforce: Value, quickbooks: Value, fitting: Fitting) -> bool:
    """Tell whether two values are one: equal, or the one is what the other becomes when it is written across."""
    if one.lines:
        return _lines_agree(one.lines, salesforce, quickbooks, fitting)
    if one.to_salesforce_as or one.to_quickbooks_as:
        return _agree_turned(one, salesforce, quickbooks, fitting)
    if salesforce == quickbooks:
        return True
    if salesforce is None or quickbooks is None or not one.kind.is_text:
        return False
    return _becomes(one, salesforce, quickbooks, fitting)


def _agree_turned(one: Field, salesforce: Value, quickbooks: Value, fitting: Fitting) -> bool:
    there = one.direction.allows(Side.QUICKBOOKS)
    back = one.direction.allows(Side.SALESFORCE)
    return (there and one.fitted(Side.QUICKBOOKS, salesforce, fitting).value == quickbooks) or (
        back and one.fitted(Side.SALESFORCE, quickbooks, fitting).value == salesforce
    )


def _becomes(one: Field, salesforce: Value, quickbooks: Value, fitting: Fitting) -> bool:
    return (
        one.fitted(Side.QUICKBOOKS, salesforce, fitting).value == quickbooks
        or one.fitted(Side.SALESFORCE, quickbooks, fitting).value == salesforce
    )


def _lines_agree(lines: LineMapping, salesforce: Value, quickbooks: Value, fitting: Fitting) -> bool:
    ours = salesforce.lines if isinstance(salesforce, Lines) else ()
    theirs = quickbooks.lines if isinstance(quickbooks, Lines) else ()
    return len(ours) == len(theirs) and all(
        _line_agrees(lines, one, two, fitting) for one, two in zip(ours, theirs, strict=True)
    )


def _line_agrees(lines: LineMapping, salesforce: LineValue, quickbooks: LineValue, fitting: Fitting) -> bool:
    ours, theirs = dict(salesforce.values), dict(quickbooks.values)
    return all(
        agree(one, ours[one.name], theirs[one.name], fitting)
        for one in lines.fields
        if one.mode is not Mode.ONLY_CREATE
    )


@dataclass(frozen=True, slots=True)
class _Values:
    salesforce: Value
    quickbooks: Value
    base_salesforce: Value
    base_quickbooks: Value
    known: bool

    def on(self, side: Side) -> Value:
        return self.salesforce if side is Side.SALESFORCE else self.quickbooks

    def changed(self) -> frozenset[Side]:
        """Return the sides that moved. Without a base, an empty side has not spoken yet."""
        if self.known:
            moved = (
                (Side.SALESFORCE, self.salesforce != self.base_salesforce),
                (Side.QUICKBOOKS, self.quickbooks != self.base_quickbooks),
            )
        else:
            moved = ((Side.SALESFORCE, self.salesforce is not None), (Side.QUICKBOOKS, self.quickbooks is not None))
        return frozenset(side for side, is_moved in moved if is_moved)


@dataclass(slots=True)
class _Work:
    policy: ConflictPolicy
    newer: Side
    fitting: Fitting
    chosen: Mapping[str, Side]
    to_salesforce: dict[str, Value] = field(default_factory=dict)
    to_quickbooks: dict[str, Value] = field(default_factory=dict)
    settled_salesforce: dict[str, Value] = field(default_factory=dict)
    settled_quickbooks: dict[str, Value] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    def result(self) -> Merge:
        settled = Base(self.settled_salesforce, self.settled_quickbooks)
        return Merge(self.to_salesforce, self.to_quickbooks, settled, tuple(self.conflicts))

    def decide(self, flow: Flow, values: _Values) -> None:
        if agree(flow.field, values.salesforce, values.quickbooks, self.fitting):
            self.settled_salesforce[flow.field.name] = values.salesforce
            self.settled_quickbooks[flow.field.name] = values.quickbooks
            return
        changed = values.changed()
        winner, reason = self._winner(flow, changed)
        if winner is None:
            if flow.to_salesforce or flow.to_quickbooks:
                self._record(flow.field, values, None, reason)
            return
        if flow.field.required and values.on(winner) is None:
            # What must not be empty is filled again from the other side; nothing was typed that could be lost.
            winner, changed = winner.other, frozenset({winner.other})
        target = winner.other
        if not flow.open_to(target) or (flow.field.mode is Mode.IF_EMPTY and values.on(target) is not None):
            return
        (self.to_salesforce if target is Side.SALESFORCE else self.to_quickbooks)[flow.field.name] = values.on(winner)
        if target in changed:
            self._record(flow.field, values, winner, reason)

    def _winner(self, flow: Flow, changed: frozenset[Side]) -> tuple[Side | None, str]:
        answer = self.chosen.get(flow.field.name)
        if answer is not None:
            return answer, f"You chose the value of {answer.label}."
        owner = flow.field.owner.side
        if owner is not None:
            return owner, f"{owner.label} owns this field."
        if len(changed) == 1:
            (only,) = changed
            return only, f"Only {only.label} was changed."
        return self._by_policy(flow)

    def _by_policy(self, flow: Flow) -> tuple[Side | None, str]:
        if self.policy is ConflictPolicy.ASK:
            return None, "Both sides were changed, and you want to decide yourself."
        if self.policy is not ConflictPolicy.NEWEST:
            winner = Side(self.policy.value)
            return winner, f"Both sides were changed, and {winner.label} wins by your settings."
        if flow.to_salesforce != flow.to_quickbooks:
            winner = Side.QUICKBOOKS if flow.to_salesforce else Side.SALESFORCE
            return winner, f"Both sides were changed, and this field goes from {winner.label} only."
        return self.newer, f"Both sides were changed, {self.newer.label} more recently as far as the clocks can tell."

    def _record(self, one: Field, values: _Values, winner: Side | None, reason: str) -> None:
        self.conflicts.append(
            Conflict(
                field=one.name,
                label=one.label,
                salesforce=values.salesforce,
                quickbooks=values.quickbooks,
                base_salesforce=values.base_salesforce,
                base_quickbooks=values.base_quickbooks,
                winner=winner,
                reason=reason,
            )
        )


def _newer(salesforce: Record, quickbooks: Record) -> Side:
    """Return the side changed later; QuickBooks on a tie or where a time is unknown, because it keeps the books."""
    if salesforce.modified is None or quickbooks.modified is None:
        return Side.QUICKBOOKS
    return Side.SALESFORCE if salesforce.modified > quickbooks.modified else Side.QUICKBOOKS
