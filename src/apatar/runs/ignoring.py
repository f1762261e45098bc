"""The list of ignored records: those that get no counterpart, because a person said so or took one back."""

from django.db import transaction

from apatar.connections.models import Connection
from apatar.runs.models import Record
from apatar.runs.proposal import Ignored
from apatar.sync.pairs import declared
from apatar.sync.record import Side


def take_off(connection: Connection, pk: int) -> Ignored | None:
    """Take a record off the list, and have the next run decide it anew; None where it is not there any more."""
    with transaction.atomic():
        row = Ignored.objects.filter(connection=connection, pk=pk).first()
        if row is None:
            return None
        row.delete()
        Record.objects.filter(
            connection=connection,
            side=row.side,
            object_type=object_type_of(row),
            remote_id=row.remote_id,
            deleted_at=None,
        ).update(dirty=True, decided=0)
    return row


def object_type_of(row: Ignored) -> str:
    """Return what the record is called by its side."""
    return declared(row.mapping).object_on(Side(row.side))
