"""The map of a connection: which field of one side is which field of the other, as far as both systems offer them."""

from dataclasses import replace
from functools import lru_cache
from uuid import UUID

from django_scopes import scopes_disabled

from apatar.connections.maps import map_of
from apatar.connections.models import Connection
from apatar.qbxml.text import to_windows_1252
from apatar.sync.decision import Settings
from apatar.sync.fitting import NamePolicy
from apatar.sync.known import tables_with
from apatar.sync.mapping import Direction, ObjectMapping
from apatar.sync.merge import ConflictPolicy
from apatar.sync.schema import Available, OrgField, available

Offered = tuple[tuple[str, int, bool, bool], ...]
"""Name, length, createable and updateable of every field that an org's describe offers."""
OLDEST = (2, 0)


def settings_of(connection: Connection, direction: str) -> Settings:
    """Return what the connection has decided; `direction` is the run's own, settled when it was opened."""
    return Settings(
        namespace=connection.namespace,
        direction=Direction(direction),
        policy=ConflictPolicy(connection.conflict_policy),
        name_policy=NamePolicy(connection.name_policy),
        spell=spell,
    )


@lru_cache(maxsize=4096)
def spell(text: str) -> str:
    """Spell a text with the characters QuickBooks has (Windows-1252)."""
    return text if text.isascii() and text.isprintable() else to_windows_1252(text)[0]


def chosen_pairs(connection: Connection, number: int | None = None) -> tuple[ObjectMapping, ...]:
    """Return the pairs that a version of the map keeps in step with this QuickBooks, whatever the org offers."""
    version = _version(connection)
    known = (one for one in map_of(connection, number).pairs if one.from_version <= version < one.until_version)
    return tuple(_from_its_first_day(one, connection) for one in known)


def _from_its_first_day(pair: ObjectMapping, connection: Connection) -> ObjectMapping:
    """Deals of the time before the connection was made are history: no documents are made of them unasked."""
    if pair.trigger is None or pair.since or connection.created_at is None:
        return pair
    return replace(pair, since=connection.created_at.date().isoformat())


def pairs_of(connection: Connection, number: int | None = None) -> tuple[ObjectMapping, ...]:
    """Return the pairs that are kept in step, parents first, narrowed to what the org offers; needs its describe.

    `number` is the version of the map that a run works by; without it, the one in use now.
    """
    wanted = connection.map_number if number is None else number
    if connection.salesforce_schema_at is None or connection.pk is None:
        return _narrowed_pairs(connection, wanted)
    rests_on = (connection.created_at, connection.qbxml_version, connection.salesforce_schema_at)
    return _kept_pairs(connection.file_id, connection.pk, wanted, rests_on)


@lru_cache(maxsize=512)
def _kept_pairs(file_id: UUID, connection_id: int, number: int, rests_on: object) -> tuple[ObjectMapping, ...]:
    """Keep what was worked out once: every call of the Web Connector asks, and all that it rests on is in the key.

    `file_id` tells connections apart that had one row's number one after the other.
    """
    del file_id, rests_on
    with scopes_disabled():
        return _narrowed_pairs(Connection.objects.get(pk=connection_id), number)


def _narrowed_pairs(connection: Connection, number: int) -> tuple[ObjectMapping, ...]:
    narrowed = (_available(connection, one) for one in chosen_pairs(connection, number))
    return tuple(one.mapping for one in narrowed if one.possible)


def left_out(connection: Connection) -> tuple[str, ...]:
    """Say in plain words what of the map the org cannot take; nothing before the org was first asked."""
    if connection.salesforce_schema_at is None:
        return ()
    reports = (report for one in chosen_pairs(connection) for report in _available(connection, one).reports)
    return tuple(dict.fromkeys(reports))  # pairs of one object lack the same


def _available(connection: Connection, mapping: ObjectMapping) -> Available:
    lines = mapping.lines
    return _narrowed(
        mapping,
        _offered(connection, mapping.salesforce_object),
        _offered(connection, lines.salesforce_object) if lines else (),
    )


def _offered(connection: Connection, object_name: str) -> Offered:
    fields = connection.salesforce_schema.get(object_name, {})
    return tuple((name, *facts) for name, facts in fields.items())


@lru_cache(maxsize=1024)
def _narrowed(mapping: ObjectMapping, offered: Offered, of_lines: Offered) -> Available:
    """Narrow a mapping once per content of a describe: the core's own tables are cached by mapping."""
    return available(mapping, _org(offered), line_org=_org(of_lines))


def _org(offered: Offered) -> dict[str, OrgField]:
    return {name: OrgField(length or None, createable, updateable) for name, length, createable, updateable in offered}


def _version(connection: Connection) -> tuple[int, int]:
    major, _, minor = connection.qbxml_version.partition(".")
    return (int(major), int(minor or 0)) if major.isdigit() else OLDEST


def tables_of(connection: Connection, number: int | None = None) -> dict[str, dict[str, str]]:
    """Return the look-up tables of a connection, by name: those read from both sides, overlaid with people's own."""
    tables = tables_with(map_of(connection, number).tables_over(connection.tables))
    return {name: dict(rows) for name, rows in tables.items()}
