"""Queries on lists: which records are meant, in which pages, and how much of each is shown."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from operator import eq, ge, gt, le, lt
from typing import TypeAlias

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.kinds import ITEMS, KINDS, QUERIED
from apatar.sandbox.quickbooks.markup import Node, group, leaf, parsed, printed, text_of
from apatar.sandbox.quickbooks.notation import Version
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row, folded

_OPERATORS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "LessThan": lt,
    "LessThanEqual": le,
    "Equal": eq,
    "GreaterThan": gt,
    "GreaterThanEqual": ge,
}

Condition = tuple[str, Sequence[object]]
Places: TypeAlias = "array[int]"
"""Where records stand in their lists, eight bytes each: an iterator over 100,000 of them stays small."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a query asked for: a condition on records, or the names of records that were asked for one by one."""

    kinds: tuple[str, ...]
    where: str
    values: Sequence[object]
    keep: Callable[[Row], bool] | None = None
    wanted: Sequence[tuple[str, str]] = field(default=())


@dataclass(frozen=True, slots=True)
class View:
    """How much of each record is shown: to this version of qbXML, only these elements, with these owners' fields."""

    version: Version
    only: frozenset[str]
    owners: Sequence[str]


def selection(books: Books, name: str, node: Node) -> Selection:
    """Read the filters of a query; raises Refused 3020, 3030, 3031."""
    kinds = QUERIED.get(name, (name,))
    wanted = [(child.tag, (child.text or "").strip()) for child in node if child.tag in {"ListID", "FullName"}]
    if wanted:
        return Selection(kinds, "", (), wanted=wanted)
    conditions = [_of_kinds(kinds), *_activity(node), *_modified(books, node), *_named(node)]
    where = " AND ".join(sql for sql, _ in conditions)
    return Selection(kinds, where, [value for _, values in conditions for value in values], _predicate(node))


def _of_kinds(kinds: Sequence[str]) -> Condition:
    return f"kind IN ({', '.join('?' * len(kinds))})", kinds


def _activity(node: Node) -> Iterator[Condition]:
    """Inactive records are left out unless they are asked for (QBWC section 4.4)."""
    status = text_of(node, "ActiveStatus") or "ActiveOnly"
    if status != "All":
        yield "active = ?", (int(status == "ActiveOnly"),)


def _modified(books: Books, node: Node) -> Iterator[Condition]:
    """Both ends belong to the range; times are the PC's wall clock."""
    since, until = text_of(node, "FromModifiedDate"), text_of(node, "ToModifiedDate")
    first = books.clock.bound(since, "FromModifiedDate", end=False) if since else ""
    last = books.clock.bound(until, "ToModifiedDate", end=True) if until else ""
    if first and last and first > last:
        raise Refused(3030)
    if first:
        yield "modified >= ?", (first,)
    if last:
        yield "modified <= ?", (last,)


def _named(node: Node) -> Iterator[Condition]:
    name = folded(text_of(node, "NameFilter/Name"))
    criterion = text_of(node, "NameFilter/MatchCriterion")
    if criterion == "Contains":
        yield "instr(name_key, ?) > 0", (name,)
    elif criterion == "StartsWith":
        yield "substr(name_key, 1, ?) = ?", (len(name), name)
    elif criterion:
        yield "substr(name_key, ?) = ?", (-len(name), name)
    yield from _named_between(node)


def _named_between(node: Node) -> Iterator[Condition]:
    first, last = (folded(text_of(node, f"NameRangeFilter/{end}Name")) for end in ("From", "To"))
    if first and last and first > last:
        raise Refused(3031, field="NameRangeFilter")
    if first:
        yield "name_key >= ?", (first,)
    if last:
        yield "substr(name_key, 1, ?) <= ?", (len(last), last)


def _predicate(node: Node) -> Callable[[Row], bool] | None:
    """Filters on what only the record's own text says."""
    checks = [check for check in (_balance(node), _pointing(node), _typed(node)) if check]
    return (lambda row: all(check(row) for check in checks)) if checks else None


def _balance(node: Node) -> Callable[[Row], bool] | None:
    compare = _OPERATORS.get(text_of(node, "TotalBalanceFilter/Operator"))
    if compare is None:
        return None
    amount = Decimal(text_of(node, "TotalBalanceFilter/Amount"))

    def check(row: Row) -> bool:
        ret = parsed(row.body)
        return compare(Decimal(text_of(ret, "TotalBalance") or text_of(ret, "Balance") or "0"), amount)

    return check


def _pointing(node: Node) -> Callable[[Row], bool] | None:
    """Class, currency and item filters: the record points to one of those named."""
    filters = [
        (child, f"{child.tag.removesuffix('Filter')}Ref")
        for child in node
        if child.tag in {"ClassFilter", "CurrencyFilter"}
    ]
    filters += [(child, "PriceLevelPerItemRet/ItemRef") for child in node if child.tag == "ItemRef"]
    if not filters:
        return None

    def check(row: Row) -> bool:
        ret = parsed(row.body)
        return all(any(_points(wanted, ref) for ref in ret.iterfind(path)) for wanted, path in filters)

    return check


def _points(wanted: Node, ref: Node) -> bool:
    names = {folded(text_of(ref, "FullName"))}
    with_children = folded(text_of(wanted, "FullNameWithChildren"))
    ids = {text_of(ref, "ListID")}
    return (
        bool(ids & {child.text for child in wanted if child.tag in {"ListID", "ListIDWithChildren"}})
        or bool(names & {folded(child.text or "") for child in wanted if child.tag == "FullName"})
        or (
            bool(with_children) and any(name == with_children or name.startswith(f"{with_children}:") for name in names)
        )
    )


def _typed(node: Node) -> Callable[[Row], bool] | None:
    lines = {leaf(child.tag, child.text or "") for child in node if child.tag in {"AccountType", "PaymentMethodType"}}
    return (lambda row: any(line in row.body for line in lines)) if lines else None


def chosen(books: Books, selected: Selection) -> Iterator[Row]:
    """Yield the records that the filters mean, in list order."""
    for row in books.store.rows(selected.where, selected.values):
        if selected.keep is None or selected.keep(row):
            yield row


def places(books: Books, selected: Selection) -> Places:
    """Return the places of all records that the filters mean: what an iterator walks over."""
    if selected.keep is None:
        return array("q", books.store.sequences(selected.where, selected.values))
    return array("q", (row.seq for row in chosen(books, selected)))


def asked_for(books: Books, selected: Selection) -> tuple[list[Row], str]:
    """Return the records named one by one, and the first name that nothing answers to (empty: all were found).

    Raises Refused 3120 where they were named by ListID and none exists (captures).
    """
    rows: list[Row] = []
    missing = ""
    for tag, value in selected.wanted:
        find = books.store.by_id if tag == "ListID" else books.store.by_full_name
        row = find(selected.kinds, value)
        if row is None:
            missing = missing or value
        elif row not in rows:
            rows.append(row)
    if missing and not rows and selected.wanted[0][0] == "ListID":
        raise Refused(3120, value=missing)
    return rows, missing


def view(node: Node, version: Version) -> View:
    only = frozenset((child.text or "").strip() for child in node.iterfind("IncludeRetElement"))
    return View(version, only, [(child.text or "").strip() for child in node.iterfind("OwnerID")])


def shown(books: Books, row: Row, how: View) -> str:
    """Print one record as the query wants to see it."""
    body = row.body
    if how.owners:
        body += extensions(books, "Item" if row.kind in ITEMS else row.kind, row.list_id, how.owners)
    hidden = _hidden(row.kind, how.version)
    if hidden or how.only:
        body = "".join(printed(child) for child in parsed(body) if _is_shown(child, hidden, how.only))
    return group(f"{row.kind}Ret", body)


@cache
def _hidden(kind: str, version: Version) -> frozenset[str]:
    """Name the elements that are newer than the request."""
    return frozenset(name for name, since in KINDS[kind].since.items() if since > version)


def _is_shown(child: Node, hidden: frozenset[str], only: frozenset[str]) -> bool:
    return child.tag not in hidden and (not only or child.tag in only)


def extensions(books: Books, kind: str, list_id: str, owners: Sequence[str]) -> str:
    """Print the custom fields of one object that these owners may see."""
    found = books.store.ask(
        f"SELECT owner, name, type, value FROM extension WHERE object = ? AND object_id = ? "
        f"AND upper(owner) IN ({', '.join('?' * len(owners))}) ORDER BY owner, name",
        (kind, list_id, *(owner.upper() for owner in owners)),
    )
    names = ("OwnerID", "DataExtName", "DataExtType", "DataExtValue")
    return "".join(
        group("DataExtRet", "".join(leaf(name, value) for name, value in zip(names, values, strict=True)))
        for values in found
    )
