"""Situations that pages are looked at in: connections and runs in every state worth seeing."""

import json
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from django_scopes import scope

from apatar.accounts.models import Person, Workspace
from apatar.connections.models import Connection
from apatar.runs.closing import summary
from apatar.runs.models import Change, ChangeState, Conflict, Link, Outcome, Phase, Problem, Record, Run, Side
from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS

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
        "first_released_at": now - timedelta(days=8),
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


READ_AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


def what_the_org_says(connection: Connection) -> None:
    """An org with every field of the default accounts and some of its own; QuickBooks has a custom field too."""
    paths = {path for one in ACCOUNTS_CUSTOMERS.fields for path in one.salesforce}
    own: dict[str, dict[str, object]] = {
        "Region__c": {"label": "Region", "custom": True},
        "Story__c": {"label": "Story", "type": "textarea", "custom": True},
        "Summary__c": {"label": "Summary", "custom": True},
        "Since__c": {"label": "Customer since", "type": "date", "custom": True},
        "Tier__c": {
            "label": "Tier",
            "type": "picklist",
            "picklist": ["Gold", "Silver"],
            "restricted": True,
            "custom": True,
        },
    }
    lengths = {"Name": 255, "Story__c": 32_000, "Since__c": 0}
    fields = {path: [lengths.get(path, 80), True, True] for path in sorted(paths | set(own) | {"QuickBooks_ListID__c"})}
    fields["Summary__c"] = [80, False, False]
    connection.salesforce_schema = {"Account": fields}
    labels = {path: {"label": path} for path in fields}
    connection.salesforce_types = {"Account": {**labels, **own}}
    connection.quickbooks_fields = {"Customer": ["Region"]}
    connection.qbxml_version = "13.0"
    connection.save()


def an_account(connection: Connection, name: str, remote_id: str = "001000000000001AAA", **fields: object) -> Record:
    row = account_row(connection, name, remote_id, **fields)
    row.save()
    return row


def account_row(connection: Connection, name: str, remote_id: str, **fields: object) -> Record:
    """Return an account as it is stored, not saved."""
    raw = json.dumps({"Id": remote_id, "Name": name, **fields})
    return _a_record(connection, Side.SALESFORCE, "Account", remote_id, name, raw)


def a_customer(connection: Connection, name: str, remote_id: str = "80000001-1", phone: str = "") -> Record:
    row = customer_row(connection, name, remote_id, phone)
    row.save()
    return row


def customer_row(connection: Connection, name: str, remote_id: str, phone: str = "") -> Record:
    """Return a customer as it is stored, not saved."""
    told = f"<Phone>{phone}</Phone>" if phone else ""
    raw = (
        f"<CustomerRet><ListID>{remote_id}</ListID><EditSequence>1</EditSequence><Name>{escape(name)}</Name>"
        f"<FullName>{escape(name)}</FullName><IsActive>true</IsActive><Sublevel>0</Sublevel>{told}</CustomerRet>"
    )
    return _a_record(connection, Side.QUICKBOOKS, "Customer", remote_id, name, raw)


def a_linked_pair(connection: Connection, *, salesforce_phone: str = "555-0100") -> Link:
    """Kern Lighting on both sides; they last agreed on the phone number that QuickBooks has."""
    account = an_account(
        connection,
        "Kern Lighting",
        Phone=salesforce_phone,
        QuickBooks_ListID__c="80000001-1",
        QuickBooks_Overdue__c=0,
    )
    customer = a_customer(connection, "Kern Lighting", phone="555-0100")
    agreed = {"name": "Kern Lighting", "phone": "555-0100"}
    return Link.objects.create(
        connection=connection,
        mapping=ACCOUNTS_CUSTOMERS.name,
        salesforce_id=account.remote_id,
        quickbooks_id=customer.remote_id,
        base=json.dumps({"salesforce": agreed, "quickbooks": agreed}),
        linked_at=READ_AT,
        how="matched",
    )


def _a_record(connection: Connection, side: Side, object_type: str, remote_id: str, name: str, raw: str) -> Record:
    return Record(
        connection=connection,
        side=side,
        object_type=object_type,
        remote_id=remote_id,
        version="1",
        modified_at=READ_AT,
        name=name,
        match_key=name.casefold(),
        raw=raw,
    )
