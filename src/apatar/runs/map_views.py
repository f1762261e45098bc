"""Pages of one pair of the map that need records: every field with a live example, and trying the map on a record."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from apatar.accounts.gate import membership_of
from apatar.connections.map import pairs_of
from apatar.connections.map_showing import field_rows, removed_from
from apatar.connections.maps import findings_of, map_of
from apatar.connections.models import Connection
from apatar.runs.gate import opened_connection
from apatar.runs.map_trial import found_records, newest_example, try_on
from apatar.sync.custom_map import Map
from apatar.sync.map_diff import DIRECTION_WORDS
from apatar.sync.mapping import ObjectMapping

LONGEST_QUESTION = 255


@login_required
@require_GET
def pair(request: HttpRequest, pk: int, pair: str) -> HttpResponse:
    """Every mapped field with both its names, its types, its rules, and what a real record has there."""
    with opened_connection(request, pk) as connection:
        current, one = _opened(connection, pair)
        findings = findings_of(connection, current)
        example = newest_example(connection, one, today=timezone.now().date())
        rows = [
            (
                row,
                example.salesforce.get(row.name, "") if example else "",
                example.quickbooks.get(row.name, "") if example else "",
            )
            for row in field_rows(connection, one, findings)
        ]
        ctx = {
            "connection": connection,
            "membership": membership_of(request),
            "pair": one,
            "enabled": one.name in current.enabled,
            "direction": DIRECTION_WORDS[one.direction],
            "matched_by": next((each.label for each in one.fields if each.name == one.match_by), ""),
            "rows": [row for row in rows if "." not in row[0].name],
            "line_rows": [row for row in rows if "." in row[0].name],
            "removed": removed_from(one),
            "example": example,
            "findings": [each for each in findings if each.pair == one.name and not each.field],
        }
        return render(request, "runs/map_pair.html", ctx)


@login_required
@require_GET
def trial(request: HttpRequest, pk: int, pair: str) -> HttpResponse:
    """A record's name or id in, the mapped result out; nothing is written."""
    with opened_connection(request, pk) as connection:
        one = _as_offered(connection, _opened(connection, pair)[1])
        asked = request.GET.get("record", "").replace("\0", "").strip()[:LONGEST_QUESTION]
        found = found_records(connection, one, asked)
        ctx = {
            "connection": connection,
            "pair": one,
            "asked": asked,
            "found": found if len(found) > 1 else [],
            "trial": try_on(connection, one, found[0], now=timezone.now()) if len(found) == 1 else None,
        }
        part = request.headers.get("HX-Target") == "tried"
        return render(request, "runs/_map_trial.html" if part else "runs/map_trial.html", ctx)


def _opened(connection: Connection, name: str) -> tuple[Map, ObjectMapping]:
    current = map_of(connection)
    try:
        return current, current.pair(name)
    except KeyError as error:
        raise Http404 from error


def _as_offered(connection: Connection, pair: ObjectMapping) -> ObjectMapping:
    """Return a pair as the org takes it, where it is kept in step, so that a trial promises no more than a run does."""
    return next((one for one in pairs_of(connection) if one.name == pair.name), pair)
