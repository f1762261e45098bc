"""The transaction in which a write to another system is journaled before it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def journal() -> Iterator[None]:
    """Open a transaction whose commit survives the death of the machine, not only of the process.

    SQLite runs with synchronous=NORMAL, which may lose the newest commits when the power fails. What is about to be
    sent must not be forgotten, or it would be sent twice. PostgreSQL's commits are durable as they are.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    _synchronous("FULL")
    try:
        with transaction.atomic():
            yield
    finally:
        _synchronous("NORMAL")


def _synchronous(level: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={level}")
