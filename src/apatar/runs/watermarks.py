"""Up to where each side has been read, object by object; asked for and moved all at once."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from apatar.connections.models import Connection
from apatar.runs.models import Side, Watermark

KEY = ("connection", "side", "object_type")


def positions(connection: Connection, side: Side) -> dict[str, str]:
    """Return the position of each object that was read before, in that side's own terms."""
    found = Watermark.objects.filter(connection=connection, side=side)
    return dict(found.values_list("object_type", "position"))


def witnesses(connection: Connection, side: Side) -> dict[str, list[Any]]:
    """Return the newest records that each object was seen with."""
    found = Watermark.objects.filter(connection=connection, side=side)
    return dict(found.values_list("object_type", "witnesses"))


def move(
    connection: Connection,
    side: Side,
    to: Mapping[str, str],
    *,
    now: datetime,
    witnesses: Mapping[str, list[Any]] = MappingProxyType({}),
) -> None:
    """Note up to where these objects have been read, and the newest records that they were seen with."""
    rows = [
        Watermark(
            connection=connection,
            side=side,
            object_type=name,
            position=position,
            read_at=now,
            witnesses=witnesses.get(name, []),
        )
        for name, position in to.items()
    ]
    Watermark.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=KEY, update_fields=("position", "read_at", "witnesses")
    )
