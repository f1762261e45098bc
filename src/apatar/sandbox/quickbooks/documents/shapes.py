"""The kinds of document, and how their Rets are built up (QBXML_OBJECTS)."""

from dataclasses import dataclass

from apatar.sandbox.quickbooks.kinds import Kind
from apatar.sandbox.quickbooks.notation import FIRST, version_of

_HEAD = "TxnID TimeCreated TimeModified EditSequence TxnNumber CustomerRef ClassRef"
_ADDRESSES = "BillAddress BillAddressBlock@6 ShipAddress ShipAddressBlock@6"
_AGREED = "PONumber TermsRef DueDate SalesRepRef FOB"
_SHIPPED = "ShipDate ShipMethodRef"
_TAXED = "Subtotal ItemSalesTaxRef SalesTaxPercentage SalesTaxTotal"
_MONEY = "CurrencyRef@8 ExchangeRate@8"
_TOLD = "CustomerMsgRef IsToBePrinted IsToBeEmailed@6 CustomerSalesTaxCodeRef"
_END = "Other@6 ExternalGUID@9"

_RETS = {
    "Estimate": f"{_HEAD} TemplateRef@3 TxnDate RefNumber BillAddress BillAddressBlock@6 ShipAddress@7 "
    f"ShipAddressBlock@7 IsActive@3 {_AGREED} {_TAXED} TotalAmount {_MONEY} TotalAmountInHomeCurrency@8 Memo "
    f"CustomerMsgRef IsToBeEmailed@6 CustomerSalesTaxCodeRef {_END}",
    "SalesOrder": f"{_HEAD} TemplateRef@3 TxnDate RefNumber {_ADDRESSES} {_AGREED} {_SHIPPED} {_TAXED} TotalAmount "
    f"{_MONEY} TotalAmountInHomeCurrency@8 IsManuallyClosed IsFullyInvoiced Memo {_TOLD} {_END}",
    "Invoice": f"{_HEAD} ARAccountRef TemplateRef@3 TxnDate RefNumber {_ADDRESSES} IsPending IsFinanceCharge {_AGREED} "
    f"{_SHIPPED} {_TAXED} AppliedAmount BalanceRemaining {_MONEY} BalanceRemainingInHomeCurrency@8 Memo IsPaid@2 "
    f"{_TOLD} SuggestedDiscountAmount SuggestedDiscountDate {_END}",
    "SalesReceipt": f"{_HEAD} TemplateRef@3 TxnDate RefNumber {_ADDRESSES} IsPending CheckNumber PaymentMethodRef "
    f"DueDate SalesRepRef {_SHIPPED} FOB {_TAXED} TotalAmount {_MONEY} TotalAmountInHomeCurrency@8 Memo {_TOLD} "
    f"DepositToAccountRef CreditCardTxnInfo@4.1 {_END}",
    "CreditMemo": f"{_HEAD} ARAccountRef TemplateRef@3 TxnDate RefNumber {_ADDRESSES} IsPending {_AGREED} {_SHIPPED} "
    f"{_TAXED} TotalAmount CreditRemaining@2 {_MONEY} CreditRemainingInHomeCurrency@8 Memo {_TOLD} {_END}",
    "ReceivePayment": "TxnID TimeCreated TimeModified EditSequence TxnNumber CustomerRef ARAccountRef TxnDate "
    f"RefNumber TotalAmount {_MONEY} TotalAmountInHomeCurrency@8 PaymentMethodRef Memo DepositToAccountRef "
    "CreditCardTxnInfo@4.1 UnusedPayment UnusedCredits ExternalGUID@9",
}
# What stands after the links and the lines.
_AFTER = {"SalesOrder": "SOChannel@15 StoreName@15 StoreType@15"}

_LINE = (
    "TxnLineID ItemRef Desc Quantity UnitOfMeasure OverrideUOMSetRef Rate RatePercent ClassRef Amount {service}"
    "SalesTaxCodeRef {own}Other1 Other2"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of document: its Ret up to its links, its lines, and what it means for the customer's balance."""

    kind: Kind
    line: tuple[str, ...]
    after: tuple[str, ...]
    # How an open amount of it moves what the customer owes: an invoice +1, a credit or a payment -1.
    owes: int
    # The elements that print its total and what is open of it; "" where it has none.
    total: str
    open: str
    in_home: str

    @property
    def name(self) -> str:
        return self.kind.name


def _kind(name: str) -> Kind:
    words = [word.partition("@") for word in f"{_RETS[name]} {_AFTER.get(name, '')}".split()]
    since = {word: version_of(version) if version else FIRST for word, _, version in words}
    return Kind(name, "Txn", tuple(since), since)


def _line_order(name: str) -> tuple[str, ...]:
    service = "ServiceDate " if name in {"Invoice", "SalesReceipt", "CreditMemo"} else ""
    own = {"SalesOrder": "Invoiced IsManuallyClosed ", "Estimate": "MarkupRate MarkupRatePercent "}
    return tuple(_LINE.format(service=service, own=own.get(name, "")).split())


def _shape(name: str, owes: int, total: str, open_: str = "") -> Shape:
    after = tuple(word.partition("@")[0] for word in _AFTER.get(name, "").split())
    return Shape(_kind(name), _line_order(name), after, owes, total, open_, f"{open_ or total}InHomeCurrency")


SHAPES = {
    shape.name: shape
    for shape in (
        _shape("Estimate", 0, "TotalAmount"),
        _shape("SalesOrder", 0, "TotalAmount"),
        _shape("Invoice", 1, "", "BalanceRemaining"),
        _shape("SalesReceipt", 0, "TotalAmount"),
        _shape("CreditMemo", -1, "TotalAmount", "CreditRemaining"),
        _shape("ReceivePayment", -1, "TotalAmount", "UnusedPayment"),
    )
}

# QBWC section 4.7: the others are deleted, never voided.
VOIDABLE = frozenset({"Invoice", "SalesReceipt", "CreditMemo"})
NON_POSTING = frozenset({"Estimate", "SalesOrder"})
