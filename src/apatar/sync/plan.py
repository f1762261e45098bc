"""Links and records in, decisions out: what is to be written, what waits for a person, what is settled already."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from apatar.sync import expressions, holds
from apatar.sync.answers import NOTHING_BROUGHT, Brought, Choice, Fate
from apatar.sync.change import Change, Operation, idempotency_key, update_key
from apatar.sync.errors import ExpressionError, UnreadableValueError
from apatar.sync.field import VARIANT, Field
from apatar.sync.fitting import Fitting, NamePolicy, Spell
from apatar.sync.holds import Hold
from apatar.sync.known import NOTHING, Known
from apatar.sync.mapping import Direction, Missing, Mode, ObjectMapping, Source, flows
from apatar.sync.match import Match, Question, pair
from apatar.sync.merge import Conflict, ConflictPolicy, counts_for, merge
from apatar.sync.reading import read, variant_of
from apatar.sync.record import Base, Link, Record, RecordKey, Remote, Side
from apatar.sync.values import Kind, RemoteValue, Value
from apatar.sync.writing import Target, Unresolved, Written, write

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
    the two ids before anything is written. `waits`: something it refers to has no counterpart yet, so it is to be
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


def decide_linked(
    mapping: ObjectMapping,
    link: Link,
    salesforce: Record | None,
    quickbooks: Record | None,
    settings: Settings,
    *,
    chosen: Mapping[str, Choice] | None = None,
    known: Known = NOTHING,
) -> Decision:
    """Decide for a pair. None stands for a record that is gone; deletions mark, they never travel.

    `chosen` holds what a person decided about conflicts, by field name.
    """
    blank = Decision(link.salesforce_id, link.quickbooks_id)
    if salesforce is None or quickbooks is None or salesforce.deleted or quickbooks.deleted:
        return _decide_gone(mapping, link, salesforce, quickbooks, settings)
    if mapping.ignores(salesforce) or mapping.ignores(quickbooks):
        return replace(blank, holds=(holds.left_out(mapping, salesforce, quickbooks),))
    try:
        if not (passes(mapping, salesforce) and passes(mapping, quickbooks)):
            return blank
        return _merged(mapping, link, salesforce, quickbooks, settings, chosen, known)
    except (UnreadableValueError, ExpressionError) as error:
        return replace(blank, holds=(holds.unreadable(error, salesforce, quickbooks),))


def _merged(
    mapping: ObjectMapping,
    link: Link,
    salesforce: Record,
    quickbooks: Record,
    settings: Settings,
    chosen: Mapping[str, Choice] | None,
    known: Known,
) -> Decision:
    merged = merge(
        mapping,
        base=link.base,
        salesforce=salesforce,
        quickbooks=quickbooks,
        direction=settings.direction,
        policy=settings.policy,
        fitting=settings.fitting(salesforce.remote_id),
        chosen=chosen,
        known=known,
    )
    work = _Updates(mapping, link.base, settings, known, merged.brought)
    changes = (
        *work.towards(salesforce, quickbooks, merged.to_salesforce),
        *work.towards(quickbooks, salesforce, merged.to_quickbooks),
    )
    decision = Decision(link.salesforce_id, link.quickbooks_id, changes=changes, conflicts=merged.conflicts)
    decision = replace(decision, later=tuple(work.later), fates=merged.fates)
    return replace(_waiting(mapping, decision, work.unresolved), settled=merged.settled, holds=tuple(work.holds))


def passes(mapping: ObjectMapping, record: Record) -> bool:
    """Tell whether a record passes the filter of its side. Raises ExpressionError."""
    text = mapping.filter_on(record.side)
    return not text or expressions.holds(expressions.compile(text), record.fields)


def decide_unlinked(
    mapping: ObjectMapping,
    unlinked: Sequence[Record],
    candidates: Iterable[Record],
    settings: Settings,
    *,
    known: Known = NOTHING,
    taken: Collection[RecordKey] = (),
) -> list[Decision]:
    """Decide for records without a link; what `candidates` must hold is said at `match.pair`.

    `taken` are records that have a counterpart in another pair of the same family: they get no second one.
    """
    admitted = _Admission(mapping, taken)
    pairings = pair(
        mapping,
        [one for one in unlinked if admitted.lets_in(one)],
        [one for one in candidates if admitted.lets_in(one)],
        namespace=settings.namespace,
        name_policy=settings.name_policy,
        spell=settings.spell,
        known=known,
    )
    decisions = [Decision(*_ids(record), holds=(hold,)) for record, hold in admitted.unreadable.values()]
    for one in pairings:
        decisions.extend(_decide_pairing(mapping, one, settings, known))
    return decisions


def _decide_pairing(mapping: ObjectMapping, one: object, settings: Settings, known: Known) -> Iterator[Decision]:
    match one:
        case Question():
            ids = (_only(one.keys, Side.SALESFORCE), _only(one.keys, Side.QUICKBOOKS))
            yield Decision(*ids, questions=(one,))
        case Match():
            link = Link(one.salesforce.remote_id, one.quickbooks.remote_id)
            decision = decide_linked(mapping, link, one.salesforce, one.quickbooks, settings, known=known)
            yield replace(decision, link_now=True)
        case _:
            source = one.source  # type: ignore[attr-defined]
            if may_create(mapping, source, settings):
                yield create(mapping, source, settings, known=known)


@dataclass(slots=True)
class _Admission:
    """Which records without a link are looked at; one whose filter cannot be evaluated is held with the reason."""

    mapping: ObjectMapping
    taken: Collection[RecordKey]
    unreadable: dict[RecordKey, tuple[Record, Hold]] = field(default_factory=dict)

    def lets_in(self, record: Record) -> bool:
        if record.key in self.taken:
            return False
        try:
            return (
                passes(self.mapping, record)
                and _is_recent(self.mapping, record)
                and _is_triggered(self.mapping, record)
            )
        except ExpressionError as error:
            self.unreadable[record.key] = (record, holds.unreadable(error, record))
            return False


def _is_recent(mapping: ObjectMapping, record: Record) -> bool:
    """Tell whether a record is inside the history window; one without a date is."""
    if not (mapping.since and mapping.date_field):
        return True
    paths = mapping.field(mapping.date_field).paths(record.side)
    held = next((str(found)[:10] for path in paths if (found := record.fields.get(path))), "")
    return not held or date.fromisoformat(held) >= date.fromisoformat(mapping.since)


def _is_triggered(mapping: ObjectMapping, record: Record) -> bool:
    if mapping.trigger is None or record.side is Side.QUICKBOOKS:
        return True
    return mapping.trigger.fires(record.fields, mapping.chosen_document)


def may_create(mapping: ObjectMapping, source: Record, settings: Settings) -> bool:
    """Tell whether a record's counterpart may be made; one that another record needs may be made against the habit."""
    target = source.side.other
    if not settings.direction.allows(target) or settings.link_only or target not in mapping.creates_in:
        return False
    return source.wanted or (mapping.direction.allows(target) and not mapping.link_only)


def create(mapping: ObjectMapping, source: Record, settings: Settings, *, known: Known = NOTHING) -> Decision:
    """Decide to create the counterpart of a record: after matching found none, or because a person said so."""
    ids = _ids(source)
    if source.wanted and not mapping.direction.allows(source.side.other):
        mapping = replace(mapping, direction=Direction.BOTH)
    try:
        values = read(mapping, source, known)
        if values[mapping.name_field] is None and mapping.field(mapping.name_field).required:
            return Decision(*ids, holds=(holds.nameless(mapping, source),))
        if (lines := mapping.lines_field) and lines.required and values[lines.name] is None:
            return Decision(*ids, holds=(holds.without_lines(mapping, source),))
        return _created(mapping, source, values, settings, known)
    except (UnreadableValueError, ExpressionError) as error:
        return Decision(*ids, holds=(holds.unreadable(error, source),))


def _created(
    mapping: ObjectMapping, source: Record, values: Mapping[str, Value], settings: Settings, known: Known
) -> Decision:
    target = source.side.other
    ids = _ids(source)
    sent = dict(_sent_at_first(mapping, source, values, settings, known))
    if lacking := [one for one in mapping.fields if target in one.needed_in and one.name not in sent]:
        return Decision(*ids, holds=(holds.lacks(mapping, source, lacking[0]),))
    written = write(
        mapping,
        Target(side=target, creating=True, source_id=source.remote_id, variant=_new_variant(mapping, target, sent)),
        sent,
        fitting=settings.fitting(ids[0] or ""),
        known=known,
    )
    if hold := _wrong_currency(mapping, source, values, known):
        return Decision(*ids, holds=(hold,))
    decision = _waiting(mapping, Decision(*ids), written.unresolved)
    change = _creation(mapping, source, values, sent, written, settings)
    if _is_coming(written.unresolved, known):
        return replace(decision, later=(change,))
    if missing := [one for one in written.unresolved if one.field.required]:
        return replace(decision, holds=(holds.waits_for(mapping, source, missing[0], known),))
    return replace(decision, changes=(change,))


def _creation(
    mapping: ObjectMapping,
    source: Record,
    values: Mapping[str, Value],
    sent: Mapping[str, Value],
    written: Written,
    settings: Settings,
) -> Change:
    target = source.side.other
    key = idempotency_key(settings.namespace, target, mapping.object_on(target), source.remote_id)
    return Change(
        side=target,
        object_type=mapping.object_on(target),
        operation=Operation.CREATE,
        remote_id=None,
        source_id=source.remote_id,
        version=None,
        fields={**written.fields, **_mark(mapping, target, source, key)},
        before={},
        # What a default stood in for is still empty over here.
        settles=_settles(mapping, target, {name: values[name] for name in sent}, written),
        idempotency_key=key,
        notes=written.notes,
        variant=str(written.fields.get(VARIANT) or ""),
    )


def _wrong_currency(mapping: ObjectMapping, source: Record, values: Mapping[str, Value], known: Known) -> Hold | None:
    """Hold a deal whose amounts would become those of another currency; known only where both sides have several."""
    deal = str(source.fields.get("CurrencyIsoCode") or "")
    if source.side is not Side.SALESFORCE or mapping.lines is None or not deal:
        return None
    for one in mapping.fields:
        if one.kind is not Kind.REFERENCE:
            continue
        for referred in one.refers_to:
            customer = known.currencies.get((referred, str(values.get(one.name))))
            if customer and customer != deal:
                return holds.other_currency(mapping, source, deal, customer)
    return None


def _sent_at_first(
    mapping: ObjectMapping, source: Record, values: Mapping[str, Value], settings: Settings, known: Known
) -> Iterator[tuple[str, Value]]:
    """Yield what a new record is given; fields beside the record follow once it exists."""
    target = source.side.other
    ours, theirs = (source, None) if source.side is Side.SALESFORCE else (None, source)
    for flow in flows(mapping, settings.direction):
        one = flow.field
        if not flow.open_to(target) or (target is Side.QUICKBOOKS and one.is_extension):
            continue
        if not counts_for(flow, ours, theirs):
            continue
        value = values[one.name]
        if value is None and one.default:
            formula = expressions.compile(one.default)
            value = one.recanonical(expressions.evaluate(formula, source.fields, tables=known.tables))
        if value is not None:
            yield one.name, value


def _new_variant(mapping: ObjectMapping, target: Side, sent: Mapping[str, Value]) -> str:
    if target is Side.SALESFORCE or not mapping.variants:
        return ""
    chosen = next((str(sent[one.name]) for one in mapping.fields if VARIANT in one.quickbooks and one.name in sent), "")
    names = [one.name for one in mapping.variants]
    return chosen if chosen in names else names[0]


def _is_coming(unresolved: Sequence[Unresolved], known: Known) -> bool:
    """Tell whether something it refers to is about to get its counterpart, so that waiting saves a second write."""
    return any((pair, one.side, one.waits_for) in known.pending for one in unresolved for pair in one.field.refers_to)


def _waiting(mapping: ObjectMapping, decision: Decision, unresolved: Sequence[Unresolved]) -> Decision:
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


@dataclass(slots=True)
class _Updates:
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
        if _is_coming(written.unresolved, self.known):
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
    work: _Updates,
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
        settles=_settles(mapping, target.side, values, written, work.brought),
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


def _settles(
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


def _decide_gone(
    mapping: ObjectMapping, link: Link, salesforce: Record | None, quickbooks: Record | None, settings: Settings
) -> Decision:
    """A deletion marks: it is written down in Salesforce where the map says how, else it waits for a person."""
    blank = Decision(link.salesforce_id, link.quickbooks_id)
    is_there = salesforce is not None and not salesforce.deleted
    if not (is_there and mapping.gone and salesforce):
        return replace(blank, holds=(holds.gone(mapping, link, salesforce, quickbooks),))
    fields: dict[str, RemoteValue] = {
        path: value for path, value in mapping.gone if salesforce.fields.get(path) != value
    }
    if not fields or not settings.direction.allows(Side.SALESFORCE):
        return blank
    change = Change(
        side=Side.SALESFORCE,
        object_type=salesforce.object_type,
        operation=Operation.UPDATE,
        remote_id=salesforce.remote_id,
        source_id=link.quickbooks_id,
        version=salesforce.version,
        fields=fields,
        before={path: salesforce.fields.get(path) for path in fields},
        settles=Base(),
        idempotency_key=update_key(
            settings.namespace, Side.SALESFORCE, salesforce.object_type, salesforce.remote_id, fields
        ),
    )
    return replace(blank, changes=(change,))


def _mark(mapping: ObjectMapping, target: Side, source: Record, key: str) -> dict[str, RemoteValue]:
    """Return the mark by which the new record is recognised, even when its confirmation is lost."""
    if target is Side.QUICKBOOKS:
        return {} if mapping.source is Source.INSIDE else {GUID_ELEMENT: key}
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
