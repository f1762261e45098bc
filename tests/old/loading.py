"""Brings an installation of an earlier release back, and migrates its database with today's code."""

import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection as database
from django.db import transaction
from django.db.migrations.executor import MigrationExecutor

from apatar import vault
from apatar.vault.keyring import KeyRing

SCHEMA = "an_earlier_release"


def unpacked(archive: Path, folder: Path) -> dict[str, Any]:
    """Lay the company file and the org's folder out, and return what was counted when they were put away."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    counted: dict[str, Any] = json.loads((folder / "counted.json").read_text())
    return counted


@contextmanager
def migrated(folder: Path) -> Iterator[None]:
    """Work with the old database, migrated, and with its keys; afterwards all is as it was."""
    held = sqlite3.connect(":memory:")
    held.executescript((folder / "service.sql").read_text(encoding="utf-8"))
    ring = vault.ring()
    vault.use(KeyRing.parse((folder / "keys").read_text()))
    try:
        with _in_place_of_todays(held) if database.vendor == "sqlite" else _in_a_schema_of_its_own(held):
            yield
    finally:
        vault.use(ring)
        ContentType.objects.clear_cache()


@contextmanager
def _in_place_of_todays(held: sqlite3.Connection) -> Iterator[None]:
    database.ensure_connection()
    raw = database.connection
    assert isinstance(raw, sqlite3.Connection)
    todays = sqlite3.connect(":memory:")
    raw.backup(todays)
    held.backup(raw)
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        todays.backup(raw)


@contextmanager
def _in_a_schema_of_its_own(held: sqlite3.Connection) -> Iterator[None]:
    """Let the old migrations make the old tables on PostgreSQL, and fill them with the rows that SQLite held."""
    with database.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
    _look_into(f"SET search_path TO {SCHEMA}")
    try:
        _fill(held)
        call_command("migrate", verbosity=0)
        yield
    finally:
        _look_into("RESET search_path")
        with database.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def _look_into(setting: str) -> None:
    """Set it for the whole database: the door of the Web Connector opens connections as it likes."""
    name = database.ops.quote_name(database.settings_dict["NAME"])
    with database.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} {setting}")
    database.close()
    if getattr(database, "pool", None):
        database.close_pool()  # type: ignore[attr-defined]  # of the wrapper for PostgreSQL


def _fill(held: sqlite3.Connection) -> None:
    executor = MigrationExecutor(database)
    then = dict(held.execute("SELECT app, name FROM django_migrations ORDER BY id"))
    now = {app: name for app, name in executor.loader.graph.leaf_nodes() if app not in then}  # PostgreSQL's own jobs
    targets = list({**then, **now}.items())
    executor.migrate(targets)
    apps = MigrationExecutor(database).loader.project_state(targets).apps
    known = {name for (name,) in held.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    models = [one for one in apps.get_models(include_auto_created=True) if one._meta.db_table in known]
    with transaction.atomic():
        for model in models:
            model._base_manager.all().delete()
            model._base_manager.bulk_create(_rows(held, model))
        with database.cursor() as cursor:
            for statement in database.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)


def _rows(held: sqlite3.Connection, model: Any) -> list[Any]:
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{one.column}"' for one in fields)
    found = held.execute(f'SELECT {columns} FROM "{model._meta.db_table}"')
    return [model(**{one.attname: _value(one, value) for one, value in zip(fields, row, strict=True)}) for row in found]


def _value(field: Any, value: Any) -> Any:
    if value is None:
        return None
    match field.get_internal_type():
        case "BooleanField":
            return bool(value)
        case "JSONField":
            return json.loads(value)
        case "UUIDField":
            return UUID(value)
        case "DateTimeField":
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value
