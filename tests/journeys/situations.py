"""Situations that pages are looked at in: connections and runs in every state worth seeing."""

from datetime import datetime, timedelta

from django_scopes import scope

from apatar.accounts.models import Person, Workspace
from apatar.connections.models import Connection
from apatar.runs.closing import summary
from apatar.runs.models import Change, ChangeState, Conflict, Outcome, Phase, Problem, Run, Side

COUNTS: dict[str, object] = {
    "salesforce": {"created": 2, "updated": 1, "unchanged": 117},
    "quickbooks": {"created": 3, "updated": 4, "unchanged": 113},
    "conflicts": 1,
    "problems": 1,
}


def a_connection_just_saved(workspace: Workspace, owner: Person) -> Connection:
    return Connection.objects.create(
        workspace=workspace,
        owner=owner,
        company="Rock Castle Construction",
        salesforce_user="ada@rockcastle.example",
        frequency_minutes=15,
    )


def a_connection_in_step(workspace: Workspace, owner: Person, *, now: datetime) -> Connection:
    connection = a_connection_just_saved(workspace, owner)
    for name, value in {
        "salesforce_checked_at": now - timedelta(days=9),
        "salesforce_org_id": "00D000000000001EAA",
        "salesforce_org_name": "Rock Castle Inc.",
        "company_name": "Rock Castle Construction",
        "company_path": r"C:\Users\Public\Documents\Intuit\QuickBooks\Company Files\Rock Castle.qbw",
        "company_machine": "FRONTDESK",
        "quickbooks_product": "QuickBooks Premier 2023",
        "qbxml_version": "16.0",
        "qwc_downloaded_at": now - timedelta(days=9),
        "first_call_at": now - timedelta(days=9),
        "last_call_at": now - timedelta(minutes=3),
    }.items():
        setattr(connection, name, value)
    connection.save()
    return connection


def a_silent_connection(workspace: Workspace, owner: Person, *, now: datetime) -> Connection:
    connection = a_connection_in_step(workspace, owner, now=now)
    connection.company = r"D:\Books\Larry's Landscaping & Garden Supply.qbw"
    connection.last_call_at = now - timedelta(days=2)
    connection.save()
    return connection


def a_finished_run(connection: Connection, number: int, *, at: datetime, outcome: Outcome = Outcome.OK) -> Run:
    return Run.objects.create(
        connection=connection,
        number=number,
        phase=Phase.DONE,
        outcome=outcome,
        started_at=at,
        touched_at=at,
        finished_at=at + timedelta(seconds=42),
        direction="both",
        message=summary(COUNTS),
        counts=COUNTS,
    )


def a_run_at_work(connection: Connection, number: int, *, at: datetime) -> Run:
    return Run.objects.create(
        connection=connection, number=number, phase=Phase.READING, started_at=at, touched_at=at, direction="both"
    )


def a_change(run: Run, name: str, *, operation: str = "update", state: ChangeState = ChangeState.CONFIRMED) -> Change:
    return Change.objects.create(
        connection=run.connection,
        run=run,
        mapping="accounts",
        side=Side.QUICKBOOKS,
        object_type="Customer",
        operation=operation,
        source_id="001000000000001AAA",
        name=name,
        before={} if operation == "create" else {"Phone": "555-0100", "Name": name, "BillAddress.City": "Middlefield"},
        fields={"Name": name, "Phone": "555-0199", "BillAddress.City": "Bayshore"},
        idempotency_key=f"key {run.pk} {name}",
        state=state,
    )


def a_conflict(run: Run, *, winner: str = "quickbooks") -> Conflict:
    return Conflict.objects.create(
        connection=run.connection,
        run=run,
        mapping="accounts",
        salesforce_id="001000000000001AAA",
        quickbooks_id="80000001-1",
        name="Abercrombie, Kristy",
        field="phone",
        label="Phone",
        salesforce_value="555-0111",
        quickbooks_value="555-0122",
        base_value="555-0100",
        winner=winner,
        reason="Both sides changed it; the change in QuickBooks is newer." if winner else "",
        found_at=run.started_at,
    )


def a_problem(run: Run, name: str = "Cook, Brian: Kitchen") -> Problem:
    return Problem.objects.create(
        connection=run.connection,
        run=run,
        mapping="accounts",
        side=Side.SALESFORCE,
        object_type="Account",
        remote_id=f"001 {name}",
        name=name,
        code="name-in-use",
        sentence=f"A vendor in QuickBooks already has the name “{name}”.",
        remedy="Rename the vendor or the account, or link the account to another customer.",
        opened_at=run.started_at,
        seen_at=run.started_at,
    )


def a_month_of_runs(connection: Connection, *, now: datetime) -> Run:
    """Two runs on most days, one failure, one with problems; returns the last one, with all there is to see."""
    with scope(connection=connection):
        for day in range(28, 0, -1):
            if day % 7:
                outcome = Outcome.FAILED if day == 12 else Outcome.WITH_PROBLEMS if day == 5 else Outcome.OK
                a_finished_run(connection, 100 - 2 * day, at=now - timedelta(days=day), outcome=outcome)
                a_finished_run(connection, 101 - 2 * day, at=now - timedelta(days=day, hours=-1))
        last = a_finished_run(connection, 101, at=now - timedelta(minutes=4), outcome=Outcome.WITH_PROBLEMS)
        a_change(last, "Abercrombie, Kristy")
        a_change(last, "Baker's Professional Lighting", operation="create")
        refused = a_change(last, "Cook, Brian", operation="create", state=ChangeState.REFUSED)
        refused.error = "The name is used by a vendor in QuickBooks."
        refused.save()
        a_conflict(last)
        a_problem(last)
    return last
