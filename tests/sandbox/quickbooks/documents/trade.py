"""A shop that sells: customers, items of every kind, a tax of 8.25 %, and the requests that trade is made of."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from apatar.sandbox.quickbooks.company import Company, create_company
from apatar.sandbox.quickbooks.currencies import set_exchange_rate
from apatar.sandbox.quickbooks.features import Features
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.situations import Watch, add, message, named, one, status

_SOLD = (
    "<SalesOrPurchase><Desc>{name}</Desc>{price}<AccountRef><FullName>Sales</FullName></AccountRef></SalesOrPurchase>"
)
_STOCKED = (
    "<SalesDesc>Bolt</SalesDesc><SalesPrice>2.5</SalesPrice><IncomeAccountRef><FullName>Sales</FullName>"
    "</IncomeAccountRef><COGSAccountRef><FullName>Cost</FullName></COGSAccountRef><AssetAccountRef>"
    "<FullName>Stock</FullName></AssetAccountRef><QuantityOnHand>100</QuantityOnHand>"
)


def open_shop(path: Path, watch: Watch, features: Features) -> Company:
    shop = create_company(path, features=features, now=watch)
    for name, kind in (("Sales", "Income"), ("Cost", "CostOfGoodsSold"), ("Stock", "OtherCurrentAsset")):
        add(shop, f"{named(name)}<AccountType>{kind}</AccountType>", kind="Account")
    _fill(shop)
    return shop


def _fill(shop: Company) -> None:
    account = ref("AccountRef", "Sales")
    for name, price in (("Labor", "33.335"), ("Pipe", "10"), ("Free", "0")):
        add(shop, named(name) + _SOLD.format(name=name, price=f"<Price>{price}</Price>"), kind="ItemService")
    add(shop, named("Bolt") + _STOCKED, kind="ItemInventory")
    percent = _SOLD.format(name="Freight", price="<PricePercent>5</PricePercent>")
    add(shop, named("Freight") + percent, kind="ItemOtherCharge")
    add(shop, f"{named('Sub')}<ItemDesc>Subtotal</ItemDesc>", kind="ItemSubtotal")
    add(shop, f"{named('Ten off')}<DiscountRatePercent>10</DiscountRatePercent>{account}", kind="ItemDiscount")
    add(shop, f"{named('Five less')}<DiscountRate>5</DiscountRate>{account}", kind="ItemDiscount")
    members = "".join(
        f"<ItemGroupLine>{ref('ItemRef', name)}<Quantity>{count}</Quantity></ItemGroupLine>"
        for name, count in (("Pipe", "2"), ("Labor", "1"))
    )
    add(shop, f"{named('Kit')}<ItemDesc>Kit</ItemDesc>{members}", kind="ItemGroup")
    add(shop, f"{named('Net 30')}<StdDueDays>30</StdDueDays>", kind="StandardTerms")
    customer(shop, "Acme", ref("TermsRef", "Net 30"))
    add(shop, f"{named('Roof')}{ref('ParentRef', 'Acme')}")


def customer(shop: Company, name: str, inside: str = "") -> Node:
    return add(shop, f"{named(name)}<BillAddress><Addr1>{name}</Addr1><City>Bayshore</City></BillAddress>{inside}")


@pytest.fixture
def shop(tmp_path: Path, watch: Watch) -> Iterator[Company]:
    features = Features(sales_tax=True, tax_item="Tax", tax_rate=Decimal("8.25"))
    with open_shop(tmp_path / "shop.qbw", watch, features) as opened:
        yield opened


@pytest.fixture
def abroad(tmp_path: Path, watch: Watch) -> Iterator[Company]:
    """A shop with two currencies, whose customer Foreign pays in euros at 1.25."""
    with open_shop(tmp_path / "abroad.qbw", watch, Features(multicurrency=True)) as opened:
        set_exchange_rate(opened.books, "Euro", Decimal("1.25"), date(2024, 1, 15))
        customer(opened, "Foreign", ref("CurrencyRef", "Euro"))
        yield opened


def ref(name: str, full_name: str) -> str:
    return f"<{name}><FullName>{full_name}</FullName></{name}>"


def line(item: str, inside: str = "", *, kind: str = "Invoice") -> str:
    return f"<{kind}LineAdd>{ref('ItemRef', item)}{inside}</{kind}LineAdd>"


def group(item: str, quantity: str, *, kind: str = "Invoice") -> str:
    return f"<{kind}LineGroupAdd>{ref('ItemGroupRef', item)}<Quantity>{quantity}</Quantity></{kind}LineGroupAdd>"


def count(quantity: str) -> str:
    return f"<Quantity>{quantity}</Quantity>"


def adding(lines: str, *, kind: str = "Invoice", who: str = "Acme", head: str = "") -> str:
    return f"<{kind}AddRq><{kind}Add>{ref('CustomerRef', who)}{head}{lines}</{kind}Add></{kind}AddRq>"


def taken(shop: Company, body: str) -> Node:
    """The request must be taken; return its Ret."""
    answer = one(shop, body)
    assert status(answer) == 0, message(answer)
    return answer[0]


def sell(shop: Company, lines: str, *, kind: str = "Invoice", who: str = "Acme", head: str = "") -> Node:
    return taken(shop, adding(lines, kind=kind, who=who, head=head))


def invoice(shop: Company, amount: str, *, who: str = "Acme", head: str = "") -> Node:
    """An untaxed invoice of just this amount."""
    untaxed = (
        f"<Amount>{amount}</Amount>{ref('SalesTaxCodeRef', 'Non')}" if _taxes(shop) else f"<Amount>{amount}</Amount>"
    )
    return sell(shop, line("Labor", untaxed), who=who, head=head)


def credit(shop: Company, amount: str, *, who: str = "Acme") -> Node:
    untaxed = (
        f"<Amount>{amount}</Amount>{ref('SalesTaxCodeRef', 'Non')}" if _taxes(shop) else f"<Amount>{amount}</Amount>"
    )
    return sell(shop, line("Labor", untaxed, kind="CreditMemo"), kind="CreditMemo", who=who)


def _taxes(shop: Company) -> bool:
    return shop.store.setting("sales_tax") == "true"


def paying(total: str, applied: str = "<IsAutoApply>false</IsAutoApply>", *, who: str = "Acme") -> str:
    inside = f"{ref('CustomerRef', who)}<TotalAmount>{total}</TotalAmount>{applied}"
    return f"<ReceivePaymentAddRq><ReceivePaymentAdd>{inside}</ReceivePaymentAdd></ReceivePaymentAddRq>"


def applied(ret: Node, amount: str, *, verb: str = "Add", more: str = "") -> str:
    inside = f"<TxnID>{ret.findtext('TxnID')}</TxnID><PaymentAmount>{amount}</PaymentAmount>{more}"
    return f"<AppliedToTxn{verb}>{inside}</AppliedToTxn{verb}>"


def changing(ret: Node, inside: str, *, edit: str = "") -> str:
    kind = str(ret.tag).removesuffix("Ret")
    identity = (
        f"<TxnID>{ret.findtext('TxnID')}</TxnID><EditSequence>{edit or ret.findtext('EditSequence')}</EditSequence>"
    )
    return f"<{kind}ModRq><{kind}Mod>{identity}{inside}</{kind}Mod></{kind}ModRq>"


def kept(ret: Node, number: int = 0, inside: str = "", *, kind: str = "Invoice") -> str:
    """A line of a Mod: the one that the document has at this place."""
    identity = ret.findall(f"{kind}LineRet")[number].findtext("TxnLineID")
    return f"<{kind}LineMod><TxnLineID>{identity}</TxnLineID>{inside}</{kind}LineMod>"


def new_line(item: str, inside: str = "", *, kind: str = "Invoice") -> str:
    return f"<{kind}LineMod><TxnLineID>-1</TxnLineID>{ref('ItemRef', item)}{inside}</{kind}LineMod>"


def deleting(ret: Node) -> str:
    kind = str(ret.tag).removesuffix("Ret")
    return f"<TxnDelRq><TxnDelType>{kind}</TxnDelType><TxnID>{ret.findtext('TxnID')}</TxnID></TxnDelRq>"


def voiding(ret: Node) -> str:
    kind = str(ret.tag).removesuffix("Ret")
    return f"<TxnVoidRq><TxnVoidType>{kind}</TxnVoidType><TxnID>{ret.findtext('TxnID')}</TxnID></TxnVoidRq>"


def now(shop: Company, ret: Node) -> Node:
    """The document as it is now, with its lines and links."""
    kind = str(ret.tag).removesuffix("Ret")
    linked = "" if kind in {"ReceivePayment", "SalesReceipt"} else "<IncludeLinkedTxns>true</IncludeLinkedTxns>"
    filters = f"<TxnID>{ret.findtext('TxnID')}</TxnID><IncludeLineItems>true</IncludeLineItems>{linked}"
    return taken(shop, f"<{kind}QueryRq>{filters}</{kind}QueryRq>")


def balances(shop: Company) -> dict[str, tuple[str, str]]:
    """Each customer's own balance and its balance with its jobs."""
    answer = one(shop, "<CustomerQueryRq></CustomerQueryRq>")
    return {
        ret.findtext("FullName") or "": (ret.findtext("Balance") or "", ret.findtext("TotalBalance") or "")
        for ret in answer
    }


def texts(node: Node, *names: str) -> list[str | None]:
    return [node.findtext(name) for name in names]
