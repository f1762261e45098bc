"""The people of the kills: what they type on both sides while the service dies, and what must have become of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from apatar.sandbox.quickbooks.markup import escaped
from tests.runs.trading import Office as Books
from tests.runs.trading import Sales, named

FIELDS = {"Phone": "Phone", "Fax": "Fax", "AccountNumber": "AccountNumber", "Description": "Notes"}
"""What people type into an account and a customer: the field in Salesforce, and in QuickBooks."""
ACCOUNT = ("Name", *FIELDS)


@dataclass(slots=True)
class Typed:
    """Everything that was typed and has not knowingly been replaced by whoever saw it."""

    values: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    accounts: list[str] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)
    deals: list[str] = field(default_factory=list)
    edits: int = 0

    def note(self, name: str, what: str, value: str, *, over: str) -> None:
        """Note a value that was typed over another one, which its typist saw and did not want any more."""
        open_values = self.values.setdefault((name, what), set())
        open_values.discard(over)
        open_values.add(value)
        self.edits += 1


class People:
    """Somebody in each office; chance says what they do next, and every value they type is its own."""

    def __init__(self, sales: Sales, books: Books, chance: Random) -> None:
        self._sales, self._books, self._chance = sales, books, chance
        self.typed = Typed()
        self._number = 0

    def have_a_catalogue(self) -> None:
        """What deals are made of: one service with its price."""
        income = self._books.add("Account", "<Name>Kills income</Name><AccountType>Income</AccountType>")
        price = f"<Price>120.00</Price><AccountRef><ListID>{income}</ListID></AccountRef>"
        self._books.add("ItemService", f"{named('Watch')}<SalesOrPurchase><Desc>Watch</Desc>{price}</SalesOrPurchase>")

    def work(self, times: int) -> None:
        deeds = (
            self._new_account, self._new_customer, self._edit_account, self._edit_account, self._edit_customer,
            self._edit_customer, self._edit_both, self._new_contact, self._win_a_deal,
        )  # fmt: skip
        for _ in range(times):
            self._chance.choice(deeds)()

    def accounts(self) -> dict[str, dict[str, Any]]:
        return {one["Name"]: one for one in self._sales.all("Account", *ACCOUNT)}

    def customers(self) -> dict[str, dict[str, Any]]:
        return {one["Name"]: one for one in self._books.all("Customer") if one.get("Sublevel", "0") == "0"}

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _new_account(self) -> None:
        name = f"Account of kill {self._next()}"
        self._sales.add("Account", Name=name)
        self.typed.accounts.append(name)

    def _new_customer(self) -> None:
        name = f"Customer of kill {self._next()}"
        self._books.add("Customer", named(name))
        self.typed.customers.append(name)

    def _edit_account(self) -> None:
        self._type_into_account(*self._a_place(self.accounts()))

    def _edit_customer(self) -> None:
        self._type_into_customer(*self._a_place(self.customers()))

    def _edit_both(self) -> None:
        """Two people who know nothing of each other change one field."""
        both = self.accounts().keys() & self.customers().keys()
        if both:
            name, what = self._a_place(both)
            self._type_into_account(name, what)
            self._type_into_customer(name, what)

    def _a_place(self, names: Iterable[str]) -> tuple[str, str]:
        return self._chance.choice(sorted(names)), self._chance.choice(sorted(FIELDS))

    def _type_into_account(self, name: str, what: str) -> None:
        account, value = self.accounts()[name], f"s{self._next()}"
        self._sales.change("Account", account["Id"], **{what: value})
        self.typed.note(name, what, value, over=account[what] or "")

    def _type_into_customer(self, name: str, what: str) -> None:
        customer, value = self.customers()[name], f"q{self._next()}"
        element = FIELDS[what]
        self._books.change("Customer", customer["ListID"], f"<{element}>{escaped(value)}</{element}>")
        self.typed.note(name, what, value, over=customer.get(element, ""))

    def _new_contact(self) -> None:
        account = self._chance.choice(sorted(one["Id"] for one in self.accounts().values()))
        last = f"Contact {self._next()}"
        self._sales.add("Contact", AccountId=account, FirstName="Kit", LastName=last)
        self.typed.contacts.append(last)

    def _win_a_deal(self) -> None:
        prices = self._sales.all("PricebookEntry", "Name", where="Name = 'Watch'")
        if not prices:
            return  # the service has not come as far as to bring the catalogue over
        account = self._chance.choice(sorted(one["Id"] for one in self.accounts().values()))
        amount = f"{1_000 + self._next()}.00"
        day = (date.today() + timedelta(days=1)).isoformat()  # noqa: DTZ011 the people's own calendar
        deal = self._sales.add("Opportunity", Name=amount, AccountId=account, StageName="Prospecting", CloseDate=day)
        line = {"PricebookEntryId": prices[0]["Id"], "Quantity": 1, "UnitPrice": amount}
        self._sales.add("OpportunityLineItem", OpportunityId=deal, **line)
        self._sales.change("Opportunity", deal, StageName="Closed Won")
        self.typed.deals.append(amount)


def doubled(people: People, sales: Sales, books: Books) -> list[str]:
    """Return what is there more than once, or not at all, on either side: each in words."""
    typed = people.typed
    counted = {
        "account": [one["Name"] for one in sales.all("Account", "Name")],
        "customer": [one["Name"] for one in books.all("Customer")],
        "contact in Salesforce": [one["LastName"] for one in sales.all("Contact", "LastName")],
        "contact in QuickBooks": [
            value for one in books.all("Customer") for name, value in one.items() if _is_last_name(name)
        ],
        "estimate": [f"{float(one['Subtotal']):.2f}" for one in books.all("Estimate")],
    }
    wanted = {
        "account": [*typed.accounts, *typed.customers],
        "customer": [*typed.accounts, *typed.customers],
        "contact in Salesforce": typed.contacts,
        "contact in QuickBooks": typed.contacts,
        "estimate": typed.deals,
    }
    return [
        f"{what} {name}: {counted[what].count(name)} times"
        for what, names in wanted.items()
        for name in names
        if counted[what].count(name) != 1
    ]


def _is_last_name(path: str) -> bool:
    return path.startswith("ContactsRet.") and path.endswith(".LastName")


def lost(people: People, kept: Iterable[tuple[str, str]]) -> list[str]:
    """Return each typed value that neither stands on both sides nor is kept with a conflict."""
    accounts, customers = people.accounts(), people.customers()
    in_conflicts = {value for both in kept for value in both}
    return [
        f"{name}, {what}: {value}"
        for (name, what), values in people.typed.values.items()
        for value in values - in_conflicts
        if not (accounts[name][what] == value == customers[name].get(FIELDS[what]))
    ]
