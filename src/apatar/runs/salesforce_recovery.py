"""Finding out what became of writes to Salesforce that were sent and not answered."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from apatar.connections.map import settings_of
from apatar.runs.models import Change, ChangeState, Link, Record, Run, Side
from apatar.runs.outcomes import Confirmed, confirm, decide_again
from apatar.runs.pairs import pairs_of_run
from apatar.runs.remote import incoming_of, pairs_with, raw_salesforce, unpacked
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
    out = Change.objects.filter(
        connection=run.connection, side=Side.SALESFORCE, state__in=(ChangeState.SENT, ChangeState.UNKNOWN)
    )
    without_key = [one for one in pairs_of_run(run) if not one.external_id_field]
    for mapping in without_key:
        inserts = out.filter(operation=Operation.CREATE, mapping=mapping.name).select_related("batch")
        _find_inserted(run, mapping, client, list(inserts), now)
    out = out.exclude(operation=Operation.CREATE, mapping__in=[one.name for one in without_key])
    with transaction.atomic():
        decide_again(out)


def _find_inserted(run: Run, mapping: ObjectMapping, client: Client, inserts: Sequence[Change], now: datetime) -> None:
    if not inserts:
        return
    since = min(change.batch.sent_at for change in inserts if change.batch) - CLOCKS_DIFFER
    paths = _telling(mapping)
    query = soql.created_since_by(mapping.salesforce_object, paths, user_id=client.session().user_id, since=since)
    found: dict[tuple[str, ...], list[str]] = {}
    for page in client.query(query):
        for row in page.records:
            found.setdefault(_told(paths, row), []).append(row["Id"])
    taken = _linked(run, [one for ids in found.values() for one in ids])
    done = []
    for change in inserts:
        free = [one for one in found.get(_told(paths, unpacked(change.fields)), []) if one not in taken]
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


def _telling(mapping: ObjectMapping) -> list[str]:
    """Return the fields by which an inserted record is recognised: its name, and what it belongs to."""
    fields = [mapping.field(name) for name in dict.fromkeys([mapping.name_field, mapping.scope]) if name]
    return [path for one in fields for path in one.salesforce if path != "Name" or not mapping.scope] or ["Name"]


def _told(paths: Sequence[str], row: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(str(row.get(path) or "") for path in paths)


def _linked(run: Run, ids: Sequence[str]) -> set[str]:
    return set(
        Link.objects.filter(connection=run.connection, salesforce_id__in=ids).values_list("salesforce_id", flat=True)
    )


def confirmed(run: Run, mapping: ObjectMapping, done: Sequence[tuple[Change, str]]) -> list[Confirmed]:
    """Say what now stands in Salesforce: what stood there, overlaid with what was sent."""
    settings = settings_of(run.connection, run.direction)
    pairs = pairs_with(pairs_of_run(run), record.Side.SALESFORCE, mapping.salesforce_object)
    held = _held(run, mapping, [remote_id for _, remote_id in done])
    said = []
    for change, remote_id in done:
        lines = mapping.lines_field
        sent = {name: value for name, value in unpacked(change.fields).items() if lines is None or name != lines.name}
        fields = {**held.get(remote_id, {}), **sent, "Id": remote_id}
        one = record.Record(
            side=record.Side.SALESFORCE,
            object_type=mapping.salesforce_object,
            remote_id=remote_id,
            version="",  # Salesforce does not tell the new stamp: the next read compares the content
            fields=fields,  # type: ignore[arg-type]  # unpacked from remote values
            foreign_key=str(fields.get(mapping.external_id_field) or "") or None,
        )
        said.append(Confirmed(change, remote_id, incoming_of(pairs, one, raw_salesforce(fields), settings)))
    return said


def _held(run: Run, mapping: ObjectMapping, ids: Sequence[str]) -> dict[str, dict[str, object]]:
    """Return what is stored of each, as Salesforce gave it, its lines included."""
    rows = Record.objects.filter(
        connection=run.connection,
        side=Side.SALESFORCE,
        object_type=mapping.salesforce_object,
        remote_id__in=ids,
    )
    return {row.remote_id: json.loads(row.raw, parse_float=Decimal) for row in rows}
