"""Finding what the core must see beside a batch: links, counterparts, and records that could belong together."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db.models import QuerySet

from apatar.runs import models
from apatar.runs.models import Change, Link, Run
from apatar.runs.remote import record_of
from apatar.sync.change import idempotency_key
from apatar.sync.mapping import ObjectMapping
from apatar.sync.match import record_keys
from apatar.sync.plan import Settings
from apatar.sync.record import Record, RecordKey, Side

Rows = QuerySet[models.Record]
Ids = Mapping[tuple[Side, str], Record]


def links_of(run: Run, mapping: ObjectMapping, records: Sequence[Record]) -> dict[str, Link]:
    """Return the links of these records, by Salesforce id.

    Two queries instead of one with OR: so each finds its index, on both databases.
    """
    of_pair = Link.objects.filter(connection=run.connection, mapping=mapping.name)
    accounts = [one.remote_id for one in records if one.side is Side.SALESFORCE]
    customers = [one.remote_id for one in records if one.side is Side.QUICKBOOKS]
    found = [*of_pair.filter(salesforce_id__in=accounts), *of_pair.filter(quickbooks_id__in=customers)]
    return {link.salesforce_id: link for link in found}


def linked_ids(links: Mapping[str, Link]) -> set[tuple[Side, str]]:
    return {
        key
        for link in links.values()
        for key in ((Side.SALESFORCE, link.salesforce_id), (Side.QUICKBOOKS, link.quickbooks_id))
    }


def counterparts(run: Run, mapping: ObjectMapping, links: Iterable[Link], known: Ids) -> list[Record]:
    """Return the linked records that are not in `known`."""
    found: list[Record] = []
    pairs = list(links)
    for side in Side:
        ids = [link.salesforce_id if side is Side.SALESFORCE else link.quickbooks_id for link in pairs]
        missing = [one for one in ids if (side, one) not in known]
        rows = models.Record.objects.filter(
            connection=run.connection, side=side.value, object_type=mapping.object_on(side), remote_id__in=missing
        )
        found.extend(record_of(row) for row in rows)
    return found


def candidates(run: Run, mapping: ObjectMapping, unlinked: Sequence[Record], settings: Settings) -> list[Record]:
    """Return the unlinked records that could belong to these, as `sync.match.pair` wants them."""
    seen = {one.key for one in unlinked}
    around = _new_ones(run, mapping, _sharing(run, mapping, unlinked, settings), seen)
    # Two accounts that would get one name may be found only through the customer they both resemble.
    further = _new_ones(run, mapping, _sharing(run, mapping, around, settings), seen)
    return [*around, *further]


def _new_ones(run: Run, mapping: ObjectMapping, rows: Iterable[models.Record], seen: set[RecordKey]) -> list[Record]:
    fresh = [one for row in rows if (one := record_of(row)).key not in seen]
    seen.update(one.key for one in fresh)
    linked = linked_ids(links_of(run, mapping, fresh))
    return [one for one in fresh if (one.side, one.remote_id) not in linked]


def _sharing(
    run: Run, mapping: ObjectMapping, records: Sequence[Record], settings: Settings
) -> Iterable[models.Record]:
    """Return rows that share a name key with the records, or are named by an id on either of them."""
    if not records:
        return []
    keys = {
        key
        for one in records
        for key in record_keys(mapping, one, name_policy=settings.name_policy, spell=settings.spell)
    }
    alive = models.Record.objects.filter(connection=run.connection, deleted_at=None, variant="")
    found = [
        alive.filter(second_key__in=keys).exclude(second_key=""),
        *_named_by_id(run, mapping, alive, records, settings),
    ]
    found += [alive.filter(side=side.value, object_type=mapping.object_on(side), match_key__in=keys) for side in Side]
    return {row.pk: row for rows in found for row in rows}.values()


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
