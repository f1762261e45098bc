"""Reading QuickBooks through the Web Connector: customers page by page, then what was deleted.

An iterator lives only as long as its conversation (QBWC.md, section 4.5): a new conversation starts the list anew,
and what was already taken in costs one comparison each.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

import structlog

from apatar.connections.map import MAPPINGS, settings_of
from apatar.qbxml.answers import Answer, AnswerSet, Ret
from apatar.qbxml.requests import customers_modified_since, deleted_query, message_set
from apatar.qbxml.status import Outcome
from apatar.qbxml.versions import Version
from apatar.qbxml.wallclock import WallClock
from apatar.runs import intake
from apatar.runs.intake import Incoming
from apatar.runs.models import Run, Side, Watermark
from apatar.runs.remote import fields_of, incoming_of
from apatar.runs.steps import Ask, GoOn, Refused, Taken
from apatar.sync import record
from apatar.sync.mapping import ObjectMapping
from apatar.sync.plan import Settings

log = structlog.get_logger()

PAGE = 1_000
"""Records asked for at once: about 1.2 MB of qbXML."""
OVERLAP = timedelta(hours=2)
"""QuickBooks' times are the PC's wall clock, which repeats an hour every autumn (QBWC.md, section 4.3)."""
FURTHEST_ZONE = timedelta(hours=26)
"""From the westernmost to the easternmost clock on earth."""
RECORDS, DELETED = "records", "deleted"
CLOCK_TEXT = len("2026-11-23T01:02:03")


def next_question(run: Run, *, conversation: int, version: Version, now: datetime) -> Ask:
    """Return what to ask next; writes the cursor, so call it in the transaction that keeps `asked`."""
    mapping = MAPPINGS[0]
    cursor = run.quickbooks_cursor
    if cursor.get("conversation") != conversation:
        mark = _watermark(run, mapping, now)
        # Both questions of a read go back to the same moment, however far the first one advances.
        begun = {"since": mark.minus(OVERLAP).text() if mark else None, "stage": RECORDS, "iterator": None}
        cursor = {**cursor, **begun, "conversation": conversation}
        run.quickbooks_cursor = cursor
        run.save(update_fields=["quickbooks_cursor"])
    mark_of_question = secrets.token_hex(6)
    since = WallClock.read(cursor["since"])
    if cursor["stage"] == DELETED:
        request = deleted_query("List", [mapping.quickbooks_object], since=since, request_id=mark_of_question)
    else:
        step: Any = "Continue" if cursor.get("iterator") else "Start"
        request = customers_modified_since(
            since, request_id=mark_of_question, max_returned=PAGE, iterator=step, iterator_id=cursor.get("iterator")
        )
    return Ask(message_set([request], version=version), {"what": cursor["stage"], "id": mark_of_question})


def _watermark(run: Run, mapping: ObjectMapping, now: datetime) -> WallClock | None:
    """Return up to where QuickBooks was read; None where that is not known, or lies in a future that a clock dreamt."""
    found = Watermark.objects.filter(
        connection=run.connection, side=Side.QUICKBOOKS, object_type=mapping.quickbooks_object
    ).first()
    return WallClock.read(found.position) if found and found.position <= _newest_possible(now) else None


def _newest_possible(now: datetime) -> str:
    """Return the latest wall-clock time that any PC on earth can show; a later stamp is a wrong clock's."""
    return (now + FURTHEST_ZONE).replace(tzinfo=None).isoformat(timespec="seconds")


def take_records(run: Run, answers: AnswerSet, *, now: datetime) -> Taken:
    """Take in a page of customers, with the cursor. Call in a transaction."""
    mapping = MAPPINGS[0]
    answer = answers.answers[0] if answers.answers else None
    if answer is None or not answer.status.applied:
        return _not_read(run, answer)
    _store(run, mapping, answer)
    cursor = {**run.quickbooks_cursor, "iterator": answer.iterator_id, "high": _high(run, answer, now)}
    if not answer.iterator_remaining:
        cursor.update(iterator=None, stage=DELETED)
        if cursor.get("since") is None:  # nothing that was deleted before the first read was ever known here
            _complete(run, mapping, cursor, now)
    run.quickbooks_cursor = cursor
    run.save(update_fields=["quickbooks_cursor", "quickbooks_read"])
    return GoOn()


def _not_read(run: Run, answer: Answer | None) -> Taken:
    if answer is not None and answer.status.outcome is Outcome.ITERATOR_LOST:
        log.info("quickbooks lost its place; reading again")
        run.quickbooks_cursor = {**run.quickbooks_cursor, "conversation": None}
        run.save(update_fields=["quickbooks_cursor"])
        return GoOn()
    if answer is None:
        return Refused("QuickBooks gave no answer to the question for customers. The next run asks again.")
    return Refused(f"{answer.status.sentence()} {answer.status.remedy()}".strip())


def _store(run: Run, mapping: ObjectMapping, answer: Answer) -> None:
    """Store what is new or changed; the rest costs one comparison of its EditSequence."""
    object_type = mapping.quickbooks_object
    ids = [ret.remote_id for ret in answer.rets if ret.remote_id]
    known = intake.known_versions(run.connection, Side.QUICKBOOKS, object_type, ids)
    settings = settings_of(run.connection, run.direction)
    fresh = [
        incoming_customer(mapping, ret, settings)
        for ret in answer.rets
        if ret.remote_id and not intake.is_unchanged(known, ret.remote_id, ret.edit_sequence or "")
    ]
    intake.store(run.connection, Side.QUICKBOOKS, object_type, fresh)


def incoming_customer(mapping: ObjectMapping, ret: Ret, settings: Settings) -> Incoming:
    """Return a customer as QuickBooks printed it, ready to be stored.

    Only what finds its counterpart is read here: all fields are read out of the stored text when it is decided.
    """
    known = {"Name": ret.name, "Sublevel": ret.sublevel, "ParentRef.FullName": ret.parent}
    return incoming_of(mapping, _record(mapping, ret, known), ret.xml.decode("ascii"), settings)


def record_of_ret(mapping: ObjectMapping, ret: Ret) -> record.Record:
    """Return a customer with all its fields."""
    return _record(mapping, ret, fields_of(record.Side.QUICKBOOKS, ret.xml.decode("ascii")))


def _record(mapping: ObjectMapping, ret: Ret, fields: record.Remote) -> record.Record:
    return record.Record(
        side=record.Side.QUICKBOOKS,
        object_type=mapping.quickbooks_object,
        remote_id=ret.remote_id or "",
        version=ret.edit_sequence or "",
        fields=fields,
        modified=ret.modified.estimated_utc() if ret.modified else None,
        foreign_key=ret.external_guid,
    )


def _high(run: Run, answer: Answer, now: datetime) -> str:
    """Return the newest wall-clock time seen in this run; as printed, without the offset, texts order as times do."""
    limit = _newest_possible(now)
    printed = (ret.time_modified[:CLOCK_TEXT] for ret in answer.rets if ret.time_modified)
    return max([run.quickbooks_cursor.get("high") or "", *(text for text in printed if text <= limit)])


def _complete(run: Run, mapping: ObjectMapping, cursor: dict[str, Any], now: datetime) -> None:
    """Move the watermark: everything up to it has been read, what was deleted included."""
    run.quickbooks_read = True
    mark = _watermark(run, mapping, now)
    position = max(filter(None, (cursor.get("high"), mark.text() if mark else "")), default="1970-01-01T00:00:00")
    Watermark.objects.update_or_create(
        connection=run.connection,
        side=Side.QUICKBOOKS,
        object_type=mapping.quickbooks_object,
        defaults={"position": position, "read_at": now},
    )


def take_deleted(run: Run, answers: AnswerSet, *, now: datetime) -> Taken:
    """Take in what was deleted; the read is complete then. Call in a transaction."""
    mapping = MAPPINGS[0]
    answer = answers.answers[0] if answers.answers else None
    if answer is None or not answer.status.applied:
        return _not_read(run, answer)
    gone = [ret.remote_id for ret in answer.rets if ret.remote_id]
    if gone:
        intake.mark_deleted(run.connection, Side.QUICKBOOKS, mapping.quickbooks_object, gone, now=now)
    _complete(run, mapping, run.quickbooks_cursor, now)
    run.save(update_fields=["quickbooks_read"])
    return GoOn()
