"""What QuickBooks answered to each write: the table from its outcome to ours."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from apatar.connections.map import settings_of
from apatar.qbxml.answers import Answer, Ret
from apatar.qbxml.status import Outcome, Retry, Status
from apatar.runs import quickbooks_names
from apatar.runs.known import known_for
from apatar.runs.models import Change, ChangeState, Record, Run, Side
from apatar.runs.outcomes import Confirmed, Refusal, confirm, decide_again, mapping_named, refuse
from apatar.runs.pairs import pairs_of_run
from apatar.runs.quickbooks_intake import (
    incoming_part,
    incoming_ret,
    keep_version,
    note_custom_field,
    parts_of,
    read_of_object,
    record_of_ret,
    store_inside,
    store_rets,
    with_lines,
)
from apatar.runs.quickbooks_names import NAME_IN_USE
from apatar.runs.remote import fields_of, pairs_with
from apatar.runs.undoing import removed
from apatar.sync import record
from apatar.sync.change import Operation
from apatar.sync.decision import HOLDER
from apatar.sync.known import NOTHING
from apatar.sync.mapping import ObjectMapping, Source

QUOTED = re.compile(r'"([^"]+)"')
ATTEMPTS = 3
"""A record that somebody has open is sent so often within a run."""
LOOK_AGAIN = timedelta(hours=24)


def take(run: Run, answered: Sequence[tuple[Change, Answer]], *, now: datetime, late: bool = False) -> bool:
    """Take in the answers to writes; False where one was applied but not shown. Call in a transaction."""
    all_seen = True
    refused: list[Refusal] = []
    for name in dict.fromkeys(change.mapping for change, _ in answered):
        mapping = mapping_named(run, name)
        mine = [(change, answer) for change, answer in answered if change.mapping == name]
        all_seen &= _confirm(run, mapping, [one for one in mine if one[1].status.applied], now, late=late)
        refusals = [
            _naming_what_is_missing(run, _refusal(change, answer.status, now), answer.status)
            for change, answer in mine
            if not answer.status.applied and not _try_again(run, mapping, change, answer, now)
        ]
        refuse(run, mapping, refusals, now=now)
        refused += refusals
    quickbooks_names.note_refused(run, [one.change for one in refused if one.code == NAME_IN_USE])
    return all_seen


def _confirm(
    run: Run, mapping: ObjectMapping, applied: Sequence[tuple[Change, Answer]], now: datetime, *, late: bool
) -> bool:
    confirmed, unseen = [], []
    gone = [change for change, _ in applied if change.operation == Operation.DELETE]
    removed(run, mapping, gone, now=now)
    for change, answer in applied:
        if change.operation == Operation.DELETE:
            continue
        one = _confirmation(run, mapping, change, answer, now)
        if one is None:
            unseen.append(change.pk)
        else:
            confirmed.append(one)
    records = [one.answered for one in confirmed if one.answered]
    known = known_for(run, mapping, records, today=now.date()) if records else NOTHING
    confirm(run, mapping, confirmed, now=now, late=late, known=known)
    # Applied, but without the record in the answer: only a new read can show it, recognised by its ExternalGUID or id.
    decide_again(Change.objects.filter(pk__in=unseen))
    return not unseen


def _confirmation(run: Run, mapping: ObjectMapping, change: Change, answer: Answer, now: datetime) -> Confirmed | None:
    """Say what now stands in QuickBooks; None where the answer does not show it."""
    if answer.message == "DataExtMod":
        note_custom_field(change)
        return Confirmed(change, change.remote_id, None)
    ret = answer.rets[0] if answer.rets else None
    if ret is None or not ret.remote_id:
        return None
    pairs = pairs_of_run(run)
    settings = settings_of(run.connection, run.direction)
    if mapping.source is Source.INSIDE:
        return _part_confirmation(run, mapping, change, ret)
    own = pairs_with(pairs, record.Side.QUICKBOOKS, mapping.quickbooks_object) or (mapping,)
    answered = with_lines(record_of_ret(mapping, ret), mapping, ret)
    store_inside(run, mapping.quickbooks_object, [ret], settings, now=now)
    return Confirmed(change, ret.remote_id, incoming_ret(own, ret, settings), answered)


def _part_confirmation(run: Run, mapping: ObjectMapping, change: Change, holder: Ret) -> Confirmed | None:
    """Find the contact in its customer, which the answer shows, and keep the customer's new EditSequence."""
    settings = settings_of(run.connection, run.direction)
    part = _part_of(run, mapping, change, holder)
    keep_version(run, holder)
    if part is None or not part.remote_id:
        return None
    fields = {**record_of_ret(mapping, part).fields, HOLDER: holder.remote_id}
    answered = replace(record_of_ret(mapping, part), fields=fields)
    return Confirmed(change, part.remote_id, incoming_part(mapping, part, holder.remote_id or "", settings), answered)


def _part_of(run: Run, mapping: ObjectMapping, change: Change, holder: Ret) -> Ret | None:
    parts = list(parts_of(mapping, holder))
    if change.operation == Operation.UPDATE:
        return next((one for one in parts if one.remote_id == change.remote_id), None)
    ids = [one.remote_id for one in parts]
    known = set(
        Record.objects.filter(
            connection=run.connection, side=Side.QUICKBOOKS, object_type=mapping.quickbooks_object, remote_id__in=ids
        ).values_list("remote_id", flat=True)
    )
    fresh = [one for one in parts if one.remote_id not in known]
    named = [one for one in fresh if one.element.findtext("LastName") == change.fields.get("LastName")]
    return next(iter(named or fresh), None)


def _try_again(run: Run, mapping: ObjectMapping, change: Change, answer: Answer, now: datetime) -> bool:
    """Merge again where the answer holds the current record, send again where the cause passes at once."""
    if answer.status.outcome is Outcome.STALE:
        _take_current(run, mapping, answer.rets, now)
        decide_again(Change.objects.filter(pk=change.pk))
        return True
    if answer.status.retry is Retry.NOW and change.attempts + 1 < ATTEMPTS:
        change.attempts += 1
        change.state = ChangeState.PLANNED
        change.save(update_fields=["attempts", "state"])
        return True
    return False


def _take_current(run: Run, mapping: ObjectMapping, rets: Sequence[Ret], now: datetime) -> None:
    """Store the record as it now stands: a stale edit sequence is answered with it (QBWC.md, section 4.7)."""
    settings = settings_of(run.connection, run.direction)
    object_type = mapping.holder or mapping.quickbooks_object
    current = [ret for ret in rets if ret.remote_id]
    store_rets(run, read_of_object(pairs_of_run(run), object_type), current, settings, now=now)


def _refusal(change: Change, status: Status, now: datetime) -> Refusal:
    if status.outcome is Outcome.NAME_IN_USE:
        return Refusal(change, NAME_IN_USE, status.sentence(), status.remedy(), retry_at=now + LOOK_AGAIN)
    transient = status.retry is not Retry.NEVER
    return Refusal(
        change=change,
        code=str(status.code),
        sentence=status.sentence(),
        remedy=status.remedy(),
        # Permissions, features, closing dates and lists are changed elsewhere: nothing on the record will tell.
        retry_at=None if transient else now + LOOK_AGAIN,
        passes=transient,
    )


def _naming_what_is_missing(run: Run, refusal: Refusal, status: Status) -> Refusal:
    """Say by its name what QuickBooks calls by its id, and that it is inactive where that is the reason."""
    if status.outcome is not Outcome.REFERENCE_MISSING:
        return refusal
    ids = QUOTED.findall(status.message)
    row = Record.objects.filter(
        connection=run.connection, side=Side.QUICKBOOKS, remote_id__in=ids, deleted_at=None
    ).first()
    if row is None or not row.name:
        return refusal
    if str(fields_of(row.side, row.raw).get("IsActive") or "true") in {"true", "1"}:
        return replace(refusal, sentence=refusal.sentence.replace(row.remote_id, row.name))
    sentence = f"“{row.name}”, which this record points to, is inactive in QuickBooks, so it cannot be used there."
    remedy = f"Make “{row.name}” active in QuickBooks, or choose another in the record; it is then tried again."
    return replace(refusal, sentence=sentence, remedy=remedy)
