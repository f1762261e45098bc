"""What a person does on the review page: link, keep apart, ignore, unlink, and change one's mind.

Nothing is written to either system here: the records are decided anew, and the next run shows or writes what follows.
Call everything in the connection's scope.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction

from apatar.connections.models import Connection
from apatar.runs import intake, proposals
from apatar.runs.models import Change, ChangeState, Link, Record, Run
from apatar.runs.proposal import Ignored, Proposal, ProposalChoice, ProposalKind
from apatar.sync.change import Operation
from apatar.sync.mapping import ObjectMapping
from apatar.sync.pairs import declared
from apatar.sync.record import Side

IGNORED = "Left alone on the review page."
AT_WORK = "A run is going on. Wait until it has ended, then try again."
NOT_THERE = "One of the two records is not there any more."
UNANSWERED = "Something was sent for this record and not answered yet. The next run finds out; try again after it."
MADE_ONCE = (
    "“{}” was created in {} once, and nothing is created twice. Link it again, link it to another record, or ignore it."
)
ELSEWHERE = "Its counterpart was linked to another record, or is ignored"
CARRIED_OUT = "A run has carried it out already. Unlink what does not belong together instead."
TAKEN = "“{}” belongs to another record already. Unlink that first."


class NotDecidedError(Exception):
    """A decision that cannot be; the sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who decides, and when."""

    by: str
    now: datetime


def link(connection: Connection, pair: str, salesforce_id: str, quickbooks_id: str, who: Reviewer) -> Proposal:
    """Keep that two records belong together: the next run links them. Raises NotDecidedError."""
    mapping = declared(pair)
    ends = ((Side.SALESFORCE, salesforce_id), (Side.QUICKBOOKS, quickbooks_id))
    with transaction.atomic():
        rows = [_record(connection, mapping, side, remote_id) for side, remote_id in ends]
        for row in rows:
            _refuse_linked(connection, mapping, row)
        _make_room(connection, mapping, salesforce_id, quickbooks_id)
        chosen, _ = Proposal.objects.get_or_create(
            connection=connection,
            mapping=pair,
            salesforce_id=salesforce_id,
            quickbooks_id=quickbooks_id,
            defaults={"kind": ProposalKind.HAND, "found_at": who.now, "reason": "Chosen by hand"},
        )
        chosen.salesforce_name, chosen.quickbooks_name = (row.name for row in rows)
        _decide(chosen, ProposalChoice.LINK, who)
        for side, remote_id in ends:
            _ignored(connection, mapping, side, remote_id).delete()
        proposals.look_at(connection, mapping, ends)
    return chosen


def accept_exact(rows: "proposals.Rows", who: Reviewer) -> int:
    """Accept what was matched exactly; what these records get from it is shown already, so nothing is decided anew."""
    return rows.filter(choice=ProposalChoice.NONE, kind__in=proposals.EXACT).update(
        choice=ProposalChoice.LINK, decided_by=who.by, decided_at=who.now
    )


def accept_likely(connection: Connection, rows: "proposals.Rows", who: Reviewer) -> tuple[int, int]:
    """Link what is likely, all of a choice at once; return how many pairs, and how many have more than one candidate.

    Two candidates are a question, never a guess: they stay.
    """
    with transaction.atomic():
        wanted = list(rows.filter(choice=ProposalChoice.NONE, kind=ProposalKind.SUGGESTED))
        claims = _claims(connection)
        sure = [row for row in wanted if all(claims[end] == 1 for end in _claimed(row))]
        _choose_link(sure, who)
        for name in {row.mapping for row in sure}:
            mapping = declared(name)
            ends = [end for row in sure if row.mapping == name for end in _ends(mapping, row)]
            proposals.look_at(connection, mapping, ends)
    return len(sure), len(wanted) - len(sure)


def _claims(connection: Connection) -> Counter[tuple[str, Side, str]]:
    """Count how often each record stands in what is likely, or was chosen already."""
    rows = Proposal.objects.filter(connection=connection).exclude(choice=ProposalChoice.APART)
    rows = rows.exclude(kind__in=(*proposals.EXACT, ProposalKind.ALONE))
    return Counter(end for row in rows.only("mapping", "salesforce_id", "quickbooks_id") for end in _claimed(row))


def _claimed(row: Proposal) -> list[tuple[str, Side, str]]:
    return [(row.mapping, Side.SALESFORCE, row.salesforce_id), (row.mapping, Side.QUICKBOOKS, row.quickbooks_id)]


def _choose_link(rows: Sequence[Proposal], who: Reviewer) -> None:
    ids = [row.pk for row in rows]
    for start in range(0, len(ids), intake.CHUNK):
        Proposal.objects.filter(pk__in=ids[start : start + intake.CHUNK]).update(
            choice=ProposalChoice.LINK, decided_by=who.by, decided_at=who.now
        )


def keep_apart(row: Proposal, who: Reviewer) -> None:
    """Keep that two records are not the same one, so that each may get a counterpart of its own.

    Raises NotDecidedError where one was made for it before, by the journal.
    """
    mapping = declared(row.mapping)
    with transaction.atomic():
        if row.kind in proposals.EXACT:
            _part(row, who)
            return
        if _links(row).exists():
            raise NotDecidedError(CARRIED_OUT)
        for side, _, remote_id in proposals.keys_of(mapping, row):
            if row.kind == ProposalKind.PARTED:
                _refuse_made_once(row, mapping, side, remote_id)
        _decide(row, ProposalChoice.APART, who)
        proposals.look_at(row.connection, mapping, _ends(mapping, row))


def ignore(connection: Connection, pair: str, side: Side, remote_id: str, who: Reviewer) -> Ignored:
    """Give a record no counterpart, now and later. Raises NotDecidedError."""
    mapping = declared(pair)
    with transaction.atomic():
        record = _record(connection, mapping, side, remote_id)
        _refuse_linked(connection, mapping, record)
        proposals.drop_passing(connection, mapping, [(side, remote_id)])
        mine = Proposal.objects.filter(connection=connection, mapping=pair, **{f"{side.value}_id": remote_id})
        for row in mine.filter(choice__in=(ProposalChoice.NONE, ProposalChoice.LINK)):
            proposals.leave_the_other(row, side, waits=_waits(row), why=ELSEWHERE)
        left_out, _ = Ignored.objects.get_or_create(
            connection=connection,
            mapping=pair,
            side=side.value,
            remote_id=remote_id,
            defaults={"name": record.name, "why": IGNORED, "by": who.by, "since": who.now},
        )
        proposals.look_at(connection, mapping, [(side, remote_id)])
    return left_out


def no_longer_ignore(connection: Connection, pair: str, side: Side, remote_id: str) -> None:
    """Take a record off the list of ignored ones: it is decided anew."""
    mapping = declared(pair)
    with transaction.atomic():
        _ignored(connection, mapping, side, remote_id).delete()
        proposals.look_at(connection, mapping, [(side, remote_id)])


def unlink(connection: Connection, pk: int, who: Reviewer) -> Proposal:
    """Part two linked records: neither is paired nor created anew before a person says so. Raises NotDecidedError."""
    with transaction.atomic():
        found = Link.objects.filter(connection=connection, pk=pk).first()
        if found is None:
            raise NotDecidedError("They are not linked any more.")
        mapping = declared(found.mapping)
        row, _ = Proposal.objects.get_or_create(
            connection=connection,
            mapping=found.mapping,
            salesforce_id=found.salesforce_id,
            quickbooks_id=found.quickbooks_id,
            defaults={"kind": ProposalKind.PARTED, "found_at": who.now},
        )
        for side in Side:
            remote_id = found.salesforce_id if side is Side.SALESFORCE else found.quickbooks_id
            name = _name(connection, mapping, side, remote_id)
            setattr(row, f"{side.value}_name", name)
        _part(row, who)
    return row


def relink(connection: Connection, pk: int, side: Side, remote_id: str, who: Reviewer) -> Proposal:
    """Link one end of a link to another record of `side` instead. Raises NotDecidedError."""
    with transaction.atomic():
        parted = unlink(connection, pk, who)
        stays = parted.quickbooks_id if side is Side.SALESFORCE else parted.salesforce_id
        ids = (remote_id, stays) if side is Side.SALESFORCE else (stays, remote_id)
        return link(connection, parted.mapping, *ids, who)


def think_again(row: Proposal, who: Reviewer) -> None:
    """Take a decision back. What a run has linked meanwhile stays linked until it is unlinked."""
    mapping = declared(row.mapping)
    with transaction.atomic():
        if any(_is_linked(row.connection, mapping, *end) for end in _ends(mapping, row)):
            raise NotDecidedError(CARRIED_OUT)
        row.choice, row.decided_by, row.decided_at = ProposalChoice.NONE, who.by, who.now
        if row.kind == ProposalKind.HAND:
            row.kind = ProposalKind.PARTED
        row.save()
        proposals.look_at(row.connection, mapping, _ends(mapping, row))


def _part(row: Proposal, who: Reviewer) -> None:
    """Delete the link of a row, and have both records wait."""
    mapping, connection = declared(row.mapping), row.connection
    if Run.objects.filter(connection=connection, finished_at=None).exists():
        raise NotDecidedError(AT_WORK)
    _refuse_unanswered(row)
    _links(row).delete()
    row.kind, row.reason = ProposalKind.PARTED, "They were linked until a person unlinked them"
    row.choice, row.decided_by, row.decided_at = ProposalChoice.NONE, who.by, who.now
    row.save()
    proposals.look_at(connection, mapping, _ends(mapping, row))


def _make_room(connection: Connection, mapping: ObjectMapping, salesforce_id: str, quickbooks_id: str) -> None:
    """Drop what else is open about the two; who loses a counterpart by it waits alone, and is never forgotten."""
    for side, remote_id in ((Side.SALESFORCE, salesforce_id), (Side.QUICKBOOKS, quickbooks_id)):
        mine = Proposal.objects.filter(connection=connection, mapping=mapping.name, **{f"{side.value}_id": remote_id})
        others = mine.exclude(salesforce_id=salesforce_id, quickbooks_id=quickbooks_id)
        for row in others.filter(choice__in=(ProposalChoice.NONE, ProposalChoice.LINK)):
            proposals.leave_the_other(row, side, waits=_waits(row), why=ELSEWHERE)


def _waits(row: Proposal) -> bool:
    return bool(row.kind == ProposalKind.PARTED and row.choice == ProposalChoice.NONE)


def _decide(row: Proposal, choice: ProposalChoice, who: Reviewer) -> None:
    row.choice, row.decided_by, row.decided_at = choice, who.by, who.now
    row.save()


def _ends(mapping: ObjectMapping, row: Proposal) -> list[tuple[Side, str]]:
    return [(side, remote_id) for side, _, remote_id in proposals.keys_of(mapping, row)]


def _links(row: Proposal) -> "models.QuerySet[Link]":
    return Link.objects.filter(
        connection=row.connection,
        mapping=row.mapping,
        salesforce_id=row.salesforce_id,
        quickbooks_id=row.quickbooks_id,
    )


def _record(connection: Connection, mapping: ObjectMapping, side: Side, remote_id: str) -> Record:
    found = Record.objects.filter(
        connection=connection, side=side.value, object_type=mapping.object_on(side), remote_id=remote_id,
        deleted_at=None,
    ).first()  # fmt: skip
    if found is None:
        raise NotDecidedError(NOT_THERE)
    return found


def _name(connection: Connection, mapping: ObjectMapping, side: Side, remote_id: str) -> str:
    rows = Record.objects.filter(
        connection=connection, side=side.value, object_type=mapping.object_on(side), remote_id=remote_id
    )
    return str(rows.values_list("name", flat=True).first() or "")


def _refuse_linked(connection: Connection, mapping: ObjectMapping, record: Record) -> None:
    if _is_linked(connection, mapping, Side(record.side), record.remote_id):
        raise NotDecidedError(TAKEN.format(record.name))


def _is_linked(connection: Connection, mapping: ObjectMapping, side: Side, remote_id: str) -> bool:
    mine = Link.objects.filter(connection=connection, mapping=mapping.name, **{f"{side.value}_id": remote_id})
    return bool(mine.exists())


def _refuse_unanswered(row: Proposal) -> None:
    open_changes = Change.objects.filter(
        connection=row.connection, mapping=row.mapping, state__in=(ChangeState.SENT, ChangeState.UNKNOWN)
    )
    if open_changes.filter(source_id__in=[row.salesforce_id, row.quickbooks_id]).exists():
        raise NotDecidedError(UNANSWERED)


def _refuse_made_once(row: Proposal, mapping: ObjectMapping, side: Side, remote_id: str) -> None:
    """The journal: what was created once is never created a second time (docs/why/exactly-once.md)."""
    made = Change.objects.filter(
        connection=row.connection, mapping=mapping.name, source_id=remote_id, side=side.other.value,
        operation=Operation.CREATE.value, state=ChangeState.CONFIRMED,
    )  # fmt: skip
    if made.exists():
        raise NotDecidedError(MADE_ONCE.format(getattr(row, f"{side.value}_name"), side.other.label))


def _ignored(connection: Connection, mapping: ObjectMapping, side: Side, remote_id: str) -> "models.QuerySet[Ignored]":
    return Ignored.objects.filter(connection=connection, mapping=mapping.name, side=side.value, remote_id=remote_id)
