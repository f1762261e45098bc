"""Links and records in, decisions out: what is to be written, what waits for a person, what is settled already."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from apatar.sync import expressions, holds
from apatar.sync.answers import Choice
from apatar.sync.change import Change, Operation, update_key
from apatar.sync.creating import create, may_create
from apatar.sync.decision import Decision, Settings, ids_of, waiting
from apatar.sync.errors import ExpressionError, UnreadableValueError
from apatar.sync.holds import Hold
from apatar.sync.known import NOTHING, Known
from apatar.sync.mapping import ObjectMapping
from apatar.sync.match import Match, Waits, pair
from apatar.sync.merge import merge
from apatar.sync.question import Question
from apatar.sync.record import Base, Link, Record, RecordKey, Side
from apatar.sync.review import NOTHING_REVIEWED, Review
from apatar.sync.updating import Updates
from apatar.sync.values import RemoteValue


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
        return _decide_gone(mapping, link, salesforce, quickbooks, settings, known)
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
    work = Updates(mapping, link.base, settings, known, merged.brought)
    changes = (
        *work.towards(salesforce, quickbooks, merged.to_salesforce),
        *work.towards(quickbooks, salesforce, merged.to_quickbooks),
    )
    decision = Decision(link.salesforce_id, link.quickbooks_id, changes=changes, conflicts=merged.conflicts)
    decision = replace(decision, later=tuple(work.later), fates=merged.fates)
    return replace(waiting(mapping, decision, work.unresolved), settled=merged.settled, holds=tuple(work.holds))


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
    review: Review = NOTHING_REVIEWED,
) -> list[Decision]:
    """Decide for records without a link; what `candidates` must hold is said at `match.pair`.

    `taken` are records that have a counterpart in another pair of the same family: they get no second one.
    `review` is what people said about them.
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
        review=review,
    )
    decisions = [Decision(*ids_of(record), holds=(hold,)) for record, hold in admitted.unreadable.values()]
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
            yield replace(decision, link_now=True, matched_by=one.by)
        case Waits():
            yield Decision(*ids_of(one.source), undecided=True)
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


def _decide_gone(
    mapping: ObjectMapping,
    link: Link,
    salesforce: Record | None,
    quickbooks: Record | None,
    settings: Settings,
    known: Known,
) -> Decision:
    """A deletion marks: it is written down in Salesforce where the map says how, else it waits for a person."""
    blank = Decision(link.salesforce_id, link.quickbooks_id)
    is_there = salesforce is not None and not salesforce.deleted
    if not (is_there and mapping.gone and salesforce):
        return replace(blank, holds=(holds.gone(mapping, link, salesforce, quickbooks, known),))
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


def _only(keys: Sequence[RecordKey], side: Side) -> str | None:
    ids = [remote_id for at, _, remote_id in keys if at is side]
    return ids[0] if len(ids) == 1 else None
