"""Writing by a mapping: which remote fields bring canonical values to a side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from apatar.sync.field import ALTERNATIVE, VARIANT, Field
from apatar.sync.fitting import Fitting, NamePolicy
from apatar.sync.known import NOTHING, UNLINKED, Known
from apatar.sync.mapping import LineMapping, Missing, ObjectMapping
from apatar.sync.record import Base, Remote, Side
from apatar.sync.values import Kind, Lines, LineValue, RemoteLeaf, RemoteLine, RemoteValue, Scalar, Value

NEW_LINE = "-1"
"""Stands for the id of a line that a Mod adds (QBWC facts, section 4.7)."""
KEY_JOINT = "_"


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A reference that cannot be written yet: what it names has no counterpart."""

    field: Field
    value: str

    @property
    def waits_for(self) -> str:
        """The Salesforce id of what is waited for, or the QuickBooks id."""
        return self.value.removeprefix(UNLINKED)

    @property
    def side(self) -> Side:
        return Side.SALESFORCE if self.value.startswith(UNLINKED) else Side.QUICKBOOKS


@dataclass(frozen=True, slots=True)
class Written:
    """What to send to one side, what its fields will then hold in canonical form, what was cut, what is missing."""

    fields: dict[str, RemoteValue]
    values: dict[str, Value]
    notes: tuple[str, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where values are written: the side, what it holds now, and what was agreed on before.

    `source_id` is the counterpart's id; `base` pairs the lines; `variant` is the kind of a QuickBooks record.
    """

    side: Side
    current: Remote = field(default_factory=dict)
    creating: bool = False
    source_id: str = ""
    base: Base = field(default_factory=Base)
    line_ids: frozenset[str] = frozenset()
    variant: str = ""


def write(
    mapping: ObjectMapping,
    target: Target,
    values: Mapping[str, Value],
    *,
    fitting: Fitting | None = None,
    known: Known = NOTHING,
) -> Written:
    """Return the remote fields that bring `values` to a side. Raises ExpressionError.

    A group of QuickBooks is sent whole, its members that are not mapped included, because the facts leave open what
    an address with fewer members does to the rest in a CustomerMod (QBWC section 4.7 speaks of elements, not of
    aggregates: unverified). Cleared elements are "" there, None in Salesforce.
    """
    work = _Writing(mapping, target, fitting or Fitting(NamePolicy.END), known)
    for name, value in values.items():
        work.put(mapping.field(name), value)
    if target.side is Side.QUICKBOOKS:
        work.finish_quickbooks(values)
    return Written(work.sent, work.stands, tuple(work.notes), tuple(work.unresolved))


@dataclass(slots=True)
class _Writing:
    mapping: ObjectMapping
    target: Target
    fitting: Fitting
    known: Known
    sent: dict[str, RemoteValue] = field(default_factory=dict)
    stands: dict[str, Value] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)

    def put(self, one: Field, value: Value) -> None:
        side = self.target.side
        if one.lines is not None:
            self._put_lines(one, one.lines, value)
            return
        fitted = one.fitted(side, value, self.fitting)
        paths = self._paths(one)
        if not paths:
            return
        if one.kind is Kind.REFERENCE and isinstance(fitted.value, str):
            self._put_reference(one, paths[0], fitted.value)
            return
        self.stands[one.name] = fitted.value
        self.sent.update(_spread(paths, side, fitted.value))
        self.notes.extend(f"{one.label} {note}." for note in fitted.notes)

    def _paths(self, one: Field) -> tuple[str, ...]:
        paths = one.paths(self.target.side)
        if self.target.side is Side.SALESFORCE or not any(ALTERNATIVE in path for path in paths):
            return paths
        found = (self._alternative(path) for path in paths)
        return tuple(path for path in found if path)

    def _alternative(self, path: str) -> str:
        """Choose the path that the record has already, else the one that its variant knows; "" where it knows none."""
        offered = path.split(ALTERNATIVE)
        held = next((one for one in offered if one in self.target.current), None)
        if held is not None:
            return held
        heads = next((one.heads for one in self.mapping.variants if one.name == self.target.variant), None)
        if heads is None:
            return offered[0]
        return next((one for one in offered if one.partition(".")[0] in heads), "")

    def _put_reference(self, one: Field, path: str, value: str) -> None:
        resolved = self._resolve(one, value)
        if resolved is None:
            self.unresolved.append(Unresolved(one, value))
            return
        self.stands[one.name] = value if self.target.side is Side.SALESFORCE else resolved
        self.sent[path] = resolved

    def _resolve(self, one: Field, value: str) -> str | None:
        if self.target.side is Side.SALESFORCE:
            return self.known.salesforce_id(one.refers_to, value)
        if not value.startswith(UNLINKED):
            return value
        if self.mapping.missing is not Missing.STAND_IN:
            return None
        return next((found for pair in one.refers_to if (found := self.known.stand_ins.get(pair))), None)

    def _put_lines(self, one: Field, lines: LineMapping, value: Value) -> None:
        wanted = value.lines if isinstance(value, Lines) else ()
        written = tuple(self._line(lines, line) for line in wanted)
        if self.target.side is Side.SALESFORCE:
            written = (*written, *self._vanished(lines, one, wanted))
        self.sent[one.name] = written
        if any(missing.field in lines.fields for missing in self.unresolved):
            return  # to be written again once what they refer to is there
        self.stands[one.name] = (
            Lines(tuple(self._line_as_it_stands(lines, line) for line in wanted)) if wanted else None
        )

    def _line(self, lines: LineMapping, line: LineValue) -> RemoteLine:
        values = dict(line.values)
        kind = self._line_kind(lines, values)
        is_group = kind == lines.quickbooks_group and bool(kind)
        sent: dict[str, RemoteLeaf] = {}
        for one in lines.fields:
            if is_group and one.name not in lines.group_fields:
                continue
            sent.update(self._line_field(one, values.get(one.name), is_group=is_group))
        return RemoteLine(self._line_id(line), kind, sent)

    def _line_kind(self, lines: LineMapping, values: Mapping[str, Scalar]) -> str:
        if self.target.side is Side.SALESFORCE:
            return lines.salesforce_object
        for one in lines.fields:
            value = values.get(one.name)
            is_item = one.kind is Kind.REFERENCE and isinstance(value, str) and lines.quickbooks_group
            if is_item and self.known.kind_of(one.refers_to, str(value)) == "ItemGroup":
                return lines.quickbooks_group
        return lines.quickbooks_line

    def _line_id(self, line: LineValue) -> str:
        if self.target.side is Side.SALESFORCE:
            return f"{self.target.source_id}{KEY_JOINT}{line.key}"
        if self.target.creating:
            return ""
        paired = self.target.base.lines.get(line.key, "")
        return paired if paired in self.target.line_ids else NEW_LINE

    def _vanished(self, lines: LineMapping, one: Field, wanted: Iterable[LineValue]) -> tuple[RemoteLine, ...]:
        """Return the lines that Salesforce was given before and that QuickBooks has no more."""
        before = self.target.base.quickbooks.get(one.name)
        kept = {line.key for line in wanted}
        gone = [line.key for line in before.lines if line.key not in kept] if isinstance(before, Lines) else []
        return tuple(
            RemoteLine(f"{self.target.source_id}{KEY_JOINT}{key}", lines.salesforce_object, {}, gone=True)
            for key in gone
        )

    def _line_field(self, one: Field, value: Scalar, *, is_group: bool) -> dict[str, RemoteLeaf]:
        paths = one.paths(self.target.side)
        if not paths or (value is None and self.target.side is Side.QUICKBOOKS):
            return {}
        path = _line_path(paths[0], is_group=is_group)
        if one.kind is Kind.REFERENCE and isinstance(value, str):
            resolved = self._resolve(one, value)
            if resolved is None:
                self.unresolved.append(Unresolved(one, value))
                return {}
            return {path: resolved}
        fitted = one.fitted(self.target.side, value, self.fitting)
        self.notes.extend(f"{one.label} of a line {note}." for note in fitted.notes)
        return {path: _leaf(self.target.side, fitted.value)}

    def _line_as_it_stands(self, lines: LineMapping, line: LineValue) -> LineValue:
        fitted: list[tuple[str, Scalar]] = []
        fields = _by_name(lines)
        for name, value in line.values:
            one = fields[name]
            stands = value if one.kind is Kind.REFERENCE else one.fitted(self.target.side, value, self.fitting).value
            fitted.append((name, None if isinstance(stands, Lines) else stands))
        return LineValue(tuple(fitted), line.key)

    def finish_quickbooks(self, values: Mapping[str, Value]) -> None:
        groups = {one.group for name in values if (one := self.mapping.field(name)).group}
        sent = _whole_groups(self.sent, groups, self.target.current)
        self.sent = {path: value for path, value in sent.items() if self._worth_sending(path, value)}
        if self.target.creating and self.target.variant:
            self.sent[VARIANT] = self.target.variant

    def _worth_sending(self, path: str, value: RemoteValue) -> bool:
        # An empty element clears; where nothing stands there is nothing to clear.
        if value not in ("", ()):
            return True
        return not self.target.creating and self.target.current.get(path) not in {None, ""}


@cache
def _by_name(lines: LineMapping) -> dict[str, Field]:
    return {one.name: one for one in lines.fields}


def _line_path(path: str, *, is_group: bool) -> str:
    """Return the first alternative, or for a group line the last: "ItemRef.ListID|ItemGroupRef.ListID"."""
    offered = path.split(ALTERNATIVE)
    return offered[-1] if is_group else offered[0]


def _whole_groups(sent: dict[str, RemoteValue], groups: set[str], current: Remote) -> dict[str, RemoteValue]:
    carried = {path: value for path, value in current.items() if path.partition(".")[0] in groups}
    return {**carried, **sent} if carried else sent


def _spread(paths: tuple[str, ...], side: Side, value: Value) -> dict[str, RemoteValue]:
    if isinstance(value, tuple) and len(paths) > 1:
        return {path: value[at] if at < len(value) else "" for at, path in enumerate(paths)}
    return dict.fromkeys(paths, _leaf(side, value))


def _leaf(side: Side, value: Value) -> RemoteLeaf:
    if value is None or isinstance(value, Lines):
        return None if side is Side.SALESFORCE else ""
    if isinstance(value, tuple):
        return "\n".join(value)
    return value.isoformat() if isinstance(value, date) else value
