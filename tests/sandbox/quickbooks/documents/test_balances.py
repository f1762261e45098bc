"""Whatever is done in whatever order: what customers owe is what their documents leave open."""

import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.features import Features
from apatar.sandbox.quickbooks.ledger import read_ledger
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.documents.trade import (
    applied,
    balances,
    changing,
    credit,
    customer,
    deleting,
    invoice,
    new_line,
    now,
    open_shop,
    paying,
    ref,
    voiding,
)
from tests.sandbox.quickbooks.situations import Watch, one, parsed, status

Deed = tuple[str, int, int, int]
WHO = ("Acme", "Acme:Roof")


def _money(cents: int) -> str:
    return f"{cents / 100:.2f}"


class Story:
    """Does deeds; whether QuickBooks takes or refuses one is its own affair."""

    def __init__(self, shop: Company) -> None:
        self.shop = shop
        self.kept: dict[str, list[Node]] = {"Invoice": [], "CreditMemo": [], "ReceivePayment": []}

    def do(self, deed: Deed) -> None:
        name, which, amount, other = deed
        deeds: dict[str, Callable[[int, int, int], None]] = {
            "sell": self._sell,
            "credit": self._credit,
            "pay": self._pay,
            "automatic": self._automatic,
            "change": self._change,
            "reapply": self._reapply,
            "void": self._void,
            "delete": self._delete,
        }
        deeds[name](which, amount, other)

    def _sell(self, which: int, amount: int, _: int) -> None:
        self.kept["Invoice"].append(invoice(self.shop, _money(amount), who=WHO[which % 2]))

    def _credit(self, which: int, amount: int, _: int) -> None:
        self.kept["CreditMemo"].append(credit(self.shop, _money(amount), who=WHO[which % 2]))

    def _pay(self, which: int, amount: int, other: int) -> None:
        sold = self._pick("Invoice", which)
        if sold is None:
            return
        given = self._pick("CreditMemo", other)
        more = ""
        if given is not None:
            inside = (
                f"<CreditTxnID>{given.findtext('TxnID')}</CreditTxnID><AppliedAmount>{_money(other)}</AppliedAmount>"
            )
            more = f"<SetCredit>{inside}</SetCredit>"
        self._keep(one(self.shop, paying(_money(amount + other), applied(sold, _money(amount), more=more))))

    def _automatic(self, which: int, amount: int, _: int) -> None:
        self._keep(one(self.shop, paying(_money(amount), "<IsAutoApply>true</IsAutoApply>", who=WHO[which % 2])))

    def _change(self, which: int, amount: int, other: int) -> None:
        kind = ("Invoice", "CreditMemo")[other % 2]
        found = self._pick(kind, which)
        if found is not None:
            line = new_line("Labor", f"<Amount>{_money(amount)}</Amount>", kind=kind)
            one(self.shop, changing(now(self.shop, found), line))

    def _reapply(self, which: int, amount: int, other: int) -> None:
        paid, sold = self._pick("ReceivePayment", which), self._pick("Invoice", other)
        if paid is not None and sold is not None:
            one(self.shop, changing(now(self.shop, paid), applied(sold, _money(amount), verb="Mod")))

    def _void(self, which: int, _: int, other: int) -> None:
        found = self._pick(("Invoice", "CreditMemo")[other % 2], which)
        if found is not None:
            assert status(one(self.shop, voiding(found))) == 0

    def _delete(self, which: int, _: int, other: int) -> None:
        kind = ("Invoice", "CreditMemo", "ReceivePayment")[other % 3]
        found = self._pick(kind, which)
        if found is not None:
            assert status(one(self.shop, deleting(found))) == 0
            self.kept[kind].remove(found)

    def _pick(self, kind: str, which: int) -> Node | None:
        known = self.kept[kind]
        return known[which % len(known)] if known else None

    def _keep(self, answer: Node) -> None:
        if status(answer) == 0:
            self.kept["ReceivePayment"].append(answer[0])


def _open(part: dict[str, Any]) -> str:
    return str(part["balance"])


DEEDS = st.tuples(
    st.sampled_from(["sell", "credit", "pay", "automatic", "change", "reapply", "void", "delete"]),
    st.integers(0, 5),
    st.integers(0, 5000),
    st.integers(0, 3000),
)


@settings(max_examples=25)
@given(st.lists(DEEDS, min_size=5, max_size=25))
def test_customers_owe_what_their_documents_leave_open(deeds: list[Deed]) -> None:
    with tempfile.TemporaryDirectory() as folder, open_shop(Path(folder) / "shop.qbw", Watch(), Features()) as shop:
        story = Story(shop)
        for deed in deeds:
            story.do(deed)
        books = {part["customer"]: part for part in read_ledger(shop)["customers"]}
        owed = balances(shop)
        for name in WHO:
            assert owed[name][0] == (_open(books[name]) if name in books else "0.00")
        assert Decimal(owed["Acme"][1]) == Decimal(owed["Acme"][0]) + Decimal(owed["Acme:Roof"][0])
        for part in books.values():
            for document in part["documents"]:
                _agrees(shop, document)
                assert Decimal(document["balance"]) >= 0


def _agrees(shop: Company, document: dict[str, str]) -> None:
    """What a document prints as open is what its applications leave."""
    shown = {"Invoice": "BalanceRemaining", "CreditMemo": "CreditRemaining", "ReceivePayment": "UnusedPayment"}
    ret = shop.store.ask("SELECT body FROM txn WHERE txn_id = ?", (document["txn_id"],))[0][0]
    assert parsed(f"<R><M>{ret}</M></R>").findtext(shown[document["type"]]) == document["balance"]


def test_a_job_that_moves_takes_along_what_it_owes(shop: Company) -> None:
    customer(shop, "Bolt")
    invoice(shop, "40.00", who="Acme:Roof")
    job = one(shop, "<CustomerQueryRq><FullName>Acme:Roof</FullName></CustomerQueryRq>")[0]
    identity = f"<ListID>{job.findtext('ListID')}</ListID><EditSequence>{job.findtext('EditSequence')}</EditSequence>"
    assert (
        status(
            one(shop, f"<CustomerModRq><CustomerMod>{identity}{ref('ParentRef', 'Bolt')}</CustomerMod></CustomerModRq>")
        )
        == 0
    )
    assert balances(shop) == {"Acme": ("0.00", "0.00"), "Bolt": ("0.00", "40.00"), "Bolt:Roof": ("40.00", "40.00")}
