"""The PC where QuickBooks runs: a company file, the Web Connector, and what somebody who sits there does."""

from pathlib import Path
from xml.sax.saxutils import escape

from apatar.sandbox.quickbooks import listing, sample
from apatar.sandbox.quickbooks.company import Company, create_company
from apatar.sandbox.webconnector.adding import add_application
from apatar.sandbox.webconnector.companyfile import open_request_processor
from apatar.sandbox.webconnector.conversation import Manner, Outcome
from apatar.sandbox.webconnector.home import Home
from apatar.sandbox.webconnector.log import Log
from apatar.sandbox.webconnector.updating import Desk, update_selected

Customer = dict[str, str]
"""One customer: dotted paths → texts."""
COMPANY = "Castle Rock Supply"


class Office:
    """One PC with one company file; `is_open` tells whether QuickBooks shows it, else a path must name it."""

    def __init__(self, folder: Path, *, customers: int) -> None:
        self.company_file = folder / "castle rock.qbw"
        self.is_open = True
        self._home = Home(folder / "webconnector")
        with create_company(self.company_file, name=COMPANY) as company:
            sample.fill(company, customers)

    def add_an_application(self, qwc: Path) -> str:
        """*Add an application*, *Ok*, *Yes, always*; returns the name that the list shows."""
        warnings: list[str] = []
        entry = add_application(self._home, qwc.read_bytes(), agree=lambda _application: True, warn=warnings.append)
        assert warnings == []
        return entry.application.label

    def type_the_password(self, password: str) -> None:
        [entry] = self._home.entries()
        self._home.set_password(entry.application.user_name, password)

    def update_selected(self, *, automatic: bool = False) -> Outcome:
        """*Update Selected*, or one turn of *Auto-Run*; returns what the Status column shows."""
        desk = Desk(
            home=self._home,
            log=Log(self._home.log_file),
            quickbooks=open_request_processor(self.company_file if self.is_open else None),
            manner=Manner(noop_seconds=0.1, auto_run=automatic),
        )
        [outcome] = update_selected(desk, [])
        return outcome

    def minutes_between_runs(self) -> float | None:
        """How often Auto-Run would call: the .qwc's own interval, or the lower limit that the service set."""
        [entry] = self._home.entries()
        return entry.interval / 60 if entry.interval else None

    def move_the_company_file(self, path: Path) -> None:
        """Move the file and leave QuickBooks closed: from now on only its full path finds it."""
        self.company_file = self.company_file.rename(path)
        self.is_open = False

    def customers(self) -> dict[str, Customer]:
        """Every customer but the jobs, by ListID."""
        with Company(self.company_file) as company:
            rows = company.store.rows("kind = ?", ("Customer",))
            found = [listing.flat(company, row) for row in rows]
        return {one["ListID"]: one for one in found if one.get("Sublevel", "0") == "0"}

    def customer_called(self, name: str) -> Customer:
        [found] = [one for one in self.customers().values() if one["Name"] == name]
        return found

    def edit(self, customer: Customer, *, element: str, value: str) -> None:
        """Change one field of a customer in QuickBooks' own window."""
        key = _element("ListID", customer["ListID"]) + _element("EditSequence", customer["EditSequence"])
        content = f"<CustomerMod>{key}{_element(element, value)}</CustomerMod>"
        request = f'<QBXMLMsgsRq onError="stopOnError"><CustomerModRq>{content}</CustomerModRq></QBXMLMsgsRq>'
        with Company(self.company_file) as company:
            answer = company.process(f'<?qbxml version="13.0"?><QBXML>{request}</QBXML>')
        assert 'statusCode="0"' in answer, answer


def _element(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"
