"""The accounts that QuickBooks opens by itself when it first needs them."""

from typing import Final

from apatar.sandbox.quickbooks.adding import add
from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.currencies import home
from apatar.sandbox.quickbooks.kinds import KINDS
from apatar.sandbox.quickbooks.markup import Node, element, leaf, text_of
from apatar.sandbox.quickbooks.references import is_blank, resolve
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row

# Name and type: from the captured accounts where they have one; the rest are the names that users know (unverified).
_SPECIAL: Final = {
    "AccountsPayable": ("Accounts Payable", "AccountsPayable"),
    "AccountsReceivable": ("Accounts Receivable", "AccountsReceivable"),
    "CondenseItemAdjustmentExpenses": ("Condense Item Adjustment", "Expense"),
    "CostOfGoodsSold": ("Cost of Goods Sold", "CostOfGoodsSold"),
    "DirectDepositLiabilities": ("Direct Deposit Liabilities", "OtherCurrentLiability"),
    "Estimates": ("Estimates", "NonPosting"),
    "ExchangeGainLoss": ("Exchange Gain or Loss", "OtherExpense"),
    "InventoryAssets": ("Inventory Asset", "OtherCurrentAsset"),
    "ItemReceiptAccount": ("Item Receipts", "OtherCurrentLiability"),
    "OpeningBalanceEquity": ("Opening Balance Equity", "Equity"),
    "PayrollExpenses": ("Payroll Expenses", "Expense"),
    "PayrollLiabilities": ("Payroll Liabilities", "OtherCurrentLiability"),
    "PettyCash": ("Petty Cash", "Bank"),
    "PurchaseOrders": ("Purchase Orders", "NonPosting"),
    "ReconciliationDifferences": ("Reconciliation Discrepancies", "Expense"),
    "RetainedEarnings": ("Retained Earnings", "Equity"),
    "SalesOrders": ("Sales Orders", "NonPosting"),
    "SalesTaxPayable": ("Sales Tax Payable", "OtherCurrentLiability"),
    "UncategorizedExpenses": ("Uncategorized Expenses", "Expense"),
    "UncategorizedIncome": ("Uncategorized Income", "Income"),
    "UndepositedFunds": ("Undeposited Funds", "OtherCurrentAsset"),
}
# These are told apart by their type alone: the captured ones carry no SpecialAccountType.
_BY_TYPE = ("AccountsReceivable", "AccountsPayable")


def special_account(books: Books, special: str, currency: str = "") -> Row:
    """Return an account such as "UndepositedFunds", and open it where it is missing.

    `currency` is a ListID, "" the home currency: receivables and payables are kept apart by currency.
    """
    currency = currency or _home(books)
    return _known(books, special, currency) or _opened(books, special, currency)


def _home(books: Books) -> str:
    row = home(books)
    return row.list_id if row else ""


def open_special(books: Books, node: Node) -> Row:
    """Do a SpecialAccountAdd; raises Refused 3100 where that account exists, 3140."""
    special = text_of(node, "SpecialAccountType")
    refs = [resolve(books, ref, "Account").list_id for ref in node.iterfind("CurrencyRef") if not is_blank(ref)]
    currency = refs[0] if refs else _home(books)
    if _known(books, special, currency):
        raise Refused(3100, value=_SPECIAL[special][0])
    return _opened(books, special, currency)


def _known(books: Books, special: str, currency: str) -> Row | None:
    tag = "AccountType" if special in _BY_TYPE else "SpecialAccountType"
    lines = [leaf(tag, special)]
    if currency and special in _BY_TYPE:
        lines.append(f"<CurrencyRef>\n{leaf('ListID', currency)}")
    where = " AND ".join(["kind = 'Account'", *("instr(body, ?) > 0" for _ in lines)])
    by_mark = next(books.store.rows(where, lines), None)
    if by_mark or (currency and special in _BY_TYPE):
        return by_mark
    # A company whose accounts were made one by one has them under their usual names.
    return books.store.by_full_name(("Account",), _SPECIAL[special][0])


def _opened(books: Books, special: str, currency: str) -> Row:
    name, account_type = _SPECIAL[special]
    made = element("AccountAdd")
    code = _code(books, currency)
    made.append(element("Name", f"{name} - {code}" if code else name))
    made.append(element("AccountType", account_type))
    if special not in _BY_TYPE:
        made.append(element("SpecialAccountType", special))
    if currency:
        ref = element("CurrencyRef")
        ref.append(element("ListID", currency))
        made.append(ref)
    return add(books, KINDS["Account"], made)


def _code(books: Books, currency: str) -> str:
    """Return the code of a foreign currency, "" for the home currency."""
    row = books.store.by_id(("Currency",), currency) if currency else None
    if row is None or row.full_name == books.store.setting("home_currency"):
        return ""
    return row.body.partition("<CurrencyCode>")[2].partition("<")[0]
