"""apatar run list|show: what the runs did, from the command line."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django_scopes import scopes_disabled
from rich.console import Console
from rich.table import Table

from apatar.runs.models import Change, Conflict, Problem, Run

NOTHING = {"created": 0, "updated": 0, "unchanged": 0}


class Command(BaseCommand):
    """List runs, or show one with its records; `--json` prints JSON."""

    help = "List and show runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list")
        listing.add_argument("--connection", type=int, help="only the runs of this connection")
        show = verbs.add_parser("show")
        show.add_argument("id", type=int)
        for verb in (listing, show):
            verb.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, verb: str, as_json: bool, **options: Any) -> None:
        with scopes_disabled():  # the command line belongs to the operator, who may see every workspace
            found = _listed(options["connection"]) if verb == "list" else _shown(options["id"])
        if as_json:
            self.stdout.write(json.dumps(found, default=str))
        elif isinstance(found, list):
            Console().print(_table(found))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in found.items()))


def _listed(connection: int | None) -> list[dict[str, Any]]:
    runs = Run.objects.order_by("id")
    return [_facts(run) for run in (runs.filter(connection=connection) if connection else runs)]


def _facts(run: Run) -> dict[str, Any]:
    ended = run.finished_at or run.touched_at
    return {
        "id": run.pk,
        "connection": run.connection_id,
        "number": run.number,
        "outcome": run.outcome or "running",
        "phase": run.phase,
        "quickbooks": {**NOTHING, **run.counts.get("quickbooks", {})},
        "salesforce": {**NOTHING, **run.counts.get("salesforce", {})},
        "conflicts": run.counts.get("conflicts", 0),
        "problems": run.counts.get("problems", 0),
        "salesforce_calls": run.salesforce_calls,
        "seconds": round((ended - run.started_at).total_seconds(), 3),
        "started_at": run.started_at,
        "message": run.message,
    }


def _shown(run_id: int) -> dict[str, Any]:
    run = Run.objects.filter(pk=run_id).first()
    if run is None:
        raise CommandError(f"There is no run {run_id}. Run: apatar run list")
    changes = Change.objects.filter(run=run).order_by("id")
    names = ("side", "operation", "name", "remote_id", "source_id", "state", "before", "fields", "notes", "error")
    waiting = Problem.objects.filter(connection=run.connection, closed_at=None)
    return {
        **_facts(run),
        "changes": list(changes.values(*names)),
        "problem_list": list(waiting.values("side", "name", "remote_id", "code", "sentence", "remedy")),
        "conflict_list": list(
            Conflict.objects.filter(run=run).values(
                "name", "label", "salesforce_value", "quickbooks_value", "winner", "reason"
            )
        ),
    }


def _table(runs: list[dict[str, Any]]) -> Table:
    table = Table("Run", "Outcome", "QuickBooks", "Salesforce", "Conflicts", "Problems", "Calls", "Seconds")
    for run in runs:
        table.add_row(
            str(run["number"]), run["outcome"], _said(run["quickbooks"]), _said(run["salesforce"]),
            str(run["conflicts"]), str(run["problems"]), str(run["salesforce_calls"]), str(run["seconds"]),
        )  # fmt: skip
    return table


def _said(counts: dict[str, int]) -> str:
    return f"+{counts['created']} ~{counts['updated']} ={counts['unchanged']}"
