"""Updating many rows, each with its own values, without building one huge statement for them."""

from collections.abc import Sequence

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
    values = [
        [*(field.get_db_prep_save(getattr(row, field.attname), database) for field in fields), row.pk] for row in rows
    ]
    with database.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {assignments} WHERE id = %s", values)  # noqa: S608 names of our own columns
