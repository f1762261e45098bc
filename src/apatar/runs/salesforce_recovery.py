"""Finding out what became of writes to Salesforce that were sent and not answered."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from apatar.connections.map import mapping_of, settings_of
from apatar.runs.models import Change, ChangeState, Link, Record, Run, Side
from apatar.runs.outcomes import Confirmed, confirm, decide_again
from apatar.runs.remote import fields_of, incoming_of, raw_salesforce, unpacked
from apatar.salesforce import soql
from apatar.salesforce.client import Client
from apatar.sync import record
from apatar.sync.change import Operation
from apatar.sync.mapping import ObjectMapping

VISIBLE_AFTER = timedelta(minutes=2)
"""An inserted row may show up late; only then does its absence mean that it was never inserted."""
CLOCKS_DIFFER = timedelta(minutes=2)


def recover(run: Run, client: Client, *, now: datetime) -> None:
    """Find out what became of changes that were sent and not answered, before anything else is sent.

    Only one worker at a time serves a connection, so whatever is still "sent" here was sent by one that died. Updates
    and upserts by our external id can simply be decided again. An insert without external id is looked up.
    """
    mapping = mapping_of(run.connection)
    out = Change.objects.filter(
        connection=run.connection, side=Side.SALESFORCE, state__in=(ChangeState.SENT, ChangeState.UNKNOWN)
    )
    if not mapping.external_id_field:
        _find_inserted(run, mapping, client, list(out.filter(operation=Operation.CREATE).select_related("batch")), now)
        out = out.exclude(operation=Operation.CREATE)
    with transaction.atomic():
        decide_again(out)


def _find_inserted(run: Run, mapping: ObjectMapping, client: Client, inserts: Sequence[Change], now: datetime) -> None:
    if not inserts:
        return
    since = min(change.batch.sent_at for change in inserts if change.batch) - CLOCKS_DIFFER
    query = soql.created_since_by(mapping.salesforce_object, ["Name"], user_id=client.session().user_id, since=since)
    found: dict[str, list[str]] = {}
    for page in client.query(query):
        for row in page.records:
            found.setdefault(row["Name"], []).append(row["Id"])
    taken = _linked(run, [one for ids in found.values() for one in ids])
    done = []
    for change in inserts:
        free = [one for one in found.get(str(unpacked(change.fields).get("Name")), []) if one not in taken]
        if free:
            taken.add(free[0])
            done.append((change, free[0]))
    with transaction.atomic():
        confirm(run, mapping, confirmed(run, mapping, done), now=now, late=True)
        gone = [
            change.pk
            for change in inserts
            if change.state != ChangeState.CONFIRMED and change.batch and now - change.batch.sent_at > VISIBLE_AFTER
        ]
        decide_again(Change.objects.filter(pk__in=gone))


def _linked(run: Run, ids: Sequence[str]) -> set[str]:
    return set(
        Link.objects.filter(connection=run.connection, salesforce_id__in=ids).values_list("salesforce_id", flat=True)
    )


def confirmed(run: Run, mapping: ObjectMapping, done: Sequence[tuple[Change, str]]) -> list[Confirmed]:
    """Say what now stands in Salesforce: what stood there, overlaid with what was sent."""
    settings = settings_of(run.connection, run.direction)
    held = _held(run, mapping, [remote_id for _, remote_id in done])
    said = []
    for change, remote_id in done:
        fields = {**held.get(remote_id, {}), **unpacked(change.fields), "Id": remote_id}
        one = record.Record(
            side=record.Side.SALESFORCE,
            object_type=mapping.salesforce_object,
            remote_id=remote_id,
            version="",  # Salesforce does not tell the new stamp: the next read compares the content
            fields=fields,  # type: ignore[arg-type]  # unpacked from remote values
            foreign_key=str(fields.get(mapping.external_id_field) or "") or None,
        )
        said.append(Confirmed(change, remote_id, incoming_of(mapping, one, raw_salesforce(fields), settings)))
    return said


def _held(run: Run, mapping: ObjectMapping, ids: Sequence[str]) -> dict[str, dict[str, object]]:
    rows = Record.objects.filter(
        connection=run.connection,
        side=Side.SALESFORCE,
        object_type=mapping.salesforce_object,
        remote_id__in=ids,
    )
    return {row.remote_id: dict(fields_of(row.side, row.raw)) for row in rows}
