"""Following merges: the link of a record that was merged into another goes over to that one, where it has none.

Nothing is written for it, and nothing agreed on is believed: the two are compared as if they met for the first time.
Where both had counterparts, both links stay as they are, and a person is asked (`sync.holds`).
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db.models import QuerySet

from apatar.runs import proposals
from apatar.runs.models import Change, ChangeState, Conflict, Link, Record, Run
from apatar.runs.proposal import Ignored
from apatar.sync.mapping import ObjectMapping
from apatar.sync.record import LATER, SOMEWHERE, Base, Side

log = structlog.get_logger()

FURTHEST = 10
"""A record that was merged into one that was merged, and so on."""


def follow(run: Run, pairs: Sequence[ObjectMapping], *, now: datetime) -> None:
    """Move the links of merged records among the dirty ones. Call in a transaction."""
    merged = Record.objects.filter(connection=run.connection, dirty=True).exclude(
        merged_into__in=("", SOMEWHERE, LATER)
    )
    for loser in merged.exclude(deleted_at=None).order_by("id"):
        side = Side(loser.side)
        for mapping in pairs:
            if mapping.object_on(side) == loser.object_type:
                _follow(run, mapping, side, loser, now)


def survivor_of(loser: Record) -> Record | None:
    """Return the living record that one became part of, however often that was merged in turn."""
    one: Record | None = loser
    for _ in range(FURTHEST):
        if one is None or one.deleted_at is None:
            return one
        one = Record.objects.filter(
            connection_id=loser.connection_id,
            side=loser.side,
            object_type=loser.object_type,
            remote_id=one.merged_into or SOMEWHERE,
        ).first()
    return None


def _follow(run: Run, mapping: ObjectMapping, side: Side, loser: Record, now: datetime) -> None:
    link = _link(run, mapping, side, loser.remote_id)
    survivor = survivor_of(loser) if link else None
    if link is None or survivor is None or survivor.variant != loser.variant:
        return
    if not _is_free(run, mapping, side, survivor, link):
        return
    log.info("a link follows a merge", pair=mapping.name, side=side.value)
    Conflict.objects.filter(
        connection=run.connection, mapping=mapping.name, salesforce_id=link.salesforce_id, resolved_at=None
    ).update(resolved_at=now, chosen="")
    setattr(link, f"{side.value}_id", survivor.remote_id)
    link.base, link.how, link.linked_at = Base().to_json(), "merged", now
    link.save(update_fields=[f"{side.value}_id", "base", "how", "linked_at"])
    proposals.now_linked(run, mapping, [(link.salesforce_id, link.quickbooks_id)])
    for at in Side:
        _records(run, mapping, at, _end(link, at)).update(dirty=True, decided=0)


def _is_free(run: Run, mapping: ObjectMapping, side: Side, survivor: Record, link: Link) -> bool:
    """Tell whether the survivor may take the link over; one whose own counterpart was merged the same way may."""
    ids = {"connection": run.connection, "mapping": mapping.name}
    if Ignored.objects.filter(**ids, side=side.value, remote_id=survivor.remote_id).exists():
        return False
    coming = Change.objects.filter(**ids, side=side.other.value, operation="create", source_id=survivor.remote_id)
    if coming.filter(state__in=(ChangeState.PLANNED, ChangeState.SENT, ChangeState.UNKNOWN)).exists():
        return False
    own = _link(run, mapping, side, survivor.remote_id)
    if own is None:
        return True
    counterpart = _records(run, mapping, side.other, _end(own, side.other)).exclude(deleted_at=None).first()
    became = survivor_of(counterpart) if counterpart else None
    if became is None or became.remote_id != _end(link, side.other):
        return False
    own.delete()
    return True


def _link(run: Run, mapping: ObjectMapping, side: Side, remote_id: str) -> Link | None:
    return Link.objects.filter(
        connection=run.connection, mapping=mapping.name, **{f"{side.value}_id": remote_id}
    ).first()


def _end(link: Link, side: Side) -> str:
    return link.salesforce_id if side is Side.SALESFORCE else link.quickbooks_id


def _records(run: Run, mapping: ObjectMapping, side: Side, remote_id: str) -> "QuerySet[Record]":
    return Record.objects.filter(
        connection=run.connection, side=side.value, object_type=mapping.object_on(side), remote_id=remote_id
    )
