"""Bulk API 2.0 jobs."""

import csv
import io
import json
from typing import Any

from tests.sandbox.salesforce.visitor import Visitor
from tests.shared_folder import needs_shared, shared


def new_job(visitor: Visitor, operation: str, upload: str, **more: str) -> dict[str, Any]:
    """Create a job, upload to it and close it."""
    answer = visitor.data("POST", "jobs/ingest", {"object": "Account", "operation": operation, **more})
    assert answer.status == 200, answer.body
    job: dict[str, Any] = json.loads(answer.body)
    assert visitor.ask("PUT", f"/{job['contentUrl']}", upload.encode(), content_type="text/csv").status == 201
    assert visitor.data("PATCH", f"jobs/ingest/{job['id']}", {"state": "UploadComplete"}).status == 200
    return job


def finished(visitor: Visitor, job: dict[str, Any]) -> dict[str, Any]:
    """Poll twice: the first poll of a job finds it in progress."""
    assert visitor.get(f"jobs/ingest/{job['id']}")["state"] == "InProgress"
    done: dict[str, Any] = visitor.get(f"jobs/ingest/{job['id']}")
    return done


def results(visitor: Visitor, job: dict[str, Any], which: str) -> list[dict[str, str]]:
    answer = visitor.data("GET", f"jobs/ingest/{job['id']}/{which}")
    return list(csv.DictReader(io.StringIO(answer.body.decode())))


def test_an_upsert_keeps_the_good_rows_and_names_the_bad(visitor: Visitor) -> None:
    visitor.create("Account", Name="old", Phone="1", Fax="2", QuickBooks_ListID__c="8-1")
    upload = f"Name,QuickBooks_ListID__c,Phone,Fax\nPine,8-1,#N/A,\nOak,8-2,5,\n{'x' * 256},8-3,,\n"

    job = new_job(visitor, "upsert", upload, externalIdFieldName="QuickBooks_ListID__c")
    done = finished(visitor, job)

    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("JobComplete", 3, 1)
    good = {one["QuickBooks_ListID__c"]: one["sf__Created"] for one in results(visitor, job, "successfulResults/")}
    assert good == {"8-1": "false", "8-2": "true"}
    bad = results(visitor, job, "failedResults")[0]
    assert bad["sf__Error"].startswith("STRING_TOO_LONG:Account Name: data value too large")
    assert bad["sf__Error"].endswith(":Name --")
    assert results(visitor, job, "unprocessedrecords") == []
    row = visitor.query("SELECT Name, Phone, Fax FROM Account WHERE QuickBooks_ListID__c = '8-1'")[0]
    assert (row["Name"], row["Phone"], row["Fax"]) == ("Pine", None, "2")


def test_an_unknown_column_fails_the_job_as_recorded(visitor: Visitor) -> None:
    done = finished(visitor, new_job(visitor, "insert", "Name,Nmae\nx,y\n"))

    assert done["state"] == "Failed"
    assert done["errorMessage"] == "InvalidBatch : Field name not found : Nmae"


@needs_shared
def test_jobs_show_the_keys_of_the_recordings(visitor: Visitor) -> None:
    def recorded(name: str) -> set[str]:
        return set(json.loads(shared(f"captures/salesforce/{name}").read_text()))

    job = new_job(visitor, "upsert", "Name\nx\n", externalIdFieldName="QuickBooks_ListID__c")
    assert set(job) == recorded("bulk2_ingest_create_Open.json")
    assert job["apiVersion"] == 68.0
    assert set(finished(visitor, job)) == recorded("bulk2_ingest_JobComplete.json")


def test_one_job_takes_one_upload(visitor: Visitor) -> None:
    job = new_job(visitor, "insert", "Name\nx\n")

    again = visitor.ask("PUT", f"/{job['contentUrl']}", b"Name\ny\n", content_type="text/csv")

    assert visitor.error(again)[1] == "INVALIDJOBSTATE"
    assert visitor.data("DELETE", f"jobs/ingest/{job['id']}").status == 400
    finished(visitor, job)
    assert visitor.data("DELETE", f"jobs/ingest/{job['id']}").status == 204


def test_a_query_job_gives_its_rows_in_parts(visitor: Visitor) -> None:
    visitor.collect("POST", "composite/sobjects", [{"Name": f"n{one}", "Fax": 'a"b\nc'} for one in range(5)])
    asked = {"operation": "query", "query": "SELECT Id, Name, Fax, SystemModstamp, Owner.Name FROM Account"}
    job = json.loads(visitor.data("POST", "jobs/query", asked).body)
    path = f"jobs/query/{job['id']}"
    assert visitor.error(visitor.data("GET", f"{path}/results"))[1] == "INVALIDJOBSTATE"
    assert [visitor.get(path)["state"] for _ in range(2)] == ["InProgress", "JobComplete"]

    first = visitor.data("GET", f"{path}/results?maxRecords=3")
    second = visitor.data("GET", f"{path}/results?maxRecords=3&locator={first.headers['Sforce-Locator']}")

    assert (first.headers["Sforce-NumberOfRecords"], second.headers["Sforce-NumberOfRecords"]) == ("3", "2")
    assert second.headers["Sforce-Locator"] == "null"
    row = next(iter(csv.DictReader(io.StringIO(first.body.decode()))))
    assert (row["Fax"], row["SystemModstamp"]) == ('a"b\nc', "2026-11-22T12:00:00.000Z")
    assert row["Owner.Name"] == "Apatar Integration"
    visitor.version = "67.0"
    assert visitor.data("GET", f"{path}/results").status == 409


def test_a_query_job_refuses_what_bulk_cannot_do(visitor: Visitor) -> None:
    for soql in (
        "SELECT COUNT() FROM Account",
        "SELECT BillingAddress FROM Account",
        "SELECT Id FROM Account OFFSET 1",
    ):
        assert visitor.data("POST", "jobs/query", {"operation": "query", "query": soql}).status == 400
