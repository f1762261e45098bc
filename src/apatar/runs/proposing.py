"""Looking, before a pair of objects is decided, which of its unlinked records could be the same one; kept as rows."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db.models import Exists, OuterRef, QuerySet

from apatar.runs import proposals
from apatar.runs.known import known_for
from apatar.runs.models import Change, ChangeState, Link, Record, Run
from apatar.runs.proposal import Ignored, Proposal, ProposalChoice, ProposalKind
from apatar.runs.remote import record_of
from apatar.runs.updates import insert_rows
from apatar.sync import suggest
from apatar.sync.change import Operation
from apatar.sync.errors import ExpressionError
from apatar.sync.known import NOTHING
from apatar.sync.mapping import ObjectMapping
from apatar.sync.plan import passes
from apatar.sync.record import Record as CoreRecord
from apatar.sync.record import Side
from apatar.sync.suggest import Traits

CHUNK = 500
ON_ITS_WAY = (ChangeState.PLANNED, ChangeState.SENT, ChangeState.UNKNOWN)


def propose(run: Run, mapping: ObjectMapping, *, now: datetime) -> None:
    """Find what the dirty records of a pair could be over there. Call in a transaction, before they are decided."""
    if not (mapping.matches_by_name or mapping.match_by):
        return
    dirty = {(side, one) for side in Side for one in _ids(_rows(run, mapping, side).filter(dirty=True))}
    mine = Proposal.objects.filter(connection=run.connection, mapping=mapping.name)
    if mine.exists():
        proposals.drop_passing(run.connection, mapping, sorted(dirty))
        proposals.counterpart_is_gone(run.connection, mapping, sorted(_gone(run, mapping)))
    if not any(_free(run, mapping, side).filter(dirty=True).exists() for side in Side):
        return
    traits = {side: list(_traits(run, mapping, side, now)) for side in Side}
    known_pairs = set(mine.values_list("salesforce_id", "quickbooks_id"))
    found = suggest.propose(traits[Side.SALESFORCE], traits[Side.QUICKBOOKS], only=dirty, known_pairs=known_pairs)
    names = {(side, one.remote_id): one.name for side in Side for one in traits[side]}
    insert_rows(
        [
            Proposal(
                connection=run.connection,
                mapping=mapping.name,
                salesforce_id=one.salesforce_id,
                quickbooks_id=one.quickbooks_id,
                salesforce_name=names[Side.SALESFORCE, one.salesforce_id][:255],
                quickbooks_name=names[Side.QUICKBOOKS, one.quickbooks_id][:255],
                kind=ProposalKind.SUGGESTED,
                score=one.score,
                reason=one.reason,
                found_at=now,
            )
            for one in found
        ]
    )


def _ids(rows: "QuerySet[Record]") -> "QuerySet[Record, str]":
    return rows.values_list("remote_id", flat=True)


def _rows(run: Run, mapping: ObjectMapping, side: Side) -> "QuerySet[Record]":
    return Record.objects.filter(
        connection=run.connection, side=side.value, object_type=mapping.object_on(side)
    ).order_by()


def _gone(run: Run, mapping: ObjectMapping) -> set[tuple[Side, str]]:
    gone = {side: _rows(run, mapping, side).filter(dirty=True).exclude(deleted_at=None) for side in Side}
    return {(side, one) for side in Side for one in _ids(gone[side])}


def _free(run: Run, mapping: ObjectMapping, side: Side) -> "QuerySet[Record]":
    """Return the records without a link that nobody ignores or has linked, and that nothing is being created for."""
    mine = {"connection": run.connection, "mapping": mapping.name}
    linked = Link.objects.filter(**mine, **{f"{side.value}_id": OuterRef("remote_id")})
    ignored = Ignored.objects.filter(**mine, side=side.value, remote_id=OuterRef("remote_id"))
    coming = Change.objects.filter(
        **mine, side=side.other.value, operation=Operation.CREATE.value, source_id=OuterRef("remote_id"),
        state__in=ON_ITS_WAY,
    )  # fmt: skip
    chosen = Proposal.objects.filter(**mine, choice=ProposalChoice.LINK, **{f"{side.value}_id": OuterRef("remote_id")})
    alive = _rows(run, mapping, side).filter(deleted_at=None)
    spoken_for = (linked, ignored, coming, chosen)
    return alive.filter(*(~Exists(one) for one in spoken_for))


def _traits(run: Run, mapping: ObjectMapping, side: Side, now: datetime) -> Iterator[Traits]:
    rows = _free(run, mapping, side).order_by("id").iterator(chunk_size=CHUNK)
    while some := list(islice(rows, CHUNK)):
        records = [one for one in (record_of(row, mapping) for row in some) if _counts(mapping, one)]
        known = known_for(run, mapping, records, today=now.date()) if mapping.scope else NOTHING
        yield from (suggest.traits_of(mapping, one, known) for one in records)


def _counts(mapping: ObjectMapping, record: CoreRecord) -> bool:
    try:
        return not mapping.ignores(record) and passes(mapping, record)
    except ExpressionError:
        return False
