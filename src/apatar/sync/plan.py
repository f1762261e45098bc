"""Links and records in, decisions out: what is to be written, what waits for a person, what is settled already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from apatar.sync.change import Change, Operation, idempotency_key, update_key
from apatar.sync.errors import UnreadableValueError
from apatar.sync.fitting import Fitting, NamePolicy, Spell
from apatar.sync.mapping import Direction, Mode, ObjectMapping, Written, flows, name_of, read, write
from apatar.sync.match import Match, Question, pair
from apatar.sync.merge import Conflict, ConflictPolicy, merge
from apatar.sync.record import Base, Link, Record, RecordKey, Side
from apatar.sync.values import RemoteValue, Value

GUID_ELEMENT = "ExternalGUID"
"""Kept by QuickBooks with the object, in Add and Ret only, since qbXML 8.0 (facts, QBWC section 4.6)."""


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
class Hold:
    """A record or pair that rests with its reason, until one of `keys` changes or a person acts."""

    code: str
    sentence: str
    remedy: str
    keys: tuple[RecordKey, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows for one pair, or for one record without counterpart; an id is None where there is none yet.

    `settled` goes into the base at once; what `changes` settle, when each is confirmed. `link_now` asks for a link of
    the two ids before anything is written.
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


def decide_linked(
    mapping: ObjectMapping,
    link: Link,
    salesforce: Record | None,
    quickbooks: Record | None,
    settings: Settings,
    *,
    chosen: Mapping[str, Side] | None = None,
) -> Decision:
    """Decide for a pair. None stands for a record that is gone; deletions mark, they never travel.

    `chosen` holds a person's answers to conflicts: the winning side by field name.
    """
    blank = Decision(link.salesforce_id, link.quickbooks_id)
    if salesforce is None or quickbooks is None or salesforce.deleted or quickbooks.deleted:
        return replace(blank, holds=(_gone(mapping, link, salesforce, quickbooks),))
    if mapping.ignores(salesforce) or mapping.ignores(quickbooks):
        return replace(blank, holds=(_left_out(mapping, salesforce, quickbooks),))
    try:
        merged = merge(
            mapping,
            base=link.base,
            salesforce=salesforce,
            quickbooks=quickbooks,
            direction=settings.direction,
            policy=settings.policy,
            fitting=settings.fitting(salesforce.remote_id),
            chosen=chosen,
        )
    except UnreadableValueError as error:
        return replace(blank, holds=(_unreadable(error, salesforce, quickbooks),))
    updates = (
        _update(mapping, salesforce, quickbooks, merged.to_salesforce, settings),
        _update(mapping, quickbooks, salesforce, merged.to_quickbooks, settings),
    )
    changes = tuple(change for change in updates if change)
    return replace(blank, changes=changes, conflicts=merged.conflicts, settled=merged.settled)


def decide_unlinked(
    mapping: ObjectMapping, unlinked: Sequence[Record], candidates: Iterable[Record], settings: Settings
) -> list[Decision]:
    """Decide for records without a link; what `candidates` must hold is said at `match.pair`."""
    decisions = []
    pairings = pair(
        mapping,
        unlinked,
        candidates,
        namespace=settings.namespace,
        name_policy=settings.name_policy,
        spell=settings.spell,
    )
    for one in pairings:
        if isinstance(one, Question):
            decisions.append(
                Decision(_only(one.keys, Side.SALESFORCE), _only(one.keys, Side.QUICKBOOKS), questions=(one,))
            )
        elif isinstance(one, Match):
            link = Link(one.salesforce.remote_id, one.quickbooks.remote_id)
            decisions.append(
                replace(decide_linked(mapping, link, one.salesforce, one.quickbooks, settings), link_now=True)
            )
        elif may_create(mapping, one.source.side.other, settings):
            decisions.append(create(mapping, one.source, settings))
    return decisions


def may_create(mapping: ObjectMapping, target: Side, settings: Settings) -> bool:
    allowed = mapping.direction.allows(target) and settings.direction.allows(target)
    return allowed and not settings.link_only


def create(mapping: ObjectMapping, source: Record, settings: Settings) -> Decision:
    """Decide to create the counterpart of a record: after matching found none, or because a person said so."""
    target = source.side.other
    ids = _ids(source)
    try:
        values = read(mapping, source)
    except UnreadableValueError as error:
        return Decision(*ids, holds=(_unreadable(error, source),))
    if values[mapping.name_field] is None:
        return Decision(*ids, holds=(_nameless(mapping, source),))
    sent = {
        flow.field.name: value
        for flow in flows(mapping, settings.direction)
        if flow.open_to(target) and (value := values[flow.field.name]) is not None
    }
    key = idempotency_key(settings.namespace, target, mapping.object_on(target), source.remote_id)
    written = _write(mapping, target, sent, {}, settings, salesforce_id=ids[0], creating=True)
    change = Change(
        side=target,
        object_type=mapping.object_on(target),
        operation=Operation.CREATE,
        remote_id=None,
        source_id=source.remote_id,
        version=None,
        fields={**written.fields, **_mark(mapping, target, source, key)},
        before={},
        settles=_settles(mapping, target, sent, written),
        idempotency_key=key,
        notes=written.notes,
    )
    return Decision(*ids, changes=(change,))


def _update(
    mapping: ObjectMapping, target: Record, source: Record, values: Mapping[str, Value], settings: Settings
) -> Change | None:
    own_id = _own_id(mapping, target, source)
    if not values and not own_id:
        return None
    salesforce_id = target.remote_id if target.side is Side.SALESFORCE else source.remote_id
    written = _write(mapping, target.side, values, target.fields, settings, salesforce_id=salesforce_id, creating=False)
    fields = {**written.fields, **own_id}
    return Change(
        side=target.side,
        object_type=target.object_type,
        operation=Operation.UPDATE,
        remote_id=target.remote_id,
        source_id=source.remote_id,
        version=target.version,
        fields=fields,
        before={path: target.fields.get(path) for path in fields},
        settles=_settles(mapping, target.side, values, written),
        idempotency_key=update_key(settings.namespace, target.side, target.object_type, target.remote_id, fields),
        notes=written.notes,
    )


def _write(
    mapping: ObjectMapping,
    side: Side,
    values: Mapping[str, Value],
    current: Mapping[str, RemoteValue],
    settings: Settings,
    *,
    salesforce_id: str | None,
    creating: bool,
) -> Written:
    return write(
        mapping,
        side,
        values,
        current=current,
        creating=creating,
        name_policy=settings.name_policy,
        salt=salesforce_id or "",
        spell=settings.spell,
    )


def _settles(mapping: ObjectMapping, target: Side, values: Mapping[str, Value], written: Written) -> Base:
    lasting = [name for name in values if mapping.field(name).mode is not Mode.ONLY_CREATE]
    source, stands = {name: values[name] for name in lasting}, {name: written.values[name] for name in lasting}
    return Base(stands, source) if target is Side.SALESFORCE else Base(source, stands)


def _mark(mapping: ObjectMapping, target: Side, source: Record, key: str) -> dict[str, RemoteValue]:
    """Return the mark by which the new record is recognised, even when its confirmation is lost."""
    if target is Side.QUICKBOOKS:
        return {GUID_ELEMENT: key}
    return {mapping.external_id_field: source.remote_id} if mapping.external_id_field else {}


def _own_id(mapping: ObjectMapping, target: Record, source: Record) -> dict[str, RemoteValue]:
    """Return our id where Salesforce lacks it; it is bookkeeping, so the direction of the data does not matter."""
    if target.side is Side.QUICKBOOKS or not mapping.external_id_field or target.foreign_key == source.remote_id:
        return {}
    return {mapping.external_id_field: source.remote_id}


def _ids(record: Record) -> tuple[str | None, str | None]:
    return (record.remote_id, None) if record.side is Side.SALESFORCE else (None, record.remote_id)


def _only(keys: Sequence[RecordKey], side: Side) -> str | None:
    ids = [remote_id for at, _, remote_id in keys if at is side]
    return ids[0] if len(ids) == 1 else None


def _gone(mapping: ObjectMapping, link: Link, salesforce: Record | None, quickbooks: Record | None) -> Hold:
    keys = tuple((side, mapping.object_on(side), link.remote_id(side)) for side in Side)
    absent = [
        side for side, record in zip(Side, (salesforce, quickbooks), strict=True) if record is None or record.deleted
    ]
    if len(absent) == 2:
        return Hold("deleted_on_both_sides", "This pair was deleted on both sides.", "Nothing is left to do.", keys)
    side, left = absent[0], salesforce if quickbooks is None or quickbooks.deleted else quickbooks
    name = name_of(mapping, left) if left else ""
    return Hold(
        f"deleted_in_{side.value}",
        f"“{name or link.remote_id(side.other)}” was deleted in {side.label}; in {side.other.label} it is untouched.",
        f"Restore it in {side.label}, or delete it in {side.other.label} yourself, if it is not needed there any more.",
        keys,
    )


def _left_out(mapping: ObjectMapping, salesforce: Record, quickbooks: Record) -> Hold:
    return Hold(
        "left_out",
        f"“{name_of(mapping, quickbooks)}” in QuickBooks is no longer of a kind that is kept in step "
        f"(for example, a customer that became a job).",
        "Move it back to the top of the customer list in QuickBooks, if it is not meant to be a job.",
        (salesforce.key, quickbooks.key),
    )


def _unreadable(error: UnreadableValueError, *records: Record) -> Hold:
    remedy = "Correct the value where it stands; the record is then tried again by itself."
    return Hold("unreadable_value", str(error), remedy, tuple(record.key for record in records))


def _nameless(mapping: ObjectMapping, source: Record) -> Hold:
    return Hold(
        "no_name",
        f"{source.object_type} {source.remote_id} has no name, and {source.side.other.label} wants one.",
        f"Fill in {mapping.field(mapping.name_field).label}; the record is then tried again by itself.",
        (source.key,),
    )
