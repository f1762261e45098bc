"""Up to 200 records in one call: /composite/sobjects. Always 200, with one result a record, in the order sent."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from apatar.sandbox.salesforce.calls import Call
from apatar.sandbox.salesforce.errors import JsonObject, Refused, not_found
from apatar.sandbox.salesforce.ids import full_id
from apatar.sandbox.salesforce.records import key_field, record_json
from apatar.sandbox.salesforce.schema import SObject
from apatar.sandbox.salesforce.wire import Response, json_response

_MOST = 200
_MOST_CHUNKS = 10
_ROLLED_BACK = {
    "success": False,
    "errors": [
        {
            "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "message": "Record rolled back because not all records were valid and the request was using AllOrNone "
            "header",
            "fields": [],
        }
    ],
}


class _RollBack(Exception):
    """Leaves the undoable block of a collection that must not be kept."""


def create_many(call: Call) -> Response:
    writer = call.writer
    call = replace(call, kept_writer=writer)

    def save(record: JsonObject) -> JsonObject:
        sobject = _type_of(call, record)
        if any(name.lower() == "id" for name in record):
            raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", fields=("Id",))
        return _ok(writer.insert(sobject, record))

    records, all_or_none = _body(call)
    _check_chunks(records)
    return _each(call, records, save, all_or_none=all_or_none)


def update_many(call: Call) -> Response:
    writer = call.writer
    call = replace(call, kept_writer=writer)

    def save(record: JsonObject) -> JsonObject:
        sobject = _type_of(call, record)
        record_id, values = _split_id(record)
        if not record_id:
            raise Refused("MISSING_ARGUMENT", "Id not specified in an update call", fields=())
        writer.update(sobject, str(record_id), values)
        return _ok(full_id(str(record_id)) or "")

    records, all_or_none = _body(call)
    _check_chunks(records)
    return _each(call, records, save, all_or_none=all_or_none)


def upsert_many(call: Call, name: str, key: str) -> Response:
    """Create or change records of one type by an external id, or by `Id`; a record without an Id is created."""
    sobject = call.object(name)
    field = key_field(sobject, key)
    writer = call.writer
    call = replace(call, kept_writer=writer)

    def save(record: JsonObject) -> JsonObject:
        if _type_of(call, record).name != sobject.name:
            raise Refused("INVALID_TYPE", f"all records must be of type {sobject.name}", fields=())
        value = next((record[one] for one in record if one.lower() == field.name.lower()), None)
        values = {one: record[one] for one in record if one.lower() not in (field.name.lower(), "id")}
        if field.name == "Id":
            return _upsert_by_id(call, sobject, value, values)
        found = writer.matches(sobject, field, value)
        if len(found) > 1:
            message = (
                f"{field.name}: more than one record found for external id field: {[str(one['Id']) for one in found]}"
            )
            raise Refused("DUPLICATE_EXTERNAL_ID", message, fields=())
        if found:
            writer.update(sobject, str(found[0]["Id"]), values)
            return {**_ok(str(found[0]["Id"])), "created": False}
        return {**_ok(writer.insert(sobject, {**values, field.name: value})), "created": True}

    records, all_or_none = _body(call)
    return _each(call, records, save, all_or_none=all_or_none)


def delete_many(call: Call) -> Response:
    """Delete the records of `?ids=`."""
    ids = [one for one in call.request.query.get("ids", "").split(",") if one]
    _check_count(len(ids), "id")
    writer = call.writer

    def remove(record: JsonObject) -> JsonObject:
        whole = full_id(record["Id"])
        owner = next((one for one in call.state.schema.values() if whole and whole.startswith(one.prefix)), None)
        if owner is None or whole is None:
            raise Refused("MALFORMED_ID", f"malformed id {record['Id']}", fields=())
        writer.delete(call.object(owner.name), whole)
        return _ok(whole)

    all_or_none = call.request.query.get("allOrNone", "").lower() == "true"
    return _each(call, [{"Id": one} for one in ids], remove, all_or_none=all_or_none)


def read_many(call: Call, name: str) -> Response:
    """Answer the records of `ids` with `fields`, null for each that is not there; a POST may ask for up to 2,000."""
    sobject = call.object(name)
    body = call.json_object() if call.request.method == "POST" else _listed(call)
    ids, fields = body.get("ids") or [], body.get("fields") or []
    if not ids or not fields:
        missing = "ids" if not ids else "fields"
        raise Refused("MISSING_ARGUMENT", f"{missing} not specified in a retrieve call")
    if len(ids) > 2_000:
        raise Refused("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 2000 records in this call")
    with call.state.as_seen_by(call.actor):
        return json_response([_read_one(call, sobject, str(one), fields) for one in ids])


def _read_one(call: Call, sobject: SObject, record_id: str, fields: list[str]) -> JsonObject | None:
    whole = full_id(record_id)
    if whole is None:
        raise Refused("MALFORMED_ID", f"malformed id {record_id}")
    row = call.state.row(sobject, whole)
    return None if row is None or row.get("IsDeleted") else record_json(call, sobject, row, fields)


def _listed(call: Call) -> dict[str, list[str]]:
    return {name: [one for one in call.request.query.get(name, "").split(",") if one] for name in ("ids", "fields")}


def _body(call: Call) -> tuple[list[JsonObject], bool]:
    body = call.json_object()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        records = []
    _check_count(len(records), "record")
    return records, body.get("allOrNone") is True


def _check_count(count: int, noun: str) -> None:
    if count == 0:
        raise Refused("REQUIRED_FIELD_MISSING", f"At least 1 {noun} is required")
    if count > _MOST:
        message = f"record limit reached. cannot submit more than {_MOST} records in this call"
        raise Refused("EXCEEDED_ID_LIMIT", message)  # unverified text


def _check_chunks(records: list[JsonObject]) -> None:
    """Refuse records whose types change more than ten times: they are worked off in chunks of one type (facts 2.5)."""
    kinds = [str((one.get("attributes") or {}).get("type", "")).lower() for one in records]
    if sum(1 for _ in itertools.groupby(kinds)) > _MOST_CHUNKS:
        message = "A maximum of 10 chunks of record types is allowed: sort the records by their type"
        raise Refused("TOO_MANY_RECORDS", message)  # unverified code and text


def _each(
    call: Call, records: list[JsonObject], save: Callable[[JsonObject], JsonObject], *, all_or_none: bool
) -> Response:
    results: list[JsonObject] = []
    try:
        with call.state.undoable():
            results = [_result(record, save) for record in records]
            if all_or_none and not all(one["success"] for one in results):
                raise _RollBack  # noqa: TRY301 - the savepoint around it is undone by it
    except _RollBack:
        results = [_ROLLED_BACK if one["success"] else one for one in results]
    return json_response(results)


def _result(record: JsonObject, save: Callable[[JsonObject], JsonObject]) -> JsonObject:
    try:
        return save(record)
    except Refused as refusal:
        _, given = next(((name, value) for name, value in record.items() if name.lower() == "id"), ("", None))
        named = {"id": given} if isinstance(given, str) else {}
        return {**named, "success": False, "errors": [refusal.as_row()]}


def _upsert_by_id(call: Call, sobject: SObject, record_id: Any, values: JsonObject) -> JsonObject:
    if record_id is None:
        return {**_ok(call.writer.insert(sobject, values)), "created": True}
    call.writer.update(sobject, str(record_id), values)
    return {**_ok(full_id(str(record_id)) or ""), "created": False}


def _type_of(call: Call, record: JsonObject) -> SObject:
    kind = (record.get("attributes") or {}).get("type")
    if not isinstance(kind, str):
        raise Refused("INVALID_TYPE", "attributes.type is required for each record", fields=())  # unverified text
    try:
        return call.object(kind)
    except Refused:
        message = f"sObject type '{kind}' is not supported."
        raise Refused("INVALID_TYPE", message, status=not_found().status, fields=()) from None


def _split_id(record: JsonObject) -> tuple[Any, JsonObject]:
    key = next((name for name in record if name.lower() == "id"), None)
    return (None if key is None else record[key]), {name: value for name, value in record.items() if name != key}


def _ok(record_id: str) -> JsonObject:
    return {"id": record_id, "success": True, "errors": []}
