"""Writing many rows, each with its own values, without building one huge statement for them."""

from collections.abc import Sequence
from typing import Any

from django.db import connection as database
from django.db import models


def update_rows(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write the named columns of rows that are stored already. Call in a transaction.

    `bulk_update` puts all values into one CASE expression, which cost more CPU than everything else a write does.
    """
    if not rows:
        return
    meta = rows[0]._meta  # noqa: SLF001 Django's documented door to a model's columns
    fields = [field for field in meta.concrete_fields if field.name in columns]
    assignments = ", ".join(f"{database.ops.quote_name(field.column or field.name)} = %s" for field in fields)
    table = database.ops.quote_name(meta.db_table)
    values = [[*_values(row, fields), row.pk] for row in rows]
    with database.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {assignments} WHERE id = %s", values)  # noqa: S608 names of our own columns


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert new rows, which are not told their ids. Call in a transaction.

    `bulk_create` asks for each value by itself in one long statement, which cost as much as deciding what to write.
    """
    if not rows:
        return
    meta = rows[0]._meta  # noqa: SLF001 as above
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    columns = ", ".join(database.ops.quote_name(field.column or field.name) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = database.ops.quote_name(meta.db_table)
    with database.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({places})",  # noqa: S608 names of our own columns
            [_values(row, fields) for row in rows],
        )


def _values(row: models.Model, fields: Sequence["models.Field[Any, Any]"]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), database) for field in fields]
