"""Look-up tables of a connection: worked out of lists that were read, for the formulas of its map."""

from collections.abc import Iterable, Sequence

from django_scopes import scopes_disabled

from apatar.connections.models import Connection
from apatar.runs.models import Record, Side
from apatar.runs.reading_list import tables_used
from apatar.runs.remote import fields_of
from apatar.sync.mapping import ObjectMapping

USERS = "users"
"""Salesforce's users, by name: not used by a map itself, but to find the user of a sales rep."""


def refresh_tables(connection: Connection, pairs: Sequence[ObjectMapping]) -> None:
    """Write the tables anew where the lists behind them changed. Call in a transaction."""
    used = tables_used(pairs)
    fresh = dict(connection.tables)
    if "sales_rep_users" in used:
        fresh["sales_rep_users"] = _sales_reps(connection, fresh.get(USERS, {}))
    if used & {"currency_codes", "currency_names"}:
        codes = _currencies(connection)
        fresh["currency_codes"] = codes
        fresh["currency_names"] = {code: name for name, code in codes.items()}
    keep_tables(connection, fresh)


def keep_tables(connection: Connection, tables: dict[str, dict[str, str]]) -> None:
    if tables == connection.tables:
        return
    connection.tables = tables
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(tables=tables)


def _sales_reps(connection: Connection, users: dict[str, str]) -> dict[str, str]:
    """Find the user of each sales rep: the one of the same name as the employee or vendor behind the initials."""
    by_name = {name.casefold(): user for name, user in users.items()}
    found = {}
    for fields in _listed(connection, "SalesRep"):
        user = by_name.get(str(fields.get("SalesRepEntityRef.FullName") or "").casefold())
        if user:
            found[str(fields.get("Initial"))] = user
    return found


def _currencies(connection: Connection) -> dict[str, str]:
    listed = _listed(connection, "Currency")
    return {str(one.get("Name")): str(one.get("CurrencyCode")) for one in listed if one.get("CurrencyCode")}


def _listed(connection: Connection, object_type: str) -> Iterable[dict[str, object]]:
    rows = Record.objects.filter(
        connection=connection, side=Side.QUICKBOOKS, object_type=object_type, deleted_at=None
    ).order_by("remote_id")
    return [dict(fields_of(row.side, row.raw)) for row in rows]
