"""The Bulk API 2.0 of the fake org: jobs that need a poll or two, and return their rows in another order."""

import csv
import io
import json
from dataclasses import dataclass, field

import httpx2

from tests.salesforce.fake_org import Answering, FakeOrg, js, rest_error

_BASE = "/services/data/v62.0/jobs/"


@dataclass
class FakeJob:
    id: str
    body: dict[str, str]
    state: str = "Open"
    upload: bytes = b""
    polls: int = 0


@dataclass
class FakeBulk:
    """Rows named `bad` fail, rows named `late` are not processed; `ends_in` is the last state of each job."""

    org: FakeOrg
    ends_in: str = "JobComplete"
    jobs: dict[str, FakeJob] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.org.answers("POST", "jobs/ingest", self._open)
        self.org.answers("POST", "jobs/query", self._open)

    def _open(self, request: httpx2.Request) -> httpx2.Response:
        job = FakeJob(f"750ak{len(self.jobs):010}AAA", json.loads(request.content))
        self.jobs[job.id] = job
        kind = request.url.path.rsplit("/", 1)[1]
        job.state = "Open" if kind == "ingest" else "UploadComplete"
        base = f"{_BASE}{kind}/{job.id}"
        self.org.answers("GET", base, lambda _: self._poll(job))
        self.org.answers("PATCH", base, lambda request: self._change(job, json.loads(request.content)["state"]))
        self.org.answers("PUT", f"{base}/batches", lambda request: self._upload(job, request.content))
        self.org.answers("GET", f"{base}/results", self._page)
        for which in ("successfulResults", "failedResults", "unprocessedrecords"):
            self.org.answers("GET", f"{base}/{which}", self._answering_results(job, which))
        return self._told(job)

    def _upload(self, job: FakeJob, content: bytes) -> httpx2.Response:
        job.upload = content
        return httpx2.Response(201)

    def _change(self, job: FakeJob, state: str) -> httpx2.Response:
        if job.state != "Open":
            return rest_error(400, "INVALIDJOBSTATE", f"Job is {job.state}")
        job.state = state
        return self._told(job)

    def _poll(self, job: FakeJob) -> httpx2.Response:
        job.polls += 1
        if job.state == "InProgress" and job.polls > 2:
            job.state = self.ends_in
        elif job.state == "UploadComplete":
            job.state = "InProgress"
        return self._told(job)

    def _told(self, job: FakeJob) -> httpx2.Response:
        message = {"errorMessage": "InvalidBatch : Field name not found : X"} if job.state == "Failed" else {}
        return js({"id": job.id, "state": job.state, "apiVersion": 62.0, "object": "Account", **job.body, **message})

    def _answering_results(self, job: FakeJob, which: str) -> Answering:
        return lambda _: self._results(job, which)

    def _results(self, job: FakeJob, which: str) -> httpx2.Response:
        rows = list(csv.DictReader(io.StringIO(job.upload.decode(), newline="")))
        text = io.StringIO(newline="")
        extra = {"successfulResults": ["sf__Id", "sf__Created"], "failedResults": ["sf__Id", "sf__Error"]}.get(
            which, []
        )
        writer = csv.DictWriter(text, [*extra, *(rows[0] if rows else [])], lineterminator="\n")
        writer.writeheader()
        for number, row in reversed(list(enumerate(rows))):
            if _fate(row) == which:
                writer.writerow(_outcome(which, number) | row)
        return httpx2.Response(200, content=text.getvalue().encode(), headers={"Content-Type": "text/csv"})

    def _page(self, request: httpx2.Request) -> httpx2.Response:
        number = int(request.url.params.get("locator", "0"))
        locator = str(number + 1) if number + 1 < len(self.pages) else "null"
        headers = {"Content-Type": "text/csv", "Sforce-Locator": locator, "Sforce-NumberOfRecords": "1"}
        return httpx2.Response(200, content=self.pages[number].encode(), headers=headers)


def _fate(row: dict[str, str]) -> str:
    return {"bad": "failedResults", "late": "unprocessedrecords"}.get(row["Name"], "successfulResults")


def _outcome(which: str, number: int) -> dict[str, str]:
    if which == "successfulResults":
        return {"sf__Id": f"001{number:012}AAA", "sf__Created": "true" if number else "false"}
    return {"sf__Id": "", "sf__Error": "STRING_TOO_LONG:data: too, long:Name --"} if which == "failedResults" else {}
