"""The tasks of this room: going on with a run, and what happens every so often by itself."""

from datetime import UTC, datetime, timedelta

from django_scopes import scope, scopes_disabled

from apatar import jobs
from apatar.connections.alarm import raise_alarms
from apatar.runs import closing
from apatar.runs.models import Outcome, Run
from apatar.runs.pipeline import go_on

__all__ = ["close_interrupted", "go_on", "report_silence"]

GIVEN_UP = timedelta(hours=24)
INTERRUPTED = (
    "The Web Connector did not come back to finish this run. Nothing was lost: the next run goes on from here. Look "
    "whether the Web Connector is running on the PC where QuickBooks runs."
)


@jobs.task("runs.close_interrupted")
def close_interrupted() -> None:
    """Close runs that were left open for a day."""
    now = datetime.now(UTC)
    with scopes_disabled():
        left = list(Run.objects.select_related("connection").filter(finished_at=None, touched_at__lt=now - GIVEN_UP))
    for run in left:
        with scope(connection=run.connection):
            closing.fail(run, INTERRUPTED, now=now, outcome=Outcome.INTERRUPTED)


@jobs.task("connections.alarms")
def report_silence() -> None:
    """Mail the owners of connections whose Web Connector fell silent."""
    raise_alarms(now=datetime.now(UTC))


jobs.every(3600, "runs.close_interrupted")
jobs.every(300, "connections.alarms")
