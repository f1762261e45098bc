"""What people do between the two runs: edits in QuickBooks, in Salesforce, and of one field in both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from apatar.sandbox.names import Business, business
from apatar.sandbox.story_agreement import is_job, name_key
from apatar.sandbox.story_org import Account, OrgReader
from apatar.sandbox.story_stage import Stage, StoryError

NEW_CUSTOMER, NEW_ACCOUNT = 5_000_000, 5_000_001
ADDRESS = ("Addr1", "Addr2", "Addr3", "Addr4", "Addr5", "City", "State", "PostalCode", "Country")


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing a person did; `before` is empty for something new."""

    where: str
    name: str
    what: str
    before: str
    after: str


def edit_both_sides(stage: Stage, org: OrgReader) -> list[Edit]:
    """Make the edits of the story and return them; with few records there are fewer edits."""
    customers = stage.read("sandbox", "quickbooks", "show", str(stage.company_file), "--json")["customers"]
    own = sorted((customer for customer in customers if not is_job(customer)), key=lambda one: str(one["Name"]))
    accounts = {name_key(account["Name"]): account for account in org.accounts()}
    edits = _edit_quickbooks(stage, own) + _edit_salesforce(org, own, accounts)
    return [*edits, *_add_on_both_sides(stage, org)]


def _edit_quickbooks(stage: Stage, customers: Sequence[Mapping[str, Any]]) -> list[Edit]:
    """Edit the first three customers and the seventh, which is edited in Salesforce as well."""
    phones = {0: "(614) 555-0142", 6: "(614) 555-0177"}
    edits = []
    for place, phone in phones.items():
        for customer in customers[place : place + 1]:
            _modify(stage, customer, element("Phone", phone))
            edits.append(_in_quickbooks(customer, "Phone", phone))
    for customer in customers[1:2]:
        _modify(stage, customer, element("Fax", "(614) 555-0143"))
        edits.append(_in_quickbooks(customer, "Fax", "(614) 555-0143"))
    for customer in customers[2:3]:
        _modify(stage, customer, _address(customer, City="Columbus", State="OH"))
        edits.append(_in_quickbooks(customer, "BillAddress.City", "Columbus"))
    return edits


def _edit_salesforce(
    org: OrgReader, customers: Sequence[Mapping[str, Any]], accounts: Mapping[str, Account]
) -> list[Edit]:
    planned = {3: ("Phone", "(512) 555-0101"), 4: ("BillingCity", "Round Rock"), 5: ("Description", "Prefers mail."),
               6: ("Phone", "(512) 555-0199")}  # fmt: skip
    edits = []
    for place, (field, value) in planned.items():
        for customer in customers[place : place + 1]:
            account = accounts.get(name_key(str(customer["Name"])))
            if account is None:
                continue
            edits.append(Edit("Salesforce", account["Name"], field, account[field] or "", value))
            org.change(account["Id"], **{field: value})
    return edits


def _add_on_both_sides(stage: Stage, org: OrgReader) -> list[Edit]:
    customer, account = business(NEW_CUSTOMER), business(NEW_ACCOUNT)
    _request(stage, f"<CustomerAddRq><CustomerAdd>{_customer(customer)}</CustomerAdd></CustomerAddRq>")
    org.create(
        Name=account.name,
        Phone=account.phone,
        BillingStreet="\n".join(account.street),
        BillingCity=account.city,
        BillingState=account.state,
        BillingPostalCode=account.postal_code,
        BillingCountry=account.country,
    )
    return [
        Edit("QuickBooks", customer.name, "a new customer", "", customer.city),
        Edit("Salesforce", account.name, "a new account", "", account.city),
    ]


def _modify(stage: Stage, customer: Mapping[str, Any], content: str) -> None:
    key = element("ListID", customer["ListID"]) + element("EditSequence", customer["EditSequence"])
    _request(stage, f"<CustomerModRq><CustomerMod>{key}{content}</CustomerMod></CustomerModRq>")


def _request(stage: Stage, request: str) -> None:
    """Send one request to the company file; raises StoryError unless QuickBooks answers 0."""
    answer = stage.command(
        "sandbox", "quickbooks", "request", str(stage.company_file),
        typed='<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>'
        f'<QBXML><QBXMLMsgsRq onError="stopOnError">{request}</QBXMLMsgsRq></QBXML>',
    )  # fmt: skip
    if 'statusCode="0"' not in answer:
        raise StoryError(f"QuickBooks refused an edit: {answer[:1000]}")


def _address(customer: Mapping[str, Any], **changed: str) -> str:
    """Return the whole BillAddress with some parts changed."""
    parts = {part: str(customer.get(f"BillAddress.{part}") or "") for part in ADDRESS} | changed
    return f"<BillAddress>{''.join(element(part, value) for part, value in parts.items() if value)}</BillAddress>"


def _customer(new: Business) -> str:
    street = "".join(element(f"Addr{number}", line) for number, line in enumerate(new.street, 1))
    place = element("City", new.city) + element("State", new.state) + element("PostalCode", new.postal_code)
    address = f"<BillAddress>{street}{place}{element('Country', new.country)}</BillAddress>"
    return element("Name", new.name) + element("CompanyName", new.name) + address + element("Phone", new.phone)


def element(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"


def _in_quickbooks(customer: Mapping[str, Any], path: str, after: str) -> Edit:
    return Edit("QuickBooks", str(customer["Name"]), path, str(customer.get(path) or ""), after)
