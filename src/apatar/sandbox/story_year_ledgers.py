"""Whether the books of the two sandboxes agree to the cent, judged without asking the service. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Books = Mapping[str, Any]
"""What `sandbox quickbooks ledger --json` or `sandbox salesforce ledger --json` prints."""
Totals = dict[str, dict[str, str]]
"""Currency → `{"invoices", "credits", "payments", "open"}`, decimals as text; `open` is what customers owe in all."""

LEFT = {"invoices": "balance", "credit_memos": "remaining", "payments": "unapplied"}
"""What the org's ledger calls the open amount of each kind of document."""
KINDS = {"Invoice": "invoices", "CreditMemo": "credit_memos", "ReceivePayment": "payments"}
STATES = {
    ("invoices", "Overdue"): "Open",
    ("credit_memos", "Applied"): "Paid",
    ("payments", "Applied"): "Posted",
    ("payments", "Open"): "Posted",
}
"""States that say the same: the org calls an open invoice overdue, and a payment posted whatever is left of it."""
DELETED = "Deleted"


@dataclass(frozen=True, slots=True)
class Entry:
    """One document as either side has it; `customer` is the one at the top, whatever job it was for."""

    kind: str
    txn_id: str
    number: str
    customer: str
    currency: str
    total: Decimal
    open: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class LedgerAgreement:
    """How many documents were compared, every difference in words, and what each currency adds up to."""

    documents: int
    differences: tuple[str, ...]
    totals: Totals

    @property
    def agree(self) -> bool:
        return not self.differences


def compare_ledgers(quickbooks: Books, salesforce: Books) -> LedgerAgreement:
    """Compare both books document by document, then customer by customer and currency by currency."""
    ours, theirs = list(_of_quickbooks(quickbooks)), list(_of_salesforce(salesforce))
    missing = [f"The org has no {name}" for name in salesforce["missing"]]
    differences = [*missing, *_documents(ours, theirs), *_sums(ours, theirs), *_lines(salesforce)]
    return LedgerAgreement(len(ours), tuple(differences), totals(ours))


def totals(entries: Iterable[Entry]) -> Totals:
    """Add up what each currency sold, credited, was paid, and is still owed."""
    sums: dict[str, dict[str, Decimal]] = {}
    for one in entries:
        of = sums.setdefault(one.currency, dict.fromkeys(("invoices", "credits", "payments", "open"), Decimal("0.00")))
        of["credits" if one.kind == "credit_memos" else one.kind] += one.total
        of["open"] += one.open if one.kind == "invoices" else -one.open
    return {currency: {name: str(value) for name, value in of.items()} for currency, of in sorted(sums.items())}


def _of_quickbooks(books: Books) -> Iterator[Entry]:
    for part in books["customers"]:
        for one in part["documents"]:
            if kind := KINDS.get(one["type"]):
                status = STATES.get((kind, one["status"]), one["status"])
                yield _entry(kind, part["customer"].split(":")[0], part, one, one["balance"], status)


def _of_salesforce(books: Books) -> Iterator[Entry]:
    for part in books["accounts"]:
        for kind, left in LEFT.items():
            for one in part[kind]["documents"]:
                status = STATES.get((kind, one["status"]), one["status"])
                yield _entry(kind, part["account"], part, one, one[left], status)


def _entry(kind: str, customer: str, part: Books, one: Books, left: str, status: str) -> Entry:
    return Entry(
        kind=kind,
        txn_id=str(one["txn_id"]),
        number=str(one["number"] or ""),
        customer=customer,
        currency=str(part["currency"]),
        total=Decimal(one["total"]),
        open=Decimal(left),
        status=str(status),
    )


def _documents(ours: Iterable[Entry], theirs: Iterable[Entry]) -> Iterator[str]:
    there: dict[tuple[str, str], Entry] = {}
    for one in theirs:
        if (one.kind, one.txn_id) in there:
            yield f"{_called(one)} is twice in Salesforce"
        there[one.kind, one.txn_id] = one
    for one in ours:
        other = there.pop((one.kind, one.txn_id), None)
        if other is None:
            yield f"{_called(one)} is not in Salesforce"
        else:
            yield from _fields(one, other)
    yield from (f"{_called(one)} is not in QuickBooks" for one in there.values() if one.status != DELETED)


def _fields(one: Entry, other: Entry) -> Iterator[str]:
    """Name each fact that differs; QuickBooks numbers a document that nobody numbered only for itself."""
    for name in ("number", "customer", "currency", "total", "open", "status"):
        quickbooks, salesforce = getattr(one, name), getattr(other, name)
        if quickbooks != salesforce and (name != "number" or quickbooks):
            yield f"{_called(one)}: {name} is {quickbooks} in QuickBooks and {salesforce} in Salesforce"


def _sums(ours: Iterable[Entry], theirs: Iterable[Entry]) -> Iterator[str]:
    """Compare what each customer owes in each currency."""
    left, right = _owed(ours), _owed(theirs)
    for customer, currency in sorted(left.keys() | right.keys()):
        quickbooks, salesforce = (side.get((customer, currency), Decimal("0.00")) for side in (left, right))
        if quickbooks != salesforce:
            yield f"{customer} owes {quickbooks} {currency} in QuickBooks and {salesforce} in Salesforce"


def _owed(entries: Iterable[Entry]) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    for one in entries:
        key = (one.customer, one.currency)
        sums[key] = sums.get(key, Decimal("0.00")) + (one.open if one.kind == "invoices" else -one.open)
    return sums


def _lines(salesforce: Books) -> Iterator[str]:
    """What a payment's lines say must be what was applied of it; a sale has lines, whatever they say."""
    for part in salesforce["accounts"]:
        for kind, left in LEFT.items():
            for one in part[kind]["documents"]:
                if one["status"] != DELETED and (wrong := _wrong_lines(kind, one, Decimal(one[left]))):
                    yield f"{kind} {one['number']} of {part['account']} {wrong}"


def _wrong_lines(kind: str, one: Books, left: Decimal) -> str:
    applied = Decimal(one["total"]) - left
    if kind != "payments":
        return "" if one["lines"] else "has no lines in Salesforce"
    return (
        "" if Decimal(one["lines_amount"]) == applied else f"is applied with {applied}, lines say {one['lines_amount']}"
    )


def _called(one: Entry) -> str:
    return f"{one.kind} {one.number or one.txn_id} of {one.customer}"
