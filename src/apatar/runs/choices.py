"""When the choices of a connection or its map change, everything that was decided is looked at anew."""

from hashlib import sha256

from django_scopes import scopes_disabled

from apatar.connections.models import Connection
from apatar.runs.models import Record
from apatar.runs.remote import fields_of
from apatar.runs.updates import update_rows
from apatar.sync.mapping import ObjectMapping
from apatar.sync.match import match_keys
from apatar.sync.plan import Settings
from apatar.sync.record import Side

CHUNK = 500


def look_at_everything_anew(connection: Connection, mapping: ObjectMapping, settings: Settings) -> bool:
    """Mark every record dirty where direction, policies or the map differ from the last decisions; True if so.

    What was decided under other choices may be wrong under these: a customer that a one-way connection left alone is
    to be created once both ways are allowed. Call in a transaction.
    """
    now_with = digest_of(mapping, settings)
    before = connection.decided_with
    if now_with == before:
        return False
    if before:
        _write_keys_anew(connection, mapping, settings)
        Record.objects.filter(connection=connection, deleted_at=None).update(dirty=True)
    connection.decided_with = now_with
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(decided_with=now_with)
    return bool(before)


def digest_of(mapping: ObjectMapping, settings: Settings) -> str:
    """Return what stands for the choices: direction, policies, and every field of the map as the org offers it."""
    choices = (settings.direction, settings.policy, settings.name_policy, mapping.external_id_field, mapping.fields)
    return sha256(repr(choices).encode()).hexdigest()


def _write_keys_anew(connection: Connection, mapping: ObjectMapping, settings: Settings) -> None:
    """Names are shortened another way now: the keys by which counterparts are found follow."""
    accounts = Record.objects.filter(
        connection=connection, side=Side.SALESFORCE.value, object_type=mapping.salesforce_object
    ).exclude(second_key="", name__regex=r"^[ -9;-~]{0,41}$")
    changed: list[Record] = []
    for row in accounts.only("id", "name", "remote_id", "raw", "side").iterator(chunk_size=CHUNK):
        name = str(fields_of(row.side, row.raw).get("Name") or row.name)
        keys = match_keys(name, name_policy=settings.name_policy, salt=row.remote_id, spell=settings.spell)
        row.match_key, row.second_key = keys[-1] if keys else "", keys[-2] if len(keys) > 1 else ""
        changed.append(row)
        if len(changed) == CHUNK:
            _save_keys(changed)
    _save_keys(changed)


def _save_keys(rows: list[Record]) -> None:
    update_rows(rows, ["match_key", "second_key"])
    rows.clear()
