"""Five thousand of everything that a person may have to look through; call in the scope of the connection."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from apatar.connections.models import Connection
from apatar.runs.models import Change, ChangeState, Conflict, Problem, Run, Side
from apatar.sandbox.names import business
from tests.journeys import plans
from tests.journeys.reviews import PAIR, quickbooks_id, salesforce_id

QUESTIONS = 30
"""Asked of the database for a page at most, however much there is; `make bench ARGS=screens` times it."""
AT_ONCE = 1_000


def conflicts(run: Run, number: int) -> None:
    """So many records, each with one field that waits for an answer."""
    Conflict.objects.bulk_create((_conflict(run, at) for at in range(1, number + 1)), batch_size=AT_ONCE)


def _conflict(run: Run, at: int) -> Conflict:
    ours, theirs = f"555-{at:04d}", f"556-{at:04d}"
    return Conflict(
        connection=run.connection, run=run, mapping=PAIR, salesforce_id=salesforce_id(at),
        quickbooks_id=quickbooks_id(at), name=business(at).name, field="phone", label="Phone", salesforce_value=ours,
        quickbooks_value=theirs, base_value="555-0100",
        values={"salesforce": ours, "quickbooks": theirs, "base_salesforce": "555-0100"},
        salesforce_at=run.started_at, salesforce_by="Ada Lovelace",
        quickbooks_at=run.started_at - timedelta(minutes=12),
        reason="Both sides were changed, and you want to decide yourself.", found_at=run.started_at,
    )  # fmt: skip


def problems(run: Run, number: int) -> None:
    """So many accounts whose names vendors have, and one in ten that a rule refuses."""
    Problem.objects.bulk_create((_problem(run, at) for at in range(1, number + 1)), batch_size=AT_ONCE)


def _problem(run: Run, at: int) -> Problem:
    name = business(at).name
    taken = f"A vendor in QuickBooks already has the name “{name}”."
    refused = "A validation rule in Salesforce refused the record: Fax machines are history."
    return Problem(
        connection=run.connection, run=run, mapping=PAIR, side=Side.SALESFORCE, object_type="Account",
        remote_id=salesforce_id(at), name=name, code="FIELD_CUSTOM_VALIDATION_EXCEPTION" if at % 10 == 0 else "taken",
        sentence=taken if at % 10 else refused, remedy="Rename the vendor or the account.",
        opened_at=run.started_at, seen_at=run.started_at,
    )  # fmt: skip


def a_plan(connection: Connection, number: int, *, at: datetime, changes: int) -> Run:
    """A dry run that would create so many customers and change as many accounts, half of each."""
    run = plans.a_dry_run(connection, number, at=at)
    Change.objects.bulk_create(_changes(run, changes), batch_size=AT_ONCE)
    return run


def _changes(run: Run, number: int) -> Iterator[Change]:
    for at in range(1, number + 1):
        creates = at % 2 == 0
        yield Change(
            connection=run.connection, run=run, mapping=PAIR,
            side=Side.QUICKBOOKS if creates else Side.SALESFORCE, object_type="Customer" if creates else "Account",
            operation="create" if creates else "update", source_id=salesforce_id(at) if creates else quickbooks_id(at),
            remote_id="" if creates else salesforce_id(at), name=business(at).name,
            before={} if creates else {"Phone": "555-0100"}, fields={"Phone": f"555-{at:04d}"},
            idempotency_key=f"key {run.pk} {at}", state=ChangeState.SHOWN,
        )  # fmt: skip
