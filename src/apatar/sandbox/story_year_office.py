"""The bookkeeper of the year: invoices, payments, credits, voids and corrections, made by QuickBooks' own requests."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from lxml import etree

from apatar.sandbox.story_edits import element
from apatar.sandbox.story_stage import Stage, StoryError
from apatar.sandbox.story_year_plan import Month

Document = Mapping[str, str]
"""One document of the ledger, with its `customer` and `currency`."""

VERSION = "16.0"
MOST = 100
FEW = 3
"""Of fewer documents none is voided, so that a small year, too, has some left to be used."""
ORDERS = ("Estimate", "SalesOrder")
VOIDED = {"Invoice": "Open", "CreditMemo": "Open", "SalesReceipt": "Paid"}
CORRECTED = ("Invoice", "Estimate")
_DOCUMENTS = ("InvoiceRet", "CreditMemoRet", "ReceivePaymentRet")


@dataclass(slots=True)
class Made:
    """What the bookkeeper made, deleted and changed, by TxnID."""

    invoices: set[str] = field(default_factory=set)
    credits: set[str] = field(default_factory=set)
    payments: set[str] = field(default_factory=set)
    voids: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    edited: set[str] = field(default_factory=set)
    invoiced: set[str] = field(default_factory=set)

    @property
    def documents(self) -> set[str]:
        return self.invoices | self.credits | self.payments


class Office:
    """Works through each month with what the ledger says, never with what the service says."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self._stage = stage
        self.chance = Random(seed)  # noqa: S311 - a story, no secret
        self.made = Made()
        self._customers: list[dict[str, str]] = []
        self._items: list[str] = []
        self._books: list[Document] = []
        self._touched: set[str] = set()

    def learn(self) -> None:
        """Look up who buys, jobs included, and what can be sold."""
        self._customers = self._stage.read(*self._show("Customer"))["customers"]
        kinds = {"ItemService": "item_services", "ItemNonInventory": "item_non_inventories"}
        for kind, key in kinds.items():
            listed = self._stage.read(*self._show(kind))[key]
            self._items += [one["FullName"] for one in listed]
        self._items.sort()

    def work(self, month: Month) -> None:
        """Do a month's bookkeeping: first what became of orders, then what customers paid."""
        self._look()
        self._invoice_orders(month)
        self._invoice_directly(month)
        self._credit(month)
        self._void()
        self._correct()
        self._delete()
        self._receive(month)
        self._change_customers(month)

    def ledger(self) -> Any:
        return self._stage.read("sandbox", "quickbooks", "ledger", str(self._stage.company_file), "--json")

    def deactivate(self, full_name: str) -> None:
        """Make an item inactive, so that no new document can have it."""
        self._items.remove(full_name)
        [one] = [
            item
            for item in self._stage.read(*self._show("ItemService"))["item_services"]
            if item["FullName"] == full_name
        ]
        key = element("ListID", one["ListID"]) + element("EditSequence", one["EditSequence"])
        self.do(
            [f"<ItemServiceModRq><ItemServiceMod>{key}<IsActive>false</IsActive></ItemServiceMod></ItemServiceModRq>"]
        )

    def _invoice_orders(self, month: Month) -> None:
        """Turn half of the open estimates and most of the open orders into invoices."""
        chosen = [
            one
            for one in self._listed(*ORDERS)
            if one["txn_id"] not in self.made.invoiced
            and self.chance.random() < (0.5 if one["type"] == "Estimate" else 0.8)
        ]
        requests = [
            _add("Invoice", self._head(month, one["customer"]) + element("LinkToTxnID", one["txn_id"]))
            for one in chosen
        ]
        self.made.invoices |= self._ids(self.do(requests))
        self.made.invoiced |= {one["txn_id"] for one in chosen}
        self._touched |= self.made.invoiced

    def _invoice_directly(self, month: Month) -> None:
        """Write invoices that no deal asked for; every third is for a job."""
        jobs = [one["FullName"] for one in self._customers if one["Sublevel"] != "0"]
        tops = [one["FullName"] for one in self._customers if one["Sublevel"] == "0"]
        number = max(2, len(tops) // 40)
        buyers = [self.chance.choice(jobs if jobs and place % 3 == 0 else tops) for place in range(number)]
        requests = [_add("Invoice", self._head(month, name) + "".join(self._lines("Invoice"))) for name in buyers]
        self.made.invoices |= self._ids(self.do(requests))

    def _credit(self, month: Month) -> None:
        """Give some customers credit; what they do with it is decided when they pay."""
        tops = sorted({one["customer"] for one in self._listed("Invoice")})
        chosen = self.chance.sample(tops, min(len(tops), max(1, len(tops) // 8)))
        requests = [_add("CreditMemo", self._head(month, name) + next(self._lines("CreditMemo"))) for name in chosen]
        self.made.credits |= self._ids(self.do(requests))

    def _void(self) -> None:
        """Void a few documents on which nobody has paid, and which nobody has used, anything yet."""
        for kind, state in VOIDED.items():
            untouched = [one for one in self._listed(kind, state=state) if one["balance"] in {one["total"], "0.00"}]
            chosen = self._take(untouched, max(1, len(untouched) // 50) if len(untouched) >= FEW else 0)
            self.do(_txn("Void", kind, one["txn_id"]) for one in chosen)
            self.made.voids |= {one["txn_id"] for one in chosen}

    def _correct(self) -> None:
        """Change a few documents that are still open: a remark, a purchase order, one line more."""
        for kind in CORRECTED:
            unpaid = [one for one in self._listed(kind) if one["balance"] in {one["total"], "0.00"}]
            for one in self._take(unpaid, 2):
                self.do([self._correction(kind, one["txn_id"])])
                self.made.edited.add(one["txn_id"])

    def _correction(self, kind: str, txn_id: str) -> str:
        """Write a document anew with all its lines and one more."""
        lines = "<IncludeLineItems>true</IncludeLineItems>"
        [ret] = self.do([f"<{kind}QueryRq>{element('TxnID', txn_id)}{lines}</{kind}QueryRq>"]).iter(f"{kind}Ret")
        kept = "".join(
            f"<{line.tag[:-3]}Mod>{element('TxnLineID', line.findtext('TxnLineID'))}</{line.tag[:-3]}Mod>"
            for line in ret
            if line.tag in {f"{kind}LineRet", f"{kind}LineGroupRet"}
        )
        head = element("TxnID", txn_id) + element("EditSequence", ret.findtext("EditSequence"))
        head += element("PONumber", "PO-corrected") + element("Memo", "One line was forgotten")
        return f"<{kind}ModRq><{kind}Mod>{head}{kept}{self._forgotten(kind)}</{kind}Mod></{kind}ModRq>"

    def _forgotten(self, kind: str) -> str:
        item = f"<ItemRef>{element('FullName', self.chance.choice(self._items))}</ItemRef>"
        inside = element("TxnLineID", "-1") + item + element("Quantity", "1") + element("Amount", "12.34")
        return f"<{kind}LineMod>{inside}</{kind}LineMod>"

    def _delete(self) -> None:
        """Throw an estimate or two away, and one payment that bounced: its invoices are open again."""
        idle = [one for one in self._listed("Estimate") if one["txn_id"] not in self.made.invoiced]
        paid = [one for one in self._listed("ReceivePayment", state="Applied") if one["total"] != "0.00"]
        chosen = [*self._take(idle, 2), *self._take(paid, 1)]
        self.do(_txn("Del", one["type"], one["txn_id"]) for one in chosen)
        self.made.deleted |= {one["txn_id"] for one in chosen}

    def _receive(self, month: Month) -> None:
        """Take payments: in full, in part, over several invoices, with a credit, or in advance."""
        owed: dict[str, list[Document]] = {}
        for one in self._listed("Invoice"):
            owed.setdefault(one["customer"], []).append(one)
        credit = {one["customer"]: one for one in self._listed("CreditMemo")}
        chosen = [name for name in sorted(owed) if self.chance.random() < 0.6]
        requests = [self._payment(month, name, owed[name], credit.get(name)) for name in chosen]
        self.made.payments |= self._ids(self.do(requests))

    def _payment(self, month: Month, name: str, invoices: Sequence[Document], credit: Document | None) -> str:
        way = self.chance.choice(("full", "part", "several", "several", "advance"))
        head = self._head(month, name) + element("RefNumber", str(self.chance.randint(1000, 9999)))
        if way != "advance" and credit and Decimal(credit["balance"]) < Decimal(invoices[0]["balance"]):
            return _received(head, *_with_credit(invoices[0], credit))
        some = invoices if way == "several" else invoices[:1]
        paid = {one["txn_id"]: Decimal(one["balance"]) for one in some}
        if way == "part":
            paid = {txn_id: (amount / 3).quantize(Decimal("0.01")) for txn_id, amount in paid.items()}
        more = Decimal(100) if way == "advance" else Decimal(0)
        applied = "".join(_applied(txn_id, amount) for txn_id, amount in paid.items())
        return _received(head, sum(paid.values(), more), applied)

    def _change_customers(self, month: Month) -> None:
        some = self.chance.sample([one["ListID"] for one in self._customers if one["Sublevel"] == "0"], 3)
        now = {one["ListID"]: one for one in self._stage.read(*self._show("Customer"))["customers"]}
        fax = f"(614) 555-{2000 + month.number:04d}"
        self.do(
            f"<CustomerModRq><CustomerMod>{element('ListID', one)}{element('EditSequence', now[one]['EditSequence'])}"
            f"{element('Fax', fax)}</CustomerMod></CustomerModRq>"
            for one in some
        )

    def _lines(self, kind: str) -> Iterator[str]:
        for _ in range(self.chance.randint(1, 4)):
            item = f"<ItemRef>{element('FullName', self.chance.choice(self._items))}</ItemRef>"
            quantity = element("Quantity", str(self.chance.randint(1, 5)))
            yield f"<{kind}LineAdd>{item}{quantity}</{kind}LineAdd>"

    def _listed(self, *kinds: str, state: str = "Open") -> list[Document]:
        """Return the documents of some kinds in a state, as the month began, without those already dealt with."""
        return [one for one in self._books if one["type"] in kinds and one["status"] == state and not self._done(one)]

    def _done(self, one: Document) -> bool:
        return one["txn_id"] in self._touched

    def _look(self) -> None:
        """Open the ledger; a document is dealt with once in a month, so that it says what is so all month."""
        self._touched.clear()
        self._books = [
            {**one, "customer": part["customer"], "currency": part["currency"]}
            for part in self.ledger()["customers"]
            for one in part["documents"]
        ]

    def _take(self, some: Sequence[Document], most: int) -> list[Document]:
        """Take a few documents to deal with."""
        taken = self.chance.sample(some, min(len(some), most))
        self._touched |= {one["txn_id"] for one in taken}
        return taken

    def _head(self, month: Month, customer: str) -> str:
        return _customer(customer) + element("TxnDate", self._day(month))

    def _day(self, month: Month) -> str:
        return (month.first + timedelta(days=self.chance.randint(0, month.days - 1))).isoformat()

    def _show(self, kind: str) -> tuple[str, ...]:
        return ("sandbox", "quickbooks", "show", str(self._stage.company_file), kind, "--json")

    def _ids(self, answers: Any) -> set[str]:
        """Return the TxnIDs of the documents that were added."""
        return {ret.findtext("TxnID") for ret in answers.iter(*_DOCUMENTS)}

    def do(self, requests: Iterable[str]) -> Any:
        """Send requests, many in a message set, and return the answers as one element.

        Raises StoryError where QuickBooks refuses one.
        """
        wanted, answers = list(requests), etree.Element("Answers")
        for start in range(0, len(wanted), MOST):
            answers.append(self._send("".join(wanted[start : start + MOST])))
        return answers

    def _send(self, body: str) -> Any:
        head = f'<?xml version="1.0" encoding="utf-8"?><?qbxml version="{VERSION}"?>'
        text = f'{head}<QBXML><QBXMLMsgsRq onError="stopOnError">{body}</QBXMLMsgsRq></QBXML>'
        answer = self._stage.command("sandbox", "quickbooks", "request", str(self._stage.company_file), typed=text)
        answered: Any = etree.fromstring(answer.encode())
        for one in answered[0]:
            if one.get("statusSeverity") == "Error":
                raise StoryError(f"QuickBooks refused what the bookkeeper did: {one.tag}, {one.get('statusMessage')}")
        return answered


def _add(kind: str, inside: str) -> str:
    return f"<{kind}AddRq><{kind}Add>{inside}</{kind}Add></{kind}AddRq>"


def _customer(full_name: str) -> str:
    return f"<CustomerRef>{element('FullName', full_name)}</CustomerRef>"


def _txn(verb: str, kind: str, txn_id: str) -> str:
    return f"<Txn{verb}Rq><Txn{verb}Type>{kind}</Txn{verb}Type>{element('TxnID', txn_id)}</Txn{verb}Rq>"


def _applied(txn_id: str, amount: Decimal, inside: str = "") -> str:
    paid = element("PaymentAmount", f"{amount:.2f}")
    return f"<AppliedToTxnAdd>{element('TxnID', txn_id)}{paid}{inside}</AppliedToTxnAdd>"


def _with_credit(invoice: Document, credit: Document) -> tuple[Decimal, str]:
    """Pay what an invoice leaves once the whole credit has been used on it."""
    rest = Decimal(invoice["balance"]) - Decimal(credit["balance"])
    used = element("CreditTxnID", credit["txn_id"]) + element("AppliedAmount", credit["balance"])
    return rest, _applied(invoice["txn_id"], rest, f"<SetCredit>{used}</SetCredit>")


def _received(head: str, amount: Decimal, applied: str) -> str:
    method = f"<PaymentMethodRef>{element('FullName', 'Check')}</PaymentMethodRef>"
    return _add("ReceivePayment", head + element("TotalAmount", f"{amount:.2f}") + method + applied)
