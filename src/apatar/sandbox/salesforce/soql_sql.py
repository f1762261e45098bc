"""A query checked against the schema and turned into SQL."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from apatar.sandbox.salesforce.children import child_relationship, children_of
from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.ids import full_id
from apatar.sandbox.salesforce.schema import NUMERIC, Field, Schema, SObject, View
from apatar.sandbox.salesforce.soql import (
    Aggregate,
    Comparison,
    Condition,
    Item,
    Literal,
    Nested,
    Path,
    Query,
    complain,
)
from apatar.sandbox.salesforce.values import Stored, parse_datetime, scaled

_ADVICE = "Please reference your WSDL or the describe call for the appropriate names."
_MAX_OFFSET = 2_000
_RANGES = ("<", ">", "<=", ">=")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the answer: where it stands in the record, and the SQL that reads it."""

    steps: tuple[str, ...]
    field: Field
    sql: str
    owner: SObject


@dataclass(slots=True)
class Plan:
    """A query ready to run: `ids_sql` finds the rows in order, `columns` read each of them."""

    query: Query
    sobject: SObject
    columns: list[Column] = field(default_factory=list)
    joins: dict[str, str] = field(default_factory=dict)
    params: list[Stored] = field(default_factory=list)
    where: str = ""
    order: str = ""
    nested: list["NestedPlan"] = field(default_factory=list)

    @property
    def tables(self) -> str:
        return f'"{self.sobject.name}" AS t' + "".join(f" {join}" for join in self.joins.values())

    @property
    def tail(self) -> str:
        limit = "" if self.query.limit is None else f" LIMIT {self.query.limit}"
        skipped = f"{'' if limit else ' LIMIT -1'} OFFSET {self.query.offset}" if self.query.offset else ""
        return f"{limit}{skipped}"

    @property
    def ids_sql(self) -> str:
        return f'SELECT t."Id" FROM {self.tables}{self.where}{self.order}{self.tail}'


@dataclass(frozen=True, slots=True)
class NestedPlan:
    """A query for children ready to run: they stand in each record under `name`, and point at it with `link`."""

    name: str
    link: str
    plan: Plan

    def ids_sql(self, count: int) -> str:
        """Return the SQL that finds (child, parent) for so many parents, whose ids go behind the plan's params."""
        marks = ", ".join("?" * count)
        where = f'{self.plan.where or " WHERE 1"} AND t."{self.link}" IN ({marks})'
        return f'SELECT t."Id", t."{self.link}" FROM {self.plan.tables}{where}{self.plan.order}'


class Planner:
    """Turns one query into a plan, with the columns and rows that the asker may see."""

    def __init__(self, schema: Schema, query: Query, *, hidden: View, with_deleted: bool, now: float) -> None:
        self.schema = schema
        self.query = query
        self.hidden = hidden
        self.now = now
        self.plan = Plan(query, self.object(query.source))
        self.with_deleted = with_deleted or query.all_rows

    def rows(self) -> Plan:
        """Return the plan of a query for records."""
        self._select_columns()
        self.filter_rows()
        return self.plan

    def totals(self) -> tuple[Plan, str, list[tuple[str, Field | None, str]]]:
        """Return the plan of a query with functions, its SQL, and (name, field, function) of each answer column."""
        parts: list[str] = []
        named: list[tuple[str, Field | None, str]] = []
        for item in self.query.selected:
            one = self._total(item, sum(name.startswith("expr") for name, _, _ in named))
            parts.append(one[0])
            named.append(one[1:])
        groups = [self.column(path).sql for path in self.query.group]
        self.filter_rows()
        grouped = f" GROUP BY {', '.join(groups)}" if groups else ""
        tail = f"{self.plan.where}{grouped}{self.plan.order}{self.plan.tail}"
        sql = f"SELECT {', '.join(parts)} FROM {self.plan.tables}{tail}"
        return self.plan, sql, named

    def object(self, source: Path) -> SObject:
        found = self.schema.get(source.name.lower())
        if found is None or not self.hidden.sees(found.name):
            message = (
                f"sObject type '{source.name}' is not supported. If you are attempting to use a custom object, be sure "
                f"to append the '__c' after the entity name. {_ADVICE}"
            )
            raise complain(self.query.text, source.at, "INVALID_TYPE", message)
        return found.without(self.hidden)

    def column(self, path: Path) -> Column:
        """Return the column of a path, joining the objects it leads through."""
        *steps, last = self._own(path).split(".")
        owner, alias, names = self.plan.sobject, "t", []
        for step in steps:
            link = owner.relation(step)
            if link is None or not self.hidden.sees(link.references[0]):
                message = (
                    f"Didn't understand relationship '{step}' in field path. If you are attempting to use a custom "
                    f"relationship, be sure to append the '__r' after the custom relationship name. {_ADVICE}"
                )
                raise complain(self.query.text, path.at, "INVALID_FIELD", message)
            names.append(link.relationship)
            owner, alias = self._join(link, alias, ".".join(names))
        found = owner.field(last)
        if found is None:
            raise self.no_column(path, last, owner)
        return Column((*names, found.name), found, f'{alias}."{found.name}"', owner)

    def no_column(self, path: Path, name: str, owner: SObject) -> Refused:
        message = (
            f"No such column '{name}' on entity '{owner.name}'. If you are attempting to use a custom field, be sure "
            f"to append the '__c' after the custom field name. {_ADVICE}"
        )
        return complain(self.query.text, path.at, "INVALID_FIELD", message)

    def _own(self, path: Path) -> str:
        """Return a path without the object's own name in front: `Account.Name` from Account is `Name`."""
        first, _, rest = path.name.partition(".")
        return rest if rest and first.lower() == self.plan.sobject.name.lower() else path.name

    def _join(self, link: Field, alias: str, name: str) -> tuple[SObject, str]:
        target = self.schema[link.references[0].lower()].without(self.hidden)
        joined = f'"{name}"'
        self.plan.joins[name] = f'LEFT JOIN "{target.name}" AS {joined} ON {joined}."Id" = {alias}."{link.name}"'
        return target, joined

    def _select_columns(self) -> None:
        seen: set[tuple[str, ...]] = set()
        for item in self.query.selected:
            if isinstance(item, Nested):
                self.plan.nested.append(self._children(item))
                continue
            for column in self._columns(item):
                if column.steps in seen:
                    message = f"duplicate field selected: {'.'.join(column.steps)}"
                    raise complain(self.query.text, item.at, "INVALID_FIELD", message)
                seen.add(column.steps)
                self.plan.columns.append(column)

    def _children(self, item: Nested) -> NestedPlan:
        """Return the plan of a query for children; its FROM names a relationship of the outer object."""
        source = item.query.source
        found = children_of(self.hidden.schema(self.schema), self.plan.sobject, source.name)
        if found is None:
            message = (
                f"Didn't understand relationship '{source.name}' in FROM part of query call. If you are attempting to "
                f"use a custom relationship, be sure to append the '__r' after the custom relationship name. {_ADVICE}"
            )
            raise complain(self.query.text, source.at, "INVALID_TYPE", message)
        child, link = found
        name = child_relationship(child, link) or source.name
        inner = replace(item.query, source=Path(child.name, source.at))
        return NestedPlan(name, link.name, self._within(inner).rows())

    def _within(self, query: Query) -> "Planner":
        """Return the planner of a query inside this one, which sees the same rows."""
        return Planner(self.schema, query, hidden=self.hidden, with_deleted=self.with_deleted, now=self.now)

    def _columns(self, item: Path | Aggregate) -> list[Column]:
        if isinstance(item, Path):
            return [self.column(item)]
        which = "" if item.path is None else item.path.name.upper()
        if which not in ("ALL", "STANDARD", "CUSTOM"):
            raise complain(self.query.text, item.at, "MALFORMED_QUERY", f"unexpected token: '{which}'")
        if which != "STANDARD" and (self.query.limit is None or self.query.limit > 200):
            message = "The SOQL FIELDS function must have a LIMIT of at most 200"
            raise Refused("MALFORMED_QUERY", message)
        chosen = [
            one for one in self.plan.sobject.fields.values() if which == "ALL" or one.custom == (which == "CUSTOM")
        ]
        return [Column((one.name,), one, f't."{one.name}"', self.plan.sobject) for one in chosen]

    def _total(self, item: Item, unnamed: int) -> tuple[str, str, Field | None, str]:
        if isinstance(item, Nested):
            raise complain(self.query.text, item.at, "MALFORMED_QUERY", "unexpected token: '('")
        if isinstance(item, Path):
            if item.name not in [path.name for path in self.query.group]:
                message = f"Field must be grouped or aggregated: {item.name}"
                raise complain(self.query.text, item.at, "MALFORMED_QUERY", message)
            column = self.column(item)
            return column.sql, column.field.name, column.field, ""
        if item.path is None:
            raise complain(self.query.text, item.at, "MALFORMED_QUERY", "unexpected token: ')'")
        column = self.column(item.path)
        inner = f"DISTINCT {column.sql}" if item.function == "COUNT_DISTINCT" else column.sql
        function = "COUNT" if item.function == "COUNT_DISTINCT" else item.function
        return f"{function}({inner})", item.alias or f"expr{unnamed}", column.field, function

    def filter_rows(self) -> None:
        parts = [] if self.query.where is None else [self.condition(self.query.where)]
        if self.plan.sobject.recycles and not self.with_deleted:
            parts.append('t."IsDeleted" = 0')
        self.plan.where = f" WHERE {' AND '.join(parts)}" if parts else ""
        if self.query.offset > _MAX_OFFSET:
            raise Refused("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        terms = [self._ordering(one.path, descending=one.descending, last=one.nulls_last) for one in self.query.order]
        self.plan.order = f" ORDER BY {', '.join(terms)}" if terms else ""

    def _ordering(self, path: Path, *, descending: bool, last: bool) -> str:
        column = self.column(path)
        if not column.field.filterable:
            message = f"field '{path.name}' can not be sorted in a query call"
            raise complain(self.query.text, path.at, "MALFORMED_QUERY", message)
        return f"{column.sql}{' DESC' if descending else ''} NULLS {'LAST' if last else 'FIRST'}"

    def condition(self, one: Condition) -> str:
        """Return a condition in SQL; an absent value is never "unknown" here, it is simply not equal."""
        if isinstance(one, Comparison):
            return self._comparison(one)
        parts = [self.condition(part) for part in one.parts]
        if one.word == "NOT":
            return f"(NOT coalesce({parts[0]}, 0))"
        return f"({f' {one.word} '.join(parts)})"

    def _comparison(self, one: Comparison) -> str:
        column = self.column(one.path)
        if not column.field.filterable:
            message = f"field '{one.path.name}' can not be filtered in a query call"
            raise complain(self.query.text, one.path.at, "INVALID_FIELD", message)
        if one.among is not None:
            return self._among_found(column, one, one.among)
        values = [self.value(column, one, literal) for literal in one.values]
        if one.operator == "LIKE":
            self.plan.params.append(_like(str(values[0] or "")))
            return f"fold({column.sql}) LIKE fold(?) ESCAPE '\\'"
        if one.operator in ("IN", "NOT IN"):
            return self._among(column, values, denied=one.operator == "NOT IN")
        if values[0] is None:
            return f"({column.sql} IS {'NOT ' if one.operator == '!=' else ''}NULL)"
        self.plan.params.append(values[0])
        return (
            f"({column.sql} <> ? OR {column.sql} IS NULL)"
            if one.operator == "!="
            else f"({column.sql} {one.operator} ?)"
        )

    def _among(self, column: Column, values: list[Stored], *, denied: bool) -> str:
        known = [value for value in values if value is not None]
        self.plan.params.extend(known)
        inside = f"coalesce({column.sql} IN ({', '.join('?' * len(known))}), 0)"
        if None in values:
            inside = f"({inside} OR {column.sql} IS NULL)"
        return f"(NOT {inside})" if denied else inside

    def _among_found(self, column: Column, one: Comparison, query: Query) -> str:
        """Return a semi-join, or an anti-join; both sides hold ids (texts unverified)."""
        planner, chosen = self._within(query), query.selected[0]
        if len(query.selected) > 1 or not isinstance(chosen, Path):
            raise complain(self.query.text, query.source.at, "MALFORMED_QUERY", "a semi join selects exactly one field")
        inner = planner.column(chosen)
        if any(kind not in ("id", "reference") for kind in (column.field.type, inner.field.type)):
            message = "The fields on both sides of a semi join must hold ids"
            raise complain(self.query.text, one.path.at, "INVALID_QUERY_FILTER_OPERATOR", message)
        planner.filter_rows()
        plan = planner.plan
        self.plan.params.extend(plan.params)
        where = f"{plan.where or ' WHERE 1'} AND {inner.sql} IS NOT NULL"
        found = f"coalesce({column.sql} IN (SELECT {inner.sql} FROM {plan.tables}{where}{plan.order}{plan.tail}), 0)"
        return f"(NOT {found})" if one.operator == "NOT IN" else found

    def value(self, column: Column, one: Comparison, literal: Literal) -> Stored:
        """Return a literal in the kept form of the column it is compared with; raises where it is of another type."""
        if literal.kind == "null":
            if one.operator in _RANGES:
                raise complain(self.query.text, one.path.at, "MALFORMED_QUERY", "unexpected token: 'null'")
            return None
        kind = column.field.type
        if kind in ("id", "reference"):
            return self._id(one, literal)
        found = _converted(column.field, literal, self.now)
        if found is None and literal.text:
            wanted = {"datetime": "dateTime", "picklist": "string"}.get(kind, kind)
            quotes = "should not" if literal.kind == "string" else "should"
            tail = f" and {quotes} be enclosed in quotes" if quotes == "should not" or _is_text(kind) else ""
            message = f"value of filter criterion for field '{one.path.name}' must be of type {wanted}{tail}"
            raise complain(self.query.text, one.path.at, "INVALID_FIELD", message)
        return found

    def _id(self, one: Comparison, literal: Literal) -> str | None:
        if literal.kind == "string" and not literal.text:
            return None
        whole = full_id(literal.text) if literal.kind == "string" else None
        if whole is None:
            message = f"invalid ID field: {literal.text}"
            raise complain(self.query.text, one.path.at, "INVALID_QUERY_FILTER_OPERATOR", message)
        return whole


def _is_text(kind: str) -> bool:
    return kind not in NUMERIC and kind not in ("int", "boolean", "date", "datetime")


def _converted(field: Field, literal: Literal, now: float) -> Stored:
    if _is_text(field.type):
        return (literal.text or None) if literal.kind == "string" else None
    if field.type == "boolean":
        return int(literal.text == "true") if literal.kind == "boolean" else None
    if field.type in ("date", "datetime"):
        return _moment(field, literal, now)
    return _figure(field, literal) if literal.kind == "number" else None


def _figure(field: Field, literal: Literal) -> Stored:
    try:
        number = Decimal(literal.text)
    except InvalidOperation:  # pragma: no cover - the tokens' pattern lets only numbers through
        return None
    return int(number) if field.type == "int" else scaled(field, number)


def _moment(field: Field, literal: Literal, now: float) -> Stored:
    if literal.kind == "dateword":
        day = _named_day(literal.text, now)
        return (
            day.isoformat()
            if field.type == "date"
            else int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        )
    if field.type == "date":
        return literal.text if literal.kind == "date" else None
    return parse_datetime(literal.text) if literal.kind == "datetime" else None


def _named_day(word: str, now: float) -> date:
    today = datetime.fromtimestamp(now, UTC).date()
    if word.startswith("LAST_N_DAYS:"):
        return today - timedelta(days=int(word.split(":")[1]))
    return today + timedelta(days={"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}[word])


def _like(pattern: str) -> str:
    """Return a LIKE pattern for SQLite: only `\\%` and `\\_` are escapes, any other backslash is itself."""
    out: list[str] = []
    letters: Any = iter(pattern)
    for letter in letters:
        following = next(letters, "") if letter == "\\" else ""
        out.append(letter if letter != "\\" else f"\\{following}" if following in ("%", "_") else f"\\\\{following}")
    return "".join(out)
