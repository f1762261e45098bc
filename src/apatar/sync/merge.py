"""The three-way merge of one pair of records: per field, against what each side held when they last agreed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from apatar.sync import expressions
from apatar.sync.answers import CHANGED_MEANWHILE, NOT_MAPPED, Answer, Brought, Choice, Fate, Restore
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
    """Canonical values to write to each side, what both sides agree on already, and the conflicts on the way.

    `fates` says of every choice of a person what became of it, `brought` how what was brought back settles.
    """

    to_salesforce: dict[str, Value]
    to_quickbooks: dict[str, Value]
    settled: Base
    conflicts: tuple[Conflict, ...]
    fates: tuple[Fate, ...] = ()
    brought: Brought = field(default_factory=Brought)

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
    chosen: Mapping[str, Choice] | None = None,
    known: Known = NOTHING,
) -> Merge:
    """Merge one pair; `chosen`: what a person decided, by field. It counts for the values that the person saw.

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
        if (
            name not in work.chosen
            and settled
            and ours[name] == old.salesforce[name]
            and theirs[name] == old.quickbooks[name]
        ):
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

    @property
    def are_the_base(self) -> bool:
        return self.known and not self.changed()

    def with_value(self, side: Side, value: Value) -> "_Values":
        return replace(self, salesforce=value) if side is Side.SALESFORCE else replace(self, quickbooks=value)

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
    chosen: Mapping[str, Choice]
    to_salesforce: dict[str, Value] = field(default_factory=dict)
    to_quickbooks: dict[str, Value] = field(default_factory=dict)
    settled_salesforce: dict[str, Value] = field(default_factory=dict)
    settled_quickbooks: dict[str, Value] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    fates: dict[str, Fate] = field(default_factory=dict)
    beside: dict[str, Value] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)

    def result(self) -> Merge:
        settled = Base(self.settled_salesforce, self.settled_quickbooks)
        fates = [self.fates.get(name) or Fate(name, reason=NOT_MAPPED) for name in self.chosen]
        brought = Brought(self.beside, frozenset(self.alone))
        return Merge(self.to_salesforce, self.to_quickbooks, settled, tuple(self.conflicts), tuple(fates), brought)

    def decide(self, flow: Flow, values: _Values) -> None:
        choice = self.chosen.get(flow.field.name)
        if choice is not None and (self._carried_out(flow, values, choice) or values.are_the_base):
            return
        self._decide_by_rules(flow, values)

    def _carried_out(self, flow: Flow, values: _Values, choice: Choice) -> bool:
        """Apply what a person chose; False where it is not applied, so that the rules decide as ever."""
        if isinstance(choice, Restore):
            return self._restore(flow, values, choice)
        return self._answer(flow, values, choice)

    def _answer(self, flow: Flow, values: _Values, choice: Answer) -> bool:
        one, winner = flow.field, choice.winner
        if agree(one, values.salesforce, values.quickbooks, self.fitting):
            self.fates[one.name] = Fate(one.name)
            return False
        if (values.salesforce, values.quickbooks) != (choice.salesforce, choice.quickbooks):
            self.fates[one.name] = Fate(one.name, reason=CHANGED_MEANWHILE)
            return False
        if one.required and values.on(winner) is None:
            self.fates[one.name] = Fate(one.name, reason=f"{one.label} must not be empty. Choose the other value.")
            return False
        said = f"You chose the value of {winner.label}."
        if flow.open_to(winner.other):
            self._write(winner.other, one, values.on(winner))
        else:
            self._settle_as_it_stands(one, values)
            said += f" {_closed(one, (winner.other,))}"
        self.fates[one.name] = Fate(one.name, self._sides_of(one))
        self._record(one, values, winner, said)
        return True

    def _restore(self, flow: Flow, values: _Values, choice: Restore) -> bool:
        one = flow.field
        if reason := self._obstacle(one, values, choice):
            self.fates[one.name] = Fate(one.name, reason=reason)
            return False
        lacking = tuple(side for side in Side if not self._holds(one, side, values.on(side), choice.value))
        closed = tuple(side for side in lacking if not flow.open_to(side))
        if lacking and closed == lacking:
            self.fates[one.name] = Fate(one.name, reason=_closed(one, closed))
            return False
        for side in lacking:
            if side not in closed:
                self._write(side, one, choice.value)
        if not lacking:
            self._settle_as_it_stands(one, values)
        self._settle_brought(one, values)
        self.fates[one.name] = Fate(one.name, self._sides_of(one))
        self._record_overwritten(one, values, choice)
        return True

    def _obstacle(self, one: Field, values: _Values, choice: Restore) -> str:
        if one.required and choice.value is None:
            return f"{one.label} must not be empty, so an empty value cannot be brought back."
        seen = {Side.SALESFORCE: choice.salesforce, Side.QUICKBOOKS: choice.quickbooks}
        moved = [side for side in Side if values.on(side) != seen[side]]
        # One of the two may have been written already, before the other was refused.
        if any(not self._holds(one, side, values.on(side), choice.value) for side in moved):
            return CHANGED_MEANWHILE
        return ""

    def _holds(self, one: Field, side: Side, held: Value, value: Value) -> bool:
        return held == value or (one.lines is None and one.fitted(side, value, self.fitting).value == held)

    def _settle_brought(self, one: Field, values: _Values) -> None:
        written = self._sides_of(one)
        if len(written) == 1:
            self.beside[one.name] = values.on(written[0].other)
        elif written:
            self.alone.add(one.name)

    def _record_overwritten(self, one: Field, values: _Values, choice: Restore) -> None:
        """Keep what the restored value replaces, once where both sides hold the same."""
        reason = f"You brought back the value of {choice.side.label}."
        written = sorted(self._sides_of(one), key=lambda side: side is choice.side)
        for at, side in enumerate(written):
            if at and agree(one, values.salesforce, values.quickbooks, self.fitting):
                continue
            self._record(one, values.with_value(side.other, choice.value), side.other, reason)

    def _sides_of(self, one: Field) -> tuple[Side, ...]:
        return tuple(side for side in Side if one.name in self._to(side))

    def _to(self, side: Side) -> dict[str, Value]:
        return self.to_salesforce if side is Side.SALESFORCE else self.to_quickbooks

    def _write(self, side: Side, one: Field, value: Value) -> None:
        self._to(side)[one.name] = value

    def _settle_as_it_stands(self, one: Field, values: _Values) -> None:
        self.settled_salesforce[one.name] = values.salesforce
        self.settled_quickbooks[one.name] = values.quickbooks

    def _decide_by_rules(self, flow: Flow, values: _Values) -> None:
        if agree(flow.field, values.salesforce, values.quickbooks, self.fitting):
            self._settle_as_it_stands(flow.field, values)
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
        self._write(target, flow.field, values.on(winner))
        if target in changed:
            self._record(flow.field, values, winner, reason)

    def _winner(self, flow: Flow, changed: frozenset[Side]) -> tuple[Side | None, str]:
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


def _closed(one: Field, sides: tuple[Side, ...]) -> str:
    """Say why a side keeps what it has."""
    where = " and ".join(side.label for side in sides)
    return f"{one.label} is never written to {where}, so what stands there stays. To change it, type it there."


def _newer(salesforce: Record, quickbooks: Record) -> Side:
    """Return the side changed later; QuickBooks on a tie or where a time is unknown, because it keeps the books."""
    if salesforce.modified is None or quickbooks.modified is None:
        return Side.QUICKBOOKS
    return Side.SALESFORCE if salesforce.modified > quickbooks.modified else Side.QUICKBOOKS
