"""The sample company: customers that are business(0), business(1), …, and the small lists they need."""

from collections.abc import Callable, Iterator
from itertools import islice

from apatar.sandbox.names import Business, business
from apatar.sandbox.quickbooks.company import Company, Session
from apatar.sandbox.quickbooks.markup import escaped

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


def fill(company: Company, customers: int, on_batch: Callable[[int], None] = lambda _: None) -> None:
    """Fill an empty company; `on_batch` hears how many records each message set added."""
    session = Session(company)
    head = f'<?qbxml version="{company.store.setting("qbxml")}"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    requests = _requests(customers)
    while batch := list(islice(requests, _BATCH)):
        answer = session.process(f"{head}{''.join(batch)}</QBXMLMsgsRq></QBXML>")
        if 'statusSeverity="Error"' in answer:
            raise AssertionError(f"the sample company breaks QuickBooks' own rules: {answer[:2000]}")
        on_batch(len(batch))


def _requests(customers: int) -> Iterator[str]:
    for kind, fields in _SMALL_LISTS:
        yield _add(kind, "".join(_leaf(name, value) for name, value in fields.items()))
    for first_name, last_name in _EMPLOYEES:
        yield _add("Employee", _leaf("FirstName", first_name) + _leaf("LastName", last_name))
    for initial, employee in _SALES_REPS.items():
        yield _add("SalesRep", _leaf("Initial", initial) + _ref("SalesRepEntityRef", employee))
    for index in range(5):
        yield _vendor(business(_FIRST_VENDOR + index))
    for index in range(5, 7):
        yield _add("OtherName", _leaf("Name", business(_FIRST_VENDOR + index).name))
    for index in range(customers):
        yield _customer(index, business(index))
    for index in range(min(3, customers)):
        yield _add("Customer", _leaf("Name", _JOBS[index]) + _ref("ParentRef", business(index).name))


def _customer(index: int, one: Business) -> str:
    """Every second customer has terms, every third a type, every fourth a credit limit, every fifth a rep."""
    limit = f"{1000 * (1 + index % 20)}.00"
    return _add(
        "Customer",
        _leaf("Name", one.name)
        + _leaf("CompanyName", one.name)
        + _leaf("FirstName", one.first_name)
        + _leaf("LastName", one.last_name)
        + _address("BillAddress", one)
        + _address("ShipAddress", one)
        + _leaf("Phone", one.phone)
        + _leaf("Fax", one.fax)
        + _leaf("Email", one.email)
        + _leaf("Contact", f"{one.first_name} {one.last_name}")
        + (_ref("CustomerTypeRef", _CUSTOMER_TYPES[index % 9 // 3]) if index % 3 == 0 else "")
        + (_ref("TermsRef", _TERMS[index % 6 // 2]) if index % 2 == 0 else "")
        + (_ref("SalesRepRef", tuple(_SALES_REPS)[index % 10 // 5]) if index % 5 == 0 else "")
        + _leaf("AccountNumber", one.account_number)
        + (_leaf("CreditLimit", limit) if index % 4 == 0 else ""),
    )


def _vendor(one: Business) -> str:
    contact = _leaf("Phone", one.phone) + _leaf("Email", one.email)
    return _add(
        "Vendor", _leaf("Name", one.name) + _leaf("CompanyName", one.name) + _address("VendorAddress", one) + contact
    )


def _address(name: str, one: Business) -> str:
    lines = "".join(_leaf(f"Addr{number}", line) for number, line in enumerate(one.street, 1))
    place = _leaf("City", one.city) + _leaf("State", one.state) + _leaf("PostalCode", one.postal_code)
    return f"<{name}>{lines}{place}{_leaf('Country', one.country)}</{name}>"


def _add(kind: str, inside: str) -> str:
    return f"<{kind}AddRq><{kind}Add>{inside}</{kind}Add></{kind}AddRq>"


def _ref(name: str, full_name: str) -> str:
    return f"<{name}>{_leaf('FullName', full_name)}</{name}>"


def _leaf(name: str, text: str) -> str:
    return f"<{name}>{escaped(text)}</{name}>"
