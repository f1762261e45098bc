"""`apatar sandbox quickbooks ledger`: what the books say, per customer and currency.

It adds up the stored totals of the documents and the applications between them, not the balances that customers and
documents print; `printed_balance` beside it is what the customer's own record says, so that the two can be compared.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, TextIO

from apatar.sandbox.quickbooks.company import Company

_VOID = "VOID:"
_SUMS: Final = {"Invoice": "invoices", "CreditMemo": "credit_memos", "ReceivePayment": "payments"}

# An invoice is settled by what was applied to it, a credit or a payment used up by what it was applied to.
_SQL = """
SELECT t.kind, t.txn_id, t.ref, t.day, t.pending, t.total, t.body, coalesce(c.full_name, ''), coalesce(m.name, ''),
    t.prior + CASE t.kind
        WHEN 'Invoice' THEN (SELECT coalesce(sum(amount + discount), 0) FROM application WHERE target = t.txn_id)
        ELSE (SELECT coalesce(sum(amount), 0) FROM application WHERE source = t.txn_id)
    END
FROM txn t
LEFT JOIN record c ON c.kind = 'Customer' AND c.list_id = t.customer
LEFT JOIN record m ON m.kind = 'Currency' AND m.list_id = t.currency
WHERE t.kind IN ('Estimate', 'SalesOrder', 'Invoice', 'SalesReceipt', 'CreditMemo', 'ReceivePayment')
ORDER BY 8, 9, t.day, t.seq
"""


def read_ledger(company: Company) -> dict[str, Any]:
    """Return the books: `{"customers": […]}`.

    A customer is `{"customer", "currency", "invoices", "credit_memos", "payments", "balance", "printed_balance",
    "documents"}`; a document `{"type", "number", "txn_id", "date", "total", "balance", "status"}`, its balance what is
    open of it. Amounts are decimals as text; estimates, orders, receipts, pending and void documents owe nothing.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    printed = _printed_balances(company)
    for row in company.store.each(_SQL):
        key = (str(row[7]), str(row[8]))
        part = found.setdefault(key, _empty(*key, printed.get(key[0], "0.00")))
        part["documents"].append(_document(row))
    for part in found.values():
        _sum_up(part)
    return {"customers": list(found.values())}


def _printed_balances(company: Company) -> dict[str, str]:
    start, end = "instr(body, '<Balance>') + 9", "instr(body, '</Balance>')"
    found = company.store.each(
        f"SELECT full_name, substr(body, {start}, {end} - ({start})) FROM record WHERE kind = 'Customer'"
    )
    return dict(found)


def _empty(customer: str, currency: str, printed: str) -> dict[str, Any]:
    sums = dict.fromkeys(_SUMS.values(), "0.00")
    return {
        "customer": customer,
        "currency": currency,
        **sums,
        "balance": "0.00",
        "printed_balance": printed,
        "documents": [],
    }


def _document(row: tuple[Any, ...]) -> dict[str, str]:
    kind, txn_id, ref, day, pending, total, body, _, _, applied = row
    left = total - applied if kind in _SUMS else 0
    status = _status(kind, body, left, pending=bool(pending))
    named = {"type": kind, "number": ref, "txn_id": txn_id, "date": day}
    return {**named, "total": _told(total), "balance": _told(left), "status": status}


def _status(kind: str, body: str, left: int, *, pending: bool) -> str:
    if f"<Memo>{_VOID}" in body:
        return "Void"
    if pending:
        return "Pending"
    if kind in {"SalesOrder", "Estimate"}:
        closed = any(f"<{name}>true<" in body for name in ("IsManuallyClosed", "IsFullyInvoiced"))
        return "Closed" if closed or "<IsActive>false<" in body else "Open"
    if kind == "SalesReceipt":
        return "Paid"
    settled = "Paid" if kind == "Invoice" else "Applied"
    return "Open" if left else settled


def _sum_up(part: dict[str, Any]) -> None:
    balance = Decimal("0.00")
    for one in part["documents"]:
        name = _SUMS.get(one["type"])
        if name and one["status"] != "Pending":
            part[name] = str(Decimal(part[name]) + Decimal(one["total"]))
            balance += Decimal(one["balance"]) * (1 if name == "invoices" else -1)
    part["balance"] = str(balance)


def _told(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"


def write(company: Company, out: TextIO, *, as_json: bool) -> None:
    """Write the books as one JSON object, or a line per customer and per document."""
    books = read_ledger(company)
    if as_json:
        out.write(json.dumps(books) + "\n")
        return
    out.writelines(f"{line}\n" for part in books["customers"] for line in _text(part))


def _text(part: dict[str, Any]) -> Iterator[str]:
    sums = ", ".join(f"{name.replace('_', ' ')} {part[name]}" for name in _SUMS.values())
    yield f"{part['customer']} {part['currency']}: {sums}, open {part['balance']}"
    for one in part["documents"]:
        amounts = f"{one['total']:>14}{one['balance']:>14}"
        yield f"  {one['type']:<15}{one['number']:<12}{one['txn_id']:<24}{one['date']}{amounts}  {one['status']}"
