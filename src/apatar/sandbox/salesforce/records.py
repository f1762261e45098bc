"""One record at a time: /sobjects/…"""

import dataclasses
from email.utils import parsedate_to_datetime
from typing import Any

from apatar.sandbox.salesforce.calls import Call
from apatar.sandbox.salesforce.describing import basic, describe, describe_global
from apatar.sandbox.salesforce.errors import JsonObject, Refused, is_deleted, not_found
from apatar.sandbox.salesforce.ids import full_id
from apatar.sandbox.salesforce.querying import address, attributes
from apatar.sandbox.salesforce.schema import Field, SObject
from apatar.sandbox.salesforce.state import Row
from apatar.sandbox.salesforce.values import to_json
from apatar.sandbox.salesforce.wire import Response, json_response


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one write, before it is turned into an answer of its own or a part of a composite one."""

    status: int
    body: Any = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def response(self) -> Response:
        if self.body is None:
            return Response(self.status, headers=self.headers)
        return json_response(self.body, self.status, self.headers)


def list_objects(call: Call) -> Response:
    return json_response(describe_global(call.schema, call.version))


def show_object(call: Call, name: str) -> Response:
    return json_response(basic(call.object(name), call.version))


def describe_object(call: Call, name: str) -> Response:
    """Answer a describe, or 304 when the caller's copy is younger than the org's last change of its fields."""
    sobject = call.object(name)
    since = _http_date(call.request.headers.get("if-modified-since"))
    if since is not None and since >= int(call.state.setting("described_at", 0)):
        return Response(304)
    return json_response(describe(sobject, call.schema, call.version))


def create(call: Call, name: str) -> Response:
    return create_record(call, call.object(name), call.json_object()).response


def create_record(call: Call, sobject: SObject, values: JsonObject) -> Outcome:
    if any(key.lower() == "id" for key in values):
        raise _not_in_body("Id")
    return _created(call, sobject, call.writer.insert(sobject, values), {})


def read(call: Call, name: str, record_id: str) -> Response:
    """Answer all fields of a record, or those of `?fields=`."""
    return read_record(call, call.object(name), record_id).response


def read_record(call: Call, sobject: SObject, record_id: str) -> Outcome:
    with call.state.as_seen_by(call.actor):
        return Outcome(200, record_json(call, sobject, _known(call, sobject, record_id)))


def update(call: Call, name: str, record_id: str) -> Response:
    return update_record(call, call.object(name), record_id, call.json_object()).response


def update_record(call: Call, sobject: SObject, record_id: str, values: JsonObject) -> Outcome:
    if any(key.lower() == "id" for key in values):
        raise _not_in_body("Id")
    row = _known(call, sobject, record_id)
    _check_unmodified(call, row)
    call.writer.update(sobject, str(row["Id"]), values, known=row)
    return Outcome(204)


def delete(call: Call, name: str, record_id: str) -> Response:
    return delete_record(call, call.object(name), record_id).response


def delete_record(call: Call, sobject: SObject, record_id: str) -> Outcome:
    call.writer.delete(sobject, str(_known(call, sobject, record_id)["Id"]))
    return Outcome(204)


def read_by_key(call: Call, name: str, key: str, value: str) -> Response:
    return read_named_record(call, call.object(name), (key, value)).response


def read_named_record(call: Call, sobject: SObject, named: tuple[str, str]) -> Outcome:
    with call.state.as_seen_by(call.actor):
        found = call.writer.matches(sobject, key_field(sobject, named[0]), named[1])
        if not found:
            raise not_found()
        return _several(call, sobject, found) or Outcome(200, record_json(call, sobject, found[0]))


def upsert(call: Call, name: str, key: str, value: str) -> Response:
    return upsert_record(call, call.object(name), (key, value), call.json_object()).response


def upsert_record(call: Call, sobject: SObject, named: tuple[str, str], values: JsonObject) -> Outcome:
    """Create or change the record that an external id names: 201, 200 (204 up to API 45), 300 for several."""
    field = key_field(sobject, named[0])
    doubled = next((given for given in values if given.lower() in ("id", field.name.lower())), None)
    if doubled is not None:
        raise _not_in_body(doubled)
    found = call.writer.matches(sobject, field, named[1])
    if found:
        return _several(call, sobject, found) or _changed(call, sobject, found[0], values)
    if call.request.query.get("updateOnly", "").lower() == "true":
        raise not_found()
    record_id = call.writer.insert(sobject, {**values, field.name: named[1]})
    return _created(call, sobject, record_id, {"created": True} if float(call.version) >= 46 else {})


def _changed(call: Call, sobject: SObject, row: Row, values: JsonObject) -> Outcome:
    call.writer.update(sobject, str(row["Id"]), values, known=row)
    if float(call.version) < 46:
        return Outcome(204)
    return Outcome(200, {"id": row["Id"], "success": True, "errors": [], "created": False})


def delete_by_key(call: Call, name: str, key: str, value: str) -> Response:
    return delete_named_record(call, call.object(name), (key, value)).response


def delete_named_record(call: Call, sobject: SObject, named: tuple[str, str]) -> Outcome:
    found = call.writer.matches(sobject, key_field(sobject, named[0]), named[1])
    if not found:
        raise not_found()
    several = _several(call, sobject, found)
    if several is None:
        call.writer.delete(sobject, str(found[0]["Id"]))
    return several or Outcome(204)


def key_field(sobject: SObject, name: str) -> Field:
    """Return the field that records may be named by; raises NOT_FOUND in the words of the recording."""
    field = sobject.field(name)
    if field is None or not field.id_lookup:
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise Refused("NOT_FOUND", message, status=404)
    return field


def record_json(call: Call, sobject: SObject, row: Row, names: list[str] | None = None) -> JsonObject:
    """Return a record as JSON: the fields named, those of `?fields=`, or all."""
    asked = call.request.query.get("fields")
    wanted = (
        names if names is not None else asked.split(",") if asked else [one.name for one in sobject.fields.values()]
    )
    record: JsonObject = {"attributes": attributes(sobject, str(row["Id"]), call.version)}
    for name in wanted:
        field = sobject.field(name.strip())
        if field is None:
            raise Refused("INVALID_FIELD", f"No such column '{name.strip()}' on sobject of type {sobject.name}")
        record[field.name] = to_json(field, row[field.name]) if field.stored else address(field, sobject, row)
    return record


def _known(call: Call, sobject: SObject, record_id: str) -> Row:
    whole = full_id(record_id)
    row = call.state.row(sobject, whole) if whole else None
    if row is None:
        raise not_found()
    if row.get("IsDeleted"):
        raise is_deleted()
    return row


def _created(call: Call, sobject: SObject, record_id: str, more: JsonObject) -> Outcome:
    place = {"Location": f"/services/data/v{call.version}/sobjects/{sobject.name}/{record_id}"}
    return Outcome(201, {"id": record_id, "success": True, "errors": [], **more}, place)


def _several(call: Call, sobject: SObject, found: list[Row]) -> Outcome | None:
    if len(found) < 2:
        return None
    return Outcome(300, [attributes(sobject, str(row["Id"]), call.version)["url"] for row in found])


def _not_in_body(name: str) -> Refused:
    return Refused("INVALID_FIELD", f"The {name} field should not be specified in the sobject data.")


def _check_unmodified(call: Call, row: Row) -> None:
    """Refuse with 412 what changed after the caller's If-Unmodified-Since (facts 2.7; the text is unverified)."""
    header = call.request.headers.get("if-unmodified-since")
    since = _http_date(header)
    if header is not None and since is None:
        raise Refused("INVALID_DATE_FORMAT", "The date of If-Unmodified-Since cannot be read")
    if since is not None and int(row["LastModifiedDate"] or 0) > since:
        raise Refused("MODIFIED", "The record was changed since the given date", status=412)


def _http_date(text: str | None) -> int | None:
    try:
        return None if text is None else int(parsedate_to_datetime(text).timestamp())
    except ValueError:
        return None
