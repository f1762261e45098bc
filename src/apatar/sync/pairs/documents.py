"""What the documents of QuickBooks have in common: their totals and their state, as Salesforce shows them.

Elements: facts, QBXML_OBJECTS (Estimate, SalesOrder, Invoice, SalesReceipt, CreditMemo, ReceivePayment).
"""

from datetime import date
from decimal import Decimal

from apatar.sync.known import Known
from apatar.sync.pairs.building import flag, text
from apatar.sync.record import Record
from apatar.sync.values import Value, money

VOID_MARK = "VOID"


def total(record: Record, known: Known) -> Value:  # noqa: ARG001 - the shape of Field.computes
    """Return a document's total; an invoice prints only its parts."""
    printed = record.fields.get("TotalAmount")
    if printed not in {None, ""}:
        return money(printed)
    parts = [money(record.fields.get(path)) for path in ("Subtotal", "SalesTaxTotal")]
    known_parts = [one for one in parts if one is not None]
    return sum(known_parts, Decimal("0.00")) if known_parts else None


def status(record: Record, known: Known) -> Value:
    """Return a document's state in a word: Void, Pending, Paid, Overdue, Closed, Invoiced or Open."""
    if is_void(record):
        return "Void"
    if flag(record, "IsPending"):
        return "Pending"
    if record.object_type == "SalesReceipt":
        return "Paid"
    return _of_invoice(record, known) or _of_order(record) or _of_estimate(record)


def is_void(record: Record) -> bool:
    """A voided document keeps its number; its amounts are zero and its memo begins with VOID (facts, section 4.7)."""
    return text(record, "Memo").upper().startswith(VOID_MARK) and not total(record, Known())


def _of_invoice(record: Record, known: Known) -> str:
    if "IsPaid" not in record.fields:
        return ""
    if flag(record, "IsPaid"):
        return "Paid"
    due = text(record, "DueDate")[:10]
    return "Overdue" if due and known.today and date.fromisoformat(due) < known.today else "Open"


def _of_order(record: Record) -> str:
    if flag(record, "IsFullyInvoiced"):
        return "Invoiced"
    return "Closed" if flag(record, "IsManuallyClosed") else ""


def _of_estimate(record: Record) -> str:
    return "Closed" if text(record, "IsActive").casefold() == "false" else "Open"


def overdue_from(record: Record) -> date | None:
    """Return the first day on which an open invoice is overdue; None where it never will be."""
    due = text(record, "DueDate")[:10]
    if not due or flag(record, "IsPaid") or not money(record.fields.get("BalanceRemaining")):
        return None
    return date.fromordinal(date.fromisoformat(due).toordinal() + 1)
