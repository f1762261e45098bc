"""Turning merged values into changes of records that are there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from apatar.sync import holds
from apatar.sync.answers import Brought
from apatar.sync.change import Change, Operation, update_key
from apatar.sync.decision import HOLDER, Settings, is_coming, settles
from apatar.sync.field import Field
from apatar.sync.holds import Hold
from apatar.sync.known import Known
from apatar.sync.mapping import ObjectMapping, Source
from apatar.sync.reading import variant_of
from apatar.sync.record import Base, Record, Remote, Side
from apatar.sync.values import RemoteValue, Value
from apatar.sync.writing import Target, Unresolved, Written, write


@dataclass(slots=True)
class Updates:
    """Turns merged values into changes; gathers what could not be written yet."""

    mapping: ObjectMapping
    base: Base
    settings: Settings
    known: Known
    brought: Brought
    unresolved: list[Unresolved] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    later: list[Change] = field(default_factory=list)

    def towards(self, target: Record, source: Record, values: Mapping[str, Value]) -> Iterator[Change]:
        extensions = {name for name in values if self._is_extension(target.side, self.mapping.field(name))}
        own = {name: value for name, value in values.items() if name not in extensions}
        if change := self._update(target, source, own, _own_id(self.mapping, target, source)):
            yield change
        for name in sorted(extensions):
            if change := self._update(target, source, {name: values[name]}, {}):
                yield change

    def _is_extension(self, side: Side, one: Field) -> bool:
        return side is Side.QUICKBOOKS and one.is_extension

    def _update(
        self, target: Record, source: Record, values: Mapping[str, Value], own_id: dict[str, RemoteValue]
    ) -> Change | None:
        if not values and not own_id:
            return None
        salesforce_id = target.remote_id if target.side is Side.SALESFORCE else source.remote_id
        written = write(
            self.mapping,
            Target(
                side=target.side,
                current=target.fields,
                source_id=source.remote_id,
                base=self.base,
                line_ids=frozenset(line.id for line in target.lines),
                variant=variant_of(target),
            ),
            values,
            fitting=self.settings.fitting(salesforce_id),
            known=self.known,
        )
        self.unresolved.extend(written.unresolved)
        fields = self._all_fields(target, {**written.fields, **own_id})
        change = _change(self.mapping, target, source, values, written, fields, self) if fields else None
        if is_coming(written.unresolved, self.known):
            self.later += [change] if change else []
            return None
        if missing := [one for one in written.unresolved if one.field.required]:
            self.holds.append(holds.waits_for(self.mapping, source, missing[0], self.known))
            return None
        return change

    def _all_fields(self, target: Record, fields: dict[str, RemoteValue]) -> dict[str, RemoteValue]:
        if fields and target.side is Side.QUICKBOOKS and self.mapping.source is Source.INSIDE:
            return {**_whole_part(self.mapping, target.fields), **fields}
        return fields


def _change(
    mapping: ObjectMapping,
    target: Record,
    source: Record,
    values: Mapping[str, Value],
    written: Written,
    fields: dict[str, RemoteValue],
    work: Updates,
) -> Change:
    return Change(
        side=target.side,
        object_type=target.object_type,
        operation=Operation.UPDATE,
        remote_id=target.remote_id,
        source_id=source.remote_id,
        version=target.version,
        fields=fields,
        before=_before(mapping, target, fields),
        settles=settles(mapping, target.side, values, written, work.brought),
        idempotency_key=update_key(work.settings.namespace, target.side, target.object_type, target.remote_id, fields),
        notes=written.notes,
        variant=variant_of(target),
    )


def _before(mapping: ObjectMapping, target: Record, fields: Mapping[str, RemoteValue]) -> dict[str, RemoteValue]:
    lines = mapping.lines_field
    before: dict[str, RemoteValue] = {path: target.fields.get(path) for path in fields}
    if lines is not None and lines.name in before:
        before[lines.name] = target.lines
    return before


def _whole_part(mapping: ObjectMapping, current: Remote) -> dict[str, RemoteValue]:
    """A part of another record is written whole: no fact says what a missing element does there (unverified)."""
    paths = {path for one in mapping.fields for path in one.quickbooks} | {HOLDER}
    return {path: value for path, value in current.items() if path in paths}


def _own_id(mapping: ObjectMapping, target: Record, source: Record) -> dict[str, RemoteValue]:
    """Return our id where Salesforce lacks it; it is bookkeeping, so the direction of the data does not matter."""
    if target.side is Side.QUICKBOOKS or not mapping.external_id_field or target.foreign_key == source.remote_id:
        return {}
    return {mapping.external_id_field: source.remote_id}
