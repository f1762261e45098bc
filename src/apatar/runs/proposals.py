"""Rows of the review on their way into the core, and what becomes of them once records are linked.

Call everything here in a transaction, in the connection's scope.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from apatar.connections.models import Connection
from apatar.runs import intake
from apatar.runs.models import Link, Record, Run
from apatar.runs.proposal import Proposal, ProposalChoice, ProposalKind
from apatar.runs.remote import JOB
from apatar.runs.updates import insert_rows
from apatar.sync.decision import Decision
from apatar.sync.mapping import ObjectMapping
from apatar.sync.match_keys import match_key
from apatar.sync.pairs import declared
from apatar.sync.record import Record as CoreRecord
from apatar.sync.record import RecordKey, Side
from apatar.sync.review import Review

Rows = QuerySet[Proposal]
EXACT = (ProposalKind.ID, ProposalKind.KEY, ProposalKind.NAME)
LIKELY = (ProposalKind.SUGGESTED, ProposalKind.PARTED)
"""What holds its records up until a person decides."""
PASSING = (ProposalKind.SUGGESTED, ProposalKind.ALONE, ProposalKind.TAKEN)
"""What a run has found and nobody has decided: it is found anew whenever one of the records changes."""


def waiting(connection: Connection) -> Rows:
    """Return what holds its records up until a person decides."""
    return Proposal.objects.filter(connection=connection, choice=ProposalChoice.NONE, kind__in=LIKELY)


def unaccepted(connection: Connection) -> Rows:
    """Return what was matched exactly and nobody has looked at."""
    return Proposal.objects.filter(connection=connection, choice=ProposalChoice.NONE, kind__in=EXACT)


def decided_since(connection: Connection, moment: datetime) -> bool:
    """Tell whether a person has decided something since then that changes what a run would write."""
    decided = Proposal.objects.filter(connection=connection, decided_at__gte=moment)
    return bool(decided.exclude(kind__in=EXACT, choice=ProposalChoice.LINK).exists())


def about(connection: Connection, mapping: ObjectMapping, records: Iterable[tuple[Side, str]]) -> list[Proposal]:
    """Return the rows about these records."""
    of_pair = Proposal.objects.filter(connection=connection, mapping=mapping.name)
    by_side: dict[Side, list[str]] = {side: [] for side in Side}
    for side, remote_id in records:
        by_side[side].append(remote_id)
    found: dict[int, Proposal] = {}
    for side, ids in by_side.items():
        # Two queries instead of one with OR: so each finds its index, on both databases.
        for start in range(0, len(ids), intake.CHUNK):
            chunk = ids[start : start + intake.CHUNK]
            found |= {row.pk: row for row in of_pair.filter(**{f"{side.value}_id__in": chunk})}
    return list(found.values())


def review_of(run: Run, mapping: ObjectMapping, rows: Sequence[Proposal]) -> Review:
    """Return what people said, and what waits for them, as the core wants it."""
    both = [row for row in rows if row.salesforce_id and row.quickbooks_id]
    open_rows = [row for row in rows if row.choice == ProposalChoice.NONE]
    parted = [row for row in open_rows if row.kind == ProposalKind.PARTED]
    apart = [row for row in rows if row.choice == ProposalChoice.APART]
    return Review(
        links=frozenset(_ids(row) for row in both if row.choice == ProposalChoice.LINK),
        apart=frozenset(_ids(row) for row in both if row in apart or row in parted),
        waits=frozenset(
            key for row in open_rows if row.kind == ProposalKind.SUGGESTED for key in keys_of(mapping, row)
        ),
        parted=frozenset(key for row in parted for key in keys_of(mapping, row)),
        carried=_carried(run, mapping, [row.quickbooks_id for row in apart if row.quickbooks_id]),
    )


def keys_of(mapping: ObjectMapping, row: Proposal) -> list[RecordKey]:
    ids = {Side.SALESFORCE: row.salesforce_id, Side.QUICKBOOKS: row.quickbooks_id}
    return [(side, mapping.object_on(side), remote_id) for side, remote_id in ids.items() if remote_id]


def counterparts_in(mapping: ObjectMapping, rows: Sequence[Proposal]) -> set[tuple[Side, str]]:
    """Return the records that pairing must see because a person chose them, or because they may share the match key."""
    by_key = bool(mapping.match_by)
    wanted = [row for row in rows if row.choice == ProposalChoice.LINK or (by_key and row.kind in PASSING)]
    return {(side, remote_id) for row in wanted for side, _, remote_id in keys_of(mapping, row)}


def now_linked(run: Run, mapping: ObjectMapping, pairs: Sequence[tuple[str, str]]) -> None:
    """Drop what was proposed for records that have a counterpart now; who waited for one of them is looked at anew."""
    ends = [(Side.SALESFORCE, one) for one, _ in pairs] + [(Side.QUICKBOOKS, two) for _, two in pairs]
    drop_passing(run.connection, mapping, ends)


def drop_passing(connection: Connection, mapping: ObjectMapping, records: Sequence[tuple[Side, str]]) -> None:
    """Delete what was found about these records and not decided; the others it was about are looked at anew."""
    if not records:
        return
    rows = [
        row for row in about(connection, mapping, records) if row.choice == ProposalChoice.NONE and row.kind in PASSING
    ]
    if not rows:
        return
    others = {(side, remote_id) for row in rows for side, _, remote_id in keys_of(mapping, row)} - set(records)
    _delete(rows)
    look_at(connection, mapping, others)


def leave_the_other(row: Proposal, side: Side, *, waits: bool, why: str) -> None:
    """Take one side's record out of a row; the other one waits alone, with the reason, or is looked at anew."""
    other = side.other
    remote_id = getattr(row, f"{other.value}_id")
    row.delete()
    if not remote_id:
        return
    if waits:
        Proposal.objects.get_or_create(
            connection=row.connection,
            mapping=row.mapping,
            **{f"{side.value}_id": "", f"{other.value}_id": remote_id},
            defaults={
                f"{other.value}_name": getattr(row, f"{other.value}_name"),
                "kind": ProposalKind.PARTED,
                "reason": why,
                "found_at": row.found_at,
            },
        )
    look_at(row.connection, declared(row.mapping), [(other, remote_id)])


def counterpart_is_gone(connection: Connection, mapping: ObjectMapping, gone: Sequence[tuple[Side, str]]) -> None:
    """Have a record wait that a person wanted linked to one that was deleted before a run could link the two."""
    chosen = [row for row in about(connection, mapping, gone) if row.choice == ProposalChoice.LINK]
    for row in chosen:
        ids = {"salesforce_id": row.salesforce_id, "quickbooks_id": row.quickbooks_id}
        if not Link.objects.filter(connection=connection, mapping=mapping.name, **ids).exists():
            side = next(side for side, one in gone if one == getattr(row, f"{side.value}_id"))
            leave_the_other(row, side, waits=True, why="Its counterpart was deleted before the two were linked")


def look_at(connection: Connection, mapping: ObjectMapping, records: Iterable[tuple[Side, str]]) -> None:
    """Have these records decided anew."""
    ids: dict[Side, list[str]] = {side: [] for side in Side}
    for side, remote_id in records:
        ids[side].append(remote_id)
    for side, mine in ids.items():
        for start in range(0, len(mine), intake.CHUNK):
            Record.objects.filter(
                connection=connection,
                side=side.value,
                object_type=mapping.object_on(side),
                remote_id__in=mine[start : start + intake.CHUNK],
                deleted_at=None,
            ).update(dirty=True, decided=0)


def list_for_review(
    run: Run,
    mapping: ObjectMapping,
    unlinked: Sequence[CoreRecord],
    decisions: Sequence[Decision],
    names: dict[RecordKey, str],
    *,
    now: datetime,
) -> None:
    """List what was matched exactly, and what has no counterpart, for the person who looks before the first release."""
    rows = [_exact(run, mapping, one, names, now) for one in decisions if one.link_now and _is_listed(one)]
    spoken_for = {
        key
        for one in decisions
        if one.link_now or one.undecided or one.questions
        for key in _decided_keys(mapping, one)
    }
    planned = [change for one in decisions for change in (*one.changes, *one.later)]
    made = {(one.side.other, mapping.object_on(one.side.other), one.source_id) for one in planned}
    rows += [_alone(run, mapping, one, made, names, now) for one in unlinked if one.key not in spoken_for]
    _note_taken(run, mapping, [row for row in rows if made & set(keys_of(mapping, row))])
    insert_rows(rows)


def _note_taken(run: Run, mapping: ObjectMapping, rows: Sequence[Proposal]) -> None:
    """Say of what would be created in QuickBooks where another record has its name: one name stands there only once."""
    new = {match_key(row.salesforce_name): row for row in rows if row.salesforce_id and not row.quickbooks_id}
    if mapping.scope or not mapping.matches_by_name or not new:
        return
    there = Record.objects.filter(
        connection=run.connection, side=Side.QUICKBOOKS.value, object_type=mapping.quickbooks_object,
        match_key__in=list(new), deleted_at=None,
    )  # fmt: skip
    for key in there.exclude(variant=JOB).values_list("match_key", flat=True):
        new[key].kind, new[key].reason = ProposalKind.TAKEN, NAME_TAKEN


def _is_listed(one: Decision) -> bool:
    return one.matched_by is not None and one.matched_by.value in {kind.value for kind in EXACT}


def _decided_keys(mapping: ObjectMapping, one: Decision) -> set[RecordKey]:
    ids = {Side.SALESFORCE: one.salesforce_id, Side.QUICKBOOKS: one.quickbooks_id}
    keys = {(side, mapping.object_on(side), remote_id) for side, remote_id in ids.items() if remote_id}
    return keys | {key for question in one.questions for key in question.keys}


NAME_TAKEN = "Another record of QuickBooks has this name, and belongs to somebody else: rename one, or link the two"
REASONS = {
    ProposalKind.ID: "One carries the id of the other",
    ProposalKind.KEY: "The same match key, and nobody else has it",
    ProposalKind.NAME: "The same name, and nobody else has it",
}


def _exact(run: Run, mapping: ObjectMapping, one: Decision, names: dict[RecordKey, str], now: datetime) -> Proposal:
    kind = ProposalKind(one.matched_by.value if one.matched_by else ProposalKind.NAME)
    row = Proposal(connection=run.connection, mapping=mapping.name, kind=kind, score=100, found_at=now)
    row.salesforce_id, row.quickbooks_id = one.salesforce_id or "", one.quickbooks_id or ""
    row.reason = REASONS[kind]
    return _named(row, mapping, names)


def _alone(
    run: Run,
    mapping: ObjectMapping,
    record: CoreRecord,
    made: Collection[RecordKey],
    names: dict[RecordKey, str],
    now: datetime,
) -> Proposal:
    row = Proposal(connection=run.connection, mapping=mapping.name, kind=ProposalKind.ALONE, found_at=now)
    if record.side is Side.SALESFORCE:
        row.salesforce_id = record.remote_id
    else:
        row.quickbooks_id = record.remote_id
    there = record.side.other
    row.reason = f"Would be created in {there.label}" if record.key in made else f"Nothing is created in {there.label}"
    return _named(row, mapping, names)


def _named(row: Proposal, mapping: ObjectMapping, names: dict[RecordKey, str]) -> Proposal:
    row.salesforce_name = names.get((Side.SALESFORCE, mapping.salesforce_object, row.salesforce_id), "")[:255]
    row.quickbooks_name = names.get((Side.QUICKBOOKS, mapping.quickbooks_object, row.quickbooks_id), "")[:255]
    return row


def _ids(row: Proposal) -> tuple[str, str]:
    return row.salesforce_id, row.quickbooks_id


def _carried(run: Run, mapping: ObjectMapping, quickbooks_ids: Sequence[str]) -> dict[str, str]:
    """Return who in Salesforce carries these ids: to make them there by their id would write over that record."""
    if not (quickbooks_ids and mapping.external_id_field):
        return {}
    rows = Record.objects.filter(
        connection=run.connection,
        side=Side.SALESFORCE.value,
        object_type=mapping.salesforce_object,
        foreign_key__in=quickbooks_ids,
        deleted_at=None,
    )
    return {row.foreign_key: row.name for row in rows.only("foreign_key", "name")}


def _delete(rows: Sequence[Proposal]) -> None:
    ids = [row.pk for row in rows]
    for start in range(0, len(ids), intake.CHUNK):
        Proposal.objects.filter(pk__in=ids[start : start + intake.CHUNK]).delete()
