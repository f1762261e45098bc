"""Finding what the core must see beside a batch: links, counterparts, and records that could belong together."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import Q, QuerySet

from apatar.runs import models
from apatar.runs.models import Change, ChangeState, Link, Run
from apatar.runs.remote import record_of
from apatar.sync.change import idempotency_key
from apatar.sync.decision import Settings
from apatar.sync.mapping import ObjectMapping
from apatar.sync.match_keys import record_keys
from apatar.sync.pairs import PAIRS
from apatar.sync.record import Record, RecordKey, Side

Rows = QuerySet[models.Record]
Ids = Mapping[tuple[Side, str], Record]
MADE = (ChangeState.PLANNED, ChangeState.SENT, ChangeState.UNKNOWN, ChangeState.CONFIRMED)


def links_of(run: Run, mapping: ObjectMapping, records: Sequence[Record | models.Record]) -> dict[str, Link]:
    """Return the links of these records, by Salesforce id.

    Two queries instead of one with OR: so each finds its index, on both databases.
    """
    of_pair = Link.objects.filter(connection=run.connection, mapping=mapping.name)
    accounts = [one.remote_id for one in records if one.side == Side.SALESFORCE]
    customers = [one.remote_id for one in records if one.side == Side.QUICKBOOKS]
    found = [*of_pair.filter(salesforce_id__in=accounts), *of_pair.filter(quickbooks_id__in=customers)]
    return {link.salesforce_id: link for link in found}


def linked_ids(links: Mapping[str, Link]) -> set[tuple[Side, str]]:
    return {
        key
        for link in links.values()
        for key in ((Side.SALESFORCE, link.salesforce_id), (Side.QUICKBOOKS, link.quickbooks_id))
    }


def taken_in_family(run: Run, mapping: ObjectMapping, records: Sequence[Record]) -> set[RecordKey]:
    """Return those Salesforce records that have a counterpart in another pair of the family, or that may get one.

    An opportunity that made an estimate never makes an invoice besides, whatever its trigger says later.
    """
    if not mapping.family:
        return set()
    ids = [one.remote_id for one in records if one.side is Side.SALESFORCE]
    cousins = [one.name for one in PAIRS if one.family == mapping.family and one.name != mapping.name]
    mine = {"connection": run.connection, "mapping__in": cousins}
    linked = Link.objects.filter(**mine, salesforce_id__in=ids).values_list("salesforce_id", flat=True)
    made = Change.objects.filter(**mine, side=Side.QUICKBOOKS.value, operation="create", source_id__in=ids)
    coming = made.filter(state__in=MADE).values_list("source_id", flat=True)
    return {(Side.SALESFORCE, mapping.salesforce_object, one) for one in (*linked, *coming)}


def counterparts(run: Run, mapping: ObjectMapping, links: Iterable[Link], known: Ids) -> list[models.Record]:
    """Return the linked records that are not in `known`."""
    found: list[models.Record] = []
    pairs = list(links)
    for side in Side:
        ids = [link.salesforce_id if side is Side.SALESFORCE else link.quickbooks_id for link in pairs]
        missing = [one for one in ids if (side, one) not in known]
        rows = models.Record.objects.filter(
            connection=run.connection, side=side.value, object_type=mapping.object_on(side), remote_id__in=missing
        )
        found.extend(rows)
    return found


def candidates(
    run: Run,
    mapping: ObjectMapping,
    unlinked: Sequence[Record],
    settings: Settings,
    *,
    beside: Collection[tuple[Side, str]] = (),
) -> list[models.Record]:
    """Return the unlinked records that could belong to these, as `sync.match.pair` wants them.

    `beside` names further ones, which are found by nothing that the records share.
    """
    seen = {one.key for one in unlinked}
    around = _new_ones(run, mapping, _sharing(run, mapping, unlinked, settings), seen)
    around += _new_ones(run, mapping, _named(run, mapping, beside), seen)
    # Two accounts that would get one name may be found only through the customer they both resemble.
    nearby = [record_of(row, mapping) for row in around]
    further = _new_ones(run, mapping, _sharing(run, mapping, nearby, settings), seen)
    return [*around, *further]


def _named(run: Run, mapping: ObjectMapping, keys: Collection[tuple[Side, str]]) -> Iterable[models.Record]:
    for side in Side:
        ids = [remote_id for at, remote_id in keys if at is side]
        if ids:
            yield from models.Record.objects.filter(
                connection=run.connection, side=side.value, object_type=mapping.object_on(side), remote_id__in=ids,
                deleted_at=None,
            )  # fmt: skip


def _new_ones(
    run: Run, mapping: ObjectMapping, rows: Iterable[models.Record], seen: set[RecordKey]
) -> list[models.Record]:
    fresh = [row for row in rows if _key(row) not in seen]
    seen.update(map(_key, fresh))
    linked = linked_ids(links_of(run, mapping, fresh))
    return [row for row in fresh if (Side(row.side), row.remote_id) not in linked]


def _key(row: models.Record) -> RecordKey:
    return (Side(row.side), row.object_type, row.remote_id)


def _sharing(
    run: Run, mapping: ObjectMapping, records: Sequence[Record], settings: Settings
) -> Iterable[models.Record]:
    """Return rows that share a name key with the records, or are named by an id on either of them."""
    if not records:
        return []
    alive = models.Record.objects.filter(connection=run.connection, deleted_at=None).filter(
        Q(side=Side.SALESFORCE.value, object_type=mapping.salesforce_object)
        | Q(side=Side.QUICKBOOKS.value, object_type=mapping.quickbooks_object)
    )
    found = _named_by_id(run, mapping, alive, records, settings)
    keys = _keys_of(mapping, records, settings)
    if keys:
        found.append(alive.filter(second_key__in=keys).exclude(second_key=""))
        found += [
            alive.filter(side=side.value, object_type=mapping.object_on(side), match_key__in=keys) for side in Side
        ]
    return {row.pk: row for rows in found for row in rows}.values()


def _keys_of(mapping: ObjectMapping, records: Sequence[Record], settings: Settings) -> set[str]:
    if not mapping.matches_by_name:
        return set()
    return {
        key
        for one in records
        for key in record_keys(mapping, one, name_policy=settings.name_policy, spell=settings.spell)
    }


def _named_by_id(
    run: Run, mapping: ObjectMapping, alive: Rows, records: Sequence[Record], settings: Settings
) -> list[Rows]:
    """Return the queries for rows that an id on these records names, or that carry the id of one of them."""
    accounts = [one for one in records if one.side is Side.SALESFORCE]
    customers = [one for one in records if one.side is Side.QUICKBOOKS]
    marks = [
        idempotency_key(settings.namespace, Side.QUICKBOOKS, mapping.quickbooks_object, one.remote_id)
        for one in accounts
    ]
    carried = [*marks, *(one.remote_id for one in customers)]
    listed = [one.foreign_key for one in accounts if one.foreign_key]
    in_quickbooks = alive.filter(side=Side.QUICKBOOKS.value, object_type=mapping.quickbooks_object)
    in_salesforce = alive.filter(side=Side.SALESFORCE.value, object_type=mapping.salesforce_object)
    return [
        alive.filter(foreign_key__in=carried).exclude(foreign_key=""),
        in_quickbooks.filter(remote_id__in=listed),
        in_salesforce.filter(remote_id__in=_sources(run, customers)),
    ]


def _sources(run: Run, customers: Sequence[Record]) -> Collection[str]:
    """Return the ids of accounts for which these customers were once to be created: the journal knows the mark."""
    marks = [one.foreign_key for one in customers if one.foreign_key]
    if not marks:
        return []
    changes = Change.objects.filter(connection=run.connection, idempotency_key__in=marks)
    return list(changes.values_list("source_id", flat=True))
