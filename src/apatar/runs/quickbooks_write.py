"""Writing QuickBooks: message sets of many requests, journaled before they leave, their outcomes taken in."""

import secrets
from collections.abc import Sequence
from datetime import datetime

import structlog

from apatar.qbxml.answers import AnswerSet
from apatar.qbxml.errors import GrammarError
from apatar.qbxml.hresults import Hresult
from apatar.qbxml.requests import Request, ask_outcome, drop_unsupported, message_set, write
from apatar.qbxml.versions import Version
from apatar.runs import quickbooks_outcomes
from apatar.runs.models import Batch, Change, ChangeState, Run, Side
from apatar.runs.opening import read_again
from apatar.runs.outcomes import Refusal, decide_again, mapping_named, refuse
from apatar.runs.quickbooks_requests import holder_of, request_of, touched_by
from apatar.runs.steps import Ask, GoOn, Refused, Taken
from apatar.sync.mapping import ObjectMapping, Source

log = structlog.get_logger()

SET_SIZE = 100
"""Requests in one message set: large enough to be quick, small enough to be found out by halving."""
PARSE_ERROR = "0x80040400"


def unanswered(run: Run, *, conversation: int) -> Batch | None:
    """Return a message set whose answer never came: sent in an earlier conversation, or lost in this one."""
    out = Batch.objects.filter(connection=run.connection, side=Side.QUICKBOOKS, answered_at=None)
    return out.exclude(conversation=conversation, lost_at=None).order_by("id").first()


def ask_for_outcome(batch: Batch, *, version: Version) -> Ask:
    """Ask QuickBooks what became of a message set; nothing is executed (QBWC.md, section 4.6)."""
    return Ask(ask_outcome(batch.message_set_id or "", version), {"what": "outcome", "batch": batch.pk})


def next_set(run: Run, *, conversation: int, version: Version, now: datetime) -> Ask | None:
    """Journal and return the next message set, or None where nothing is planned. Call in `journal()`."""
    while changes := _next_changes(run):
        requests = _requests(run, changes, version, now)
        if requests:
            return _send(run, requests, conversation, version, now)
    return None


def _next_changes(run: Run) -> list[Change]:
    """Return the changes of the next set: the halves of a refused set first, then updates, then creates.

    An update may free the name that a create needs. What would change one record twice waits for the next set: the
    second of two changes needs the EditSequence that the first one is answered with.
    """
    planned = Change.objects.filter(run=run, side=Side.QUICKBOOKS, state=ChangeState.PLANNED)
    halves: list[list[int]] = run.quickbooks_cursor.get("halves", [])
    while halves:
        part = list(planned.filter(pk__in=halves[0]).order_by("id"))
        run.quickbooks_cursor["halves"] = halves = halves[1:]
        run.save(update_fields=["quickbooks_cursor"])
        if part:
            return part
    return _each_record_once(list(planned.order_by("attempts", "-operation", "id")[:SET_SIZE]))


def _each_record_once(changes: Sequence[Change]) -> list[Change]:
    touched: set[str] = set()
    chosen = []
    for change in changes:
        key = touched_by(change)
        if key and key in touched:
            continue
        touched.add(key)
        chosen.append(change)
    return chosen


def _requests(run: Run, changes: Sequence[Change], version: Version, now: datetime) -> list[tuple[Change, Request]]:
    """Write each change as a request; one that cannot be written is parked, the others go on."""
    good = []
    for change in changes:
        mapping = mapping_named(run, change.mapping)
        try:
            request, dropped = drop_unsupported(_request(change, mapping), version)
            write(request, version=version)
        except GrammarError as error:
            refusal = Refusal(change, "cannot-be-written", str(error), "Correct the value in Salesforce.")
            refuse(run, mapping, [refusal], now=now)
            continue
        if dropped:
            change.notes = [*change.notes, f"This QuickBooks does not know: {', '.join(dropped)}."]
            change.save(update_fields=["notes"])
        good.append((change, request))
    return good


def _request(change: Change, mapping: ObjectMapping) -> Request:
    if mapping.source is not Source.INSIDE:
        return request_of(change, mapping)
    holder = holder_of(change)
    if holder is None:
        raise GrammarError("its customer is not in QuickBooks any more.", message="CustomerMod")
    return request_of(change, mapping, holder)


def _send(
    run: Run, requests: Sequence[tuple[Change, Request]], conversation: int, version: Version, now: datetime
) -> Ask:
    batch = Batch.objects.create(
        connection=run.connection,
        run=run,
        side=Side.QUICKBOOKS,
        message_set_id=secrets.token_hex(12),
        conversation=conversation,
        sent_at=now,
    )
    sent = Change.objects.filter(pk__in=[change.pk for change, _ in requests])
    sent.update(state=ChangeState.SENT, batch=batch)
    text = message_set([request for _, request in requests], version=version, new_message_set_id=batch.message_set_id)
    return Ask(text, {"what": "changes", "batch": batch.pk})


def take_outcomes(run: Run, batch_id: int, answers: AnswerSet, *, now: datetime, late: bool = False) -> Taken:
    """Take in the answers to a message set; each change is confirmed, refused, resent or decided again."""
    batch = Batch.objects.get(pk=batch_id)
    if batch.answered_at is not None:
        return GoOn()
    changes = list(batch.changes.filter(state__in=(ChangeState.SENT, ChangeState.UNKNOWN)))
    found = answers.by_request_id()
    answered = [(change, found[str(change.pk)]) for change in changes if str(change.pk) in found]
    all_seen = quickbooks_outcomes.take(run, answered, now=now, late=late)
    missing = [change.pk for change in changes if str(change.pk) not in found]
    decide_again(Change.objects.filter(pk__in=missing))
    _answered(batch, now)
    if missing or not all_seen:
        read_again(run, direction=run.direction)
    return GoOn()


def take_stored_outcome(run: Run, batch_id: int, answers: AnswerSet, *, now: datetime) -> Taken:
    """Take in what QuickBooks remembers of a lost message set: knowledge or a fresh look, never a repeat.

    Where it remembers nothing, the set was never executed or cannot be asked for any more: both lists are read again
    before anything is decided, and a customer that was created after all is recognised by its ExternalGUID.
    """
    if answers.answers and not answers.nothing_stored:
        return take_outcomes(run, batch_id, answers, now=now, late=True)
    return forget_lost(run, batch_id, now=now)


def forget_lost(run: Run, batch_id: int, *, now: datetime) -> Taken:
    """Give up asking for an outcome: look at both lists anew, and decide again."""
    batch = Batch.objects.get(pk=batch_id)
    log.warning("outcome of a message set is not to be had; reading again", batch=batch.pk)
    decide_again(batch.changes.filter(state__in=(ChangeState.SENT, ChangeState.UNKNOWN)))
    _answered(batch, now)
    read_again(run, direction=run.direction)
    return GoOn()


def _answered(batch: Batch, now: datetime) -> None:
    batch.answered_at = now
    batch.save(update_fields=["answered_at"])


def take_error(run: Run, batch_id: int, error: Hresult, *, now: datetime) -> Taken:
    """Take in that the whole set failed: halve it, send it again another time, or ask what became of it."""
    batch = Batch.objects.get(pk=batch_id)
    changes = list(batch.changes.filter(state=ChangeState.SENT).order_by("id"))
    if error.code == PARSE_ERROR:
        _answered(batch, now)
        _halve(run, changes, error, now)
        return GoOn()
    if error.outcome_known:
        batch.changes.filter(state=ChangeState.SENT).update(state=ChangeState.PLANNED)
        _answered(batch, now)
        return Refused(f"{error.sentence} {error.remedy}")
    batch.changes.filter(state=ChangeState.SENT).update(state=ChangeState.UNKNOWN)
    batch.lost_at = now
    batch.save(update_fields=["lost_at"])
    return GoOn()


def _halve(run: Run, changes: list[Change], error: Hresult, now: datetime) -> None:
    """Find the one request that QuickBooks could not read, by halves; the others go on (I4)."""
    if len(changes) == 1:
        sentence = "QuickBooks could not read this record at all and did not say why."
        remedy = "Look for unusual characters in its name and address. If it stays, tell whoever runs the service."
        refusal = Refusal(changes[0], error.code, sentence, remedy, retry_at=now + quickbooks_outcomes.LOOK_AGAIN)
        refuse(run, mapping_named(run, changes[0].mapping), [refusal], now=now)
        return
    middle = len(changes) // 2
    ids = [change.pk for change in changes]
    Change.objects.filter(pk__in=ids).update(state=ChangeState.PLANNED)
    halves = run.quickbooks_cursor.get("halves", [])
    run.quickbooks_cursor["halves"] = [ids[:middle], ids[middle:], *halves]
    run.save(update_fields=["quickbooks_cursor"])
