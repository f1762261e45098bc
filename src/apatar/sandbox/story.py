"""`apatar demo`: the main job on the sandbox, from nothing to two systems that agree, seen from outside only.

A company file and an org → a person registers and fills in the form → the .qwc goes into the Web Connector → the first
run, which only reads → the person looks, and releases → the run that writes → people edit on both sides → another run →
both sides are compared → the site stays.
"""

import argparse
import json
import secrets
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from threading import Event
from typing import Any

import httpx2
from rich.console import Console

from apatar.sandbox.story_again import adding_command, updating_command
from apatar.sandbox.story_agreement import Agreement, compare
from apatar.sandbox.story_edits import Edit, edit_both_sides
from apatar.sandbox.story_org import OrgReader
from apatar.sandbox.story_screen import Steps, show_agreement, show_edits, show_runs, show_site, steps
from apatar.sandbox.story_stage import OrgAccess, Stage, StoryError
from apatar.sandbox.story_visitor import QWC, Visitor
from apatar.sandbox.story_year import (
    STEPS as STEPS_OF_YEAR,
)
from apatar.sandbox.story_year import (
    Year,
    company_words,
    prepare_org,
    tell_year,
    trade_in_currencies,
    year_summary,
)
from apatar.sandbox.story_year_plan import Plan
from apatar.sandbox.story_year_screen import show_year

COMPANY = "Castle Rock Supply"
EMAIL = "demo@example.com"
CUSTOMERS = 120
SAME = 30
STEPS = 11
RUN_SECONDS = 600
POLL_SECONDS = 0.5
ENDS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that end the demo as Ctrl-C does: what it started lives in groups of its own and would stay behind."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be told of a story that came to its end."""

    url: str
    password: str
    runs: list[dict[str, Any]]
    edits: list[Edit]
    agreement: Agreement
    year: Year | None = None

    @property
    def agree(self) -> bool:
        return self.agreement.agree and (self.year is None or self.year.agree)


def main(argv: Sequence[str]) -> int:
    """Tell the story; 0 where both sides agree at its end, 1 where they do not or where it could not go on."""
    arguments = _parser().parse_args(argv)
    before = {number: signal.signal(number, _interrupt) for number in ENDS}
    try:
        with Stage() as stage:
            told = _play(stage, arguments)
            _show(told, as_json=arguments.json)
            if not arguments.once:
                _stay(stage, told, Console(stderr=arguments.json))
    except StoryError as error:
        Console(stderr=True).print(f"The demo stopped. {error}", markup=False)
        return 1
    except httpx2.HTTPError as error:
        Console(stderr=True).print(f"The demo stopped: {type(error).__name__}, {error}", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0 if told.agree else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="apatar demo", description=__doc__)
    parser.add_argument("--port", type=_port, default=8000, help="of the site; a free one where it is taken, or for 0")
    parser.add_argument("--once", action="store_true", help="end after the second run instead of leaving the site up")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--customers", type=_count, metavar="N", help="customers of the company (120, or 500)")
    parser.add_argument(
        "--accounts", type=_count, default=80, metavar="N", help="accounts of the org (not with --year)"
    )
    parser.add_argument("--year", action="store_true", help="tell a whole business year, documents and all")
    parser.add_argument("--deals", type=_count, default=3000, metavar="N", help="deals of the year (3000)")
    parser.add_argument("--months", type=_count, default=12, metavar="N", help="months of the year (12)")
    parser.add_argument("--jobs", type=_count, default=60, metavar="N", help="jobs of the year's company (60)")
    parser.add_argument("--items", type=_count, default=200, metavar="N", help="items of the year's company (200)")
    return parser


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 65536):
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a count is a whole number, such as 120")
    return int(text)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _play(stage: Stage, arguments: argparse.Namespace) -> Told:
    return _play_year(stage, arguments) if arguments.year else _play_day(stage, arguments)


def _play_year(stage: Stage, arguments: argparse.Namespace) -> Told:
    customers = Plan().customers if arguments.customers is None else arguments.customers
    plan = Plan(customers, arguments.jobs, arguments.items, arguments.deals, max(2, arguments.months))
    password, runs = secrets.token_urlsafe(12), count(1)
    with steps(STEPS_OF_YEAR) as bar:
        bar.begin(f"A company with {plan.customers} customers, {plan.jobs} jobs and {plan.items} items")
        stage.command("sandbox", "quickbooks", "new", str(stage.company_file), "--name", COMPANY, *company_words(plan))
        bar.begin("An org that nobody has prepared")
        org = stage.start_org(accounts=0, same=0, bare=True)
        trade_in_currencies(org)
        bar.begin("Starting the service")
        url = stage.start_service(port=arguments.port, org=org)
        connection = _connect(stage, bar, url=url, password=password, org=org)
        bar.begin("Preparing the org")
        prepare_org(stage, org)
        bar.begin("The first run, which only reads, and its release")
        _synchronize(stage, runs=next(runs))
        _release(url, password, connection)
        year = tell_year(stage, org, plan, synchronize=lambda: _synchronize(stage, runs=next(runs)), begin=bar.begin)
        reader = OrgReader(org)
        try:
            agreement = _compare(stage, reader)
        finally:
            reader.close()
    return Told(url, password, year.runs, [], agreement, year)


def _play_day(stage: Stage, arguments: argparse.Namespace) -> Told:
    password = secrets.token_urlsafe(12)
    with steps(STEPS) as bar:
        org = _build(stage, bar, arguments)
        bar.begin("Starting the service")
        url = stage.start_service(port=arguments.port, org=org)
        connection = _connect(stage, bar, url=url, password=password, org=org)
        bar.begin("First synchronization, which only reads")
        _synchronize(stage, runs=1)
        bar.begin("Reviewing what belongs together, and releasing the plan")
        _release(url, password, connection)
        bar.begin("Second synchronization, both ways")
        _synchronize(stage, runs=2)
        reader = OrgReader(org)
        try:
            bar.begin("People edit on both sides")
            edits = edit_both_sides(stage, reader)
            bar.begin("Third synchronization")
            runs = _synchronize(stage, runs=3)
            bar.begin("Comparing both sides field by field")
            agreement = _compare(stage, reader)
        finally:
            reader.close()
    return Told(url, password, runs, edits, agreement)


def _build(stage: Stage, bar: Steps, arguments: argparse.Namespace) -> OrgAccess:
    customers = CUSTOMERS if arguments.customers is None else arguments.customers
    accounts = arguments.accounts
    bar.begin(f"A QuickBooks company with {customers} customers")
    stage.command(
        "sandbox", "quickbooks", "new", str(stage.company_file), "--customers", str(customers), "--name", COMPANY
    )
    bar.begin(f"A Salesforce org with {accounts} accounts")
    return stage.start_org(accounts=accounts, same=min(SAME, customers, accounts))


def _connect(stage: Stage, bar: Steps, *, url: str, password: str, org: OrgAccess) -> str:
    """Register, fill in the form, give the .qwc and the password to the Web Connector; return the connection's page."""
    bar.begin("Registering and filling in the form")
    file = stage.folder / QWC
    with Visitor(url) as visitor:
        visitor.register(EMAIL, password)
        address = visitor.connect(company=COMPANY, org=org)
        file.write_bytes(visitor.download(address))
    bar.begin("Adding the .qwc to the Web Connector")
    stage.connector("add", str(file), "--yes")
    [added] = json.loads(stage.connector("list", "--json"))["applications"]
    stage.connector("password", added["application"]["user_name"], typed=f"{password}\n")
    return address.removesuffix(QWC)


def _release(url: str, password: str, connection: str) -> None:
    """Be the person who looks at what the first run shows, and lets the next one write it."""
    with Visitor(url) as visitor:
        visitor.log_in(EMAIL, password)
        visitor.review_and_release(connection)


def _synchronize(stage: Stage, *, runs: int) -> list[dict[str, Any]]:
    """Update Selected, and return the runs once there are so many and the last of them has ended."""
    stage.update_selected()
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        listed = stage.read("run", "list", "--json")
        found: list[dict[str, Any]] = listed["runs"] if isinstance(listed, dict) else listed
        if len(found) >= runs and all(run["outcome"] not in {"", "running"} for run in found):
            return sorted(found, key=lambda run: int(run["number"]))
        time.sleep(POLL_SECONDS)
    raise StoryError(f"The synchronization had not ended after {RUN_SECONDS} seconds.")


def _compare(stage: Stage, reader: OrgReader) -> Agreement:
    company = stage.read("sandbox", "quickbooks", "show", str(stage.company_file), "--json")
    return compare(company["customers"], reader.accounts())


def _show(told: Told, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(summary(told)) + "\n")
        sys.stdout.flush()
        return
    console = Console()
    if told.edits:
        show_edits(console, told.edits)
    show_runs(console, told.runs)
    if told.year:
        show_year(console, told.year)
    show_agreement(console, told.agreement)


def summary(told: Told) -> dict[str, Any]:
    """Return what `--json` prints (CONTRACT.md); what the service says beyond that about a run is left out."""
    keys = ("number", "outcome", "quickbooks", "salesforce", "conflicts", "problems", "salesforce_calls", "seconds")
    return {
        "runs": [{key: run[key] for key in keys} for run in told.runs],
        "agree": told.agree,
        "links": told.agreement.links,
        **(year_summary(told.year) if told.year else {}),
    }


def _stay(stage: Stage, told: Told, console: Console) -> None:
    """Leave the site running until somebody ends it."""
    edit = adding_command(stage.company_file)
    again = updating_command(connector_home=stage.connector_home, company_file=stage.company_file)
    show_site(console, url=told.url, user=EMAIL, password=told.password, edit=edit, again=again)
    Event().wait()
