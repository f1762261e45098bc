"""When the choices of a connection or its map change, everything that was decided is looked at anew."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from hashlib import sha256

from django_scopes import scopes_disabled

from apatar.connections.models import Connection
from apatar.runs.models import Record
from apatar.runs.remote import record_of
from apatar.runs.updates import update_rows
from apatar.sync.decision import Settings
from apatar.sync.mapping import ObjectMapping
from apatar.sync.match_keys import match_keys
from apatar.sync.reading import name_of
from apatar.sync.record import Side
from apatar.sync.values import Kind

CHUNK = 500

Tables = Mapping[str, Mapping[str, str]]
"""Look-up tables by name, as `connections.map.tables_of` gives them."""


def look_at_everything_anew(
    connection: Connection, pairs: Sequence[ObjectMapping], settings: Settings, tables: Tables
) -> bool:
    """Mark every record dirty where direction, policies or the map differ from the last decisions; True if so.

    What was decided under other choices may be wrong under these: a customer that a one-way connection left alone is
    to be created once both ways are allowed. Call in a transaction.
    """
    now_with = digest_of(pairs, settings, tables)
    before = connection.decided_with
    if now_with == before:
        return False
    if before:
        for mapping in pairs:
            _write_keys_anew(connection, mapping, settings)
        Record.objects.filter(connection=connection, deleted_at=None).update(dirty=True, decided=0)
    connection.decided_with = now_with
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(decided_with=now_with)
    return bool(before)


def digest_of(pairs: Sequence[ObjectMapping], settings: Settings, tables: Mapping[str, Mapping[str, str]]) -> str:
    """Return what stands for the choices: direction, policies, look-up tables, and every pair as the org offers it."""
    choices = (
        settings.direction,
        settings.policy,
        settings.name_policy,
        _rows(tables),
        [_plain_pair(one) for one in pairs],
    )
    return sha256(repr(choices).encode()).hexdigest()


def _rows(tables: Tables) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(name, sorted(rows.items())) for name, rows in sorted(tables.items()) if rows]


@lru_cache(maxsize=1024)
def _plain_pair(pair: ObjectMapping) -> object:
    """Keep what was spelled out once: every run asks, and a declaration never changes."""
    return _plain(pair)


def _plain(value: object) -> object:
    """Return what of a declaration can be compared from one start of the service to the next: functions by name."""
    if is_dataclass(value):
        return (type(value).__name__, [(one.name, _plain(getattr(value, one.name))) for one in fields(value)])
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, frozenset):
        return sorted(value)
    return getattr(value, "__qualname__", value) if callable(value) else value


def _write_keys_anew(connection: Connection, mapping: ObjectMapping, settings: Settings) -> None:
    """Names are shortened another way now: the keys by which counterparts are found follow."""
    if not mapping.matches_by_name or mapping.field(mapping.name_field).kind is not Kind.NAME:
        return
    accounts = Record.objects.filter(
        connection=connection, side=Side.SALESFORCE.value, object_type=mapping.salesforce_object
    ).exclude(second_key="", name__regex=r"^[ -9;-~]{0,41}$")
    changed: list[Record] = []
    for row in accounts.only("id", "name", "remote_id", "raw", "side").iterator(chunk_size=CHUNK):
        name = name_of(mapping, record_of(row, mapping)) or row.name
        keys = match_keys(
            name,
            name_policy=settings.name_policy,
            salt=row.remote_id,
            spell=settings.spell,
            length=mapping.name_length,
        )
        row.match_key, row.second_key = keys[-1] if keys else "", keys[-2] if len(keys) > 1 else ""
        changed.append(row)
        if len(changed) == CHUNK:
            _save_keys(changed)
    _save_keys(changed)


def _save_keys(rows: list[Record]) -> None:
    update_rows(rows, ["match_key", "second_key"])
    rows.clear()
