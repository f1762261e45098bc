"""Bulk API 2.0: jobs that take CSV in, jobs that give a query's rows out; none is done before it was polled."""

import base64
import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any

from apatar.sandbox.salesforce.calls import Call
from apatar.sandbox.salesforce.errors import JsonObject, Refused, not_found
from apatar.sandbox.salesforce.ids import full_id
from apatar.sandbox.salesforce.records import key_field
from apatar.sandbox.salesforce.schema import SObject
from apatar.sandbox.salesforce.soql import Aggregate, Nested, parse
from apatar.sandbox.salesforce.values import from_cell, stamp, to_cell
from apatar.sandbox.salesforce.wire import Response, json_response

_OPERATIONS = ("insert", "update", "upsert", "delete")
_DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_MOST_BYTES = 100_000_000
_NULL = "#N/A"
_CSV = {"Content-Type": "text/csv"}


def create_ingest(call: Call) -> Response:
    asked = call.json_object()
    sobject = call.object(str(asked.get("object", "")))
    operation = asked.get("operation")
    if operation not in _OPERATIONS:
        raise Refused("INVALIDJOB", f"InvalidJob : Operation not supported: {operation}")
    if operation == "upsert":
        key_field(sobject, str(asked.get("externalIdFieldName") or ""))
    if asked.get("contentType", "CSV") != "CSV" or asked.get("columnDelimiter", "COMMA") not in _DELIMITERS:
        raise Refused("INVALIDJOB", "InvalidJob : contentType must be CSV and columnDelimiter a known one")
    facts = {**_new_job(call, sobject, str(operation)), "state": "Open", "kind": "ingest"}
    if operation == "upsert":
        facts["externalIdFieldName"] = key_field(sobject, str(asked["externalIdFieldName"])).name
    facts |= {"lineEnding": asked.get("lineEnding", "LF"), "columnDelimiter": asked.get("columnDelimiter", "COMMA")}
    _keep(call, facts)
    return json_response(_shown(facts))


def upload(call: Call, job_id: str) -> Response:
    """Take the one upload of a job."""
    facts = _job(call, job_id, "ingest")
    if facts["state"] != "Open" or facts.get("uploaded"):
        raise Refused("INVALIDJOBSTATE", f"InvalidJobState : Job {job_id} already has its data or is not open")
    if not call.request.headers.get("content-type", "").startswith("text/csv"):
        raise Refused("UNSUPPORTED_MEDIA_TYPE", "text/csv is the only media type of job data", status=415)
    if len(call.request.body) > _MOST_BYTES:
        raise Refused("EXCEEDED_MAX_SIZE_REQUEST", "the upload is larger than 100 MB", status=413)
    text = call.request.body.decode("utf-8-sig", "replace")
    call.state.execute("UPDATE jobs SET upload = ? WHERE id = ?", (text, facts["id"]))
    _keep(call, {**facts, "uploaded": True})
    return Response(201)


def close_ingest(call: Call, job_id: str) -> Response:
    """Move a job to UploadComplete or Aborted."""
    facts = _job(call, job_id, "ingest")
    wanted = call.json_object().get("state")
    allowed = {"UploadComplete": ("Open",), "Aborted": ("Open", "UploadComplete", "InProgress")}
    if wanted not in allowed or facts["state"] not in allowed[wanted]:
        raise Refused("INVALIDJOBSTATE", f"InvalidJobState : A job in state {facts['state']} cannot become {wanted}")
    facts |= {"state": wanted, "polls": call.faults.in_force.bulk_polls}
    _keep(call, facts)
    return json_response(_shown(facts))


def show_ingest(call: Call, job_id: str) -> Response:
    facts = _job(call, job_id, "ingest")
    if _is_due(call, facts):
        _ingest(call, facts)
    return json_response(_shown(facts))


def delete_job(call: Call, job_id: str) -> Response:
    facts = _job(call, job_id, "")
    if facts["state"] not in ("JobComplete", "Failed", "Aborted"):
        raise Refused("INVALIDJOBSTATE", "InvalidJobState : only a finished job can be deleted")
    call.state.execute("DELETE FROM jobs WHERE id = ?", (facts["id"],))
    return Response(204)


def ingest_results(call: Call, job_id: str, which: str) -> Response:
    facts = _job(call, job_id, "ingest")
    name = which.lower()
    if name not in ("successfulresults", "failedresults", "unprocessedrecords"):
        raise not_found()
    kept = call.state.execute("SELECT results FROM jobs WHERE id = ?", (facts["id"],)).fetchone()[0]
    return Response(200, json.loads(kept or "{}").get(name, "").encode(), _CSV)


def create_query(call: Call) -> Response:
    asked = call.json_object()
    if asked.get("operation") not in ("query", "queryAll"):
        raise Refused("INVALIDJOB", f"InvalidJob : Operation not supported: {asked.get('operation')}")
    query = parse(str(asked.get("query", "")))
    if query.group or query.offset or any(isinstance(one, Aggregate | Nested) for one in query.selected):
        raise Refused(
            "API_ERROR", "Aggregate functions, GROUP BY, OFFSET and nested queries are not supported in Bulk Query"
        )
    plan = call.queries.plan(query, call.actor, with_deleted=False)
    if any(not one.field.stored for one in plan.columns):
        raise Refused("API_ERROR", "Selecting compound data is not supported in Bulk Query")
    facts = {**_new_job(call, plan.sobject, str(asked["operation"])), "state": "UploadComplete", "kind": "query"}
    facts |= {"lineEnding": "LF", "columnDelimiter": "COMMA", "polls": call.faults.in_force.bulk_polls}
    _keep(call, facts)
    call.state.execute("UPDATE jobs SET upload = ? WHERE id = ?", (query.text, facts["id"]))
    return json_response(_shown(facts))


def show_query(call: Call, job_id: str) -> Response:
    facts = _job(call, job_id, "query")
    if _is_due(call, facts):
        _find(call, facts)
    return json_response(_shown(facts))


def query_results(call: Call, job_id: str) -> Response:
    """Answer some rows; `Sforce-Locator` leads to the next ones and says `null` at the end."""
    facts = _job(call, job_id, "query")
    if facts["apiVersion"] != float(call.version):
        raise Refused("VERSION_CONFLICT", "the job was made with another API version", status=409)  # unverified code
    if facts["state"] != "JobComplete":
        raise Refused("INVALIDJOBSTATE", f"InvalidJobState : Job {facts['id']} is not complete")
    found = call.state.execute("SELECT upload, results FROM jobs WHERE id = ?", (facts["id"],)).fetchone()
    ids, start = json.loads(found["results"]), _start(call.request.query.get("locator"))
    end = min(len(ids), start + int(call.request.query.get("maxRecords") or 50_000))
    locator = "null" if end >= len(ids) else base64.b64encode(f"{end}".encode()).decode()
    headers = {**_CSV, "Sforce-Locator": locator, "Sforce-NumberOfRecords": str(end - start)}
    return Response(200, _rows_csv(call, found["upload"], ids[start:end]).encode(), headers)


def _rows_csv(call: Call, soql: str, ids: list[str]) -> str:
    plan = call.queries.plan(parse(soql), call.actor, with_deleted=False)
    with call.state.as_seen_by(call.actor):
        rows = [
            [to_cell(column.field, value) for column, value in zip(plan.columns, found.values, strict=True)]
            for found in call.queries.read(plan, ids)
        ]
    return _csv([[".".join(column.steps) for column in plan.columns], *rows])


def _find(call: Call, facts: JsonObject) -> None:
    soql = call.state.execute("SELECT upload FROM jobs WHERE id = ?", (facts["id"],)).fetchone()[0]
    plan = call.queries.plan(parse(soql), call.actor, with_deleted=facts["operation"] == "queryAll")
    with call.state.as_seen_by(call.actor):
        ids = call.queries.ids(plan)
    call.state.execute("UPDATE jobs SET results = ? WHERE id = ?", (json.dumps(ids), facts["id"]))
    facts |= {"state": "JobComplete", "numberRecordsProcessed": len(ids), "retries": 0, "totalProcessingTime": 1}
    _keep(call, facts)


def _ingest(call: Call, facts: JsonObject) -> None:
    """Work off the upload, last row first: nobody may rely on an order within a job (facts 3)."""
    text = call.state.execute("SELECT upload FROM jobs WHERE id = ?", (facts["id"],)).fetchone()[0] or ""
    delimiter = _DELIMITERS[facts["columnDelimiter"]]
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    columns, rows = (table[0], table[1:]) if table else ([], [])
    sobject = call.object(facts["object"])
    facts |= {"retries": 0, "totalProcessingTime": 1, "apiActiveProcessingTime": 1, "apexProcessingTime": 0}
    facts |= {"jobType": "V2Ingest", "numberRecordsProcessed": 0, "numberRecordsFailed": 0}
    unknown = _unknown_column(columns, sobject, text, facts)
    if unknown:
        facts |= {"state": "Failed", "errorMessage": unknown}
        _keep_results(call, facts, columns, good=[], bad=[], left=rows)
        return
    good: list[list[str]] = []
    bad: list[list[str]] = []
    for cells in reversed(rows):
        try:
            record_id, created = _save(call, facts, sobject, dict(zip(columns, cells, strict=True)))
            good.append([record_id, str(created).lower(), *cells])
        except (Refused, ValueError) as refusal:
            bad.append(["", _row_error(refusal), *cells])
    facts |= {"state": "JobComplete", "numberRecordsProcessed": len(rows), "numberRecordsFailed": len(bad)}
    _keep_results(call, facts, columns, good=good, bad=bad, left=[])


def _unknown_column(columns: list[str], sobject: SObject, text: str, facts: JsonObject) -> str:
    ending = "CRLF" if "\r\n" in text.partition("\n")[0] + "\n" else "LF"
    if facts["lineEnding"] != ending and text.strip():
        current = facts["lineEnding"]
        return f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {current}"
    for name in columns:
        if sobject.field(name.partition(".")[0]) is None and sobject.relation(name.partition(".")[0]) is None:
            return f"InvalidBatch : Field name not found : {name}"
    return "" if columns else "InvalidBatch : no data"


def _save(call: Call, facts: JsonObject, sobject: SObject, cells: dict[str, str]) -> tuple[str, bool]:
    values: JsonObject = {name: _cell(sobject, name, text) for name, text in cells.items() if text != ""}
    values = dict(_related(name, value) for name, value in values.items())
    record_id = str(values.pop("Id", "") or "")
    writer, operation = call.writer, facts["operation"]
    if operation == "insert":
        return writer.insert(sobject, values), True
    if operation == "upsert" and facts["externalIdFieldName"] != "Id":
        return _upsert(call, facts, sobject, values)
    if not record_id and operation == "upsert":
        return writer.insert(sobject, values), True
    if not record_id:
        raise Refused("MISSING_ARGUMENT", f"Id not specified in {operation} call", fields=())
    if operation == "delete":
        writer.delete(sobject, record_id)
    else:
        writer.update(sobject, record_id, values)
    return full_id(record_id) or record_id, False


def _upsert(call: Call, facts: JsonObject, sobject: SObject, values: JsonObject) -> tuple[str, bool]:
    field = key_field(sobject, facts["externalIdFieldName"])
    value = values.pop(field.name, None)
    found = call.writer.matches(sobject, field, value)
    if len(found) > 1:
        raise Refused(
            "DUPLICATE_EXTERNAL_ID", f"{field.name}: more than one record found for external id field", fields=()
        )
    if found:
        call.writer.update(sobject, str(found[0]["Id"]), values)
        return str(found[0]["Id"]), False
    return call.writer.insert(sobject, {**values, field.name: value}), True


def _cell(sobject: SObject, name: str, text: str) -> Any:
    if text == _NULL:
        return None
    field = sobject.field(name)
    return text if field is None else from_cell(field, text)


def _related(name: str, value: Any) -> tuple[str, Any]:
    relation, dot, key = name.partition(".")
    return (relation, {key: value}) if dot else (name, value)


def _row_error(refusal: Refused | ValueError) -> str:
    if not isinstance(refusal, Refused):
        return "INVALID_FIELD:the row has another number of cells than the header:--"
    return f"{refusal.code}:{refusal.message}:{','.join(refusal.fields or ())} --"


def _keep_results(
    call: Call,
    facts: JsonObject,
    columns: list[str],
    *,
    good: list[list[str]],
    bad: list[list[str]],
    left: list[list[str]],
) -> None:
    results = {
        "successfulresults": _csv([["sf__Id", "sf__Created", *columns], *good]),
        "failedresults": _csv([["sf__Id", "sf__Error", *columns], *bad]),
        "unprocessedrecords": _csv([columns, *left]),
    }
    call.state.execute("UPDATE jobs SET results = ? WHERE id = ?", (json.dumps(results), facts["id"]))
    _keep(call, facts)


def _csv(rows: Iterable[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _is_due(call: Call, facts: JsonObject) -> bool:
    """Count a poll; tells whether the job is to be worked off now."""
    if facts["state"] not in ("UploadComplete", "InProgress"):
        return False
    if facts["polls"] > 0:
        facts |= {"state": "InProgress", "polls": facts["polls"] - 1}
        _keep(call, facts)
        return False
    return True


def _new_job(call: Call, sobject: SObject, operation: str) -> JsonObject:
    at = stamp(int(call.state.now()))
    return {
        "id": call.state.new_id("750"),
        "operation": operation,
        "object": sobject.name,
        "createdById": call.actor.user_id,
        "createdDate": at,
        "systemModstamp": at,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(call.version),
    }


def _job(call: Call, job_id: str, kind: str) -> JsonObject:
    found = call.state.execute(
        "SELECT facts FROM jobs WHERE id = ? OR substr(id, 1, 15) = ?", (job_id, job_id)
    ).fetchone()
    facts: JsonObject = {} if found is None else json.loads(found["facts"])
    if not facts or kind not in ("", facts["kind"]):
        raise not_found()
    return facts


def _keep(call: Call, facts: JsonObject) -> None:
    facts["systemModstamp"] = stamp(int(call.state.now()))
    call.state.execute("INSERT OR IGNORE INTO jobs (id, facts) VALUES (?, '')", (facts["id"],))
    call.state.execute("UPDATE jobs SET facts = ? WHERE id = ?", (json.dumps(facts), facts["id"]))


def _shown(facts: JsonObject) -> JsonObject:
    shown = {name: value for name, value in facts.items() if name not in ("kind", "polls", "uploaded")}
    if facts["kind"] == "ingest" and facts["state"] == "Open":
        shown["contentUrl"] = f"services/data/v{facts['apiVersion']}/jobs/ingest/{facts['id']}/batches"
    return shown


def _start(locator: str | None) -> int:
    if locator is None:
        return 0
    try:
        text = str(base64.b64decode(locator, validate=True), "ascii")
    except ValueError:
        text = ""
    if not re.fullmatch(r"\d+", text):
        raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
    return int(text)
