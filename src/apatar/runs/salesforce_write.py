"""Writing Salesforce: planned changes in collections of 200, journaled before they are sent."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apatar.runs.durable import journal
from apatar.runs.models import Batch, Change, ChangeState, Link, Record, Run, Side
from apatar.runs.outcomes import Refusal, confirm, decide_again, refuse
from apatar.runs.pairs import pairs_of_run
from apatar.runs.reading_list import salesforce_reads
from apatar.runs.remote import unpacked
from apatar.runs.salesforce_documents import MOST_GRAPHS, MOST_NODES, fitting_one_call, save_documents, too_large
from apatar.runs.salesforce_read import look_again
from apatar.runs.salesforce_recovery import confirmed, recover
from apatar.runs.salesforce_side import salesforce
from apatar.runs.turns import take_turn
from apatar.runs.undoing import removed
from apatar.runs.updates import update_rows
from apatar.salesforce.client import LARGEST_COLLECTION, Client
from apatar.salesforce.errors import SalesforceError
from apatar.salesforce.results import SaveResult
from apatar.sync.change import Operation
from apatar.sync.mapping import ObjectMapping

log = structlog.get_logger()

ATTEMPTS = 3
"""A row that somebody else has locked is tried so often within a run."""

DAILY = timedelta(hours=24)

Clock = Callable[[], datetime]


def write(run: Run, *, clock: Clock) -> None:
    """Send every planned change to Salesforce, parents first; idempotent, goes on where an earlier try ended."""
    pairs = pairs_of_run(run)
    with salesforce(run) as client:
        recover(run, client, now=clock())
        _look_again(run, pairs, client, clock)
        # What is taken back goes children first.
        for mapping in reversed(pairs) if run.undoes_id else pairs:
            while batch := _next_batch(run, mapping):
                if free := _unclaimed(run, mapping, batch, clock()):
                    _send(run, mapping, client, free, clock)
    with transaction.atomic():
        take_turn(run, now=clock())
        decide_again(_planned(run))  # of a pair that is no longer kept in step
        Run.objects.filter(pk=run.pk).update(salesforce_written=True)


def _planned(run: Run) -> "QuerySet[Change]":
    return Change.objects.filter(run=run, side=Side.SALESFORCE, state=ChangeState.PLANNED)


def _look_again(run: Run, pairs: Sequence[ObjectMapping], client: Client, clock: Clock) -> None:
    """Before the first write: what was edited in Salesforce meanwhile is decided again in the next round.

    So is all that was to be created, where somebody has made a record there meanwhile: it may be the same one.
    """
    touched = set(_planned(run).order_by().values_list("object_type", flat=True).distinct())
    for one in salesforce_reads(pairs):
        if one.object_type not in touched:
            continue
        look_again(run, one, client, now=clock())
        edited = Record.objects.filter(
            connection=run.connection, side=Side.SALESFORCE, object_type=one.object_type, dirty=True, decided=0
        ).values("remote_id")
        planned = _planned(run).filter(object_type=one.object_type)
        with transaction.atomic():
            decide_again(planned.filter(remote_id__in=edited))
            if _has_new_records(run, one.object_type):
                decide_again(planned.filter(operation=Operation.CREATE))


def _has_new_records(run: Run, object_type: str) -> bool:
    """Tell whether a record of an object has come that nothing is linked to."""
    names = [one.name for one in pairs_of_run(run) if one.salesforce_object == object_type]
    links = Link.objects.filter(connection=run.connection, mapping__in=names, salesforce_id=OuterRef("remote_id"))
    come = Record.objects.filter(
        connection=run.connection, side=Side.SALESFORCE, object_type=object_type, dirty=True, decided=0
    )
    return come.exclude(Exists(links)).exists()


def _next_batch(run: Run, mapping: ObjectMapping) -> list[Change]:
    """Return changes of one operation for one call, updates first.

    An update may give an account its own QuickBooks id back; a create that upserts by that id must not find it there.
    """
    planned = _planned(run).filter(mapping=mapping.name).order_by("attempts", "-operation", "id")
    first = planned.first()
    if first is None:
        return []
    alike = planned.filter(operation=first.operation, attempts=first.attempts)
    if _travels_with_lines(mapping):
        some = list(alike[:MOST_GRAPHS])
        if large := [one for one in some if too_large(one)]:
            _refuse_large(run, mapping, large)
            return _next_batch(run, mapping)
        return fitting_one_call(some)
    return list(alike[:LARGEST_COLLECTION])


def _refuse_large(run: Run, mapping: ObjectMapping, changes: Sequence[Change]) -> None:
    """A document goes to Salesforce in one piece or not at all, and a piece has its limit; the others go on (I4)."""
    now = datetime.now(UTC)
    refusals = [
        Refusal(
            change,
            "too-many-lines",
            f"“{change.name}” has {too_large(change)} lines, and Salesforce takes at most {MOST_NODES - 1} at once.",
            "Split the document in QuickBooks, if you want to see it in Salesforce.",
        )
        for change in changes
    ]
    with transaction.atomic():
        take_turn(run, now=now)
        refuse(run, mapping, refusals, now=now)


def _travels_with_lines(mapping: ObjectMapping) -> bool:
    return mapping.lines is not None and mapping.lines.external_id_field != ""


def _unclaimed(run: Run, mapping: ObjectMapping, changes: list[Change], now: datetime) -> list[Change]:
    """Return the changes that may go out: a create must not find its id on an account of somebody else.

    An upsert would overwrite that account. One without link is the counterpart itself, met a moment ago: decide again.
    """
    if changes[0].operation != Operation.CREATE or not mapping.external_id_field:
        return changes
    accounts = Record.objects.filter(
        connection=run.connection, side=Side.SALESFORCE, object_type=mapping.salesforce_object, deleted_at=None
    ).exclude(foreign_key="")
    claims = {one.foreign_key: one for one in accounts.filter(foreign_key__in=[one.source_id for one in changes])}
    if not claims:
        return changes
    ids = [one.remote_id for one in claims.values()]
    linked = set(
        Link.objects.filter(connection=run.connection, salesforce_id__in=ids).values_list("salesforce_id", flat=True)
    )
    claimed = [one for one in changes if one.source_id in claims]
    wrong = [one for one in claimed if claims[one.source_id].remote_id in linked]
    with transaction.atomic():
        take_turn(run, now=now)
        refuse(run, mapping, [_claimed(mapping, one, claims[one.source_id], now) for one in wrong], now=now)
        decide_again(Change.objects.filter(pk__in=[one.pk for one in claimed if one not in wrong]))
    return [one for one in changes if one.source_id not in claims]


def _claimed(mapping: ObjectMapping, change: Change, account: Record, now: datetime) -> Refusal:
    return Refusal(
        change,
        "id-on-another-account",
        f"“{account.name}” in Salesforce carries the QuickBooks id of “{change.name}”, although it belongs to another "
        "record, so none was created.",
        f"Empty the field {mapping.external_id_field} of “{account.name}” in Salesforce.",
        retry_at=now,
    )


def _send(run: Run, mapping: ObjectMapping, client: Client, changes: list[Change], clock: Clock) -> None:
    with journal():
        take_turn(run, now=clock())
        batch = Batch.objects.create(connection=run.connection, run=run, side=Side.SALESFORCE, sent_at=clock())
        _set_state(changes, ChangeState.SENT, batch)
    try:
        results = _call(mapping, client, changes)
    except SalesforceError as error:
        with transaction.atomic():
            _set_state(changes, ChangeState.UNKNOWN if error.outcome_unknown else ChangeState.PLANNED, batch)
        raise
    with transaction.atomic():
        _take_results(run, mapping, changes, results, clock())
        _forget_hiccups(run)
        Batch.objects.filter(pk=batch.pk).update(answered_at=clock())


def _forget_hiccups(run: Run) -> None:
    """Salesforce answers again: a long run may stumble now and then without being given up."""
    if run.salesforce_cursor.get("attempts"):
        run.salesforce_cursor = {**run.salesforce_cursor, "attempts": 0}
        run.save(update_fields=["salesforce_cursor"])


def _set_state(changes: Sequence[Change], state: ChangeState, batch: Batch) -> None:
    for change in changes:
        change.state, change.batch = state, batch
    Change.objects.filter(pk__in=[change.pk for change in changes]).update(state=state, batch=batch)


def _call(mapping: ObjectMapping, client: Client, changes: Sequence[Change]) -> list[SaveResult]:
    if changes[0].operation == Operation.DELETE:
        return client.delete([change.remote_id for change in changes])
    if _travels_with_lines(mapping):
        return save_documents(mapping, client, changes)
    target = mapping.salesforce_object
    rows = [_payload(change) for change in changes]
    if changes[0].operation != Operation.CREATE:
        return client.update(target, rows)
    if mapping.external_id_field:
        return client.upsert(target, mapping.external_id_field, rows)
    return client.insert(target, rows)


def _payload(change: Change) -> dict[str, object]:
    fields: dict[str, object] = {**unpacked(change.fields)}
    return fields if change.operation == Operation.CREATE else {"Id": change.remote_id, **fields}


def _deletes(change: Change) -> bool:
    return change.operation == Operation.DELETE


def _take_results(
    run: Run, mapping: ObjectMapping, changes: Sequence[Change], results: Sequence[SaveResult], now: datetime
) -> None:
    pairs = list(zip(changes, results, strict=True))
    removed(run, mapping, [one for one, result in pairs if result.success and _deletes(one)], now=now)
    done = [(one, result.id or one.remote_id) for one, result in pairs if result.success and not _deletes(one)]
    confirm(run, mapping, confirmed(run, mapping, done), now=now)
    again, refusals = [], []
    for change, result in pairs:
        if result.success:
            continue
        change.attempts += 1
        if result.errors[0].retry and change.attempts < ATTEMPTS:
            again.append(change)
        else:
            refusals.append(_refusal(change, result, now))
    for change in again:
        change.state = ChangeState.PLANNED
    update_rows(again, ["state", "attempts"])
    refuse(run, mapping, refusals, now=now)


def _refusal(change: Change, result: SaveResult, now: datetime) -> Refusal:
    error = result.errors[0]
    return Refusal(
        change=change,
        code=error.code,
        sentence=error.sentence,
        remedy="" if not error.retry else "Nothing to do: it is tried again by itself.",
        # What stands in the way may be a rule or a permission that somebody changes: nothing on the record will tell.
        retry_at=None if error.retry else now + DAILY,
        passes=error.retry,
    )
