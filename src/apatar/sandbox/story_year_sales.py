"""The sales people of the year: they win deals, send quotes and activate orders in Salesforce."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from apatar.sandbox.names import business
from apatar.sandbox.story_org import OrgReader
from apatar.sandbox.story_stage import OrgAccess, StoryError
from apatar.sandbox.story_year_plan import CURRENCIES, Month

Record = dict[str, Any]

DOCUMENTS = ("Estimate", "Sales Order", "Invoice", "Sales Receipt")
CALLED = {"Opportunity": "Name", "Quote": "Name", "Order": "OrderNumber"}
MOST = 200
TOO_LONG = "PO-" + "0123456789" * 6
"""A purchase order number of a length that Salesforce takes and QuickBooks does not."""
SOLD = frozenset({"Service", "NonInventory", "Inventory", "InventoryAssembly", "OtherCharge", "Group"})
FIRST_NEWCOMER = 6_000_000
ASIDE = 3
"""Products that nobody sells until somebody makes one of them inactive."""


@dataclass(slots=True)
class Deals:
    """Ids of the deals that should have a document by now, by object; those that cannot have one are apart."""

    due: dict[str, list[str]] = field(default_factory=lambda: {"Opportunity": [], "Quote": [], "Order": []})
    impossible: list[str] = field(default_factory=list)
    newcomers: int = 0

    @property
    def number(self) -> int:
        return sum(len(ids) for ids in self.due.values()) + len(self.impossible)


class SalesDesk(OrgReader):
    """Everybody who sells, as the user of the connection: what they see is what the permission set shows them."""

    def __init__(self, access: OrgAccess, seed: int) -> None:
        super().__init__(access)
        self.chance = Random(seed)  # noqa: S311 - a story, no secret
        self.deals = Deals()
        self._numbers = count(1)
        self._prices: dict[str, list[Record]] = {}
        self._aside: list[Record] = []
        self._accounts: list[Record] = []

    def learn(self) -> None:
        """Look up who buys and what can be sold."""
        book = "Pricebook2.IsStandard = true AND IsActive = true"
        found = self.ask(
            "SELECT Id, Product2Id, Product2.Name, Product2.QuickBooks_Item_Type__c, UnitPrice, CurrencyIsoCode, "
            f"Pricebook2Id FROM PricebookEntry WHERE {book} ORDER BY Product2.Name"
        )
        sold = [one for one in found if (one["Product2"] or {}).get("QuickBooks_Item_Type__c") in SOLD]
        services = sorted(
            {one["Product2Id"] for one in sold if one["Product2"]["QuickBooks_Item_Type__c"] == "Service"}
        )
        kept = set(services[-ASIDE:])
        self._aside = [one for one in sold if one["Product2Id"] in kept]
        self._prices = {code: [] for code in CURRENCIES}
        for one in sold:
            if one["Product2Id"] not in kept:
                self._prices[one["CurrencyIsoCode"]].append(one)
        if not all(self._prices.values()):
            raise StoryError("After the first runs the org had no standard prices, so that nobody could sell anything.")
        self._accounts = self.ask("SELECT Id, Name, CurrencyIsoCode FROM Account ORDER BY Name")

    def price_abroad(self, code: str, rate: Decimal) -> None:
        """Give every product that has a standard price at home one in another currency."""
        fields = "Product2Id, Pricebook2Id, UnitPrice, IsActive"
        found = self.ask(f"SELECT {fields} FROM PricebookEntry WHERE Pricebook2.IsStandard = true")
        self.make(
            "PricebookEntry",
            [
                {
                    "Product2Id": one["Product2Id"],
                    "Pricebook2Id": one["Pricebook2Id"],
                    "IsActive": one["IsActive"],
                    "CurrencyIsoCode": code,
                    "UnitPrice": float(round(Decimal(str(one["UnitPrice"])) / rate, 2)),
                }
                for one in found
            ],
        )

    def sell(self, month: Month, deals: int) -> None:
        """Win deals, of which every tenth is a quote and every tenth an order; some say what they shall become."""
        quotes, orders = deals // 10, deals // 10
        self._win(month, deals - quotes - orders)
        self._quote(month, quotes)
        self._order(month, orders)

    def _win(self, month: Month, number: int) -> None:
        opened = self._plant("Opportunity", "OpportunityLineItems", [self._opportunity(month) for _ in range(number)])
        chosen = [{"Id": one, "StageName": "Closed Won", **self._choice(place)} for place, one in enumerate(opened)]
        self.change_many("Opportunity", chosen)
        self.deals.due["Opportunity"] += opened

    def _choice(self, place: int) -> Record:
        """Every other deal leaves the choice to the connection."""
        return {"QuickBooks_Generate__c": DOCUMENTS[place // 2 % 4]} if place % 2 else {}

    def _quote(self, month: Month, number: int) -> None:
        asked = [self._opportunity(month) for _ in range(number)]
        lines = [one.pop("OpportunityLineItems") for one in asked]
        opened = self._plant("Opportunity", "", asked)
        quotes = [
            {
                "Name": one["Name"], "OpportunityId": opportunity, "Status": "Presented",
                "Pricebook2Id": one["Pricebook2Id"],
                "QuoteLineItems": {"records": [_typed(line, "QuoteLineItem") for line in some["records"]]},
            }
            for one, opportunity, some in zip(asked, opened, lines, strict=True)
        ]  # fmt: skip
        made = self._plant("Quote", "QuoteLineItems", quotes)
        self.change_many("Quote", [{"Id": one, "Status": "Accepted"} for one in made])
        self.deals.due["Quote"] += made

    def _order(self, month: Month, number: int) -> None:
        made = self._plant("Order", "OrderItems", [self._new_order(month) for _ in range(number)])
        self.change_many("Order", [{"Id": one, "Status": "Activated"} for one in made])
        self.deals.due["Order"] += made

    def order_too_long(self, month: Month) -> None:
        """Activate an order whose purchase order number does not fit into QuickBooks: its end is cut."""
        [made] = self._plant("Order", "OrderItems", [{**self._new_order(month), "PoNumber": TOO_LONG}])
        self.change_many("Order", [{"Id": made, "Status": "Activated"}])
        self.deals.due["Order"].append(made)

    def win_nothing(self, month: Month) -> None:
        """Win a deal without products, which no document can have."""
        new = self._opportunity(month)
        del new["OpportunityLineItems"]
        [made] = self._plant("Opportunity", "", [{**new, "StageName": "Closed Won"}])
        self.deals.impossible.append(made)

    def open_doomed(self, month: Month) -> tuple[str, str]:
        """Open a deal about a product that nobody else sells; return its id and the product's name."""
        account = self._buyer()
        line = next(one for one in self._aside if one["CurrencyIsoCode"] == account["CurrencyIsoCode"])
        new = {**self._opportunity(month, account), "OpportunityLineItems": {"records": [self._line(line, 1)]}}
        [made] = self._plant("Opportunity", "OpportunityLineItems", [new])
        return made, str(line["Product2"]["Name"])

    def win_doomed(self, opportunity: str) -> None:
        self.change_many("Opportunity", [{"Id": opportunity, "StageName": "Closed Won"}])
        self.deals.impossible.append(opportunity)

    def win_newcomer(self, month: Month) -> None:
        """Win a deal with somebody whom QuickBooks does not know yet, at home or, every other month, abroad."""
        new = business(FIRST_NEWCOMER + month.number)
        code = list(CURRENCIES)[month.number % len(CURRENCIES)]
        record = {"Name": new.name, "Phone": new.phone, "BillingCity": new.city, "CurrencyIsoCode": code}
        [made] = self._plant("Account", "", [record])
        account = {"Id": made, **record}
        [deal] = self._plant("Opportunity", "OpportunityLineItems", [self._opportunity(month, account)])
        self.change_many("Opportunity", [{"Id": deal, "StageName": "Closed Won"}])
        self.deals.due["Opportunity"].append(deal)
        self.deals.newcomers += 1

    def change_quantities(self, number: int) -> None:
        """Sell more in some deals that are won already; an estimate or an order follows, an invoice stays."""
        some = self.chance.sample(self.deals.due["Opportunity"], min(number, len(self.deals.due["Opportunity"])))
        named = ", ".join(f"'{one}'" for one in some)
        lines = (
            self.ask(f"SELECT Id, Quantity FROM OpportunityLineItem WHERE OpportunityId IN ({named})") if some else []
        )
        self.change_many("OpportunityLineItem", [{"Id": one["Id"], "Quantity": one["Quantity"] + 1} for one in lines])

    def call_customers(self, month: Month, number: int) -> None:
        """Write down new telephone numbers."""
        some = self.chance.sample(self._accounts, min(number, len(self._accounts)))
        phone = f"(512) 555-{1000 + month.number:04d}"
        self.change_many("Account", [{"Id": one["Id"], "Phone": phone} for one in some])

    def outcomes(self) -> dict[str, list[Record]]:
        """Return every deal with what was written back to it."""
        back = "QuickBooks_TxnID__c, QuickBooks_Number__c, QuickBooks_Total__c, QuickBooks_Status__c"
        return {kind: self.ask(f"SELECT Id, {name}, {back} FROM {kind}") for kind, name in CALLED.items()}

    def _opportunity(self, month: Month, account: Record | None = None) -> Record:
        account = account or self._buyer()
        number = next(self._numbers)
        prices = self._prices[account["CurrencyIsoCode"]]
        return {
            "Name": f"Deal {number:05d} {account['Name']}"[:120],
            "AccountId": account["Id"],
            "CurrencyIsoCode": account["CurrencyIsoCode"],
            "StageName": "Negotiation/Review",
            "CloseDate": self._day(month),
            "Pricebook2Id": prices[0]["Pricebook2Id"],
            "OpportunityLineItems": {"records": self._lines(prices)},
        }

    def _new_order(self, month: Month) -> Record:
        account = self._buyer()
        prices = self._prices[account["CurrencyIsoCode"]]
        lines = [_typed(one, "OrderItem") for one in self._lines(prices)]
        for line in lines:
            line.pop("Discount", None)
        return {
            "AccountId": account["Id"], "CurrencyIsoCode": account["CurrencyIsoCode"], "Status": "Draft",
            "EffectiveDate": self._day(month), "Pricebook2Id": prices[0]["Pricebook2Id"],
            "PoNumber": f"PO-{next(self._numbers):05d}", "OrderItems": {"records": lines},
        }  # fmt: skip

    def _lines(self, prices: Sequence[Record]) -> list[Record]:
        """One to five products; every fourth line is sold at a discount."""
        some = self.chance.sample(prices, self.chance.randint(1, 5))
        return [
            {**self._line(one, number), **({"Discount": self.chance.choice((5, 7.5, 10))} if number % 4 == 3 else {})}
            for number, one in enumerate(some, 1)
        ]

    def _line(self, price: Record, number: int) -> Record:
        return {
            "attributes": {"type": "OpportunityLineItem", "referenceId": ""},
            "PricebookEntryId": price["Id"],
            "Quantity": self.chance.randint(1, 9),
            "UnitPrice": price["UnitPrice"],
            "Description": f"{price['Product2']['Name']}, line {number}",
        }

    def _buyer(self) -> Record:
        return self.chance.choice(self._accounts)

    def _day(self, month: Month) -> str:
        return (month.first + timedelta(days=self.chance.randint(0, month.days - 1))).isoformat()

    def _plant(self, kind: str, children: str, new: Sequence[Record]) -> list[str]:
        """Make records with their lines, as many in a call as the API takes, and return the ids of the records."""
        made: list[str] = []
        for batch in _batches(new, children):
            records = [_named(kind, children, place, one) for place, one in enumerate(batch)]
            answer = self.send("POST", f"composite/tree/{kind}", {"records": records})
            ids = {one["referenceId"]: one["id"] for one in answer["results"]}
            made += [ids[f"r{place}"] for place in range(len(batch))]
        return made

    def make(self, kind: str, new: Sequence[Record]) -> None:
        for start in range(0, len(new), MOST):
            part = [{"attributes": {"type": kind}, **one} for one in new[start : start + MOST]]
            self._well(self.send("POST", "composite/sobjects", {"allOrNone": True, "records": part}))

    def change_many(self, kind: str, changed: Sequence[Record]) -> None:
        for start in range(0, len(changed), MOST):
            part = [{"attributes": {"type": kind}, **one} for one in changed[start : start + MOST]]
            self._well(self.send("PATCH", "composite/sobjects", {"allOrNone": True, "records": part}))

    def _well(self, results: Sequence[Mapping[str, Any]]) -> None:
        wrong = [one for one in results if not one["success"]]
        if wrong:
            raise StoryError(f"Salesforce refused an edit: {wrong[0]['errors']}")

    def send(self, method: str, path: str, body: Record) -> Any:
        response = self._client.request(method, f"{self._data}/{path}", json=body)
        if response.status_code >= 300:
            raise StoryError(f"Salesforce answered {response.status_code} to {method} {path}: {response.text[:600]}")
        return response.json()

    def ask(self, soql: str) -> list[Record]:
        page = self._get(f"{self._data}/query", q=soql)
        found: list[Record] = page["records"]
        while not page["done"]:
            page = self._get(page["nextRecordsUrl"])
            found += page["records"]
        return found


def _typed(line: Record, kind: str) -> Record:
    return {**line, "attributes": {"type": kind, "referenceId": ""}}


def _named(kind: str, children: str, place: int, record: Record) -> Record:
    """Give a record and its lines the names that the answer calls them by."""
    named = {**record, "attributes": {"type": kind, "referenceId": f"r{place}"}}
    if children:
        lines = record[children]["records"]
        named[children] = {
            "records": [
                {**one, "attributes": {**one["attributes"], "referenceId": f"r{place}x{number}"}}
                for number, one in enumerate(lines)
            ]
        }
    return named


def _batches(new: Sequence[Record], children: str) -> Iterator[list[Record]]:
    batch: list[Record] = []
    size = 0
    for one in new:
        more = 1 + (len(one[children]["records"]) if children else 0)
        if size + more > MOST:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += more
    if batch:
        yield batch
