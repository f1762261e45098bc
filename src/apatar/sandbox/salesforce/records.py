"""One record at a time: /sobjects/…"""

from email.utils import parsedate_to_datetime

from apatar.sandbox.salesforce.calls import Call
from apatar.sandbox.salesforce.describing import basic, describe, describe_global
from apatar.sandbox.salesforce.errors import JsonObject, Refused, is_deleted, not_found
from apatar.sandbox.salesforce.ids import full_id
from apatar.sandbox.salesforce.querying import address, attributes
from apatar.sandbox.salesforce.schema import Field, SObject
from apatar.sandbox.salesforce.state import Row
from apatar.sandbox.salesforce.values import to_json
from apatar.sandbox.salesforce.wire import Response, json_response


def list_objects(call: Call) -> Response:
    return json_response(describe_global(call.state.schema, call.version))


def show_object(call: Call, name: str) -> Response:
    return json_response(basic(call.object(name), call.version))


def describe_object(call: Call, name: str) -> Response:
    """Answer a describe, or 304 when the caller's copy is younger than the org's last change of its fields."""
    sobject = call.object(name)
    since = _http_date(call.request.headers.get("if-modified-since"))
    if since is not None and since >= int(call.state.setting("described_at", 0)):
        return Response(304)
    return json_response(describe(sobject, call.state.schema, call.version))


def create(call: Call, name: str) -> Response:
    sobject, values = call.object(name), call.json_object()
    if any(key.lower() == "id" for key in values):
        raise _not_in_body("Id")
    return _created(call, sobject, call.writer.insert(sobject, values), {})


def read(call: Call, name: str, record_id: str) -> Response:
    """Answer all fields of a record, or those of `?fields=`."""
    sobject = call.object(name)
    with call.state.as_seen_by(call.actor):
        return json_response(record_json(call, sobject, _known(call, sobject, record_id)))


def update(call: Call, name: str, record_id: str) -> Response:
    sobject, values = call.object(name), call.json_object()
    if any(key.lower() == "id" for key in values):
        raise _not_in_body("Id")
    row = _known(call, sobject, record_id)
    _check_unmodified(call, row)
    call.writer.update(sobject, str(row["Id"]), values)
    return Response(204)


def delete(call: Call, name: str, record_id: str) -> Response:
    sobject = call.object(name)
    call.writer.delete(sobject, str(_known(call, sobject, record_id)["Id"]))
    return Response(204)


def read_by_key(call: Call, name: str, key: str, value: str) -> Response:
    sobject = call.object(name)
    with call.state.as_seen_by(call.actor):
        found = call.writer.matches(sobject, key_field(sobject, key), value)
        if not found:
            raise not_found()
        return _several(call, sobject, found) or json_response(record_json(call, sobject, found[0]))


def upsert(call: Call, name: str, key: str, value: str) -> Response:
    """Create or change the record that an external id names: 201, 200 (204 up to API 45), 300 for several."""
    sobject, field, values = call.object(name), key_field(call.object(name), key), call.json_object()
    doubled = next((given for given in values if given.lower() in ("id", field.name.lower())), None)
    if doubled is not None:
        raise _not_in_body(doubled)
    found = call.writer.matches(sobject, field, value)
    if len(found) > 1:
        return _several(call, sobject, found) or Response(300)
    if found:
        call.writer.update(sobject, str(found[0]["Id"]), values)
        if float(call.version) < 46:
            return Response(204)
        return json_response({"id": found[0]["Id"], "success": True, "errors": [], "created": False})
    if call.request.query.get("updateOnly", "").lower() == "true":
        raise not_found()
    record_id = call.writer.insert(sobject, {**values, field.name: value})
    return _created(call, sobject, record_id, {"created": True} if float(call.version) >= 46 else {})


def delete_by_key(call: Call, name: str, key: str, value: str) -> Response:
    sobject = call.object(name)
    found = call.writer.matches(sobject, key_field(sobject, key), value)
    if not found:
        raise not_found()
    if len(found) > 1:
        return _several(call, sobject, found) or Response(300)
    call.writer.delete(sobject, str(found[0]["Id"]))
    return Response(204)


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


def _created(call: Call, sobject: SObject, record_id: str, more: JsonObject) -> Response:
    place = {"Location": f"/services/data/v{call.version}/sobjects/{sobject.name}/{record_id}"}
    return json_response({"id": record_id, "success": True, "errors": [], **more}, 201, place)


def _several(call: Call, sobject: SObject, found: list[Row]) -> Response | None:
    if len(found) < 2:
        return None
    return json_response([attributes(sobject, str(row["Id"]), call.version)["url"] for row in found], 300)


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
