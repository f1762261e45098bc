"""Runs that are looked at to be taken back: what still can be, what was edited since, what is gone, what stays."""

import json
from datetime import datetime

from django_scopes import scope

from apatar.connections.models import Connection
from apatar.runs.models import Change, Record, Run, Side
from apatar.runs.proposal import Ignored
from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS
from tests.journeys import situations

ACCOUNTS = ACCOUNTS_CUSTOMERS.name


def a_written_change(
    run: Run,
    name: str,
    remote_id: str,
    *,
    operation: str = "update",
    side: Side = Side.QUICKBOOKS,
    phone: str = "555-0199",
) -> Change:
    """A confirmed change that gave a record this phone number; it was 555-0100."""
    object_type, source = ("Customer", "001") if side == Side.QUICKBOOKS else ("Account", "8000")
    return Change.objects.create(
        connection=run.connection,
        run=run,
        mapping=ACCOUNTS,
        side=side,
        object_type=object_type,
        operation=operation,
        remote_id=remote_id,
        source_id=f"{source}{remote_id}",
        name=name,
        before={} if operation == "create" else {"Phone": "555-0100"},
        fields={"Phone": phone, **({"Name": name} if operation == "create" else {})},
        idempotency_key=f"key {run.pk} {side} {remote_id}",
        state="confirmed",
    )


def a_run_to_take_back(connection: Connection, number: int, *, at: datetime) -> Run:
    """A run of six changes: restored, removed, edited since, gone, only marks; and one in Salesforce."""
    with scope(connection=connection):
        run = situations.a_finished_run(connection, number, at=at)
        a_written_change(run, "Abel Bakery", "80000001-1")
        situations.a_customer(connection, "Abel Bakery", "80000001-1", phone="555-0199")
        a_written_change(run, "Baker Lighting", "80000002-1", operation="create")
        situations.a_customer(connection, "Baker Lighting", "80000002-1", phone="555-0199")
        a_written_change(run, "Cook, Brian", "80000003-1")
        situations.a_customer(connection, "Cook, Brian", "80000003-1", phone="555-0300")
        a_written_change(run, "Dale Gardens", "80000004-1")
        marks = a_written_change(run, "Evans, Eve", "001000000000005AAA", side=Side.SALESFORCE)
        Change.objects.filter(pk=marks.pk).update(fields={"QuickBooks_ListID__c": "80000005-1"}, before={})
        situations.an_account(connection, "Evans, Eve", "001000000000005AAA", QuickBooks_ListID__c="80000005-1")
        a_written_change(run, "Fox & Sons", "001000000000006AAA", side=Side.SALESFORCE)
        situations.an_account(connection, "Fox & Sons", "001000000000006AAA", Phone="555-0199")
    return run


def a_large_run(connection: Connection, number: int, *, at: datetime, size: int) -> Run:
    """A run that updated so many accounts; nobody has touched one since."""
    with scope(connection=connection):
        run = situations.a_finished_run(connection, number, at=at)
        Record.objects.bulk_create(_account(connection, one) for one in range(size))
        Change.objects.bulk_create(_update(run, one) for one in range(size))
    return run


def _account(connection: Connection, number: int) -> Record:
    remote_id = f"001{number:015}"
    fields = {path: "something to read" for one in ACCOUNTS_CUSTOMERS.fields for path in one.salesforce}
    return Record(
        connection=connection,
        side=Side.SALESFORCE,
        object_type="Account",
        remote_id=remote_id,
        version="1",
        name=f"Account {number}",
        raw=json.dumps({**fields, "Id": remote_id, "Name": f"Account {number}", "Phone": "555-0199"}),
        dirty=False,
    )


def _update(run: Run, number: int) -> Change:
    return Change(
        connection=run.connection,
        run=run,
        mapping=ACCOUNTS,
        side=Side.SALESFORCE,
        object_type="Account",
        operation="update",
        remote_id=f"001{number:015}",
        source_id=f"80{number}-1",
        name=f"Account {number}",
        before={"Phone": "555-0100", "Fax": "1"},
        fields={"Phone": "555-0199"},
        idempotency_key=f"key {run.pk} {number}",
        state="confirmed",
    )


def an_ignored_record(connection: Connection, name: str, *, at: datetime) -> Ignored:
    """A customer that is stored, decided, and on the list."""
    remote_id = f"8000-{name}"[:40]
    situations.a_customer(connection, name, remote_id)
    Record.objects.filter(connection=connection, remote_id=remote_id).update(dirty=False, decided=3)
    return Ignored.objects.create(
        connection=connection,
        mapping=ACCOUNTS,
        side=Side.QUICKBOOKS,
        remote_id=remote_id,
        name=name,
        why="It was taken back, so it is not made again.",
        by="owner@example.com",
        since=at,
    )
