"""The sample company: customers that are business(0), business(1), …, and the lists they need."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice

from apatar.sandbox.names import Business, business
from apatar.sandbox.quickbooks.company import Company, Session
from apatar.sandbox.quickbooks.currencies import set_exchange_rate
from apatar.sandbox.quickbooks.features import Features, features
from apatar.sandbox.quickbooks.sample_requests import add, leaf, ref
from apatar.sandbox.quickbooks.sample_trade import TAX_GROUP, price_levels, second_currency, second_rate, trade_lists
from apatar.sandbox.quickbooks.sample_trade import items as sample_items

_BATCH = 100
_FIRST_VENDOR = 9_000_000
"""Vendors and other names are businesses that no customer of the sample will ever be."""

_TERMS = ("Net 30", "Due on receipt", "Net 15")
_CUSTOMER_TYPES = ("Commercial", "Residential", "Government")
_JOBS = ("Warehouse renovation", "Office extension", "Annual maintenance")
_EMPLOYEES = (("Elizabeth", "Mason"), ("Gregg", "Schneider"), ("Dan", "Miller"))
_SALES_REPS = {"EM": "Elizabeth Mason", "GS": "Gregg Schneider"}

_SMALL_LISTS = (
    *(
        ("StandardTerms", {"Name": name, "StdDueDays": days})
        for name, days in zip(_TERMS, ("30", "0", "15"), strict=True)
    ),
    ("DateDrivenTerms", {"Name": "10th of the month", "DayOfMonthDue": "10"}),
    *(("CustomerType", {"Name": name}) for name in _CUSTOMER_TYPES),
    *(("JobType", {"Name": name}) for name in ("New Construction", "Remodel", "Repairs")),
    ("SalesTaxCode", {"Name": "Tax", "IsTaxable": "true", "Desc": "Taxable Sales"}),
    ("SalesTaxCode", {"Name": "Non", "IsTaxable": "false", "Desc": "Non-Taxable Sales"}),
    *(("PaymentMethod", {"Name": name, "PaymentMethodType": name}) for name in ("Cash", "Check", "Visa")),
    *(("ShipMethod", {"Name": name}) for name in ("UPS", "Federal Express", "US Mail")),
    ("CustomerMsg", {"Name": "Thank you for your business."}),
    ("PriceLevel", {"Name": "Loyal customers", "PriceLevelFixedPercentage": "-10.0"}),
    ("Account", {"Name": "Checking", "AccountType": "Bank", "AccountNumber": "10100"}),
    ("Account", {"Name": "Accounts Receivable", "AccountType": "AccountsReceivable", "AccountNumber": "11000"}),
    ("Account", {"Name": "Sales", "AccountType": "Income", "AccountNumber": "40100"}),
)


def fill(
    company: Company,
    customers: int,
    on_batch: Callable[[int], None] = lambda _: None,
    *,
    items: int = 0,
    jobs: int | None = None,
    seed: int = 1,
) -> None:
    """Fill an empty company; `on_batch` hears how many records each message set added.

    With `items` it gets as many, of all kinds, and the lists that documents need: tax items (where sales tax is on)
    come on top. `jobs` is three, or as many as there are customers below three, unless it says otherwise; `seed`
    decides the prices.
    """
    known = features(company.store)
    session = Session(company)
    head = f'<?qbxml version="{company.store.setting("qbxml")}"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    requests = _requests(known, customers, items, min(3, customers) if jobs is None else jobs, seed)
    while batch := list(islice(requests, _BATCH)):
        answer = session.process(f"{head}{''.join(batch)}</QBXMLMsgsRq></QBXML>")
        if 'statusSeverity="Error"' in answer:
            raise AssertionError(f"the sample company breaks QuickBooks' own rules: {answer[:2000]}")
        on_batch(len(batch))
    if known.multicurrency and items:
        today = date.fromisoformat(company.books.clock.today())
        with company.store.transaction():
            set_exchange_rate(company.books, second_currency(known), second_rate(known), today)


def _requests(known: Features, customers: int, items: int, jobs: int, seed: int) -> Iterator[str]:
    yield from _people(known)
    if items:
        yield from trade_lists(known)
        yield from islice(sample_items(seed), items)
        yield from price_levels(items)
    for index in range(customers):
        yield _customer(index, business(index), known if items else Features())
    for index in range(jobs if customers else 0):
        again = index // customers
        name = f"{_JOBS[index % len(_JOBS)]} {again + 1}" if again else _JOBS[index % len(_JOBS)]
        yield add("Customer", leaf("Name", name) + ref("ParentRef", business(index % customers).name))


def _people(known: Features) -> Iterator[str]:
    """The small lists, and everybody who is no customer."""
    for kind, fields in _SMALL_LISTS:
        # Where sales tax is on, QuickBooks has made the two codes itself.
        if kind != "SalesTaxCode" or not known.sales_tax:
            yield add(kind, "".join(leaf(name, value) for name, value in fields.items()))
    for first_name, last_name in _EMPLOYEES:
        yield add("Employee", leaf("FirstName", first_name) + leaf("LastName", last_name))
    for initial, employee in _SALES_REPS.items():
        yield add("SalesRep", leaf("Initial", initial) + ref("SalesRepEntityRef", employee))
    for index in range(5):
        yield _vendor(business(_FIRST_VENDOR + index))
    for index in range(5, 7):
        yield add("OtherName", leaf("Name", business(_FIRST_VENDOR + index).name))


def _customer(index: int, one: Business, known: Features) -> str:
    """Every second customer has terms, every third a type, every fourth a credit limit, every fifth a rep.

    Where the features ask for it, every fifth trades in another currency and is not taxed; the others pay one of two
    taxes.
    """
    limit = f"{1000 * (1 + index % 20)}.00"
    return add(
        "Customer",
        leaf("Name", one.name)
        + leaf("CompanyName", one.name)
        + leaf("FirstName", one.first_name)
        + leaf("LastName", one.last_name)
        + _address("BillAddress", one)
        + _address("ShipAddress", one)
        + leaf("Phone", one.phone)
        + leaf("Fax", one.fax)
        + leaf("Email", one.email)
        + leaf("Contact", f"{one.first_name} {one.last_name}")
        + (ref("CustomerTypeRef", _CUSTOMER_TYPES[index % 9 // 3]) if index % 3 == 0 else "")
        + (ref("TermsRef", _TERMS[index % 6 // 2]) if index % 2 == 0 else "")
        + (ref("SalesRepRef", tuple(_SALES_REPS)[index % 10 // 5]) if index % 5 == 0 else "")
        + (_tax(index, known) if known.sales_tax else "")
        + leaf("AccountNumber", one.account_number)
        + (leaf("CreditLimit", limit) if index % 4 == 0 else "")
        + (ref("CurrencyRef", second_currency(known)) if known.multicurrency and _is_abroad(index) else ""),
    )


def _is_abroad(index: int) -> bool:
    return index % 5 == 4


def _tax(index: int, known: Features) -> str:
    code = "Non" if _is_abroad(index) else "Tax"
    return ref("SalesTaxCodeRef", code) + ref("ItemSalesTaxRef", TAX_GROUP if index % 3 == 1 else known.tax_item)


def _vendor(one: Business) -> str:
    contact = leaf("Phone", one.phone) + leaf("Email", one.email)
    return add(
        "Vendor", leaf("Name", one.name) + leaf("CompanyName", one.name) + _address("VendorAddress", one) + contact
    )


def _address(name: str, one: Business) -> str:
    lines = "".join(leaf(f"Addr{number}", line) for number, line in enumerate(one.street, 1))
    place = leaf("City", one.city) + leaf("State", one.state) + leaf("PostalCode", one.postal_code)
    return f"<{name}>{lines}{place}{leaf('Country', one.country)}</{name}>"
