"""What changed and what was deleted between two times, and the org's counts and limits."""

from datetime import UTC, datetime, timedelta

from apatar.sandbox.salesforce.calls import Call
from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.values import parse_datetime, stamp
from apatar.sandbox.salesforce.wire import Response, json_response

_DAY = 86_400
_UPDATED_REACH = 30 * _DAY
_DELETED_REACH = 15 * _DAY
_MOST_IDS = 600_000


def updated(call: Call, name: str) -> Response:
    """Answer the ids changed in a window of whole minutes; `latestDateCovered` waits for writes not yet visible."""
    sobject = call.object(name)
    start, end = _window(call, _UPDATED_REACH)
    with call.state.as_seen_by(call.actor):
        alive = ' AND "IsDeleted" = 0' if sobject.recycles else ""
        where = f'"SystemModstamp" >= ? AND "SystemModstamp" < ?{alive}'
        ids = [row["Id"] for row in call.state.rows(sobject, where, (start, end))]
    if len(ids) > _MOST_IDS:
        raise Refused("EXCEEDED_ID_LIMIT", "too many ids: ask for a shorter time")
    return json_response({"ids": ids, "latestDateCovered": stamp(_covered(call, end))})


def deleted(call: Call, name: str) -> Response:
    sobject = call.object(name)
    if not sobject.recycles:
        raise Refused("INVALID_TYPE_FOR_OPERATION", f"{sobject.name} is not replicateable")  # unverified text
    start, end = _window(call, _DELETED_REACH)
    with call.state.as_seen_by(call.actor):
        where = '"IsDeleted" = 1 AND "SystemModstamp" >= ? AND "SystemModstamp" < ?'
        rows = call.state.rows(sobject, where, (start, end))
    earliest = max(int(call.state.setting("founded_at", 0)), int(call.state.now()) - _DELETED_REACH)
    answer = {
        "deletedRecords": [{"id": row["Id"], "deletedDate": stamp(int(row["SystemModstamp"] or 0))} for row in rows],
        "earliestDateAvailable": stamp(earliest - earliest % 60),
        "latestDateCovered": stamp(_covered(call, end)),
    }
    return json_response(answer)


def limits(call: Call) -> Response:
    most = call.faults.in_force.daily_limit
    used = call.state.calls_today()
    answer = {
        "DailyApiRequests": {"Max": most, "Remaining": max(0, most - used)},
        "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
        "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
        "DataStorageMB": {"Max": 5_120, "Remaining": 5_119},
        "HourlyLongTermIdMapping": {"Max": 100_000, "Remaining": 100_000},
    }
    return json_response(answer)


def record_count(call: Call) -> Response:
    """Answer how many records the objects of `?sObjects=` hold; unknown names are left out."""
    asked = call.request.query.get("sObjects", "")
    schema = call.schema
    known = [schema[one.lower()] for one in asked.split(",") if one.lower() in schema]
    counts = []
    for sobject in known or schema.values():
        alive = ' WHERE "IsDeleted" = 0' if sobject.recycles else ""
        count = call.state.execute(f'SELECT count(*) FROM "{sobject.name}"{alive}').fetchone()[0]
        counts.append({"count": count, "name": sobject.name})
    return json_response({"sObjects": counts})


def _window(call: Call, reach: int) -> tuple[int, int]:
    """Return start and end in whole minutes; raises INVALID_REPLICATION_DATE (the texts are unverified)."""
    start, end = (_minute(call.request.query.get(name)) for name in ("start", "end"))
    now = int(call.state.now())
    if start is None or end is None:
        raise Refused("INVALID_REPLICATION_DATE", "start and end must be ISO 8601 times with an offset")
    if start >= end:
        raise Refused("INVALID_REPLICATION_DATE", "startDate must be at least one minute before endDate")
    if start < now - reach - 60:
        earliest = datetime.fromtimestamp(now, UTC) - timedelta(seconds=reach)
        raise Refused("INVALID_REPLICATION_DATE", f"startDate cannot be before {earliest:%Y-%m-%dT%H:%M:00Z}")
    return start, end


def _minute(text: str | None) -> int | None:
    """Return a time cut to its minute; a plus sign that was not encoded arrives as a blank."""
    seconds = parse_datetime((text or "").replace(" ", "+"))
    return None if seconds is None else seconds - seconds % 60


def _covered(call: Call, end: int) -> int:
    oldest = call.state.oldest_late()
    limit = int(call.state.now()) if oldest is None else int(oldest)
    return min(end, limit - limit % 60)
