"""Dry runs that pages are looked at in: what would be written, what waits for something else, what is left out."""

from datetime import datetime, timedelta

from django_scopes import scope

from apatar.connections.models import Connection
from apatar.runs.models import Change, ChangeState, Outcome, Phase, Run, Side
from tests.journeys import situations

ACCOUNTS = "accounts_customers"
CONTACTS = "contacts"
MESSAGE = "This run only shows what it would write. Nothing was written. Release it, if it is right."


def a_dry_run(connection: Connection, number: int, *, at: datetime) -> Run:
    """A dry run that has found nothing to write."""
    return Run.objects.create(
        connection=connection,
        number=number,
        phase=Phase.DONE,
        outcome=Outcome.SHOWN,
        is_dry=True,
        started_at=at,
        touched_at=at,
        finished_at=at + timedelta(seconds=40),
        direction="both",
        message=MESSAGE,
    )


def a_planned_change(
    run: Run,
    name: str,
    *,
    side: Side = Side.QUICKBOOKS,
    operation: str = "create",
    mapping: str = ACCOUNTS,
    is_later: bool = False,
) -> Change:
    object_type = {ACCOUNTS: ("Account", "Customer"), CONTACTS: ("Contact", "AdditionalContact")}[mapping]
    return Change.objects.create(
        connection=run.connection,
        run=run,
        mapping=mapping,
        side=side,
        object_type=object_type[side == Side.QUICKBOOKS],
        operation=operation,
        source_id=f"001 {name}"[:40],
        name=name,
        before={} if operation == "create" else {"Phone": "555-0100", "Name": name},
        fields={"Name": name, "Phone": "555-0199"},
        idempotency_key=f"key {run.pk} {side} {name}"[:40],
        state=ChangeState.SHOWN,
        is_later=is_later,
    )


def a_plan(connection: Connection, number: int, *, at: datetime) -> Run:
    """A dry run with three creates, one of them later, and two updates, on both sides; one record is left out."""
    with scope(connection=connection):
        run = a_dry_run(connection, number, at=at)
        a_planned_change(run, "Abel Bakery", side=Side.SALESFORCE)
        a_planned_change(run, "Kern Lighting")
        a_planned_change(run, "Kern, Maria", mapping=CONTACTS, is_later=True)
        a_planned_change(run, "Cook, Brian", operation="update")
        a_planned_change(run, "Lee, Dora", operation="update")
        situations.a_problem(run)
    return run


def carried_out(plan: Run, number: int, *, at: datetime) -> Run:
    """The run that carried a released plan out; one change came up meanwhile."""
    with scope(connection=plan.connection):
        Run.objects.filter(pk=plan.pk).update(released_at=at, released_by="ada@rockcastle.example")
        run = situations.a_finished_run(plan.connection, number, at=at)
        Run.objects.filter(pk=run.pk).update(carries_out=plan)
        situations.a_change(run, "Kern Lighting", operation="create")
        situations.a_change(run, "Late Comer", operation="create", state=ChangeState.SHOWN)
    return run
