"""apatar connection add|list|show|qwc|map|problems|review|prepare: connections from the command line."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django_scopes import scope, scopes_disabled

from apatar.accounts.models import Membership, Person
from apatar.connections.address import public_address
from apatar.connections.errors import ConnectionProblem
from apatar.connections.forms import ConnectionForm
from apatar.connections.maps import exported, imported, save_map
from apatar.connections.models import Connection, Direction
from apatar.connections.orgkit_plan import missing, plan
from apatar.connections.preparing import Done, OrgSetup, open_setup
from apatar.connections.qwc import FILE_NAME, qwc_file
from apatar.runs.problem_list import listed
from apatar.runs.proposals import unaccepted
from apatar.runs.review_file import ReviewFileError, taken_in
from apatar.runs.review_file import exported as exported_review
from apatar.runs.review_showing import tabs
from apatar.runs.reviewing import Reviewer, accept_exact
from apatar.salesforce.credentials import ClientCredentials, PasswordLogin
from apatar.salesforce.errors import SalesforceError
from apatar.sync.findings import MapError

OPERATOR = "the command line"
"""Who decided what was decided there."""
FIELDS = {"password": "salesforce_password"}
"""Names in the secret's JSON object that the form calls otherwise."""


class Command(BaseCommand):
    """Add and show connections; `--json` prints one JSON object."""

    help = "Add, list and show connections."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="the Salesforce secret comes from standard input as one JSON object")
        add.add_argument("--user", required=True, metavar="EMAIL")
        add.add_argument("--company", required=True, metavar="NAME_OR_PATH")
        add.add_argument("--direction", choices=Direction.values, default=Direction.BOTH.value)
        add.add_argument("--frequency", type=int, metavar="MIN")
        add.add_argument("--salesforce-url", default="")
        add.add_argument("--salesforce-user", default="")
        add.add_argument("--write-at-once", action="store_true", help="skip the first review: the first run writes")
        listing = verbs.add_parser("list")
        show = verbs.add_parser("show")
        show.add_argument("id", type=int)
        qwc = verbs.add_parser("qwc", help="write the .qwc again and print its path")
        qwc.add_argument("id", type=int)
        mapped = verbs.add_parser("map", help="print the map as one file, or put one from standard input into use")
        mapped.add_argument("id", type=int)
        mapped.add_argument("--import", action="store_true", dest="imports", help="read a map from standard input")
        problems = verbs.add_parser("problems", help="what waits, by its cause")
        problems.add_argument("id", type=int)
        review = verbs.add_parser("review", help="what could belong together, and decisions about it")
        review.add_argument("id", type=int)
        one_of = review.add_mutually_exclusive_group()
        one_of.add_argument("--export", metavar="FILE", help="write everything as CSV")
        one_of.add_argument("--import", metavar="FILE", dest="take_in", help="take the decisions of a CSV file in")
        one_of.add_argument("--accept-exact", action="store_true", help="accept everything that was matched exactly")
        prepare = verbs.add_parser("prepare", help="an administrator's login may come from standard input as JSON")
        prepare.add_argument("id", type=int)
        either = prepare.add_mutually_exclusive_group()
        either.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
        either.add_argument("--remove", action="store_true", help="take everything away again, with the data in it")
        for verb in (add, listing, show, qwc, mapped, problems, review, prepare):
            verb.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, verb: str, as_json: bool, **options: Any) -> None:
        with scopes_disabled():  # the command line belongs to the operator, who may see every workspace
            rows = getattr(self, f"_{verb}")(options)
        if verb == "map" and not options["imports"]:
            self.stdout.write(rows)
            return
        self._print(rows, as_json=as_json)
        if verb == "prepare" and rows["failed"]:
            raise CommandError(f"{rows['failed']} steps could not be done; what they say is above.")

    def _add(self, options: dict[str, Any]) -> dict[str, Any]:
        owner = Person.objects.filter(email__iexact=options["user"]).first()
        membership = Membership.objects.filter(person=owner).select_related("workspace").first()
        if owner is None or membership is None:
            raise CommandError(f"{options['user']} is not registered. Run: apatar user add {options['user']}")
        form = ConnectionForm(_form_data(options, _secret()))
        if not form.is_valid():
            raise CommandError(" ".join(f"{name}: {error}" for name, found in form.errors.items() for error in found))
        with scope(workspace=membership.workspace):
            released = datetime.now(UTC) if options["write_at_once"] else None
            connection = Connection(workspace=membership.workspace, owner=owner, first_released_at=released)
            form.apply(connection, now=datetime.now(UTC)).save()
        return {**_facts(connection), "qwc": str(_write_qwc(connection))}

    def _list(self, _options: dict[str, Any]) -> list[dict[str, Any]]:
        return [_facts(connection) for connection in Connection.objects.order_by("id")]

    def _show(self, options: dict[str, Any]) -> dict[str, Any]:
        return _facts(_find(options["id"]))

    def _qwc(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"id": options["id"], "qwc": str(_write_qwc(_find(options["id"])))}

    def _map(self, options: dict[str, Any]) -> Any:
        found = _find(options["id"])
        if not options["imports"]:
            return exported(found).decode()
        try:
            version = save_map(found, imported(sys.stdin.read().encode()), None, "From the command line")
        except MapError as error:
            raise CommandError(str(error)) from error
        return {"id": found.pk, "map": version.number if version else found.map_number, "changed": version is not None}

    def _problems(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        return listed(_find(options["id"]), now=datetime.now(UTC))

    def _review(self, options: dict[str, Any]) -> dict[str, Any]:
        found, who = _find(options["id"]), Reviewer(OPERATOR, datetime.now(UTC))
        with scope(connection=found):
            return {"id": found.pk, **_reviewed(found, options, who)}

    def _prepare(self, options: dict[str, Any]) -> dict[str, Any]:
        found = _find(options["id"])
        try:
            with open_setup(found, admin=_administrator(found)) as setup:
                return {"id": found.pk, **_prepared(setup, options)}
        except (SalesforceError, ConnectionProblem) as error:
            raise CommandError(error.sentence) from error

    def _print(self, rows: Any, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(rows))
            return
        for row in rows if isinstance(rows, list) else [rows]:
            self.stdout.write("\n".join(_lines(row)) + "\n")


def _reviewed(connection: Connection, options: dict[str, Any], who: Reviewer) -> dict[str, Any]:
    """Export, import or accept, and count what is left; a number for each view of the page."""
    done: dict[str, Any] = {}
    if options["export"]:
        Path(options["export"]).write_text("\ufeff" + "".join(exported_review(connection)), "utf-8", newline="")
    elif options["take_in"]:
        try:
            done["decided"] = taken_in(connection, Path(options["take_in"]).read_text("utf-8-sig"), who)
        except (ReviewFileError, OSError, UnicodeDecodeError) as error:
            raise CommandError(f"Nothing was taken in. {error}") from error
    elif options["accept_exact"]:
        done["decided"] = accept_exact(unaccepted(connection), who)
    return done | {tab.name: tab.number for tab in tabs(connection, "")}


def _secret() -> dict[str, str]:
    """Read the Salesforce secret: a JSON object whose members tell the way to log in."""
    try:
        given = json.loads(sys.stdin.read() or "{}")
    except ValueError as error:
        raise CommandError("The Salesforce secret on standard input is not a JSON object.") from error
    if not isinstance(given, dict):
        raise CommandError("The Salesforce secret on standard input is not a JSON object.")
    return {FIELDS.get(str(name), str(name)): str(value) for name, value in given.items()}


def _administrator(connection: Connection) -> PasswordLogin | ClientCredentials | None:
    """The administrator's login on standard input; None where nothing is there, so that the connection's own counts."""
    given = {} if sys.stdin.isatty() else _secret()
    if not given:
        return None
    url = given.get("url", connection.salesforce_url).rstrip("/")
    try:
        if "client_id" in given:
            return ClientCredentials(url, given["client_id"], given["client_secret"])
        return PasswordLogin(url, given["user"], given["salesforce_password"], given.get("security_token", ""))
    except KeyError as missing:
        raise CommandError(
            "The administrator's login needs user and password, or client_id and client_secret, as one JSON object."
        ) from missing


def _prepared(setup: OrgSetup, options: dict[str, Any]) -> dict[str, Any]:
    """Plan and do it, or only one of the two; `steps` are the ones planned, or what became of them."""
    seen = setup.look()
    planned = plan(seen)
    if seen.why_narrow and not options["dry_run"]:
        raise CommandError(seen.why_narrow)
    if options["dry_run"]:
        done = [Done(step, ok=True, sentence=f"To be made: {step.what}.") for step in planned.steps]
    else:
        done = list(setup.remove() if options["remove"] else setup.prepare(planned))
    return {
        "steps": [
            {"act": one.step.act.value, "object": one.step.object_name, "field": one.step.field_name}
            | {"ok": one.ok, "sentence": one.sentence}
            for one in done
        ],
        "different": [one.sentence for one in planned.different],
        "absent": list(planned.absent),
        "missing": missing(seen if options["dry_run"] else setup.look()),
        "done": 0 if options["dry_run"] else sum(one.ok for one in done),
        "failed": sum(not one.ok for one in done),
    }


def _lines(row: dict[str, Any]) -> Iterator[str]:
    """One line for each fact; of a list, one for each entry, and its sentence where it has one."""
    for name, value in row.items():
        if not isinstance(value, list):
            yield f"{name}: {value}"
            continue
        for one in value:
            yield f"{name}: {one['sentence'] if isinstance(one, dict) else one}"


def _form_data(options: dict[str, Any], secret: dict[str, str]) -> dict[str, Any]:
    method = "password"
    if "client_id" in secret:
        method = "jwt" if "private_key" in secret else "client-credentials"
    return {
        "company": options["company"],
        "direction": options["direction"],
        "frequency": options["frequency"],
        "salesforce_url": options["salesforce_url"],
        "salesforce_user": options["salesforce_user"],
        "method": method,
        **secret,
    }


def _find(connection_id: int) -> Connection:
    found: Connection | None = Connection.objects.filter(pk=connection_id).first()
    if found is None:
        raise CommandError(f"There is no connection {connection_id}. Run: apatar connection list")
    return found


def _facts(connection: Connection) -> dict[str, Any]:
    return {
        "id": connection.pk,
        "company": connection.company,
        "direction": connection.direction,
        "frequency": connection.frequency_minutes,
        "first_released_at": connection.first_released_at and connection.first_released_at.isoformat(),
        "hold_creates": connection.hold_creates,
        "hold_percent": connection.hold_percent,
        "salesforce_url": connection.salesforce_url,
        "salesforce_user": connection.salesforce_user,
        "webconnector_user": connection.webconnector_user,
        "owner": connection.owner.email,
        "address": f"{public_address()}/connections/{connection.pk}/",
    }


def _write_qwc(connection: Connection) -> Path:
    folder: Path = settings.HOME / "qwc" / str(connection.pk)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    path.write_bytes(qwc_file(connection, public_address()))
    return path
