"""Writing SOQL safely: names are checked, values quoted, pages ordered so that none is lost."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from apatar.salesforce.errors import NotExpressible
from apatar.salesforce.ids import id18
from apatar.salesforce.wire import number, spelled

Value = str | bool | int | Decimal | date | datetime | None

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*")
_ESCAPES = str.maketrans(
    {"\\": r"\\", "'": r"\'", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f"}
)


def quote(text: str) -> str:
    """Quote a text; backslash, quotes and control characters are escaped as the SOQL reference says."""
    return f"'{text.translate(_ESCAPES)}'"


def name(identifier: str) -> str:
    """Return a field, object or path such as `Owner.Name` unchanged. Raises NotExpressible on anything else."""
    if not _NAME.fullmatch(identifier):
        raise NotExpressible(f"{identifier!r} is not the name of a Salesforce field or object.", code="NAME")
    return identifier


def literal(value: Value) -> str:  # noqa: PLR0911  one line for each kind of value
    """Spell a value; only texts are quoted, times carry milliseconds and `Z`."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case Decimal():
            return number(value)
        case datetime():
            return spelled(value)
        case date():
            return value.isoformat()
        case int():
            return str(value)


def any_of(field: str, values: Iterable[Value]) -> str:
    """`Field IN (…)`; an empty list of values would be no SOQL, so it is refused."""
    spelled_values = ", ".join(map(literal, values))
    if not spelled_values:
        raise NotExpressible("A search for one of no values finds nothing.", code="EMPTY_LIST")
    return f"{name(field)} IN ({spelled_values})"


def equal(field: str, value: Value) -> str:
    return f"{name(field)} = {literal(value)}"


def select(
    object_name: str,
    fields: Iterable[str],
    *,
    children: Mapping[str, Iterable[str]] | None = None,
    where: str = "",
    order_by: str = "",
    limit: int | None = None,
) -> str:
    """Put a query together; every field once, in the order given, `Id` always.

    `children` maps a child relationship, such as `Lines__r`, to the fields that are wanted of its records.
    """
    once = dict.fromkeys(map(name, (*fields, "Id")))
    nested = [f"({select(relationship, wanted)})" for relationship, wanted in (children or {}).items()]
    parts = [f"SELECT {', '.join((*once, *nested))} FROM {name(object_name)}"]  # noqa: S608  names are checked, values quoted
    parts += [f"WHERE {where}"] if where else []
    parts += [f"ORDER BY {order_by}"] if order_by else []
    parts += [f"LIMIT {limit}"] if limit is not None else []
    return " ".join(parts)


def modified_since(
    object_name: str,
    fields: Iterable[str],
    *,
    since: datetime,
    until: datetime,
    after_id: str | None = None,
    where: str = "",
    children: Mapping[str, Iterable[str]] | None = None,
) -> str:
    """Records changed in [since, until), oldest first, ties broken by id.

    `after_id` resumes behind the last record read, whose stamp was `since`: many records may share one second. `until`
    belongs a few seconds before the server's clock, `since` some minutes before the last high mark: rows become
    visible after their stamp (facts, section 2.6).
    """
    start = f"SystemModstamp >= {literal(since)}"
    if after_id:
        behind = f"SystemModstamp = {literal(since)} AND Id > {quote(id18(after_id))}"
        start = f"(({behind}) OR SystemModstamp > {literal(since)})"
    conditions = [start, f"SystemModstamp < {literal(until)}", *([f"({where})"] if where else [])]
    return select(
        object_name,
        (*fields, "SystemModstamp"),
        children=children,
        where=" AND ".join(conditions),
        order_by="SystemModstamp, Id",
    )


def deleted_since(object_name: str, *, since: datetime, until: datetime) -> str:
    """For `query_all`: what is in the Recycle Bin, changed in [since, until)."""
    window = f"SystemModstamp >= {literal(since)} AND SystemModstamp < {literal(until)}"
    return select(
        object_name, ("SystemModstamp",), where=f"IsDeleted = true AND {window}", order_by="SystemModstamp, Id"
    )


def created_since_by(
    object_name: str,
    fields: Iterable[str],
    *,
    user_id: str,
    since: datetime,
    matching: Mapping[str, Value] | None = None,
) -> str:
    """Find what became of an insert that was sent and not answered: records created since then by our own user.

    `since` is the server's clock when the insert was sent, less a little: CreatedDate has whole seconds. `matching`
    narrows to values that were sent; a row may still become visible later, so look again before deciding it is absent.
    """
    conditions = [f"CreatedDate >= {literal(since)}", f"CreatedById = {quote(id18(user_id))}"]
    conditions += [equal(field, value) for field, value in (matching or {}).items()]
    return select(object_name, (*fields, "CreatedDate"), where=" AND ".join(conditions), order_by="CreatedDate, Id")
