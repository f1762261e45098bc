"""Whether the two sandboxes agree, field by field, judged without asking the service. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Customer = Mapping[str, Any]
"""One customer as `sandbox quickbooks show --json` prints it: dotted paths → texts."""
Account = Mapping[str, Any]

LIST_ID = "QuickBooks_ListID__c"
NAME_LENGTH = 41
TEXTS = {
    "Phone": "Phone",
    "Fax": "Fax",
    "AccountNumber": "AccountNumber",
    "Description": "Notes",
    "QuickBooks_Terms__c": "TermsRef.FullName",
    "QuickBooks_Customer_Type__c": "CustomerTypeRef.FullName",
    "QuickBooks_Sales_Rep__c": "SalesRepRef.FullName",
    "QuickBooks_Tax_Code__c": "SalesTaxCodeRef.FullName",
}
ADDRESSES = {"Billing": "BillAddress", "Shipping": "ShipAddress"}
AMOUNTS = {
    "QuickBooks_Balance__c": "Balance",
    "QuickBooks_Total_Balance__c": "TotalBalance",
    "QuickBooks_Credit_Limit__c": "CreditLimit",
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many pairs there are, and every difference in words; none means that both sides agree."""

    links: int
    differences: tuple[str, ...]

    @property
    def agree(self) -> bool:
        return not self.differences


def compare(customers: Sequence[Customer], accounts: Sequence[Account]) -> Agreement:
    """Pair customers (jobs aside) with accounts and compare what both hold."""
    own = [customer for customer in customers if not is_job(customer)]
    pairs, alone = _pair(own, accounts)
    differences = [difference for customer, account in pairs for difference in _differences(customer, account)]
    return Agreement(len(pairs), (*alone, *differences))


def is_job(customer: Customer) -> bool:
    return str(customer.get("Sublevel") or "0") != "0"


def name_key(name: str) -> str:
    """Return a name without case, spaces and punctuation."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _pair(
    customers: Sequence[Customer], accounts: Sequence[Account]
) -> tuple[list[tuple[Customer, Account]], list[str]]:
    """Pair by the ListID an account carries, else by name; what stays alone, or is claimed twice, is a difference."""
    by_id = {str(customer["ListID"]): customer for customer in customers}
    by_name = {name_key(str(customer["Name"])): customer for customer in customers}
    pairs, alone, taken = [], [], set()
    for account in accounts:
        customer = by_id.get(str(account.get(LIST_ID))) or by_name.get(_fitted_key(str(account["Name"])))
        if customer is None:
            alone.append(f"{account['Name']}: only in Salesforce")
        elif customer["ListID"] in taken:
            alone.append(f"{account['Name']}: twice in Salesforce")
        else:
            taken.add(customer["ListID"])
            pairs.append((customer, account))
    alone += [f"{customer['Name']}: only in QuickBooks" for customer in customers if customer["ListID"] not in taken]
    return pairs, alone


def _fitted_key(name: str) -> str:
    return name_key(name.replace(":", " -")[:NAME_LENGTH])


def _differences(customer: Customer, account: Account) -> Iterator[str]:
    """Name each field whose values differ; a field that the org does not have is not compared."""
    name = customer["Name"]
    if _fitted_key(account["Name"]) != name_key(name):
        yield f"{name}: the name is “{account['Name']}” in Salesforce"
    for field, salesforce, quickbooks in _values(customer, account):
        if salesforce != quickbooks:
            yield f"{name}: {field} is “{salesforce}” in Salesforce and “{quickbooks}” in QuickBooks"


def _values(customer: Customer, account: Account) -> Iterator[tuple[str, Any, Any]]:
    for field, path in TEXTS.items():
        if field in account:
            yield field, _text(account[field]), _text(customer.get(path))
    for prefix, group in ADDRESSES.items():
        lines = [customer.get(f"{group}.Addr{number}") for number in range(1, 6)]
        yield f"{prefix}Street", _lines(account[f"{prefix}Street"]), _lines("\n".join(map(_text, lines)))
        for part in ("City", "State", "PostalCode", "Country"):
            yield f"{prefix}{part}", _text(account[f"{prefix}{part}"]), _text(customer.get(f"{group}.{part}"))
    for field, path in AMOUNTS.items():
        if field in account:
            yield field, _amount(account[field]), _amount(customer.get(path))


def _text(value: Any) -> str:
    return " ".join(str(value or "").split())


def _lines(value: Any) -> list[str]:
    return [_text(line) for line in str(value or "").splitlines() if line.strip()]


def _amount(value: Any) -> Decimal:
    """An amount that nobody has entered is nothing."""
    return Decimal(str(value or 0))
