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
from apatar.qbxml.requests import Request, list_query
from apatar.runs import intake, quickbooks_intake
from apatar.runs.models import Record, Run, Side, Watermark
from apatar.runs.reading_list import QuickBooksRead
from apatar.sync.mapping import Source
from apatar.sync.record import SOMEWHERE

log = structlog.get_logger()

ROSTER = "@roster"
"""The watermark that says when the roll was called last."""
AGE = timedelta(hours=24)
PAGE = 5_000
"""An id is about 60 bytes of qbXML."""

Moved = Mapping[str, Mapping[str, Sequence[str]]]
"""By object and id: the records to which this run found documents moved."""


def objects_due(run: Run, reads: Sequence[QuickBooksRead], cursor: Mapping[str, Any], *, now: datetime) -> list[str]:
    """Return the lists whose roll is to be called in this run."""
    known = [
        one.object_type
        for one in reads
        if one.source is Source.LIST and one.pairs and one.object_type in cursor["since"]
    ]
    called = Watermark.objects.filter(connection=run.connection, side=Side.QUICKBOOKS, object_type=ROSTER).first()
    if called is None:
        note_called(run, now=now)  # what was just read for the first time needs no roll
        return []
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


def question(object_type: str, cursor: Mapping[str, Any], mark: str) -> Request:
    step: Any = "Continue" if cursor.get("iterator") else "Start"
    return list_query(
        object_type,
        request_id=mark,
        max_returned=PAGE,
        iterator=step,
        iterator_id=cursor.get("iterator"),
        IncludeRetElement=["ListID"],
    )


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
    survivors = {one: went[one][0] if len(went.get(one, ())) == 1 else SOMEWHERE for one in gone}
    intake.mark_merged(run.connection, Side.QUICKBOOKS, object_type, survivors)
    quickbooks_intake.note_deleted_parts(run, object_type, gone, now=now)


def _known(run: Run, object_type: str) -> Any:
    return Record.objects.filter(connection=run.connection, side=Side.QUICKBOOKS, object_type=object_type)
