"""Calling the roll in QuickBooks: who is still on a list, by id alone.

A merge makes a record disappear without a deletion that anybody lists (QBWC.md, section 4.7). So once a day, and
whenever documents moved from one record to another, the ids of each list are asked for, and what is known here but not
on the list is gone. Where its documents went says which record it became part of; that a merge counts as a change of
the documents it moves is unverified, and without that it is only known that the record is gone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from apatar.qbxml.answers import Ret
from apatar.qbxml.requests import Request
from apatar.runs import intake, quickbooks_intake
from apatar.runs.models import Record, Run, Side, Watermark
from apatar.runs.reading_list import QuickBooksRead
from apatar.sync.mapping import Source
from apatar.sync.record import LATER, SOMEWHERE

log = structlog.get_logger()

ROSTER = "@roster"
"""The watermark that says when the roll was called last."""
AGE = timedelta(hours=24)
AGAIN = "again"
"""The position of that watermark when everything has to be looked for: the file was restored."""
PAGE = 5_000
"""An id is about 60 bytes of qbXML."""

Moved = Mapping[str, Mapping[str, Sequence[str]]]
"""By object and id: the records to which this run found documents moved."""


def objects_due(run: Run, reads: Sequence[QuickBooksRead], cursor: Mapping[str, Any], *, now: datetime) -> list[str]:
    """Return the lists whose roll is to be called in this run."""
    called = Watermark.objects.filter(connection=run.connection, side=Side.QUICKBOOKS, object_type=ROSTER).first()
    if called is None:
        note_called(run, now=now)  # what was just read for the first time needs no roll
        return []
    if called.position == AGAIN:
        return [one.object_type for one in reads if one.pairs and one.object_type in cursor["all"]]
    known = [
        one.object_type
        for one in reads
        if one.source is Source.LIST and one.pairs and one.object_type in cursor["since"]
    ]
    if now - called.read_at >= AGE:
        return known
    return [name for name in known if name in cursor.get("moved", {})]


def note_called(run: Run, *, now: datetime) -> None:
    Watermark.objects.update_or_create(
        connection=run.connection,
        side=Side.QUICKBOOKS,
        object_type=ROSTER,
        defaults={"position": str(run.number), "read_at": now},
    )


def question(one: QuickBooksRead, cursor: Mapping[str, Any], mark: str) -> Request:
    step: Any = "Continue" if cursor.get("iterator") else "Start"
    is_list = one.source is Source.LIST
    fields = {"MaxReturned": PAGE, "IncludeRetElement": ["ListID" if is_list else "TxnID"]}
    if is_list:
        fields["ActiveStatus"] = "All"
    return Request(f"{one.object_type}Query", fields, mark, step, cursor.get("iterator"))


def call_again(run: Run, *, now: datetime) -> None:
    """An older copy of the file was restored, and a person goes on with it: all of it is read, and the roll called.

    Call in a transaction.
    """
    marks = Watermark.objects.filter(connection=run.connection, side=Side.QUICKBOOKS)
    marks.exclude(object_type__startswith="@").delete()
    Watermark.objects.update_or_create(
        connection=run.connection,
        side=Side.QUICKBOOKS,
        object_type=ROSTER,
        defaults={"position": AGAIN, "read_at": now},
    )


def is_again(run: Run) -> bool:
    """Tell whether this run reads a restored file for the first time."""
    mine = Watermark.objects.filter(connection=run.connection, side=Side.QUICKBOOKS, object_type=ROSTER)
    return bool(mine.filter(position=AGAIN).exists())


def take(run: Run, object_type: str, rets: Sequence[Ret]) -> None:
    """Note who is there. Call in a transaction."""
    ids = [ret.remote_id for ret in rets if ret.remote_id]
    for start in range(0, len(ids), intake.CHUNK):
        _known(run, object_type).filter(remote_id__in=ids[start : start + intake.CHUNK]).update(roster=run.number)


def close(run: Run, object_type: str, moved: Moved, *, now: datetime) -> None:
    """Mark as gone who was not there; say where to, as far as documents tell. Call in a transaction."""
    missing = _known(run, object_type).filter(deleted_at=None).exclude(roster=run.number)
    gone = list(missing.values_list("remote_id", flat=True))
    if not gone:
        return
    log.info("records vanished from quickbooks", object=object_type, count=len(gone))
    intake.mark_deleted(run.connection, Side.QUICKBOOKS, object_type, gone, now=now)
    went = moved.get(object_type, {})
    unknown = LATER if is_again(run) else SOMEWHERE
    survivors = {one: went[one][0] if len(went.get(one, ())) == 1 else unknown for one in gone}
    intake.mark_merged(run.connection, Side.QUICKBOOKS, object_type, survivors)
    quickbooks_intake.note_deleted_parts(run, object_type, gone, now=now)


def _known(run: Run, object_type: str) -> Any:
    return Record.objects.filter(connection=run.connection, side=Side.QUICKBOOKS, object_type=object_type)
