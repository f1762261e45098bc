"""TransactionQuery: every kind of document in one list, a short record of each.

A real QuickBooks also returns each line of a posting (TransactionDetailLevelFilter); only the summary is kept here.
"""

from array import array
from collections.abc import Iterator, Sequence

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields
from apatar.sandbox.quickbooks.documents import money
from apatar.sandbox.quickbooks.documents.filters import between, bound, family, numbered
from apatar.sandbox.quickbooks.documents.periods import period
from apatar.sandbox.quickbooks.documents.records import Txn, from_cents, text
from apatar.sandbox.quickbooks.documents.shapes import NON_POSTING, SHAPES
from apatar.sandbox.quickbooks.markup import Node, group, leaf, printed, text_of
from apatar.sandbox.quickbooks.querying import Condition

# Credits and payments lower what is owed; that their amounts are printed below nothing is unverified.
_LOWERING = frozenset({"CreditMemo", "ReceivePayment"})


def places(books: Books, node: Node) -> "array[int]":
    conditions = list(_conditions(books, node))
    where = " AND ".join(sql for sql, _ in conditions)
    values = [value for _, some in conditions for value in some]
    return array("q", (seq for (seq,) in books.store.each(f"SELECT seq FROM txn WHERE {where} ORDER BY seq", values)))


def _conditions(books: Books, node: Node) -> Iterator[Condition]:
    kinds = [kind for kind in _kinds(node) if kind in SHAPES]
    yield f"kind IN ({', '.join('?' * len(kinds))})", kinds
    yield from _listed("txn_id", node, "TxnID")
    yield from _listed("ref", node, "RefNumberCaseSensitive")
    yield from _listed("ref_key", node, "RefNumber")
    yield from numbered(node)
    for column, path, names in (
        ("modified", "TransactionModifiedDateRangeFilter", ("FromModifiedDate", "ToModifiedDate")),
        ("day", "TransactionDateRangeFilter", ("FromTxnDate", "ToTxnDate")),
    ):
        found = node.find(path)
        if found is not None:
            yield from between(column, *_range(books, found, names, moments=column == "modified"))
    for column, path, kind in (
        ("customer", "TransactionEntityFilter", "Customer"),
        ("account", "TransactionAccountFilter", "Account"),
        ("currency", "CurrencyFilter", "Currency"),
    ):
        found = node.find(path)
        if found is not None and not any(child.tag.endswith("TypeFilter") for child in found):
            ids = family(books, found, kind)
            yield f"{column} IN ({', '.join('?' * len(ids))})", ids
    yield from _paid(node)


def _kinds(node: Node) -> Sequence[str]:
    named = {(child.text or "").strip() for child in node.iterfind("TransactionTypeFilter/TxnTypeFilter")} - {"All"}
    posting = text_of(node, "TransactionPostingStatusFilter")
    kinds = [kind for kind in SHAPES if not named or kind in named]
    if posting in {"Posting", "NonPosting"}:
        kinds = [kind for kind in kinds if (kind in NON_POSTING) == (posting == "NonPosting")]
    return kinds


def _listed(column: str, node: Node, name: str) -> Iterator[Condition]:
    values = [(child.text or "").strip() for child in node.iterfind(name)]
    if values:
        folded = [value.casefold() for value in values] if column == "ref_key" else values
        yield f"{column} IN ({', '.join('?' * len(folded))})", folded


def _range(books: Books, found: Node, names: tuple[str, str], *, moments: bool) -> tuple[str, str]:
    macro = text_of(found, "DateMacro")
    if macro:
        first, last = period(macro, books.clock.today())
        return first, f"{last}T23:59:59" if moments and last else last
    first, last = (text_of(found, name) for name in names)
    if not moments:
        return first, last
    return bound(books, first, names[0], end=False), bound(books, last, names[1], end=True)


def _paid(node: Node) -> Iterator[Condition]:
    status = text_of(node, "TransactionPaidStatusFilter")
    if status in {"Open", "Closed"}:
        yield f"left_open {'<>' if status == 'Open' else '='} 0", ()


def shown(txn: Txn, only: frozenset[str]) -> str:
    fields = txn.fields()
    amount = from_cents(-txn.total if txn.kind in _LOWERING else txn.total)
    told = [leaf("TxnType", txn.kind)]
    told += [leaf(name, text(fields, name)) for name in ("TxnID", "TimeCreated", "TimeModified")]
    told += _refs(
        fields, {"CustomerRef": "EntityRef", "ARAccountRef": "AccountRef", "DepositToAccountRef": "AccountRef"}
    )
    told += [leaf(name, text(fields, name)) for name in ("TxnDate", "RefNumber") if text(fields, name)]
    told.append(leaf("Amount", money.money(amount)))
    if "ExchangeRate" in fields:
        rate = money.number(text(fields, "ExchangeRate")) or 1
        told += _refs(fields, {"CurrencyRef": "CurrencyRef"})
        told += [leaf("ExchangeRate", text(fields, "ExchangeRate"))]
        told += [leaf("AmountInHomeCurrency", money.money(amount * rate))]
    if text(fields, "Memo"):
        told.append(leaf("Memo", text(fields, "Memo")))
    kept = [part for part in told if not only or part[1:].partition(">")[0] in only]
    return group("TransactionRet", "".join(kept))


def _refs(fields: Fields, names: dict[str, str]) -> list[str]:
    """Print references under other names, each name once."""
    made: dict[str, str] = {}
    for theirs, name in names.items():
        if theirs in fields and name not in made:
            made[name] = group(name, "".join(printed(child) for child in fields[theirs][0]))
    return list(made.values())
