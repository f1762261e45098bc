"""`apatar sandbox salesforce`: serve an org until told to stop."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from apatar.sandbox.salesforce import ledger
from apatar.sandbox.salesforce.org import Org, credentials_json
from apatar.sandbox.salesforce.server import serve

_SAME = 30


def main(argv: list[str]) -> int:
    """Serve the org of a folder; prints its address and credentials once it answers, and ends at SIGTERM or SIGINT.

    `ledger` as the first word tells instead what the org's books say.
    """
    if argv[:1] == ["ledger"]:
        return ledger.main(argv[1:])
    options = _options(argv)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    same = min(_SAME, options.accounts) if options.same is None else options.same
    try:
        with Org(options.home, bare=options.bare) as org:
            org.add_accounts(options.accounts, same_as_company=same)
            with serve(org, options.port) as server:
                _announce(org, server.url, as_json=options.json)
                stop.wait()
    except OSError as error:
        sys.stderr.write(f"The org cannot be served: {error}. Choose another --port (0 takes a free one) or --home.\n")
        return 1
    return 0


def _announce(org: Org, url: str, *, as_json: bool) -> None:
    known = org.credentials
    lines = (
        f"ready {url}",
        f"user            {known.user}",
        f"password        {known.password}",
        f"security token  {known.security_token}",
        f"client id       {known.client_id}",
        f"client secret   {known.client_secret}",
        f"admin user      {known.admin_user}",
        f"admin password  {known.admin_password}",
        f"admin token     {known.admin_security_token}",
        f"JWT key         {org.jwt_key}",
    )
    sys.stdout.write((credentials_json(org, url) if as_json else "\n".join(lines)) + "\n")
    sys.stdout.flush()


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="apatar sandbox salesforce", description="Serve a Salesforce org on this machine."
    )
    parser.add_argument(
        "--home", type=Path, required=True, help="the folder that keeps the org; made if it is not there"
    )
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free port")
    parser.add_argument("--accounts", type=int, default=0, help="accounts that a new org starts with")
    parser.add_argument(
        "--same", type=int, help=f"how many of them are customers of a sample company too (at most {_SAME})"
    )
    parser.add_argument("--bare", action="store_true", help="leave out the custom fields that the product asks for")
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of text")
    return parser.parse_args(argv)
