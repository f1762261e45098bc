"""Pages of one field of the map: changing, adding, removing it; the fields of both sides to choose from."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apatar.connections.map_forms import FieldForm
from apatar.connections.map_saving import done, opened_map, pair_of, saved
from apatar.connections.map_showing import FieldRow, field_rows, kind_for, offers_of
from apatar.connections.maps import findings_of
from apatar.connections.models import Connection
from apatar.connections.org_fields import quickbooks_offers, salesforce_offers
from apatar.sync.custom_map import Map, write_map
from apatar.sync.expression_functions import ARITIES
from apatar.sync.map_edit import reset_field, with_field, without_field
from apatar.sync.map_fields import JOINT
from apatar.sync.map_rules import every_field
from apatar.sync.mapping import ObjectMapping
from apatar.sync.offers import Offer
from apatar.sync.record import Side

OFFERS_SHOWN = 12


@login_required
@require_http_methods(["GET", "POST"])
def field(request: HttpRequest, pk: int, pair: str, name: str) -> HttpResponse:
    """Change one field, remove it, or put it back to its default."""
    found, current = opened_map(request, pk)
    one = pair_of(current, pair)
    row = _row(found, current, one, name)
    if not row.movable:
        raise Http404
    document, action = write_map(current), request.POST.get("action")
    if request.method == "POST" and action in {"remove", "reset"}:
        gone = action == "remove" or row.added
        changed = without_field(document, pair, name, added=row.added) if gone else reset_field(document, pair, name)
        words = f"{'removed' if gone else 'reset'} {row.one.label} of {one.label}"
        return done(request, found, changed, words, "map-pair", pk, pair)
    form = FieldForm(
        request.POST if request.method == "POST" else None, one=row.one, added=row.added, of_line=JOINT in name
    )
    if request.method == "POST" and form.is_valid():
        document = with_field(document, pair, name, form.words())
        if saved(request, found, form, document, f"changed {row.one.label} of {one.label}", field=name):
            return redirect("map-pair", pk, pair)
    return _field_page(request, found, one, form, name, row)


@login_required
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, pk: int, pair: str) -> HttpResponse:
    """Add a field; the fields of both sides are listed and can be searched. `lines`: to the lines of a document."""
    found, current = opened_map(request, pk)
    one = pair_of(current, pair)
    prefix = _prefix(one, request)
    given = {side.value: request.GET.get(side.value, "") for side in Side}
    form = FieldForm(
        request.POST if request.method == "POST" else None,
        added=True,
        of_line=bool(prefix),
        initial=_suggested(found, one, prefix, given),
    )
    if request.method == "POST" and form.is_valid():
        name = f"{prefix}{_new_name(one, prefix, form.cleaned_data['label'])}"
        document = with_field(write_map(current), pair, name, form.words())
        if saved(request, found, form, document, f"added {form.cleaned_data['label']} to {one.label}", field=name):
            return redirect("map-pair", pk, pair)
    return _field_page(request, found, one, form, prefix, None)


@login_required
@require_POST
def bring_back(request: HttpRequest, pk: int, pair: str, name: str) -> HttpResponse:
    """Put a removed field back to its default."""
    found, current = opened_map(request, pk)
    one = pair_of(current, pair)
    document = reset_field(write_map(current), pair, name)
    return done(request, found, document, f"brought {name} of {one.label} back", "map-pair", pk, pair)


def _field_page(
    request: HttpRequest, found: Connection, pair: ObjectMapping, form: FieldForm, name: str, row: FieldRow | None
) -> HttpResponse:
    """Show the form of a field with all that either side offers, searched by `q`."""
    asked = request.GET.get("q", "").strip()
    offers = {side: list(_offers(found, pair, name, side).values()) for side in Side}
    ctx: dict[str, Any] = {
        "connection": found,
        "pair": pair,
        "form": form,
        "row": row,
        "lines": JOINT in name,
        "all_salesforce": offers[Side.SALESFORCE],
        "all_quickbooks": offers[Side.QUICKBOOKS],
        "salesforce": _matching(offers[Side.SALESFORCE], asked),
        "quickbooks": _matching(offers[Side.QUICKBOOKS], asked),
        "chosen": {side.value: request.GET.get(side.value, "") for side in Side},
        "q": asked,
        "shown": OFFERS_SHOWN,
        "functions": sorted(ARITIES),
    }
    part = request.headers.get("HX-Target") == "offers"
    return render(request, "connections/_map_offers.html" if part else "connections/map_field.html", ctx)


def _offers(found: Connection, pair: ObjectMapping, name: str, side: Side) -> "dict[str, Offer]":
    objects = salesforce_offers(found) if side is Side.SALESFORCE else quickbooks_offers(found, (pair,))
    return dict(offers_of(pair, name, side, objects))


def _matching(offers: list[Offer], asked: str) -> list[Offer]:
    wanted = asked.casefold()
    found = [one for one in offers if wanted in one.label.casefold() or wanted in one.path.casefold()]
    return sorted(found, key=lambda one: (not one.custom, one.label.casefold()))[:OFFERS_SHOWN]


def _suggested(found: Connection, pair: ObjectMapping, prefix: str, given: dict[str, str]) -> dict[str, str]:
    """Fill in what follows from the two places that were chosen: name, kind and direction."""
    offers = {side: _offers(found, pair, prefix, side).get(given[side.value]) for side in Side}
    known = [one for one in offers.values() if one]
    if not known:
        return given
    writable = [side for side, one in offers.items() if one is None or one.creating or one.changing]
    direction = "both" if len(writable) != 1 else f"to-{writable[0].value}"
    target = offers[Side(direction.removeprefix("to-"))] if direction != "both" else None
    return {**given, "label": known[0].label, "kind": kind_for(target or known[0]).value, "direction": direction}


def _prefix(pair: ObjectMapping, request: HttpRequest) -> str:
    lines = pair.lines_field
    wanted = request.GET.get("lines") or request.POST.get("lines")
    return f"{lines.name}{JOINT}" if wanted and lines else ""


def _new_name(pair: ObjectMapping, prefix: str, label: str) -> str:
    """Make a name out of a label, different from all others."""
    plain = "".join(one if one.isascii() and one.isalnum() else "_" for one in label.casefold())
    stem = "own_" + "_".join(part for part in plain.split("_") if part)[:30]
    taken = {name for name, _ in every_field(pair)}
    return next(
        name for name in (stem, *(f"{stem}_{number}" for number in range(2, 1_000))) if f"{prefix}{name}" not in taken
    )


def _row(found: Connection, current: Map, pair: ObjectMapping, name: str) -> FieldRow:
    rows = field_rows(found, pair, findings_of(found, current))
    row = next((one for one in rows if one.name == name), None)
    if row is None:
        raise Http404
    return row
