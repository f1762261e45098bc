"""Telling people in Salesforce how their records fare: status, time and reason, on the record itself.

What is written anyway carries its status along. A record that waits, or waits no more, is told at the end of the run,
in as few calls as the records need; a release writes what was shown and nothing else, so that is left to the run after
it. Orgs without the fields are told nothing.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import structlog
from django.db import transaction
from django.db.models import Q

from apatar.connections.models import Connection
from apatar.runs.durable import journal
from apatar.runs.models import Batch, Change, ChangeState, Link, Problem, Record, Run, Side
from apatar.runs.pairs import pairs_of_run
from apatar.runs.remote import raw_salesforce
from apatar.runs.salesforce_side import salesforce
from apatar.runs.turns import take_turn
from apatar.salesforce.client import LARGEST_COLLECTION, Client
from apatar.salesforce.errors import SalesforceError
from apatar.salesforce.wire import spelled

log = structlog.get_logger()

STATUS, SYNCED_AT, ERROR = FIELDS = ("QuickBooks_Sync_Status__c", "QuickBooks_Synced_At__c", "QuickBooks_Sync_Error__c")
IN_STEP, WAITING = "In step", "Waits for you"
LONGEST = 255

Clock = Callable[[], datetime]
Told = dict[str, str | None]
"""The status fields of one record."""
Key = tuple[str, str]
"""Object and id of a record in Salesforce."""
Objects = Mapping[str, str]
"""The object in Salesforce of each pair."""


def can_be_told(connection: Connection, object_type: str) -> bool:
    """Tell whether the org has the status fields on an object, and lets the connected user fill them in."""
    offered: Mapping[str, Sequence[object]] = connection.salesforce_schema.get(object_type, {})
    return all(len(offered.get(name, ())) == 3 and all(offered[name][1:]) for name in FIELDS)


def in_step(now: datetime) -> Told:
    return {STATUS: IN_STEP, SYNCED_AT: spelled(now), ERROR: None}


def waiting(sentences: Iterable[str], now: datetime) -> Told:
    return {STATUS: WAITING, SYNCED_AT: spelled(now), ERROR: " ".join(sentences)[:LONGEST]}


def tell(run: Run, *, clock: Clock) -> None:
    """Write what changed about the records' state since it was told last; idempotent. Raises the Salesforce errors."""
    news = _news(run, clock()) if run.carries_out_id is None else {}
    if news:
        with salesforce(run) as client:
            for object_type, told in news.items():
                _tell_object(run, client, object_type, told, clock)
    with transaction.atomic():
        take_turn(run, now=clock())
        Run.objects.filter(pk=run.pk).update(told=True)


def _news(run: Run, now: datetime) -> dict[str, list[tuple[Record, Told]]]:
    """Return the records whose state is another one than they say, by object."""
    touched = Problem.objects.filter(connection=run.connection)
    if since := _told_last(run):
        touched = touched.filter(Q(seen_at__gte=since) | Q(closed_at__gte=since))
    objects = {one.name: one.salesforce_object for one in pairs_of_run(run)}
    about = [key for one in touched.order_by("id") if (key := _salesforce_record(objects, one))]
    keys = [key for key in dict.fromkeys(about) if can_be_told(run.connection, key[0])]
    reasons = _reasons(run, objects, keys)
    news: dict[str, list[tuple[Record, Told]]] = {}
    for row in _rows(run, keys):
        sentences = reasons.get((row.object_type, row.remote_id))
        told = waiting(sentences, now) if sentences else in_step(now)
        if not _says(row, told):
            news.setdefault(row.object_type, []).append((row, told))
    return news


def _reasons(run: Run, objects: Objects, keys: Sequence[Key]) -> dict[Key, list[str]]:
    """Return why each of these records waits: every reason that stands, also those that no run has touched since."""
    found: dict[int, tuple[Key, str]] = {}
    for object_type in dict.fromkeys(name for name, _ in keys):
        ids = [remote_id for name, remote_id in keys if name == object_type]
        mappings = [name for name, one in objects.items() if one == object_type]
        for start in range(0, len(ids), LARGEST_COLLECTION):
            for one in _open_about(run, mappings, ids[start : start + LARGEST_COLLECTION]):
                if key := _salesforce_record(objects, one):
                    found[one.pk] = key, f"{one.sentence} {one.remedy}".strip()
    reasons: dict[Key, dict[str, None]] = {}
    for _, (key, sentence) in sorted(found.items()):
        reasons.setdefault(key, {})[sentence] = None
    return {key: list(sentences) for key, sentences in reasons.items()}


def _open_about(run: Run, mappings: Sequence[str], ids: Sequence[str]) -> Iterator[Problem]:
    """Yield the open problems of these records in Salesforce, and of what they are linked to."""
    links = Link.objects.filter(connection=run.connection, mapping__in=mappings, salesforce_id__in=ids)
    ends = {Side.SALESFORCE: ids, Side.QUICKBOOKS: list(links.values_list("quickbooks_id", flat=True))}
    open_now = Problem.objects.filter(connection=run.connection, mapping__in=mappings, closed_at=None)
    for side, there in ends.items():
        yield from open_now.filter(side=side, remote_id__in=there)


def _told_last(run: Run) -> datetime | None:
    """Return when the last run began that told the records; dry runs, releases and runs that broke off have not."""
    before = Run.objects.filter(connection=run.connection, number__lt=run.number, told=True, carries_out=None)
    return before.order_by("-number").values_list("started_at", flat=True).first()


def _salesforce_record(objects: Objects, problem: Problem) -> Key | None:
    """Return object and id of the record in Salesforce that a problem is about; None where there is none."""
    if problem.mapping not in objects:
        return None
    if problem.side == Side.SALESFORCE:
        return objects[problem.mapping], problem.remote_id
    links = Link.objects.filter(connection_id=problem.connection_id, mapping=problem.mapping)
    link = links.filter(quickbooks_id=problem.remote_id).first()
    return (objects[problem.mapping], link.salesforce_id) if link else None


def _rows(run: Run, about: Sequence[Key]) -> list[Record]:
    found: list[Record] = []
    for object_type in dict.fromkeys(name for name, _ in about):
        ids = [remote_id for name, remote_id in about if name == object_type]
        rows = Record.objects.filter(
            connection=run.connection, side=Side.SALESFORCE, object_type=object_type, deleted_at=None
        )
        for start in range(0, len(ids), LARGEST_COLLECTION):
            found += rows.filter(remote_id__in=ids[start : start + LARGEST_COLLECTION])
    return found


def _says(row: Record, told: Told) -> bool:
    held = json.loads(row.raw)
    if held.get(STATUS) is None and told[STATUS] == IN_STEP:
        return True  # nobody ever told it anything, and there is nothing to tell
    return bool(held.get(STATUS) == told[STATUS] and held.get(ERROR) == told[ERROR])


def _tell_object(run: Run, client: Client, object_type: str, news: Sequence[tuple[Record, Told]], clock: Clock) -> None:
    for start in range(0, len(news), LARGEST_COLLECTION):
        some = news[start : start + LARGEST_COLLECTION]
        changes = _journaled(run, object_type, some, clock())
        try:
            results = client.update(object_type, [{"Id": row.remote_id, **told} for row, told in some])
        except SalesforceError:
            Change.objects.filter(pk__in=[one.pk for one in changes]).update(state=ChangeState.UNKNOWN)
            raise
        done = [one.success for one in results]
        if not all(done):
            log.warning("status refused", object=object_type, records=done.count(False))
        with transaction.atomic():
            for change, (row, told), success in zip(changes, some, done, strict=True):
                _keep(change, row, told, success=success, now=clock())


def _journaled(run: Run, object_type: str, some: Sequence[tuple[Record, Told]], now: datetime) -> list[Change]:
    with journal():
        take_turn(run, now=now)
        batch = Batch.objects.create(connection=run.connection, run=run, side=Side.SALESFORCE, sent_at=now)
        rows = [_change(run, batch, object_type, row, told) for row, told in some]
        return list(Change.objects.bulk_create(rows))


def _change(run: Run, batch: Batch, object_type: str, row: Record, told: Told) -> Change:
    held = json.loads(row.raw)
    return Change(
        connection=run.connection,
        run=run,
        batch=batch,
        mapping=next(one.name for one in pairs_of_run(run) if one.salesforce_object == object_type),
        side=Side.SALESFORCE,
        object_type=object_type,
        operation="update",
        remote_id=row.remote_id,
        version=row.version,
        name=row.name,
        fields=told,
        before={name: held.get(name) for name in FIELDS},
        settles="{}",
        state=ChangeState.SENT,
    )


def _keep(change: Change, row: Record, told: Told, *, success: bool, now: datetime) -> None:
    change.state = ChangeState.CONFIRMED if success else ChangeState.REFUSED
    change.closed_at = now
    change.save(update_fields=["state", "closed_at"])
    if success:
        held = json.loads(row.raw, parse_float=Decimal)
        # The stamp moved, and Salesforce does not tell the new one.
        Record.objects.filter(pk=row.pk).update(raw=raw_salesforce({**held, **told}), version="")
