"""`apatar sandbox webconnector`: add an application, give its password, update it, or leave it on Auto-Run."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from apatar.sandbox.webconnector.adding import add_application
from apatar.sandbox.webconnector.companyfile import open_request_processor
from apatar.sandbox.webconnector.conversation import Manner, Outcome
from apatar.sandbox.webconnector.errors import WebConnectorError
from apatar.sandbox.webconnector.faults import Fault, read_fault_order
from apatar.sandbox.webconnector.home import Home
from apatar.sandbox.webconnector.log import Level, Log
from apatar.sandbox.webconnector.qwc import Application
from apatar.sandbox.webconnector.updating import Desk, auto_run, update_selected


def main(argv: Sequence[str]) -> int:
    """Run one command; 0 where all ended well, 1 where it did not, 2 where the command itself is wrong."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.command(arguments, Home(arguments.home))
    except WebConnectorError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="apatar sandbox webconnector", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, metavar="DIR", help="folder of this Web Connector")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add = commands.add_parser("add", help="add an application from its .qwc file")
    add.add_argument("file", type=Path, metavar="APP.qwc")
    add.add_argument("--yes", action="store_true", help="grant access without being asked")
    add.set_defaults(command=_add)
    password = commands.add_parser("password", help="keep the password of a user, read from standard input")
    password.add_argument("user", metavar="USER")
    password.set_defaults(command=_password)
    listing = commands.add_parser("list", help="show the applications with their status")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(command=_list)
    update = commands.add_parser("update", help="Update Selected: the named applications, or all of them")
    _add_desk_options(update)
    update.set_defaults(command=_update)
    automatic = commands.add_parser("autorun", help="Auto-Run: update whenever an application is due, until stopped")
    _add_desk_options(automatic)
    automatic.add_argument("--every", type=int, metavar="SECONDS", help="interval in place of the .qwc's own")
    automatic.set_defaults(command=_autorun)
    return parser


def _add_desk_options(parser: argparse.ArgumentParser) -> None:
    defaults = Manner()
    parser.add_argument("applications", nargs="*", metavar="APP", help="name, user name or FileID of an application")
    parser.add_argument("--company", type=Path, metavar="FILE", help="the company file open in QuickBooks (none: none)")
    parser.add_argument("--json", action="store_true", help="print one JSON object per summary")
    parser.add_argument("--noop-seconds", type=float, default=defaults.noop_seconds, metavar="S", help="pause of NoOp")
    parser.add_argument("--timeout", type=float, default=100.0, metavar="S", help="seconds to wait for an answer")
    parser.add_argument("--machine", default=defaults.machine, metavar="NAME", help="name of this PC in the AppLock")
    parser.add_argument("--log", choices=["none", "debug", "verbose"], default="debug", help="detail of QWCLog.txt")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="MISHAP[:OPERATION[:N]]",
        help="a mishap on purpose, such as lose-response:receiveResponseXML:2",
    )


def _fault(text: str) -> Fault:
    try:
        return read_fault_order(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _add(arguments: argparse.Namespace, home: Home) -> int:
    entry = add_application(
        home,
        arguments.file.read_bytes(),
        agree=(lambda _application: True) if arguments.yes else _asked,
        warn=lambda sentence: print(sentence, file=sys.stderr),  # noqa: T201
    )
    print(f"{entry.application.label}: added for user {entry.application.user_name}")  # noqa: T201
    return 0


def _asked(application: Application) -> bool:
    print(f"Authorize New Application: {application.label}\n{application.description}\n{application.app_url}")  # noqa: T201
    return input("Allow this application to read and modify the company file? [y/N] ").strip().lower() in {"y", "yes"}


def _password(arguments: argparse.Namespace, home: Home) -> int:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        print("QBWC1040: No password was typed. Send it on standard input.", file=sys.stderr)  # noqa: T201
        return 1
    home.set_password(arguments.user, password)
    return 0


def _list(arguments: argparse.Namespace, home: Home) -> int:
    if arguments.json:
        print(json.dumps({"applications": [asdict(entry) for entry in home.entries()]}))  # noqa: T201
        return 0
    for entry in home.entries():
        print(f"{entry.application.label} ({entry.application.user_name}): {entry.status}")  # noqa: T201
    return 0


def _update(arguments: argparse.Namespace, home: Home) -> int:
    outcomes = update_selected(_desk(arguments, home, automatic=False), arguments.applications)
    if arguments.json:
        print(json.dumps({"sessions": [asdict(outcome) for outcome in outcomes]}))  # noqa: T201
    else:
        for outcome in outcomes:
            _tell(outcome)
    return 0 if all(outcome.well for outcome in outcomes) else 1


def _autorun(arguments: argparse.Namespace, home: Home) -> int:
    stop = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda _number, _frame: stop.set())
    desk = _desk(arguments, home, automatic=True)
    told = _tell_as_json if arguments.json else _tell
    return 0 if auto_run(desk, arguments.applications, every=arguments.every, stop=stop, told=told) else 1


def _desk(arguments: argparse.Namespace, home: Home, *, automatic: bool) -> Desk:
    return Desk(
        home=home,
        log=Log(home.log_file, level=Level[arguments.log.upper()]),
        quickbooks=open_request_processor(arguments.company),
        manner=Manner(
            auto_run=automatic,
            noop_seconds=arguments.noop_seconds,
            machine=arguments.machine,
            accept_warning=_warned,
            visit=lambda url: print(f"Interactive mode: {url}", file=sys.stderr),  # noqa: T201
        ),
        timeout=arguments.timeout,
        faults=arguments.fault,
    )


def _warned(text: str) -> bool:
    """Nobody sits before this program: a warning is shown and the update goes on, as a click on OK would have it."""
    print(f"Warning: {text}", file=sys.stderr)  # noqa: T201
    return True


def _tell(outcome: Outcome) -> None:
    print(f"{outcome.application}: {outcome.status}", flush=True)  # noqa: T201


def _tell_as_json(outcome: Outcome) -> None:
    print(json.dumps(asdict(outcome)), flush=True)  # noqa: T201
