"""Reading Salesforce: what changed since the watermark, page by page, each page with its cursor in one transaction."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

import structlog
from django.db import transaction
from django_scopes import scopes_disabled

from apatar.connections.map import chosen_pairs, settings_of
from apatar.connections.models import Connection
from apatar.connections.org_fields import types_of
from apatar.runs import intake, telling, watermarks
from apatar.runs.conflicts import WHO
from apatar.runs.intake import Incoming
from apatar.runs.models import Run, Side
from apatar.runs.pairs import pairs_of_run
from apatar.runs.reading_list import SalesforceRead, names_read, objects_to_describe, salesforce_reads, tables_used
from apatar.runs.remote import fields_of, incoming_of, lines_of, raw_salesforce
from apatar.runs.salesforce_recovery import recover
from apatar.runs.salesforce_side import salesforce
from apatar.runs.tables import USERS, keep_tables
from apatar.runs.turns import take_turn
from apatar.salesforce import soql
from apatar.salesforce.client import Client
from apatar.salesforce.errors import RequestRefused
from apatar.salesforce.metadata import ObjectDescription
from apatar.salesforce.results import Page
from apatar.salesforce.wire import instant, spelled
from apatar.sync import record
from apatar.sync.decision import Settings
from apatar.sync.flipflop import WHO as WHO_ID
from apatar.sync.mapping import ObjectMapping
from apatar.sync.reading import read as core_read
from apatar.sync.values import RemoteLine, Value

log = structlog.get_logger()

OVERLAP = timedelta(minutes=10)
"""Rows become visible after their stamp (SALESFORCE.md, section 2.6): what is this old is read once more."""
SCHEMA_AGE = timedelta(hours=24)
MASTER = "MasterRecordId"
"""Of a record that lost a merge: the one that it became part of (SALESFORCE.md, section 2.6; from memory)."""
LOST_PLACE = "INVALID_QUERY_LOCATOR"
PERSON = "person"
NO_SUCH_OBJECT = frozenset({"NOT_FOUND", "INVALID_TYPE"})
ALWAYS_ASKED = ("IsPersonAccount", MASTER, WHO_ID, *telling.FIELDS)
PARENTS_AT_ONCE = 200
MORE_TO_COME = "more"
"""Stands in a page for the address of the next one, where other queries follow."""

Clock = Callable[[], datetime]


def batched(values: Sequence[str], size: int) -> Iterable[list[str]]:
    left = iter(values)
    while some := list(islice(left, size)):
        yield some


def read(run: Run, *, clock: Clock) -> None:
    """Read every mapped object; idempotent, goes on at the page where an earlier try ended."""
    with salesforce(run) as client:
        run.salesforce_cursor["user"] = client.session().user_id
        learn_schema(run, client, now=clock())
        recover(run, client, now=clock())
        read_to = watermarks.positions(run.connection, Side.SALESFORCE)
        for one in salesforce_reads(pairs_of_run(run)):
            if one.object_type not in run.salesforce_cursor.get("done", []):
                _read_object(run, one, client, clock, read_to=read_to.get(one.object_type))
    with transaction.atomic():
        take_turn(run, now=clock())
        Run.objects.filter(pk=run.pk).update(salesforce_read=True)


def learn_schema(run: Run, client: Client, *, now: datetime) -> None:
    """Keep what the org's describe offers; it is asked for once a day and after every change in the form."""
    connection = run.connection
    known = connection.salesforce_schema_at
    changed = connection.settings_changed_at
    if known and now - known < SCHEMA_AGE and not (changed and changed > known):
        return
    described = [
        found
        for name in objects_to_describe(chosen_pairs(connection, run.map_number))
        if (found := _describe(client, name))
    ]
    connection.salesforce_schema = {
        one.name: {field.name: [field.length, field.createable, field.updateable] for field in one.fields}
        for one in described
    }
    connection.salesforce_types = {one.name: types_of(one) for one in described}
    connection.salesforce_schema_at = now
    with scopes_disabled():
        connection.save(update_fields=["salesforce_schema", "salesforce_types", "salesforce_schema_at"])
    learn_tables(run, client)


def _describe(client: Client, object_name: str) -> ObjectDescription | None:
    """Describe an object; None where the org has none of this name, or the user may not see it."""
    try:
        return client.describe(object_name)
    except RequestRefused as error:
        if error.code not in NO_SUCH_OBJECT:
            raise
        return None


def learn_tables(run: Run, client: Client) -> None:
    """Keep what formulas look up in Salesforce: the standard price book, and the users by name."""
    connection = run.connection
    used = tables_used(pairs_of_run(run))
    fresh = dict(connection.tables)
    if "org" in used:
        query = soql.select("Pricebook2", ["Id"], where="IsStandard = true", limit=1)
        found = [row["Id"] for page in client.query(query) for row in page.records]
        fresh["org"] = {"standard_price_book": found[0]} if found else {}
    if "sales_rep_users" in used:
        query = soql.select("User", ["Id", "Name"], where="IsActive = true", order_by="Id")
        fresh[USERS] = {row["Name"]: row["Id"] for page in client.query(query) for row in page.records}
    keep_tables(connection, fresh)


def _read_object(run: Run, one: SalesforceRead, client: Client, clock: Clock, *, read_to: str | None) -> None:
    settings = settings_of(run.connection, run.direction)
    for page in _pages(run, one, client, read_to):
        _take_page(run, one, settings, page, client, now=clock())


def _pages(run: Run, one: SalesforceRead, client: Client, read_to: str | None) -> Iterator[Page]:
    cursor = run.salesforce_cursor
    if cursor.get("next") and cursor.get("object", one.object_type) == one.object_type:
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
    yield from _from_start(run, one, client, read_to)


def _following(client: Client, page: Page) -> Iterator[Page]:
    while page.next_url:
        page = client.query_page(page.next_url)
        yield page


def _from_start(run: Run, one: SalesforceRead, client: Client, read_to: str | None) -> Iterator[Page]:
    if read_to is None:
        yield from client.query(changed_since(one, run.connection, None))
        return
    since = instant(read_to) - OVERLAP
    yield from _with_changed_lines(one, run.connection, client, since)
    # The deleted ones come in the same query: an idle run costs one call per object (SYNC.md, I7).
    yield from client.query_all(changed_since(one, run.connection, since))


def _with_changed_lines(one: SalesforceRead, connection: Connection, client: Client, since: datetime) -> Iterator[Page]:
    """Read the documents whose lines changed: a line may change without its document (SALESFORCE.md, section 2.6).

    These pages come before the others, and move no watermark.
    """
    for line_object, parent in one.line_objects:
        where = f"SystemModstamp >= {soql.literal(since)}"
        query = soql.select(line_object, [parent], where=where, order_by="SystemModstamp, Id")
        parents = {row[parent] for page in client.query_all(query) for row in page.records if row.get(parent)}
        for some in batched(sorted(parents), PARENTS_AT_ONCE):
            for page in client.query(_select(one, connection, where=soql.any_of("Id", some))):
                yield replace(page, next_url=MORE_TO_COME)


def changed_since(one: SalesforceRead, connection: Connection, since: datetime | None) -> str:
    """Return the SOQL for records changed since an instant, or for all; oldest first."""
    return _select(one, connection, where=f"SystemModstamp >= {soql.literal(since)}" if since else "")


def _select(one: SalesforceRead, connection: Connection, *, where: str) -> str:
    offered = connection.salesforce_schema.get(one.object_type, {})
    wanted = [path for pair in one.pairs for field in pair.fields for path in field.salesforce]
    marks = [path for pair in one.pairs for path, _ in pair.gone]
    extra = [pair.external_id_field for pair in one.pairs] + [*names_read(one.pairs), *marks, *ALWAYS_ASKED]
    known = [name for name in (*wanted, *extra) if name in offered or "." in name]
    if "LastModifiedById" in offered:
        known.append(WHO)
    return soql.select(
        one.object_type,
        ["SystemModstamp", "LastModifiedDate", "IsDeleted", *known],
        children=one.children,
        where=where,
        order_by="SystemModstamp, Id",
    )


def _take_page(run: Run, one: SalesforceRead, settings: Settings, page: Page, client: Client, *, now: datetime) -> None:
    cursor = dict(run.salesforce_cursor)
    cursor.setdefault("began", spelled(page.read_at or now))
    started = {**cursor.get("started", {})}
    started.setdefault(one.object_type, spelled(page.read_at or now))
    is_side_page = page.next_url == MORE_TO_COME
    cursor |= {"object": one.object_type, "started": started, "attempts": 0}
    cursor["next"] = None if is_side_page else page.next_url
    records = [_with_lines(one, fields, client) for fields in page.records]
    with transaction.atomic():
        take_turn(run, now=now)
        take_records(run, one, settings, records, now=now)
        if page.next_url is None:
            reached = {one.object_type: started[one.object_type]}
            watermarks.move(run.connection, Side.SALESFORCE, reached, now=now)
            cursor["done"] = [*cursor.get("done", []), one.object_type]
        run.salesforce_cursor = cursor
        run.save(update_fields=["salesforce_cursor"])


def _with_lines(one: SalesforceRead, fields: dict[str, Any], client: Client) -> dict[str, Any]:
    """Return a record with its lines as lists, in one order; Salesforce gives many of them in pages of their own.

    A query that finds deleted records gives their deleted lines, too, and those of records that are still there.
    """
    found = {name: client.children(fields.get(name)) for name in one.children}
    alive = {name: [line for line in lines if not line.get("IsDeleted")] for name, lines in found.items()}
    return {**fields, **{name: sorted(lines, key=lambda line: str(line["Id"])) for name, lines in alive.items()}}


def take_records(
    run: Run, one: SalesforceRead, settings: Settings, found: Sequence[dict[str, Any]], *, now: datetime
) -> None:
    """Take in records as a query returned them, deleted ones included."""
    alive = [_incoming(one, settings, fields) for fields in found if not fields.get("IsDeleted")]
    intake.take_in(run.connection, Side.SALESFORCE, one.object_type, alive, is_echo=partial(_is_echo, one))
    gone = [fields["Id"] for fields in found if fields.get("IsDeleted")]
    if gone:
        intake.mark_deleted(run.connection, Side.SALESFORCE, one.object_type, gone, now=now)
        survivors = {fields["Id"]: fields[MASTER] for fields in found if fields.get("IsDeleted") and fields.get(MASTER)}
        intake.mark_merged(run.connection, Side.SALESFORCE, one.object_type, survivors)


def _is_echo(one: SalesforceRead, stored: str, incoming: str) -> bool:
    """Tell whether a record that we wrote came back as we wrote it: every mapped field, its lines, and our id."""
    ours, theirs = (fields_of(Side.SALESFORCE.value, text) for text in (stored, incoming))
    return all(
        _says_the_same(pair, ours, theirs) and _lines(pair, stored) == _lines(pair, incoming) for pair in one.pairs
    )


def _says_the_same(pair: ObjectMapping, ours: record.Remote, theirs: record.Remote) -> bool:
    if pair.external_id_field and ours.get(pair.external_id_field) != theirs.get(pair.external_id_field):
        return False
    return _values(pair, ours) == _values(pair, theirs)


def _lines(pair: ObjectMapping, text: str) -> tuple[RemoteLine, ...]:
    lines = pair.lines
    return lines_of(Side.SALESFORCE.value, text, lines.children) if lines and lines.read_back else ()


def _values(mapping: ObjectMapping, fields: record.Remote) -> dict[str, Value]:
    return core_read(mapping, record.Record(record.Side.SALESFORCE, mapping.salesforce_object, "", "", fields))


def _incoming(one: SalesforceRead, settings: Settings, fields: dict[str, Any]) -> Incoming:
    keys = [held for pair in one.pairs if (held := fields.get(pair.external_id_field))]
    core = record.Record(
        side=record.Side.SALESFORCE,
        object_type=one.object_type,
        remote_id=fields["Id"],
        version=fields["SystemModstamp"],
        fields=fields,
        modified=instant(fields["LastModifiedDate"] or fields["SystemModstamp"]).astimezone(UTC),
        foreign_key=keys[0] if keys else None,
    )
    variant = PERSON if fields.get("IsPersonAccount") else ""
    return incoming_of(one.pairs, core, raw_salesforce(fields), settings, variant=variant)


def look_again(run: Run, one: SalesforceRead, client: Client, *, now: datetime) -> None:
    """Take in what people changed in Salesforce while this run was reading and deciding.

    One query for each object that is about to be written: what somebody edited a minute ago must not be overwritten
    blindly.
    """
    looked = run.salesforce_cursor.get("looked", {})
    began = looked.get(one.object_type) or run.salesforce_cursor.get("began")
    if began is None:
        return
    settings = settings_of(run.connection, run.direction)
    since = instant(began) - timedelta(seconds=5)
    looked = {**looked, one.object_type: spelled(client.server_time or now)}
    for page in client.query_all(changed_since(one, run.connection, since)):
        records = [_with_lines(one, fields, client) for fields in page.records]
        with transaction.atomic():
            take_records(run, one, settings, records, now=now)
    run.salesforce_cursor = {**run.salesforce_cursor, "looked": looked}
    run.save(update_fields=["salesforce_cursor"])
