"""Saving an edited map from a page: who may, what is told, and where one goes on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from apatar.accounts.gate import membership_of
from apatar.accounts.models import note
from apatar.connections.gate import writable_connection
from apatar.connections.map_forms import MapForm
from apatar.connections.maps import findings_of, map_of, save_map
from apatar.connections.models import Connection, MapVersion
from apatar.sync.custom_map import Map
from apatar.sync.findings import Finding, MapError
from apatar.sync.mapping import ObjectMapping

NOTHING_CHANGED = "Nothing was changed: the map says this already."
SAVED = "Saved. The next run works with this map."


def opened_map(request: HttpRequest, pk: int) -> tuple[Connection, Map]:
    """Return a connection that may be changed, and its map."""
    found = writable_connection(request, pk)
    return found, map_of(found)


def pair_of(current: Map, name: str) -> ObjectMapping:
    try:
        return current.pair(name)
    except KeyError as error:
        raise Http404 from error


def saved(
    request: HttpRequest, found: Connection, form: MapForm, document: dict[str, Any], what: str, *, field: str = ""
) -> bool:
    """Save a document; where it is refused, put the reasons into the form."""
    why = form.cleaned_data.get("note") or what[:1].upper() + what[1:]
    try:
        made = save_map(found, document, membership_of(request).person, why)
    except MapError as error:
        form.show(error.findings, field=field)
        return False
    tell(request, found, made, what, [one for one in findings_of(found, map_of(found)) if one.field == field and field])
    return True


def done(request: HttpRequest, found: Connection, document: dict[str, Any], what: str, *place: Any) -> HttpResponse:
    """Save what needs no form, and go on."""
    try:
        made = save_map(found, document, membership_of(request).person, what[:1].upper() + what[1:])
    except MapError as error:
        return refused(request, error, *place)
    return told(request, found, made, what, *place)


def told(request: HttpRequest, found: Connection, made: MapVersion | None, what: str, *place: Any) -> HttpResponse:
    tell(request, found, made, what, [])
    return redirect(*place)


def tell(request: HttpRequest, found: Connection, made: MapVersion | None, what: str, findings: list[Finding]) -> None:
    if made is None:
        messages.info(request, NOTHING_CHANGED)
        return
    membership = membership_of(request)
    note(membership.workspace, membership.person, what=what, about=found.company)
    messages.success(request, SAVED)
    for one in findings:
        messages.warning(request, str(one))


def refused(request: HttpRequest, error: MapError, *place: Any) -> HttpResponse:
    for one in error.findings[:5]:
        messages.error(request, str(one))
    return redirect(*place)
