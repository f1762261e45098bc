"""What the people of the town trade: invoices and payments on the one side, deals on the other.

The books are judged by the two sandboxes' own ledgers, deals by their names: each becomes the memo of its estimate.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apatar.sandbox.quickbooks import ledger as quickbooks_ledger
from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.salesforce.ledger import read_ledger
from apatar.sandbox.story_year_ledgers import compare_ledgers
from apatar.sync.record import Side
from tests.runs.trading import Office, named
from tests.simulation.promises import Broken
from tests.simulation.steps import Deal, Sell
from tests.simulation.town import Town, fitted, number_in

DOCUMENTS = ("Invoice", "ReceivePayment", "Estimate")
MIRRORS = ("QuickBooks_Invoice__c", "QuickBooks_Payment__c", "Opportunity", "Product2", "PricebookEntry")
ITEM = "Consulting"
DOCUMENT = re.compile(r"^[a-z_]+ \S+ of ")
"""How a difference names a document before its customer: without a number of its own it has its id there."""


@dataclass
class Market:
    """Who sells what; the numbers of deals are their own, and stay with them."""

    town: Town
    folder: Path
    deals: int = 0
    won: set[str] = field(default_factory=set)

    def sell(self, sell: Sell) -> None:
        invoices = [one for one in self.town.office.all("Invoice") if not one.get("Memo", "").startswith("VOID")]
        if sell.act == "write":
            self._write(sell)
        elif invoices:
            self._change(sell, invoices[sell.pick % len(invoices)])

    def _write(self, sell: Sell) -> None:
        customer = self.town.chosen(Side.QUICKBOOKS, sell.pick)
        if customer is None:
            return
        line = f"<ItemRef><FullName>{ITEM}</FullName></ItemRef><Quantity>{sell.amount}</Quantity>"
        head = f"<CustomerRef><ListID>{customer.remote_id}</ListID></CustomerRef>"
        self.town.office.add("Invoice", f"{head}<InvoiceLineAdd>{line}</InvoiceLineAdd>")

    def _change(self, sell: Sell, invoice: dict[str, Any]) -> None:
        office, txn_id = self.town.office, str(invoice["TxnID"])
        settled = float(invoice["AppliedAmount"] or 0) != 0
        match sell.act:
            case "change" if not settled:
                line = invoice["InvoiceLineRet.0.TxnLineID"]
                inside = f"<TxnLineID>{line}</TxnLineID><Quantity>{sell.amount}</Quantity>"
                office.change("Invoice", txn_id, f"<InvoiceLineMod>{inside}</InvoiceLineMod>")
            case "pay" if not settled:
                self._pay(invoice, sell.amount)
            case "void" if not settled:
                office.void("Invoice", txn_id)
            case "delete" if not settled:
                office.delete_document("Invoice", txn_id)
            case _:
                return

    def _pay(self, invoice: dict[str, Any], amount: int) -> None:
        paid = f"{amount}.00"
        customer = f"<CustomerRef><ListID>{invoice['CustomerRef.ListID']}</ListID></CustomerRef>"
        to = f"<TxnID>{invoice['TxnID']}</TxnID><PaymentAmount>{paid}</PaymentAmount>"
        applied = f"<AppliedToTxnAdd>{to}</AppliedToTxnAdd>"
        self.town.office.add("ReceivePayment", f"{customer}<TotalAmount>{paid}</TotalAmount>{applied}")

    def deal(self, deal: Deal) -> None:
        opened = self.town.sales.all("Opportunity", "Name", "StageName")
        if deal.act == "open":
            self._open(deal)
        elif opened:
            self._move(deal, sorted(opened, key=lambda one: str(one["Name"]))[deal.pick % len(opened)])

    def _open(self, deal: Deal) -> None:
        account = self.town.chosen(Side.SALESFORCE, deal.pick)
        prices = self.town.sales.all("PricebookEntry", "Name")
        if account is None or not prices:
            return
        self.deals += 1
        facts = {"Name": f"{700 + self.deals} Deal", "AccountId": account.remote_id}
        made = self.town.sales.add("Opportunity", **facts, StageName="Prospecting", CloseDate="2026-12-31")
        line = {"OpportunityId": made, "PricebookEntryId": prices[0]["Id"], "UnitPrice": 120}
        self.town.sales.add("OpportunityLineItem", **line, Quantity=deal.amount)

    def _move(self, deal: Deal, opened: dict[str, Any]) -> None:
        sales = self.town.sales
        if deal.act == "win":
            sales.change("Opportunity", opened["Id"], StageName="Closed Won")
            self.won.add(str(opened["Name"]))
        else:
            lines = sales.all("OpportunityLineItem", "Quantity", where=f"OpportunityId = '{opened['Id']}'")
            sales.change("OpportunityLineItem", lines[0]["Id"], Quantity=deal.amount)

    def nothing_is_doubled(self) -> None:
        """I1: a deal has at most one estimate, an invoice at most one record in Salesforce."""
        estimates = Counter(one.get("Memo") for one in self.town.office.all("Estimate"))
        shown = Counter(
            one["QuickBooks_TxnID__c"] for one in self.town.sales.all("QuickBooks_Invoice__c", "QuickBooks_TxnID__c")
        )
        for what, count in (*estimates.items(), *shown.items()):
            if count > 1:
                raise Broken("I1", f"{what} stands {count} times")

    def the_books_agree(self) -> None:
        """I3: both ledgers say the same to the cent, and each deal that was won has its estimate, with its total."""
        with Company(self.folder / "company.qbw") as company:
            ours = quickbooks_ledger.read_ledger(company)
        theirs = read_ledger(self.folder / "org")
        spelled = [{**one, "account": fitted(one["account"], Side.QUICKBOOKS)} for one in theirs["accounts"]]
        differences = compare_ledgers(ours, {**theirs, "accounts": spelled}).differences
        told = [one for one in differences if number_in(f"{DOCUMENT.sub('', one)} 000") not in self._out()]
        if told:
            raise Broken("I3", "; ".join(told))
        self._deals_agree()

    def _out(self) -> set[int]:
        """Customers who were deleted or taken back on one side: their documents have no account there."""
        return {*self.town.deleted, *self.town.alone, *(number for number, _ in self.town.parted)}

    def _deals_agree(self) -> None:
        fields = ("Name", "Amount", "QuickBooks_Total__c", "Account.Name")
        deals = {one["Name"]: one for one in self.town.sales.all("Opportunity", *fields)}
        estimates = {one.get("Memo"): one for one in self.town.office.all("Estimate")}
        for name in self.won:
            deal = deals[name]
            if deal["Account"] is None or number_in(deal["Account"]["Name"]) in self._out():
                continue
            if name not in estimates:
                raise Broken("I2", f"deal {name} was won and has no estimate")
            totals = {float(deal["Amount"]), float(estimates[name]["TotalAmount"]), float(deal["QuickBooks_Total__c"])}
            if len(totals) > 1:
                raise Broken("I3", f"deal {name} and its estimate say {totals}")

    def versions(self) -> dict[str, str]:
        """Return the stamp of everything that is traded."""
        here = {
            str(one["Id"]): str(one["SystemModstamp"])
            for kind in MIRRORS
            for one in self.town.sales.all(kind, "SystemModstamp")
        }
        there = {one["TxnID"]: one["EditSequence"] for kind in DOCUMENTS for one in self.town.office.all(kind)}
        return {**here, **there}


def stock(office: Office) -> None:
    """Put the one item that is sold into a new company file."""
    account = office.add("Account", "<Name>Sales</Name><AccountType>Income</AccountType>")
    price = f"<Desc>Advice</Desc><Price>120.00</Price><AccountRef><ListID>{account}</ListID></AccountRef>"
    office.add("ItemService", f"{named(ITEM)}<SalesOrPurchase>{price}</SalesOrPurchase>")
