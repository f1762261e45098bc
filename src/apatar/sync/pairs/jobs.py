"""Opportunity ↔ Job: a customer below a customer. Facts: QBWC section 5, QBXML_OBJECTS (CustomerAdd)."""

from dataclasses import replace
from functools import partial

from apatar.sync.accounts_customers import is_job
from apatar.sync.mapping import Direction, Field, Mode, ObjectMapping, Owner
from apatar.sync.pairs.building import given
from apatar.sync.record import Record, Side
from apatar.sync.values import Kind

JOB_ID = "QuickBooks_Job_ListID__c"
_STATUS = "record.IsWon == true ? 'Awarded' : record.IsClosed == true ? 'NotAwarded' : 'Pending'"


def _is_no_job(record: Record) -> bool:
    return record.side is Side.QUICKBOOKS and not is_job(record)


_given = partial(given, owner=Owner.SALESFORCE)

JOBS = ObjectMapping(
    name="opportunities_jobs",
    label="Opportunities and jobs",
    salesforce_object="Opportunity",
    quickbooks_object="Customer",
    external_id_field=JOB_ID,
    direction=Direction.TO_QUICKBOOKS,
    scope="account",
    ignores=_is_no_job,
    fields=(
        replace(
            _given("name", "Name", Kind.NAME, "Name", "Name"),
            quickbooks_length=41,
            salesforce_length=120,
            required=True,
        ),
        Field(
            name="account",
            label="Account",
            kind=Kind.REFERENCE,
            salesforce=("AccountId",),
            quickbooks=("ParentRef.ListID",),
            refers_to=("accounts_customers",),
            direction=Direction.TO_QUICKBOOKS,
            mode=Mode.ONLY_CREATE,
            required=True,
        ),
        replace(_given("status", "Job status", Kind.TEXT, "IsWon", "JobStatus"), formula=_STATUS),
        replace(_given("description", "Job description", Kind.TEXT, "Description", "JobDesc"), quickbooks_length=99),
        _given("projected_end", "Projected end", Kind.DATE, "CloseDate", "JobProjectedEndDate"),
    ),
)
