"""Taking in what a side answered: a page of remote objects becomes rows, in one transaction with its cursor.

The hot path of the service: an unchanged record costs one comparison of its version token.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection as database
from django.db import transaction

from apatar.connections.models import Connection
from apatar.runs.models import Record, Side
from apatar.sync.record import LATER, SOMEWHERE

CHUNK = 500
"""Rows asked for at once: well below the number of parameters SQLite allows in one statement."""

COLUMNS = (
    "connection_id", "side", "object_type", "remote_id", "version", "modified_at", "name", "match_key",
    "second_key", "foreign_key", "variant", "parent_id", "wake_on", "open_amount", "raw", "dirty", "decided",
    "deleted_at",
)  # fmt: skip
KEY = COLUMNS[:4]

UPSERT = (
    f"INSERT INTO runs_record ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))}) "  # noqa: S608
    f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in COLUMNS if column not in KEY)
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One remote object as it arrived; `modified_at` is aware UTC, `raw` the side's own text of it."""

    remote_id: str
    version: str
    modified_at: datetime | None
    name: str
    match_key: str
    second_key: str
    foreign_key: str
    variant: str
    raw: str
    parent_id: str = ""
    wake_on: date | None = None
    open_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """How many records of a page were new, changed, unchanged."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


IsEcho = Callable[[str, str], bool]
"""Given the stored and the incoming text of one record, tells whether both say the same."""

Known = dict[str, tuple[str, bool, str]]
"""Version token, whether it is deleted, and the stored text where the token alone does not tell, by remote id."""

TOKEN_TELLS = {Side.QUICKBOOKS: True, Side.SALESFORCE: False}
"""Salesforce's stamps count whole seconds: two edits within one second have the same (SALESFORCE.md, section 2.1)."""


def known_versions(connection: Connection, side: Side, object_type: str, remote_ids: Sequence[str]) -> Known:
    """Return what is known of those of the ids that are stored."""
    text = "''" if TOKEN_TELLS[side] else "raw"
    known: Known = {}
    with database.cursor() as cursor:
        for start in range(0, len(remote_ids), CHUNK):
            chunk = remote_ids[start : start + CHUNK]
            cursor.execute(
                f"SELECT remote_id, version, deleted_at, {text} FROM runs_record "  # noqa: S608 our own words
                "WHERE connection_id = %s AND side = %s "
                f"AND object_type = %s AND remote_id IN ({', '.join(['%s'] * len(chunk))})",
                [connection.pk, side, object_type, *chunk],
            )
            known.update({row[0]: (row[1], row[2] is not None, row[3]) for row in cursor.fetchall()})
    return known


def is_unchanged(known: Known, remote_id: str, version: str, text: str = "") -> bool:
    return known.get(remote_id) == (version, False, text)


def store(
    connection: Connection, side: Side, object_type: str, records: Iterable[Incoming], *, dirty: bool = True
) -> None:
    """Insert or replace rows; they are dirty until they have been decided. Call in a transaction."""
    moment, day = database.ops.adapt_datetimefield_value, database.ops.adapt_datefield_value
    rows = [
        (
            connection.pk, side.value, object_type, record.remote_id, record.version,
            moment(record.modified_at) if record.modified_at else None,
            record.name[:255], record.match_key[:255], record.second_key[:255],
            record.foreign_key[:60], record.variant, record.parent_id, day(record.wake_on),
            _amount(record.open_amount), record.raw, dirty, 0, None,
        )
        for record in records
    ]  # fmt: skip
    if not rows:
        return
    with database.cursor() as cursor:
        cursor.executemany(UPSERT, rows)


def _amount(value: Decimal | None) -> str | Decimal | None:
    return None if value is None else database.ops.adapt_decimalfield_value(value, 18, 5)


def take_in(
    connection: Connection, side: Side, object_type: str, page: Sequence[Incoming], *, is_echo: IsEcho | None = None
) -> Taken:
    """Store what is new or changed of a page and count it.

    `is_echo` compares the stored text of a record that we wrote ourselves with what came back: where both say the
    same, nothing is left to decide.
    """
    if not page:
        return Taken()
    known = known_versions(connection, side, object_type, [record.remote_id for record in page])
    fresh = [
        record
        for record in page
        if not is_unchanged(known, record.remote_id, record.version, "" if TOKEN_TELLS[side] else record.raw)
    ]
    echoes = [
        record
        for record in fresh
        if is_echo and _is_own_write(known, record) and is_echo(known[record.remote_id][2], record.raw)
    ]
    heard = {record.remote_id for record in echoes}
    with transaction.atomic():
        _store_echoes(connection, side, object_type, echoes)
        store(connection, side, object_type, [record for record in fresh if record.remote_id not in heard])
    changed = sum(record.remote_id in known for record in fresh)
    return Taken(new=len(fresh) - changed, changed=changed, unchanged=len(page) - len(fresh))


def _is_own_write(known: Known, record: Incoming) -> bool:
    """After a write of ours the token is empty: Salesforce does not tell the new stamp with its answer."""
    version, deleted, _ = known.get(record.remote_id, ("?", False, ""))
    return version == "" and not deleted


def _store_echoes(connection: Connection, side: Side, object_type: str, echoes: Sequence[Incoming]) -> None:
    """Write token and text only: whether a record is dirty for another reason stays as it is."""
    if not echoes:
        return
    moment = database.ops.adapt_datetimefield_value
    rows = [
        (one.version, moment(one.modified_at), one.raw, connection.pk, side.value, object_type, one.remote_id)
        for one in echoes
    ]
    with database.cursor() as cursor:
        cursor.executemany(
            "UPDATE runs_record SET version = %s, modified_at = %s, raw = %s "
            "WHERE connection_id = %s AND side = %s AND object_type = %s AND remote_id = %s",
            rows,
        )


def mark_deleted(
    connection: Connection, side: Side, object_type: str, remote_ids: Sequence[str], *, now: datetime
) -> int:
    """Mark records whose remote object is gone: nothing is deleted anywhere because of it."""
    gone = Record.objects.filter(connection=connection, side=side, object_type=object_type, remote_id__in=remote_ids)
    gone.filter(merged_into__in=(SOMEWHERE, LATER)).update(
        merged_into="", dirty=True, decided=0
    )  # it was deleted after all
    gone = gone.filter(deleted_at=None)
    return int(gone.update(deleted_at=now, merged_into="", gone_known=False, dirty=True, decided=0))


def mark_merged(connection: Connection, side: Side, object_type: str, survivors: Mapping[str, str]) -> None:
    """Note what records that are gone became part of, by their ids; SOMEWHERE: that is not known."""
    for remote_id, survivor in survivors.items():
        Record.objects.filter(connection=connection, side=side, object_type=object_type, remote_id=remote_id).exclude(
            deleted_at=None
        ).update(merged_into=survivor)
