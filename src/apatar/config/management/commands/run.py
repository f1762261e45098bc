"""apatar run list|show|release|go-on: what the runs did or would do, from the command line."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.management import BaseCommand, CommandError
from django_scopes import scopes_disabled
from rich.console import Console
from rich.table import Table

from apatar.runs import stopping
from apatar.runs.models import Change, Conflict, Outcome, Problem, Run
from apatar.runs.rehearsal import shown_by
from apatar.runs.releases import obstacle_to, release_plan

OPERATOR = "the command line"
"""Who released a run that was released there."""
OF_A_CHANGE = (
    "mapping", "side", "operation", "name", "remote_id", "source_id", "state", "is_later", "before", "fields", "notes",
    "error",
)  # fmt: skip
NOTHING = {"created": 0, "updated": 0, "unchanged": 0}


class Command(BaseCommand):
    """List runs, show one with its records, release what it shows, or answer what it stopped for; `--json` for JSON."""

    help = "List, show and release runs, and let them go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list")
        listing.add_argument("--connection", type=int, help="only the runs of this connection")
        show = verbs.add_parser("show")
        show.add_argument("id", type=int)
        letting = verbs.add_parser("release", help="have the next run write what a dry run shows")
        letting.add_argument("id", type=int)
        going = verbs.add_parser("go-on", help="say that what a run stopped for was meant")
        going.add_argument("id", type=int)
        for verb in (listing, show, letting, going):
            verb.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, verb: str, as_json: bool, **options: Any) -> None:
        with scopes_disabled():  # the command line belongs to the operator, who may see every workspace
            found = _listed(options["connection"]) if verb == "list" else _one(verb, options["id"])
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
        **(_plan_facts(run) if run.outcome == Outcome.SHOWN else {}),
        **({"carries_out": run.carries_out_id} if run.carries_out_id else {}),
    }


def _plan_facts(run: Run) -> dict[str, Any]:
    """What a dry run shows in place of what others wrote: by pair of objects and side, and whether it is released."""
    return {
        "would_write": [asdict(one) for one in shown_by(run)],
        "released_at": run.released_at,
        "released_by": run.released_by,
    }


def _one(verb: str, run_id: int) -> dict[str, Any]:
    run = Run.objects.select_related("connection").filter(pk=run_id).first()
    if run is None:
        raise CommandError(f"There is no run {run_id}. Run: apatar run list")
    verbs = {"release": _released, "go-on": _gone_on}
    return verbs.get(verb, _shown)(run)


def _released(run: Run) -> dict[str, Any]:
    now = datetime.now(UTC)
    if obstacle := obstacle_to(run, now=now):
        raise CommandError(f"Run {run.number} is not released. {obstacle}")
    if not release_plan(run, by=OPERATOR, now=now):
        raise CommandError(f"Run {run.number} is not released: another run came in between.")
    run.refresh_from_db()
    return _facts(run)


def _gone_on(run: Run) -> dict[str, Any]:
    obstacle = stopping.obstacle_to(run)
    if obstacle or not stopping.go_on(run, by=OPERATOR, now=datetime.now(UTC)):
        raise CommandError(f"Nothing was changed. {obstacle}".strip())
    run.refresh_from_db()
    return _facts(run)


def _shown(run: Run) -> dict[str, Any]:
    changes = Change.objects.filter(run=run).order_by("id")
    waiting = Problem.objects.filter(connection=run.connection, closed_at=None)
    return {
        **_facts(run),
        "changes": list(changes.values(*OF_A_CHANGE)),
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
            str(run["number"]), _ended(run), _side(run, "quickbooks"), _side(run, "salesforce"),
            str(run["conflicts"]), str(run["problems"]), str(run["salesforce_calls"]), str(run["seconds"]),
        )  # fmt: skip
    return table


def _ended(run: dict[str, Any]) -> str:
    return f"{run['outcome']}, released" if run.get("released_at") else str(run["outcome"])


def _side(run: dict[str, Any], side: str) -> str:
    """Say what a run wrote to a side; of a dry run, in brackets, what it would write."""
    if "would_write" not in run:
        return _said(run[side])
    lines = [one for one in run["would_write"] if one["side"] == side]
    return f"(+{sum(one['creates'] for one in lines)} ~{sum(one['updates'] for one in lines)})"


def _said(counts: dict[str, int]) -> str:
    return f"+{counts['created']} ~{counts['updated']} ={counts['unchanged']}"
