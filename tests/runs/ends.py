"""Both ends of a world: QuickBooks with its PC, and the org, as the people see and edit them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lxml import etree

from apatar.sandbox.quickbooks import listing
from apatar.sandbox.quickbooks.access import RequestProcessor
from apatar.sandbox.quickbooks.clock import Now, utc_now
from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.markup import escaped
from apatar.sandbox.salesforce.org import Org
from apatar.sandbox.salesforce.wire import Request as OrgRequest

NOWHERE = "http://127.0.0.1:9"
SHOWN = (
    "Id", "Name", "Phone", "Fax", "AccountNumber", "Description",
    "BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry",
    "ShippingStreet", "ShippingCity", "ShippingState", "ShippingPostalCode", "ShippingCountry",
)  # fmt: skip
OURS = (
    "QuickBooks_ListID__c", "QuickBooks_Balance__c", "QuickBooks_Total_Balance__c", "QuickBooks_Credit_Limit__c",
    "QuickBooks_Terms__c", "QuickBooks_Customer_Type__c", "QuickBooks_Sales_Rep__c", "QuickBooks_Tax_Code__c",
)  # fmt: skip


@dataclass
class Trap:
    """Something that happens once, when QuickBooks is given a message set with a certain text in it."""

    text: str
    act: Callable[[], object]
    after: bool
    left: int


class Desk:
    """QuickBooks on the PC: keeps what it was asked, and springs the traps that a situation has set."""

    def __init__(self, company: Path, *, now: Now = utc_now) -> None:
        self._real = RequestProcessor(company, now=now)
        self.asked: list[str] = []
        self.answered: list[str] = []
        self._traps: list[Trap] = []
        self._refusals: list[tuple[str, int, str, int]] = []

    def when(self, text: str, act: Callable[[], object], *, after: bool = False, times: int = 1) -> None:
        """Do something just before (or after) QuickBooks processes a set that holds the text."""
        self._traps.append(Trap(text, act, after, times))

    def process(self, ticket: str, text: str) -> str:
        self.asked.append(text)
        self._spring(text, after=False)
        answer = self._processed(ticket, text)
        self._spring(text, after=True)
        self.answered.append(answer)
        return answer

    def forget_traps(self) -> None:
        self._traps.clear()
        self._refusals.clear()

    def refuse(self, text: str, code: int, message: str, *, times: int = 1) -> None:
        """Answer each request that holds the text with this error, instead of doing it."""
        self._refusals.append((text, code, message, times))

    def _processed(self, ticket: str, text: str) -> str:
        root = etree.fromstring(text.encode())
        asked, refused = list(root[0]), {}
        for place, (part, code, message, times) in enumerate(self._refusals):
            for at, request in enumerate(asked) if times else ():
                if at not in refused and part in etree.tostring(request, encoding="unicode"):
                    root[0].remove(request)
                    refused[at] = _refusal(request, code, message)
                    self._refusals[place] = (part, code, message, times - 1)
        if not refused:
            return self._real.process(ticket, text)
        version = text.partition("?>")[2].partition("<QBXML>")[0]
        rest = etree.tostring(root, encoding="unicode")
        answer = etree.fromstring(self._real.process(ticket, f"{version}{rest}").encode())
        for at in sorted(refused):  # QuickBooks answers in the order of the requests
            answer[0].insert(at, refused[at])
        return etree.tostring(answer, encoding="unicode")

    def _spring(self, text: str, *, after: bool) -> None:
        for trap in self._traps:
            if trap.left and trap.after is after and trap.text in text:
                trap.left -= 1
                trap.act()

    def open_connection(self, app_name: str) -> None:
        self._real.open_connection(app_name)

    def begin_session(self, company: str) -> str:
        return self._real.begin_session(company)

    def host_company_preferences(self, owner_id: str, file_id: str, machine: str) -> str:
        return self._real.host_company_preferences(owner_id, file_id, machine)

    def company_file_name(self, ticket: str) -> str:
        return self._real.company_file_name(ticket)

    def end_session(self, ticket: str) -> None:
        self._real.end_session(ticket)


class Books:
    """The company file as the people in the office see and edit it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, name: str, inside: str = "", *, kind: str = "Customer") -> str:
        """Add a record and return its ListID; `inside` is qbXML that follows the name."""
        body = f"<{kind}AddRq><{kind}Add><Name>{escaped(name)}</Name>{inside}</{kind}Add></{kind}AddRq>"
        return str(self._done(body).findtext("ListID"))

    def change(self, name: str, inside: str) -> None:
        one = self.customer(name)
        identity = f"<ListID>{one['ListID']}</ListID><EditSequence>{one['EditSequence']}</EditSequence>"
        self._done(f"<CustomerModRq><CustomerMod>{identity}{inside}</CustomerMod></CustomerModRq>")

    def delete(self, name: str) -> None:
        list_id = self.customer(name)["ListID"]
        self._done(f"<ListDelRq><ListDelType>Customer</ListDelType><ListID>{list_id}</ListID></ListDelRq>")

    def customers(self) -> list[dict[str, str]]:
        out = StringIO()
        with Company(self.path) as company:
            listing.write_json(company, ["Customer"], out)
        found: list[dict[str, str]] = json.loads(out.getvalue())["customers"]
        return found

    def customer(self, name: str) -> dict[str, str]:
        [one] = [customer for customer in self.customers() if customer["FullName"] == name]
        return one

    def names(self) -> list[str]:
        return sorted(customer["FullName"] for customer in self.customers())

    def forget_message_sets(self) -> None:
        """QuickBooks keeps outcomes for a while only (QBWC.md, section 4.6)."""
        with Company(self.path) as company, company.store.transaction():
            company.store.tell("DELETE FROM outcome", ())

    def set_state(self, state: str) -> None:
        with Company(self.path) as company:
            company.set_state(state)

    def _done(self, body: str) -> Any:
        with Company(self.path) as company:
            version = f'<?qbxml version="{company.store.setting("qbxml")}"?>'
            text = f'{version}<QBXML><QBXMLMsgsRq onError="stopOnError">{body}</QBXMLMsgsRq></QBXML>'
            answer = etree.fromstring(company.process(text).encode())[0][0]
        assert answer.get("statusCode") == "0", answer.get("statusMessage")
        return answer[0] if len(answer) else answer


class People:
    """The org as the people in the sales office see and edit it; no fault meets them and no call of theirs counts."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self._token = org.access.open_session(org.access.admin_id)

    def add(self, name: str, **fields: Any) -> str:
        return str(self._ask("POST", "sobjects/Account", {"Name": name, **fields})["id"])

    def change(self, name: str, **fields: Any) -> None:
        self._ask("PATCH", f"sobjects/Account/{self.account(name)['Id']}", fields)

    def delete(self, name: str) -> None:
        self._ask("DELETE", f"sobjects/Account/{self.account(name)['Id']}")

    def accounts(self) -> list[dict[str, Any]]:
        fields = SHOWN + (OURS if self.org.state.setting("prepared") else ())
        page = self._ask("GET", f"query?q={quote('SELECT ' + ', '.join(fields) + ' FROM Account')}")
        found: list[dict[str, Any]] = page["records"]
        while not page["done"]:
            page = self._ask("GET", page["nextRecordsUrl"].partition("v64.0/")[2])
            found += page["records"]
        return found

    def account(self, name: str) -> dict[str, Any]:
        [one] = [account for account in self.accounts() if account["Name"] == name]
        return one

    def names(self) -> list[str]:
        return sorted(account["Name"] for account in self.accounts())

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        # A session idles away after two hours, and whole days pass in this world.
        self._token = self.org.access.open_session(self.org.access.admin_id)
        sent = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self._token}"}
        answer = self.org.handle(OrgRequest(method, f"/services/data/v64.0/{path}", headers, sent, NOWHERE))
        assert answer.status < 300, answer.body
        return json.loads(answer.body) if answer.body else None


def _refusal(request: Any, code: int, message: str) -> Any:
    name = request.tag.removesuffix("Rq")
    facts = {"requestID": request.get("requestID"), "statusCode": str(code), "statusSeverity": "Error"}
    return etree.Element(f"{name}Rs", {**facts, "statusMessage": message})
