"""The REST API: which address leads to which handler, and what surrounds every answer."""

import re

from apatar.sandbox.salesforce import batches, bulk, changes, composite, graph, metadata_tooling, records, trees
from apatar.sandbox.salesforce.calls import Call, Handler
from apatar.sandbox.salesforce.errors import Refused, not_found
from apatar.sandbox.salesforce.wire import Request, Response, json_response

OLDEST, NEWEST = 31, 68  # facts 0: 21 to 30 are retired, Winter '27 is 68.0
_RETIRED = range(1, OLDEST)
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


def list_versions() -> Response:
    """Answer the versions of the API; no session is needed."""
    versions = [
        {"label": _season(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(OLDEST, NEWEST + 1)
    ]
    return json_response(versions)


def version_of(request: Request) -> str:
    """Return the API version of a path; raises GONE for a retired one, NOT_FOUND for one that never was."""
    match = re.fullmatch(r"v(\d+)\.0", request.segments[2])
    if match is None:
        raise not_found()
    number = int(match.group(1))
    if number in _RETIRED:
        raise Refused("GONE", f"API version v{number}.0 is retired", status=410)  # unverified text
    if number > NEWEST:
        raise not_found()
    return f"{number}.0"


def dispatch(call: Call) -> Response:
    """Answer one call; a refusal becomes the array of errors that Salesforce sends."""
    try:
        handler, values = _find(call.request)
        return handler(call, *values)
    except Refused as refusal:
        return json_response([refusal.as_rest()], refusal.status)


def show_resources(call: Call) -> Response:
    base = f"/services/data/v{call.version}"
    names = ("limits", "sobjects", "query", "queryAll", "composite", "jobs", "tooling")
    return json_response({name: f"{base}/{name}" for name in names})


def query(call: Call) -> Response:
    return _first_page(call, with_deleted=False)


def query_all(call: Call) -> Response:
    return _first_page(call, with_deleted=True)


def next_page(call: Call, locator: str) -> Response:
    return json_response(call.queries.next_page(locator, call.actor, version=call.version))


def run_composite(call: Call) -> Response:
    return composite.run(call, dispatch)


def _first_page(call: Call, *, with_deleted: bool) -> Response:
    soql = call.request.query.get("q", "")
    if not soql.strip():
        raise Refused("MALFORMED_QUERY", "A query string has to be specified")
    match = _BATCH_SIZE.search(call.request.headers.get("sforce-query-options", ""))
    size = min(2_000, max(200, int(match.group(1)))) if match else 2_000
    page = call.queries.first_page(soql, call.actor, version=call.version, with_deleted=with_deleted, size=size)
    return json_response(page)


# A capital word stands for any one segment of the address; small words are compared without case.
_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", show_resources),
    ("GET", "sobjects", records.list_objects),
    ("GET", "sobjects/TYPE", records.show_object),
    ("POST", "sobjects/TYPE", records.create),
    ("GET", "sobjects/TYPE/describe", records.describe_object),
    ("GET", "sobjects/TYPE/updated", changes.updated),
    ("GET", "sobjects/TYPE/deleted", changes.deleted),
    ("GET", "sobjects/TYPE/ID", records.read),
    ("PATCH", "sobjects/TYPE/ID", records.update),
    ("DELETE", "sobjects/TYPE/ID", records.delete),
    ("GET", "sobjects/TYPE/FIELD/VALUE", records.read_by_key),
    ("PATCH", "sobjects/TYPE/FIELD/VALUE", records.upsert),
    ("DELETE", "sobjects/TYPE/FIELD/VALUE", records.delete_by_key),
    ("GET", "query", query),
    ("GET", "queryall", query_all),
    ("GET", "query/LOCATOR", next_page),
    ("GET", "queryall/LOCATOR", next_page),
    ("POST", "composite", run_composite),
    ("POST", "composite/graph", graph.run),
    ("POST", "composite/tree/TYPE", trees.create_tree),
    ("POST", "composite/sobjects", batches.create_many),
    ("PATCH", "composite/sobjects", batches.update_many),
    ("DELETE", "composite/sobjects", batches.delete_many),
    ("GET", "composite/sobjects/TYPE", batches.read_many),
    ("POST", "composite/sobjects/TYPE", batches.read_many),
    ("PATCH", "composite/sobjects/TYPE/FIELD", batches.upsert_many),
    ("GET", "tooling/query", metadata_tooling.query),
    ("POST", "tooling/sobjects/customfield", metadata_tooling.create_field),
    ("GET", "tooling/sobjects/customfield/ID", metadata_tooling.read_field),
    ("PATCH", "tooling/sobjects/customfield/ID", metadata_tooling.update_field),
    ("DELETE", "tooling/sobjects/customfield/ID", metadata_tooling.delete_field),
    ("GET", "limits", changes.limits),
    ("GET", "limits/recordcount", changes.record_count),
    ("POST", "jobs/ingest", bulk.create_ingest),
    ("GET", "jobs/ingest/ID", bulk.show_ingest),
    ("PATCH", "jobs/ingest/ID", bulk.close_ingest),
    ("DELETE", "jobs/ingest/ID", bulk.delete_job),
    ("PUT", "jobs/ingest/ID/batches", bulk.upload),
    ("GET", "jobs/ingest/ID/RESULTS", bulk.ingest_results),
    ("POST", "jobs/query", bulk.create_query),
    ("GET", "jobs/query/ID", bulk.show_query),
    ("DELETE", "jobs/query/ID", bulk.delete_job),
    ("GET", "jobs/query/ID/results", bulk.query_results),
)
_PATTERNS = [(method, pattern.split("/") if pattern else [], handler) for method, pattern, handler in _ROUTES]


def _find(request: Request) -> tuple[Handler, list[str]]:
    segments = request.segments[3:]
    fitting = [(method, parts, handler) for method, parts, handler in _PATTERNS if _fits(parts, segments)]
    for method, parts, handler in fitting:
        if method == request.method:
            return handler, [given for part, given in zip(parts, segments, strict=True) if part.isupper()]
    if not fitting:
        raise not_found()
    allowed = ", ".join(sorted({method for method, _, _ in fitting}))
    message = f"HTTP Method '{request.method}' not allowed. Allowed are {allowed}"
    raise Refused("METHOD_NOT_ALLOWED", message, status=405)


def _fits(parts: list[str], segments: list[str]) -> bool:
    return len(parts) == len(segments) and all(
        part.isupper() or part == given.lower() for part, given in zip(parts, segments, strict=True)
    )


def _season(number: int) -> str:
    """Return a version's release: three a year, 64.0 being Summer '25."""
    years, turn = divmod(number - 64, 3)
    return (f"Summer '{25 + years:02d}", f"Winter '{26 + years:02d}", f"Spring '{26 + years:02d}")[turn]
