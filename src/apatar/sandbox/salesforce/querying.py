"""Queries answered page by page, with cursors that live for two days."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apatar.sandbox.salesforce.errors import JsonObject, Refused
from apatar.sandbox.salesforce.faults import FaultBook
from apatar.sandbox.salesforce.schema import NUMERIC, Field, SObject
from apatar.sandbox.salesforce.soql import Aggregate, Query, parse
from apatar.sandbox.salesforce.soql_sql import NestedPlan, Plan, Planner
from apatar.sandbox.salesforce.state import Actor, Row, State
from apatar.sandbox.salesforce.values import Stored, to_json

_CURSOR_LIFE = 2 * 86_400.0  # facts 2.1
_SQL_VARIABLES = 500
_ADDRESS_PARTS = (
    "City", "Country", "CountryCode", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "StateCode",
    "Street",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cursor:
    """The ids that a query found, in order; the fields are read when a page is asked for."""

    plan: Plan
    ids: list[str]
    size: int
    expires_at: float
    user_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """One record of an answer: the ids its relationships lead to, its stored columns' values, its row if needed."""

    id: str
    related: dict[str, Stored]
    values: list[Stored]
    row: Row


class Queries:
    """Runs SOQL for one org; open cursors are kept in memory, so a restart ends them as their expiry would."""

    def __init__(self, state: State, faults: FaultBook) -> None:
        self._state = state
        self._faults = faults
        self._cursors: dict[str, Cursor] = {}

    def first_page(
        self, soql: str, actor: Actor, *, version: str, with_deleted: bool = False, size: int = 2_000
    ) -> JsonObject:
        """Answer a query with its first page; raises Refused where the query is wrong."""
        query = parse(soql)
        if any(isinstance(one, Aggregate) and one.function != "FIELDS" for one in query.selected):
            return self._totals(query, actor, with_deleted=with_deleted)
        plan = self.plan(query, actor, with_deleted=with_deleted)
        with self._state.as_seen_by(actor):
            ids = self.ids(plan)
        size = min(size, self._faults.in_force.page_size)
        cursor = Cursor(plan, ids, size, self._state.now() + _CURSOR_LIFE, actor.user_id)
        locator = f"01g{secrets.token_hex(6)}"
        if len(ids) > cursor.size:
            self._cursors[locator] = cursor
        return self._page(locator, cursor, 0, actor, version)

    def next_page(self, locator: str, actor: Actor, *, version: str) -> JsonObject:
        """Answer a `nextRecordsUrl`; raises INVALID_QUERY_LOCATOR for one that is unknown, spent or someone else's."""
        name, _, start = locator.partition("-")
        cursor = self._cursors.get(name)
        if (
            cursor is None
            or not start.isdigit()
            or cursor.expires_at <= self._state.now()
            or cursor.user_id != actor.user_id
        ):
            raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(name, cursor, int(start), actor, version)

    def plan(self, query: Query, actor: Actor, *, with_deleted: bool) -> Plan:
        """Check a query for records."""
        hidden = self._faults.hidden(actor)
        planner = Planner(self._state.schema, query, hidden=hidden, with_deleted=with_deleted, now=self._state.now())
        if query.group:
            return planner.totals()[0]
        return planner.rows()

    def ids(self, plan: Plan) -> list[str]:
        return [one[0] for one in self._state.execute(plan.ids_sql, plan.params)]

    def read(self, plan: Plan, ids: list[str]) -> Iterator[Found]:
        """Yield what the columns of a plan hold, in the order of the ids."""
        joined = [f'"{name}"."Id"' for name in plan.joins]
        wanted = ", ".join(["t.Id", *joined, *(column.sql for column in plan.columns if column.field.stored)])
        for start in range(0, len(ids), _SQL_VARIABLES):
            some = ids[start : start + _SQL_VARIABLES]
            sql = f"SELECT {wanted} FROM {plan.tables} WHERE t.Id IN ({', '.join('?' * len(some))})"
            found = {one[0]: list(one)[1:] for one in self._state.execute(sql, some)}
            whole = any(not column.field.stored for column in plan.columns)
            for record_id in some:
                if record_id in found:
                    row = (self._state.row(plan.sobject, record_id) or {}) if whole else {}
                    kept = found[record_id]
                    related = dict(zip(plan.joins, kept, strict=False))
                    yield Found(record_id, related, kept[len(joined) :], row)

    def _page(self, locator: str, cursor: Cursor, start: int, actor: Actor, version: str) -> JsonObject:
        end = start + cursor.size
        with self._state.as_seen_by(actor):
            records = self._records(cursor.plan, version, cursor.ids[start:end])
        done = end >= len(cursor.ids)
        more = {} if done else {"nextRecordsUrl": f"/services/data/v{version}/query/{locator}-{end}"}
        return {"totalSize": len(cursor.ids), "done": done, **more, "records": records}

    def _records(self, plan: Plan, version: str, ids: list[str]) -> list[JsonObject]:
        """Return records, with those of their children that nested queries ask for."""
        records = {one.id: self._record(plan, version, one) for one in self.read(plan, ids)}
        for nested in plan.nested:
            children = self._children(nested, version, ids)
            for record_id, record in records.items():
                own = children.get(record_id)
                record[nested.name] = own and {"totalSize": len(own), "done": True, "records": own}
        return list(records.values())

    def _children(self, nested: NestedPlan, version: str, ids: list[str]) -> dict[str, list[JsonObject]]:
        """Return the children of each of some records; LIMIT and OFFSET count for each of them."""
        found: dict[str, list[str]] = {}
        for start in range(0, len(ids), _SQL_VARIABLES):
            some = ids[start : start + _SQL_VARIABLES]
            for child, parent in self._state.execute(nested.ids_sql(len(some)), [*nested.plan.params, *some]):
                found.setdefault(parent, []).append(child)
        first, most = nested.plan.query.offset, nested.plan.query.limit
        cut = {key: all_[first : None if most is None else first + most] for key, all_ in found.items()}
        return {key: self._records(nested.plan, version, chosen) for key, chosen in cut.items() if chosen}

    def _record(self, plan: Plan, version: str, found: Found) -> JsonObject:
        record: JsonObject = {"attributes": attributes(plan.sobject, found.id, version)}
        kept = iter(found.values)
        for column in plan.columns:
            value = (
                to_json(column.field, next(kept))
                if column.field.stored
                else address(column.field, column.owner, found.row)
            )
            holder = self._holder(record, plan, column.steps[:-1], found, version)
            if holder is not None:
                holder[column.steps[-1]] = value
        return record

    def _holder(
        self, record: JsonObject, plan: Plan, steps: tuple[str, ...], found: Found, version: str
    ) -> JsonObject | None:
        """Return the (maybe nested) object that a column belongs to; a relationship with nothing behind it is null."""
        owner = plan.sobject
        for depth, step in enumerate(steps):
            link = owner.relation(step)
            owner = self._state.object(link.references[0]) if link else owner
            related = found.related[".".join(steps[: depth + 1])]
            if related is None:
                record[step] = None
                return None
            record = record.setdefault(step, {"attributes": attributes(owner, str(related), version)})
        return record

    def _totals(self, query: Query, actor: Actor, *, with_deleted: bool) -> JsonObject:
        hidden = self._faults.hidden(actor)
        planner = Planner(self._state.schema, query, hidden=hidden, with_deleted=with_deleted, now=self._state.now())
        first = query.selected[0]
        with self._state.as_seen_by(actor):
            if (
                isinstance(first, Aggregate)
                and first.function == "COUNT"
                and first.path is None
                and len(query.selected) == 1
            ):
                planner.filter_rows()
                return {"totalSize": len(self.ids(planner.plan)), "done": True, "records": []}
            plan, sql, named = planner.totals()
            found = self._state.execute(sql, plan.params).fetchall()
        records = [
            {"attributes": {"type": "AggregateResult"}}
            | {n: _total(f, w, v) for (n, f, w), v in zip(named, row, strict=True)}
            for row in found
        ]
        return {"totalSize": len(records), "done": True, "records": records}


def attributes(sobject: SObject, record_id: str, version: str) -> JsonObject:
    return {"type": sobject.name, "url": f"/services/data/v{version}/sobjects/{sobject.name}/{record_id}"}


def address(field: Field, owner: SObject, row: Row) -> JsonObject | None:
    """Return a compound address put together from its parts, or None where all of them are empty."""
    parts = {one.name: one for one in owner.fields.values() if one.compound == field.name}
    stem = field.name.removesuffix("Address")
    value = {
        key[0].lower() + key[1:]: to_json(parts[f"{stem}{key}"], row.get(f"{stem}{key}"))
        for key in _ADDRESS_PARTS
        if f"{stem}{key}" in parts
    }
    return None if all(one is None for one in value.values()) else value


def _total(field: Field | None, function: str, value: Any) -> Any:
    if value is None or field is None or function == "COUNT":
        return value
    if function in ("SUM", "AVG") and field.type in NUMERIC:
        return float(Decimal(str(value)).scaleb(-field.scale))
    return to_json(field, value)
