"""The commands `apatar sandbox quickbooks new | request | show | ledger | state`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from apatar.sandbox.quickbooks import captured, ledger, listing, sample
from apatar.sandbox.quickbooks.access import STATES
from apatar.sandbox.quickbooks.company import DEFAULT_NAME, Company, create_company
from apatar.sandbox.quickbooks.documents import masses
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.errors import CompanyFileError, MessageSetRefused
from apatar.sandbox.quickbooks.features import EDITIONS, Features
from apatar.sandbox.quickbooks.kinds import KINDS

_SAMPLE_CUSTOMERS = 120


def main(argv: Sequence[str]) -> int:
    """Run one command; return 0, 1 where the file cannot be used, 3 where QuickBooks refused the message set."""
    arguments = _parser().parse_args(argv)
    commands = {"new": _new, "request": _request, "show": _show, "ledger": _ledger, "state": _state}
    try:
        return commands[arguments.command](arguments)
    except CompanyFileError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="apatar sandbox quickbooks", description="A QuickBooks company file to try things on."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new", help="make a sample company, or one loaded from captured qbXML responses")
    new.add_argument("file", type=Path)
    new.add_argument(
        "--customers", type=int, help=f"how many customers the sample company has (default {_SAMPLE_CUSTOMERS})"
    )
    new.add_argument("--from", dest="responses", type=Path, nargs="+", default=[], metavar="RESPONSE.xml")
    new.add_argument("--qbxml", default="16.0", help="the newest qbXML version its QuickBooks speaks (default 16.0)")
    new.add_argument("--name", default=DEFAULT_NAME, help="the company's name")
    _add_sizes(new)
    _add_features(new)
    request = commands.add_parser("request", help="answer the qbXML on standard input")
    request.add_argument("file", type=Path)
    show = commands.add_parser("show", help="show what the company holds")
    show.add_argument("file", type=Path)
    show.add_argument("type", nargs="?", help="one list or kind of document only, for example Customer or Invoice")
    show.add_argument("--json", action="store_true")
    books = commands.add_parser("ledger", help="show what each customer bought, paid and owes")
    books.add_argument("file", type=Path)
    books.add_argument("--json", action="store_true")
    _add_state(commands.add_parser)
    return parser


def _add_sizes(new: argparse.ArgumentParser) -> None:
    new.add_argument("--items", type=int, default=0, help="how many items of all kinds the sample company sells")
    new.add_argument(
        "--invoices", type=int, default=0, help="how many open invoices are written for them, for measuring"
    )
    new.add_argument("--jobs", type=int, help="how many jobs its customers have (default 3)")
    new.add_argument("--seed", type=int, default=1, help="decides the prices of the items (default 1)")


def _add_features(new: argparse.ArgumentParser) -> None:
    new.add_argument("--edition", choices=EDITIONS, default="enterprise", help="the edition of its QuickBooks")
    new.add_argument("--multicurrency", action="store_true", help="switch multi-currency on; some customers use euros")
    new.add_argument("--home-currency", default="US Dollar", metavar="CURRENCY", help='by name (default "US Dollar")')
    new.add_argument("--sales-tax", action="store_true", help="switch sales tax on, with a usual tax item")
    new.add_argument("--classes", action="store_true", help="switch class tracking on")
    new.add_argument("--closing-date", type=date.fromisoformat, metavar="DATE", help="the books are closed up to it")


def _features(arguments: argparse.Namespace) -> Features:
    return Features(
        edition=arguments.edition,
        multicurrency=arguments.multicurrency,
        home_currency=arguments.home_currency,
        sales_tax=arguments.sales_tax,
        classes=arguments.classes,
        closing_date=arguments.closing_date,
    )


def _add_state(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    state = add_parser(
        "state",
        help="show or set what stands in the way of opening the file",
        description="Show what stands in the way of opening the file, or set it until another state is set. "
        "What is closed, dialog or crashed also breaks a session that is open already.",
        epilog="\n".join(["states, and what an application is told:", *(f"  {_told(name)}" for name in STATES)]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    state.add_argument("file", type=Path, metavar="FILE")
    state.add_argument("state", nargs="?", choices=list(STATES), metavar="STATE", help="one of those below")


def _new(arguments: argparse.Namespace) -> int:
    """Captured answers make a company of their own; a sample is added to them only when customers are asked for."""
    missing = [file for file in arguments.responses if not file.is_file()]
    if missing:
        raise CompanyFileError(f"{missing[0]} does not exist; choose a file that holds a qbXML response.")
    features = _features(arguments)
    with create_company(arguments.file, name=arguments.name, qbxml=arguments.qbxml, features=features) as company:
        customers = arguments.customers
        if arguments.responses:
            captured.load(company, arguments.responses)
        elif customers is None:
            customers = _SAMPLE_CUSTOMERS
        if customers is not None:
            sample.fill(company, customers, items=arguments.items, jobs=arguments.jobs, seed=arguments.seed)
        if arguments.invoices:
            with company.store.transaction():
                masses.fill_invoices(company.books, arguments.invoices)
    return 0


def _request(arguments: argparse.Namespace) -> int:
    with Company(arguments.file) as company:
        try:
            answer = company.process(sys.stdin.read())
        except MessageSetRefused as refused:
            sys.stderr.write(f"{refused.hresult} {refused.text}\n")
            return 3
    sys.stdout.write(answer)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    kinds = [listing.kind_called(arguments.type)] if arguments.type else [*KINDS, *SHAPES]
    with Company(arguments.file) as company:
        write = listing.write_json if arguments.json else listing.write_text
        write(company, kinds, sys.stdout)
    return 0


def _ledger(arguments: argparse.Namespace) -> int:
    with Company(arguments.file) as company:
        ledger.write(company, sys.stdout, as_json=arguments.json)
    return 0


def _state(arguments: argparse.Namespace) -> int:
    with Company(arguments.file) as company:
        if arguments.state:
            company.set_state(arguments.state)
        sys.stdout.write(f"{_told(company.state)}\n")
    return 0


def _told(state: str) -> str:
    """Return a state and what an application is told that wants to open the file."""
    refusal = STATES.get(state)
    return f"{state:<20}{' '.join(refusal) if refusal else 'nothing: the file opens'}"
