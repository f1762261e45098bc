"""Pages of the map: which objects are kept in step, the choices of the whole, its versions, export and import."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apatar.accounts.gate import membership_of
from apatar.connections.gate import connection_for, writable_connection
from apatar.connections.map_forms import ChoicesForm, ImportForm, PairForm
from apatar.connections.map_saving import done, opened_map, pair_of, refused, saved, told
from apatar.connections.map_showing import WAITS, pair_rows
from apatar.connections.maps import (
    LARGEST_FILE,
    exported,
    findings_of,
    imported,
    map_of,
    restore,
    troubles_of,
    versions_of,
)
from apatar.connections.models import Connection, MapVersion
from apatar.sync.custom_map import write_map
from apatar.sync.expression_functions import ARITIES
from apatar.sync.findings import MapError
from apatar.sync.map_diff import differences, spoken
from apatar.sync.map_edit import with_choices, with_pair, without_pair

VERSIONS_SHOWN = 20


@login_required
@require_GET
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """One row for each pair of objects, the choices of the whole, the versions."""
    return _overview(request, connection_for(request, pk), ImportForm())


@login_required
@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest, pk: int) -> HttpResponse:
    """Which documents deals become, what new items are given, look-up tables."""
    found, current = opened_map(request, pk)
    form = ChoicesForm(request.POST if request.method == "POST" else None, found=current)
    if request.method == "POST" and form.is_valid():
        document = with_choices(write_map(current), form.words())
        if saved(request, found, form, document, "changed the choices of the map"):
            return redirect("map", pk)
    return render(request, "connections/map_choices.html", {"connection": found, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def pair_settings(request: HttpRequest, pk: int, pair: str) -> HttpResponse:
    """Direction, filters and the like of one pair; `reset` puts everything about it back to its default."""
    found, current = opened_map(request, pk)
    one = pair_of(current, pair)
    form = PairForm(request.POST if request.method == "POST" else None, pair=one, enabled=pair in current.enabled)
    if request.method == "POST" and request.POST.get("action") == "reset":
        document = without_pair(write_map(current), pair)
        return done(request, found, document, f"reset {one.label}", "map-pair", pk, pair)
    if request.method == "POST" and form.is_valid():
        document = with_pair(write_map(current), pair, form.words())
        if saved(request, found, form, document, f"changed {one.label}"):
            return redirect("map-pair", pk, pair)
    ctx = {"connection": found, "pair": one, "form": form, "functions": sorted(ARITIES)}
    return render(request, "connections/map_settings.html", ctx)


@login_required
@require_POST
def switch(request: HttpRequest, pk: int, pair: str) -> HttpResponse:
    """Switch one pair on or off."""
    found, current = opened_map(request, pk)
    one, on = pair_of(current, pair), request.POST.get("on") == "yes"
    document = with_pair(write_map(current), pair, {"enabled": on})
    return done(request, found, document, f"switched {one.label} {'on' if on else 'off'}", "map", pk)


@login_required
@require_GET
def version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What one version changed, and what would change if one went back to it."""
    found = connection_for(request, pk)
    one = _version(found, number)
    older = versions_of(found).filter(number__lt=number).first()
    now, then = map_of(found), map_of(found, number)
    ctx = {
        "connection": found,
        "membership": membership_of(request),
        "version": one,
        "older": older,
        "changes": differences(map_of(found, older.number if older else 0), then),
        "back": differences(now, then),
        "in_use": number == found.map_number,
    }
    return render(request, "connections/map_version.html", ctx)


@login_required
@require_POST
def go_back(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Use a version again, or with 0 the defaults; what is in use now stays in the list."""
    found = writable_connection(request, pk)
    if number:
        _version(found, number)
    what = f"went back to version {number} of the map" if number else "reset the map"
    try:
        made = restore(found, number, membership_of(request).person)
    except MapError as error:
        return refused(request, error, "map", pk)
    return told(request, found, made, what, "map", pk)


@login_required
@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The map as one readable file; `version` names an older one."""
    found = connection_for(request, pk)
    asked = request.GET.get("version", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 9 else found.map_number
    try:
        content = exported(found, number)
    except MapVersion.DoesNotExist as error:
        raise Http404 from error
    headers = {"Content-Disposition": f'attachment; filename="apatar-map-{found.pk}-version-{number}.json"'}
    return HttpResponse(content, content_type="application/json", headers=headers)


@login_required
@require_POST
def take_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Use a map out of a file."""
    found = writable_connection(request, pk)
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _overview(request, found, form, status=400)
    try:
        document = imported(form.cleaned_data["file"].read(LARGEST_FILE + 1))
    except MapError as error:
        form.show(error.findings)
        return _overview(request, found, form, status=400)
    if not saved(request, found, form, document, "imported a map"):
        return _overview(request, found, form, status=400)
    return redirect("map", pk)


def _overview(request: HttpRequest, found: Connection, form: ImportForm, *, status: int = 200) -> HttpResponse:
    current = map_of(found)
    findings = findings_of(found, current)
    rows = pair_rows(found, current, findings)
    ctx = {
        "connection": found,
        "membership": membership_of(request),
        "map": current,
        "missing": spoken(current.missing_items),
        "rows": rows,
        "troubles": troubles_of(found),
        "without_source": [one for one in findings if not one.field],
        "waiting": any(one.state == WAITS for one in rows),
        "versions": versions_of(found)[:VERSIONS_SHOWN],
        "form": form,
    }
    return render(request, "connections/map.html", ctx, status=status)


def _version(found: Connection, number: int) -> MapVersion:
    version = versions_of(found).filter(number=number).first()
    if version is None:
        raise Http404
    return version
