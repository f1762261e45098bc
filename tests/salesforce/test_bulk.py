"""Large loads and reads as jobs."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apatar.salesforce.bulk import Bulk, read_row_error
from apatar.salesforce.errors import BulkJobFailed, NotAnswered, NotExpressible, NotUnderstood
from apatar.salesforce.metadata import read_description
from tests.salesforce.fake_bulk import FakeBulk
from tests.salesforce.fake_org import Clock, FakeOrg, breaking, client_of, html
from tests.shared_folder import needs_shared, shared

KEY = "QuickBooks_ListID__c"
_TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
ROWS = [{KEY: f"k{n}", "Name": name} for n, name in enumerate(["a", "bad", "b", "late"])]


def bulk_of(org: FakeOrg, *, clock: Clock | None = None, patience: int = 10, largest_upload: int = 10_000) -> Bulk:
    caller = client_of(org, clock=clock).caller
    return Bulk(caller, poll_seconds=5, patience=patience, largest_upload=largest_upload)


def rows_of(upload: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(upload.decode(), newline="")))


def test_every_row_of_a_load_gets_its_own_outcome_in_whatever_order() -> None:
    org, clock = FakeOrg(), Clock()
    fake = FakeBulk(org)
    outcomes = bulk_of(org, clock=clock).load("Account", "upsert", ROWS, key=KEY, external_id_field=KEY)
    results = {outcome.key: outcome.result for outcome in outcomes}
    assert {key: result.success for key, result in results.items()} == {
        "k0": True,
        "k1": False,
        "k2": True,
        "k3": False,
    }
    assert (results["k0"].created, results["k2"].created) == (False, True)
    assert results["k1"].errors[0].code == "STRING_TOO_LONG"
    assert results["k3"].errors[0].retry
    assert clock.slept == [5, 5]
    (job,) = fake.jobs.values()
    assert job.body == {
        "object": "Account",
        "operation": "upsert",
        "contentType": "CSV",
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
        "externalIdFieldName": KEY,
    }


def test_nothing_is_written_before_the_release() -> None:
    org = FakeOrg()
    fake, bulk = FakeBulk(org), bulk_of(org)
    (upload,) = bulk.uploads(ROWS)
    job = bulk.prepare("Account", "insert", upload)
    assert fake.jobs[job.id].state == "Open"
    bulk.abort(job.id)
    with pytest.raises(BulkJobFailed):
        bulk.wait(job.id)


def test_a_release_whose_answer_was_lost_is_found_out_by_asking_the_job() -> None:
    org = FakeOrg()
    fake, bulk = FakeBulk(org), bulk_of(org)
    job = bulk.prepare("Account", "insert", next(bulk.uploads(ROWS)))

    def lost(request: httpx2.Request) -> httpx2.Response:
        fake.jobs[job.id].state = "UploadComplete"
        return breaking(httpx2.ReadTimeout)(request)

    org.breaks.append(lost)
    bulk.release(job.id)
    assert fake.jobs[job.id].state == "InProgress"


def test_a_release_that_never_arrived_is_an_error() -> None:
    org = FakeOrg()
    fake, bulk = FakeBulk(org), bulk_of(org)
    job = bulk.prepare("Account", "insert", next(bulk.uploads(ROWS)))
    org.breaks.extend([breaking(httpx2.ReadTimeout)] * 2)
    with pytest.raises(NotAnswered):
        bulk.release(job.id)
    assert fake.jobs[job.id].state == "Open"


def test_a_failed_job_says_why_and_its_rows_can_still_be_asked_for() -> None:
    org = FakeOrg()
    fake, bulk = FakeBulk(org, ends_in="Failed"), bulk_of(org)
    job = bulk.prepare("Account", "insert", next(bulk.uploads(ROWS)))
    bulk.release(job.id)
    with pytest.raises(BulkJobFailed, match="Field name not found") as failed:
        bulk.wait(job.id)
    assert failed.value.permanent
    assert len(list(bulk.outcomes(bulk.job(job.id), key=KEY))) == 4
    assert fake.jobs[job.id].polls > 2


def test_patience_ends_without_a_verdict() -> None:
    org = FakeOrg()
    FakeBulk(org, ends_in="InProgress")
    bulk = bulk_of(org, patience=3)
    job = bulk.prepare("Account", "insert", next(bulk.uploads(ROWS)))
    bulk.release(job.id)
    with pytest.raises(NotAnswered, match="still working") as raised:
        bulk.wait(job.id)
    assert not raised.value.permanent


def test_a_large_load_is_split_into_jobs_that_keep_every_row() -> None:
    org = FakeOrg()
    rows = [{KEY: f"k{n}", "Name": "x" * 50} for n in range(40)]
    uploads = list(bulk_of(org, largest_upload=500).uploads(rows))
    assert len(uploads) > 4
    assert all(len(upload) <= 500 for upload in uploads)
    assert [row[KEY] for upload in uploads for row in rows_of(upload)] == [row[KEY] for row in rows]


def test_no_rows_make_no_job() -> None:
    org = FakeOrg()
    assert list(bulk_of(org).load("Account", "insert", [], key=KEY)) == []
    assert not org.requests


@given(st.lists(_TEXT, min_size=1))
def test_any_text_survives_the_csv(texts: list[str]) -> None:
    rows = [{"Name": text} for text in texts if text != "#N/A"]
    uploads = list(bulk_of(FakeOrg(), largest_upload=10**9).uploads(rows))
    assert [row["Name"] for upload in uploads for row in rows_of(upload)] == [row["Name"] for row in rows]


def test_values_are_spelled_for_csv_and_a_missing_one_leaves_the_field_alone() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    first = {"A": None, "B": True, "C": Decimal("1E+2"), "D": moment, "E": date(2026, 1, 2), "F": 7, "G": ""}
    upload = next(bulk_of(FakeOrg()).uploads([first, {"A": "x"}]))
    one, two = rows_of(upload)
    assert list(one.values()) == ["#N/A", "true", "100", "2026-01-02T03:04:05.000Z", "2026-01-02", "7", "#N/A"]
    assert list(two.values()) == ["x", "", "", "", "", "", ""]
    assert b"\r" not in upload


@pytest.mark.parametrize("value", ["#N/A", 1.5, b"x", []])
def test_what_csv_would_change_is_refused(value: object) -> None:
    with pytest.raises(NotExpressible):
        list(bulk_of(FakeOrg()).uploads([{"Name": value}]))


def test_a_query_job_is_read_page_after_page() -> None:
    org = FakeOrg()
    fake = FakeBulk(org, pages=['"Id","Name"\n"1","a\nb"\n', '"Id","Name"\n"2",""\n'])
    records = list(bulk_of(org).query("SELECT Id, Name FROM Account", with_deleted=True))
    assert records == [{"Id": "1", "Name": "a\nb"}, {"Id": "2", "Name": None}]
    (job,) = fake.jobs.values()
    assert job.body == {"operation": "queryAll", "query": "SELECT Id, Name FROM Account"}
    assert org.api_requests[-1].url.params["maxRecords"] == "10000"


@needs_shared
def test_a_description_gives_the_values_of_a_job_their_types() -> None:
    body = json.loads(shared("captures/salesforce/describe_Account_v46_devorg.json").read_text())
    org = FakeOrg()
    FakeBulk(org, pages=['"Id","AnnualRevenue","IsDeleted","Owner.Name"\n"1","10.50","false","Ann"\n'])
    (record,) = bulk_of(org).query("SELECT Id FROM Account", description=read_description(body))
    assert record == {"Id": "1", "AnnualRevenue": Decimal("10.50"), "IsDeleted": False, "Owner.Name": "Ann"}


def test_a_result_page_that_is_html_is_not_taken_for_rows() -> None:
    org = FakeOrg()
    fake, bulk = FakeBulk(org, pages=["x"]), bulk_of(org)
    job = bulk.start_query("SELECT Id FROM Account")
    org.breaks.append(html(200))
    with pytest.raises(NotUnderstood):
        bulk.query_rows(job.id)
    assert fake.jobs


@needs_shared
@pytest.mark.parametrize(
    ("name", "state", "processed", "failed", "ended"),
    [
        ("bulk2_ingest_create_Open.json", "Open", 0, 0, False),
        ("bulk2_ingest_UploadComplete.json", "UploadComplete", 0, 0, False),
        ("bulk2_ingest_InProgress.json", "InProgress", 2000, 0, False),
        ("bulk2_ingest_JobComplete.json", "JobComplete", 3000, 0, True),
        ("bulk2_ingest_JobComplete_partial.json", "JobComplete", 8, 1, True),
        ("bulk2_ingest_Failed_InvalidBatch.json", "Failed", 0, 0, True),
    ],
)
def test_a_recorded_job_is_read(name: str, state: str, processed: int, failed: int, ended: bool) -> None:
    org = FakeOrg()
    body = json.loads(shared(f"captures/salesforce/{name}").read_text())
    org.answers("GET", f"jobs/ingest/{body['id']}", body)
    job = bulk_of(org).job(body["id"])
    assert (job.state, job.processed, job.failed, job.ended) == (state, processed, failed, ended)
    assert (job.operation, job.object_name) == ("upsert", "Opportunity")


@needs_shared
def test_a_recorded_row_error_is_taken_apart() -> None:
    text = shared("captures/salesforce/bulk2_failedResults_UNABLE_TO_LOCK_ROW.csv").read_text()
    locked, missing = (read_row_error(row["sf__Error"]) for row in csv.DictReader(io.StringIO(text)))
    assert (locked.code, locked.retry, locked.fields) == ("UNABLE_TO_LOCK_ROW", True, ())
    assert locked.message.startswith("unable to obtain exclusive access")
    assert (missing.code, missing.retry) == ("INVALID_CROSS_REFERENCE_KEY", False)


@needs_shared
def test_a_recorded_row_error_may_hold_colons_of_its_own() -> None:
    text = shared("captures/salesforce/bulk2_ingest_failedResults.csv").read_text()
    (row,) = csv.DictReader(io.StringIO(text))
    error = read_row_error(row["sf__Error"])
    assert (error.code, error.fields) == ("INVALID_FIELD", ("CloseDate",))
    assert error.message.endswith("xsd:date")
