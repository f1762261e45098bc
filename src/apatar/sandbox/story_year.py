"""`apatar demo --year`: a business year on the sandbox, from an empty org to two ledgers that agree to the cent.

A company with customers at home and abroad → the org is prepared by the service's own command → customers and items
go into Salesforce → for twelve months people sell there, and the bookkeeper invoices, is paid, credits, voids and
corrects in QuickBooks, with a run between → two more runs → both ledgers are compared → a last run writes nothing.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2

from apatar.sandbox.story_stage import OrgAccess, Stage
from apatar.sandbox.story_year_deals import DealsAgreement, check_deals
from apatar.sandbox.story_year_ledgers import LedgerAgreement, compare_ledgers
from apatar.sandbox.story_year_office import Office
from apatar.sandbox.story_year_plan import CURRENCIES, Month, Plan, months, share
from apatar.sandbox.story_year_sales import SalesDesk

Runs = list[dict[str, Any]]
Synchronize = Callable[[], Runs]

STEPS = 25
EURO_AT_HOME = Decimal("1.09")
"""What a euro is worth in dollars, as the sample company has it."""
SHOWN = 20
LONG_AGO = "2000-01-01"
DEALS = (
    "opportunity_estimate", "opportunity_salesorder", "opportunity_invoice", "opportunity_salesreceipt",
    "quote_estimate", "order_salesorder", "order_invoice",
)  # fmt: skip
"""Pairs of the map whose deals are older than the connection in this story: the year is over when it is told."""
DOCUMENTS = ("Estimate", "SalesOrder", "Invoice", "SalesReceipt")


@dataclass(frozen=True, slots=True)
class Year:
    """What came of the year: figures, both judgements, and whether the run after it found anything to write."""

    figures: dict[str, Any]
    ledgers: LedgerAgreement
    deals: DealsAgreement
    quiet: bool
    runs: Runs = field(default_factory=list)

    @property
    def agree(self) -> bool:
        return self.ledgers.agree and self.deals.agree and self.quiet

    @property
    def differences(self) -> tuple[str, ...]:
        last = () if self.quiet else ("the last run wrote something although nobody had changed anything",)
        return (*self.ledgers.differences, *self.deals.differences, *last)


def prepare_org(stage: Stage, org: OrgAccess) -> None:
    """Let the service make its fields and objects in the org, and let it take deals of the past, too."""
    [connection] = stage.read("connection", "list", "--json")
    login = {"user": org.admin_user, "password": org.admin_password, "security_token": org.admin_token}
    stage.command("connection", "prepare", str(connection["id"]), "--json", typed=json.dumps(login))
    since = {"pairs": {name: {"since": LONG_AGO} for name in DEALS}, "format": 1}
    stage.command("connection", "map", str(connection["id"]), "--import", "--json", typed=json.dumps(since))


def trade_in_currencies(org: OrgAccess) -> None:
    """Switch the org's currencies on, as its administrator."""
    login = (org.admin_user, org.admin_password)
    changed = {"currencies": CURRENCIES}
    httpx2.post(f"{org.url}/sandbox/faults", json=changed, auth=login, trust_env=False).raise_for_status()


def company_words(plan: Plan) -> tuple[str, ...]:
    """Return how a company of the plan's size is made."""
    sizes = {"--customers": plan.customers, "--jobs": plan.jobs, "--items": plan.items, "--seed": plan.seed}
    return (*(word for name, size in sizes.items() for word in (name, str(size))), "--multicurrency", "--sales-tax")


def tell_year(
    stage: Stage, org: OrgAccess, plan: Plan, *, synchronize: Synchronize, begin: Callable[[str], None]
) -> Year:
    """Tell the year on a stage whose service is connected and whose org is prepared."""
    desk, office = SalesDesk(org, plan.seed), Office(stage, plan.seed)
    try:
        begin("Customers, contacts and items go into Salesforce")
        synchronize()
        begin("Prices abroad, and the run that reads them")
        desk.price_abroad("EUR", EURO_AT_HOME)
        synchronize()
        office.learn()
        for month in months(plan, datetime.now(UTC).date()):
            begin(f"Month {month.number}: {share(plan, month)} deals, and the bookkeeping")
            _trade(desk, office, month, share(plan, month), synchronize)
        return _judge(stage, desk, office, plan, synchronize, begin)
    finally:
        desk.close()


def _trade(desk: SalesDesk, office: Office, month: Month, deals: int, synchronize: Synchronize) -> None:
    """A month: people sell, a run makes documents of it, the bookkeeper works with them."""
    desk.learn()
    desk.sell(month, deals)
    desk.call_customers(month, 3)
    desk.win_newcomer(month)
    if month.number > 1:
        desk.change_quantities(5)
    if month.number == 2:
        doomed, item = desk.open_doomed(month)
        office.deactivate(item)
        desk.win_doomed(doomed)
        desk.win_nothing(month)
        desk.order_too_long(month)
    synchronize()
    office.work(month)


def _judge(
    stage: Stage,
    desk: SalesDesk,
    office: Office,
    plan: Plan,
    synchronize: Synchronize,
    begin: Callable[[str], None],
) -> Year:
    begin("The year's last two synchronizations")
    synchronize()
    synchronize()
    begin("Comparing both ledgers to the cent")
    books = office.ledger()
    theirs = stage.read("sandbox", "salesforce", "ledger", "--home", str(stage.org_home), "--json")
    ledgers = compare_ledgers(books, theirs)
    deals = check_deals(desk.outcomes(), books, desk.deals, office.made)
    begin("A further run, which has nothing to write")
    runs = synchronize()
    return Year(_figures(plan, desk, office, books), ledgers, deals, quiet=_wrote_nothing(runs[-1]), runs=runs)


def _wrote_nothing(run: Mapping[str, Any]) -> bool:
    return all(run[side][word] == 0 for side in ("quickbooks", "salesforce") for word in ("created", "updated"))


def _figures(plan: Plan, desk: SalesDesk, office: Office, books: Mapping[str, Any]) -> dict[str, Any]:
    kinds = [one["type"] for part in books["customers"] for one in part["documents"]]
    made = office.made
    return {
        "customers": plan.customers + desk.deals.newcomers,
        "jobs": plan.jobs,
        "items": plan.items,
        "deals": desk.deals.number,
        "documents": {kind: kinds.count(kind) for kind in DOCUMENTS},
        "payments": len(made.payments),
        "credits": len(made.credits),
        "voids": len(made.voids),
        "currencies": sorted({part["currency"] for part in books["customers"]}),
    }


def year_summary(year: Year) -> dict[str, Any]:
    """Return what `--json` prints of the year, beside what every demo prints."""
    return {
        "year": year.figures,
        "ledgers": {
            "agree": year.agree,
            "differences": list(year.differences[:SHOWN]),
            "documents_compared": year.ledgers.documents,
            "totals": year.ledgers.totals,
        },
    }
