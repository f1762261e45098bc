"""Bulk API 2.0: large loads and large reads as jobs, which outlive the process that started them.

Nothing is written before `release`: whoever stores the job's id first can always find out what became of it.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from apatar.salesforce.calls import Call, Caller, Repeat
from apatar.salesforce.errors import (
    BulkJobFailed,
    NotAnswered,
    NotExpressible,
    NotUnderstood,
    OutcomeUnknown,
    RequestRefused,
)
from apatar.salesforce.ids import id18
from apatar.salesforce.metadata import ObjectDescription
from apatar.salesforce.results import Record, SaveError, SaveResult, save_error
from apatar.salesforce.soql import name
from apatar.salesforce.transport import Answer, refuse_unknown_media
from apatar.salesforce.wire import number, spelled, write_json

NULL = "#N/A"
LARGEST_UPLOAD = 24 * 1024 * 1024
"""Bytes of CSV in one job. Salesforce takes 100 MB; a result has to fit into one answer of ours as well."""

ROWS_A_PAGE = 10_000
_ENDED = ("JobComplete", "Failed", "Aborted")
_JSON = {"Content-Type": "application/json; charset=UTF-8"}
_CSV = {"Accept": "text/csv"}

Operation = Literal["insert", "update", "upsert"]


@dataclass(frozen=True, slots=True)
class Job:
    """The state of a job: Open, UploadComplete, InProgress, JobComplete, Failed or Aborted; complete jobs may hold
    failed rows."""

    id: str
    state: str
    operation: str
    object_name: str
    processed: int = 0
    failed: int = 0
    message: str = ""

    @property
    def ended(self) -> bool:
        return self.state in _ENDED


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row, found by the value of its own key column, because results have no order."""

    key: str
    result: SaveResult


class Bulk:
    """Jobs of one org; `patience` bounds the waiting for one job, in polls."""

    def __init__(
        self, caller: Caller, *, poll_seconds: float = 5, patience: int = 720, largest_upload: int = LARGEST_UPLOAD
    ) -> None:
        self._caller = caller
        self._poll_seconds = poll_seconds
        self._patience = patience
        self._largest_upload = largest_upload

    def load(
        self,
        object_name: str,
        operation: Operation,
        rows: Sequence[Mapping[str, Any]],
        *,
        key: str,
        external_id_field: str | None = None,
    ) -> Iterator[RowOutcome]:
        """Prepare, release and await as many jobs as it takes. To survive a crash, take the steps one by one."""
        for upload in self.uploads(rows):
            job = self.prepare(object_name, operation, upload, external_id_field=external_id_field)
            self.release(job.id)
            yield from self.outcomes(self.wait(job.id), key=key)

    def uploads(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[bytes]:
        """Write rows as CSV, split so that each fits into one job."""
        columns = tuple(dict.fromkeys(column for row in rows for column in row))
        head = _csv_line(columns)
        piece, size = [head], len(head)
        for row in rows:
            line = _csv_line([_cell(row[column]) if column in row else "" for column in columns])
            if size + len(line) > self._largest_upload and len(piece) > 1:
                yield b"".join(piece)
                piece, size = [head], len(head)
            piece.append(line)
            size += len(line)
        if len(piece) > 1:
            yield b"".join(piece)

    def prepare(
        self, object_name: str, operation: Operation, upload: bytes, *, external_id_field: str | None = None
    ) -> Job:
        """Open a job and upload its rows; Salesforce does nothing with them yet, so a lost answer loses nothing."""
        body = {"object": name(object_name), "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
        body |= {"columnDelimiter": "COMMA"} | (
            {"externalIdFieldName": name(external_id_field)} if external_id_field else {}
        )
        job = _job(self._send("POST", "jobs/ingest", write_json(body)))
        path = self._caller.data(f"jobs/ingest/{id18(job.id)}/batches")
        self._caller.call(Call("PUT", path, headers={"Content-Type": "text/csv; charset=UTF-8"}, content=upload))
        return job

    def release(self, job_id: str) -> None:
        """Let Salesforce begin. An error means that it has not begun: the job itself is asked first."""
        path = self._caller.data(f"jobs/ingest/{id18(job_id)}")
        content = write_json({"state": "UploadComplete"})
        try:
            self._caller.call(Call("PATCH", path, Repeat.IDEMPOTENT_WRITE, headers=_JSON, content=content))
        except (RequestRefused, OutcomeUnknown):
            if self.job(job_id).state == "Open":
                raise

    def abort(self, job_id: str) -> None:
        self._send("PATCH", f"jobs/ingest/{id18(job_id)}", write_json({"state": "Aborted"}))

    def job(self, job_id: str, *, kind: Literal["ingest", "query"] = "ingest") -> Job:
        return _job(self._caller.call(Call("GET", self._caller.data(f"jobs/{kind}/{id18(job_id)}"))))

    def wait(self, job_id: str, *, kind: Literal["ingest", "query"] = "ingest") -> Job:
        """Poll until the job has ended. Raises BulkJobFailed, or NotAnswered where our patience ends first."""
        for _ in range(self._patience):
            job = self.job(job_id, kind=kind)
            if job.state == "JobComplete":
                return job
            if job.ended:
                raise _failed(job)
            self._caller.sleep(self._poll_seconds)
        raise NotAnswered("Salesforce is still working on a bulk job. We look again later.", code="BULK_STILL_RUNNING")

    def outcomes(self, job: Job, *, key: str) -> Iterator[RowOutcome]:
        """What became of every row: made or changed, refused, or not reached; also after a job that failed."""
        for row in self._result_rows(job, "successfulResults"):
            created = row["sf__Created"] == "true"
            yield RowOutcome(row[key], SaveResult(row["sf__Id"], created=created, success=True))
        for row in self._result_rows(job, "failedResults"):
            yield RowOutcome(row[key], _not_saved(read_row_error(row["sf__Error"]), row.get("sf__Id")))
        for row in self._result_rows(job, "unprocessedrecords"):
            yield RowOutcome(
                row[key], _not_saved(save_error("NOT_PROCESSED", "Salesforce did not get to this record."))
            )

    def query(
        self, soql: str, *, description: ObjectDescription | None = None, with_deleted: bool = False
    ) -> Iterator[Record]:
        """Read records by a job, page after page; with a description, values get the types that JSON has.

        No sub-queries, aggregates or compound fields. All values are texts where the description is missing.
        """
        job = self.start_query(soql, with_deleted=with_deleted)
        self.wait(job.id, kind="query")
        locator = ""
        while locator != "null":
            rows, locator = self.query_rows(job.id, locator=locator)
            yield from (_record(row, description) for row in rows)

    def start_query(self, soql: str, *, with_deleted: bool = False) -> Job:
        body = {"operation": "queryAll" if with_deleted else "query", "query": soql}
        return _job(self._send("POST", "jobs/query", write_json(body)))

    def query_rows(self, job_id: str, *, locator: str = "") -> tuple[list[dict[str, str]], str]:
        """One page of a completed query job, and the locator of the next; the last one is `null`."""
        params = {"maxRecords": str(ROWS_A_PAGE), **({"locator": locator} if locator else {})}
        path = self._caller.data(f"jobs/query/{id18(job_id)}/results")
        answer = self._caller.call(Call("GET", path, params=params, headers=_CSV))
        return _rows(answer), answer.headers.get("sforce-locator", "null")

    def _result_rows(self, job: Job, which: str) -> list[dict[str, str]]:
        path = self._caller.data(f"jobs/ingest/{id18(job.id)}/{which}")
        return _rows(self._caller.call(Call("GET", path, headers=_CSV)))

    def _send(self, method: str, path: str, content: bytes) -> Answer:
        """Calls that change no record: repeating them leaves at most an empty job behind."""
        return self._caller.call(Call(method, self._caller.data(path), headers=_JSON, content=content))


def read_row_error(text: str) -> SaveError:
    """Read `CODE:message:FIELD,FIELD --`; the message may hold colons of its own."""
    code, _, rest = text.partition(":")
    message, _, fields = rest.removesuffix("--").rpartition(":")
    named = tuple(field.strip() for field in fields.split(",") if field.strip())
    return save_error(code, message, named)


def _job(answer: Answer) -> Job:
    body = answer.json()
    try:
        return Job(
            id=body["id"],
            state=body["state"],
            operation=body["operation"],
            object_name=body.get("object", ""),
            processed=body.get("numberRecordsProcessed", 0),
            failed=body.get("numberRecordsFailed", 0),
            message=body.get("errorMessage", ""),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood(code="BULK_JOB") from error


def _failed(job: Job) -> BulkJobFailed:
    reason = job.message or "it was aborted"
    return BulkJobFailed(
        f"Salesforce gave up on loading {job.object_name} records: {reason}. "
        "Correct the map, or ask the administrator.",
        code=job.state,
        detail=job.message,
    )


def _not_saved(error: SaveError, record_id: str | None = None) -> SaveResult:
    return SaveResult(record_id or None, created=False, success=False, errors=(error,))


def _cell(value: object) -> str:
    """Spell a value; nothing clears the field, whereas an empty cell would leave it as it is."""
    match value:
        case None | "":
            return NULL
        case bool():
            return "true" if value else "false"
        case Decimal():
            return number(value)
        case datetime():
            return spelled(value)
        case date():
            return value.isoformat()
        case str() | int() if value != NULL:
            return str(value)
        case _:
            raise NotExpressible(f"The value {value!r} cannot be part of a bulk load. Change it, or send it singly.")


def _csv_line(cells: Sequence[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def _rows(answer: Answer) -> list[dict[str, str]]:
    refuse_unknown_media(answer, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))


def _record(row: Mapping[str, str], description: ObjectDescription | None) -> Record:
    if description is None:
        return {column: text or None for column, text in row.items()}
    fields = {column: description.field(column) for column in row}
    return {column: field.typed(text) if (field := fields[column]) else text or None for column, text in row.items()}
