"""Deciding to make the counterpart of a record."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from apatar.sync import expressions, holds
from apatar.sync.change import Change, Operation, idempotency_key
from apatar.sync.decision import GUID_ELEMENT, Decision, Settings, ids_of, is_coming, settles, waiting
from apatar.sync.errors import ExpressionError, UnreadableValueError
from apatar.sync.field import VARIANT
from apatar.sync.holds import Hold
from apatar.sync.known import NOTHING, Known
from apatar.sync.mapping import Direction, ObjectMapping, Source, flows
from apatar.sync.merge import counts_for
from apatar.sync.reading import read
from apatar.sync.record import Record, Side
from apatar.sync.values import Kind, RemoteValue, Value
from apatar.sync.writing import Target, Written, write


def may_create(mapping: ObjectMapping, source: Record, settings: Settings) -> bool:
    """Tell whether a record's counterpart may be made; one that another record needs may be made against the habit."""
    target = source.side.other
    if not settings.direction.allows(target) or settings.link_only or target not in mapping.creates_in:
        return False
    return source.wanted or (mapping.direction.allows(target) and not mapping.link_only)


def create(mapping: ObjectMapping, source: Record, settings: Settings, *, known: Known = NOTHING) -> Decision:
    """Decide to create the counterpart of a record: after matching found none, or because a person said so."""
    ids = ids_of(source)
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
    ids = ids_of(source)
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
    decision = waiting(mapping, Decision(*ids), written.unresolved)
    change = _creation(mapping, source, values, sent, written, settings)
    if is_coming(written.unresolved, known):
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
        settles=settles(mapping, target, {name: values[name] for name in sent}, written),
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


def _mark(mapping: ObjectMapping, target: Side, source: Record, key: str) -> dict[str, RemoteValue]:
    """Return the mark by which the new record is recognised, even when its confirmation is lost."""
    if target is Side.QUICKBOOKS:
        return {} if mapping.source is Source.INSIDE else {GUID_ELEMENT: key}
    return {mapping.external_id_field: source.remote_id} if mapping.external_id_field else {}
