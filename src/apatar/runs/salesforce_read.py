"""Reading Salesforce: what changed since the watermark, page by page, each page with its cursor in one transaction."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django_scopes import scopes_disabled

from apatar.connections.map import MAPPINGS, mapping_of, settings_of
from apatar.connections.models import Connection
from apatar.runs import intake
from apatar.runs.intake import Incoming
from apatar.runs.models import Run, Side, Watermark
from apatar.runs.remote import fields_of, incoming_of, raw_salesforce
from apatar.runs.salesforce_recovery import recover
from apatar.runs.salesforce_side import salesforce
from apatar.runs.turns import take_turn
from apatar.salesforce import soql
from apatar.salesforce.client import Client
from apatar.salesforce.errors import RequestRefused
from apatar.salesforce.results import Page
from apatar.salesforce.wire import instant, spelled
from apatar.sync import record
from apatar.sync.mapping import ObjectMapping
from apatar.sync.mapping import read as core_read
from apatar.sync.plan import Settings
from apatar.sync.values import Value

log = structlog.get_logger()

OVERLAP = timedelta(minutes=10)
"""Rows become visible after their stamp (SALESFORCE.md, section 2.6): what is this old is read once more."""
SCHEMA_AGE = timedelta(hours=24)
LOST_PLACE = "INVALID_QUERY_LOCATOR"
PERSON = "person"

Clock = Callable[[], datetime]


def read(run: Run, *, clock: Clock) -> None:
    """Read every mapped object; idempotent, goes on at the page where an earlier try ended."""
    with salesforce(run) as client:
        learn_schema(run.connection, client, now=clock())
        recover(run, client, now=clock())
        for mapping in MAPPINGS:
            _read_object(run, mapping_of(run.connection, mapping), client, clock)
    with transaction.atomic():
        take_turn(run, now=clock())
        Run.objects.filter(pk=run.pk).update(salesforce_read=True)


def learn_schema(connection: Connection, client: Client, *, now: datetime) -> None:
    """Keep what the org's describe offers; it is asked for once a day and after every change in the form."""
    known = connection.salesforce_schema_at
    changed = connection.settings_changed_at
    if known and now - known < SCHEMA_AGE and not (changed and changed > known):
        return
    described = (client.describe(mapping.salesforce_object) for mapping in MAPPINGS)
    connection.salesforce_schema = {
        one.name: {field.name: [field.length, field.createable, field.updateable] for field in one.fields}
        for one in described
    }
    connection.salesforce_schema_at = now
    with scopes_disabled():
        connection.save(update_fields=["salesforce_schema", "salesforce_schema_at"])


def _read_object(run: Run, mapping: ObjectMapping, client: Client, clock: Clock) -> None:
    settings = settings_of(run.connection, run.direction)
    for page in _pages(run, mapping, client):
        _take_page(run, mapping, settings, page, now=clock())


def _pages(run: Run, mapping: ObjectMapping, client: Client) -> Iterator[Page]:
    cursor = run.salesforce_cursor
    if cursor.get("next"):
        try:
            page = client.query_page(cursor["next"])
        except RequestRefused as error:
            if error.code != LOST_PLACE:
                raise
            log.info("salesforce lost its place; reading again")
        else:
            yield page
            yield from _following(client, page)
            return
    yield from _from_start(run, mapping, client)


def _following(client: Client, page: Page) -> Iterator[Page]:
    while page.next_url:
        page = client.query_page(page.next_url)
        yield page


def _from_start(run: Run, mapping: ObjectMapping, client: Client) -> Iterator[Page]:
    mark = Watermark.objects.filter(
        connection=run.connection, side=Side.SALESFORCE, object_type=mapping.salesforce_object
    ).first()
    if mark is None:
        yield from client.query(changed_since(mapping, run.connection, None))
        return
    # The deleted ones come in the same query: an idle run costs one call per object (SYNC.md, I7).
    yield from client.query_all(changed_since(mapping, run.connection, instant(mark.position) - OVERLAP))


def changed_since(mapping: ObjectMapping, connection: Connection, since: datetime | None) -> str:
    """Return the SOQL for records changed since an instant, or for all; oldest first."""
    offered = connection.salesforce_schema.get(mapping.salesforce_object, {})
    wanted = [path for field in mapping.fields for path in field.salesforce]
    extra = [name for name in (mapping.external_id_field, "IsPersonAccount") if name and name in offered]
    return soql.select(
        mapping.salesforce_object,
        ["SystemModstamp", "LastModifiedDate", "IsDeleted", *wanted, *extra],
        where=f"SystemModstamp >= {soql.literal(since)}" if since else "",
        order_by="SystemModstamp, Id",
    )


def _take_page(run: Run, mapping: ObjectMapping, settings: Settings, page: Page, *, now: datetime) -> None:
    cursor = dict(run.salesforce_cursor)
    cursor.setdefault("began", spelled(page.read_at or now))
    cursor["next"] = page.next_url
    cursor["attempts"] = 0
    with transaction.atomic():
        take_turn(run, now=now)
        take_records(run, mapping, settings, page.records, now=now)
        if page.next_url is None:
            _set_watermark(run, mapping, cursor["began"], now)
        run.salesforce_cursor = cursor
        run.save(update_fields=["salesforce_cursor"])


def take_records(
    run: Run, mapping: ObjectMapping, settings: Settings, found: tuple[dict[str, Any], ...], *, now: datetime
) -> None:
    """Take in records as a query returned them, deleted ones included."""
    object_type = mapping.salesforce_object
    alive = [_incoming(mapping, settings, fields) for fields in found if not fields.get("IsDeleted")]
    intake.take_in(run.connection, Side.SALESFORCE, object_type, alive, is_echo=partial(_is_echo, mapping))
    gone = [fields["Id"] for fields in found if fields.get("IsDeleted")]
    if gone:
        intake.mark_deleted(run.connection, Side.SALESFORCE, object_type, gone, now=now)


def _is_echo(mapping: ObjectMapping, stored: str, incoming: str) -> bool:
    """Tell whether an account that we wrote came back as we wrote it: every mapped field, and our id."""
    ours, theirs = (fields_of(Side.SALESFORCE.value, text) for text in (stored, incoming))
    if mapping.external_id_field and ours.get(mapping.external_id_field) != theirs.get(mapping.external_id_field):
        return False
    return _values(mapping, ours) == _values(mapping, theirs)


def _values(mapping: ObjectMapping, fields: record.Remote) -> dict[str, Value]:
    return core_read(mapping, record.Record(record.Side.SALESFORCE, mapping.salesforce_object, "", "", fields))


def _incoming(mapping: ObjectMapping, settings: Settings, fields: dict[str, Any]) -> Incoming:
    one = record.Record(
        side=record.Side.SALESFORCE,
        object_type=mapping.salesforce_object,
        remote_id=fields["Id"],
        version=fields["SystemModstamp"],
        fields=fields,
        modified=instant(fields["LastModifiedDate"] or fields["SystemModstamp"]).astimezone(UTC),
        foreign_key=fields.get(mapping.external_id_field) or None,
    )
    variant = PERSON if fields.get("IsPersonAccount") else ""
    return incoming_of(mapping, one, raw_salesforce(fields), settings, variant=variant)


def _set_watermark(run: Run, mapping: ObjectMapping, position: str, now: datetime) -> None:
    Watermark.objects.update_or_create(
        connection=run.connection,
        side=Side.SALESFORCE,
        object_type=mapping.salesforce_object,
        defaults={"position": position, "read_at": now},
    )


def look_again(run: Run, mapping: ObjectMapping, client: Client, *, now: datetime) -> None:
    """Take in what people changed in Salesforce while this run was reading and deciding.

    One query before the first write: an account that somebody edited a minute ago must not be overwritten blindly.
    """
    began = run.salesforce_cursor.get("looked") or run.salesforce_cursor.get("began")
    if began is None:
        return
    settings = settings_of(run.connection, run.direction)
    since = instant(began) - timedelta(seconds=5)
    looked = spelled(client.server_time or now)
    for page in client.query_all(changed_since(mapping, run.connection, since)):
        with transaction.atomic():
            take_records(run, mapping, settings, page.records, now=now)
    run.salesforce_cursor = {**run.salesforce_cursor, "looked": looked}
    run.save(update_fields=["salesforce_cursor"])
