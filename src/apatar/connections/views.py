"""Pages of connections: the cards, the form, the steps, the .qwc, and what one can do with a connection."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_scopes import scope

from apatar.accounts.gate import may_write, membership_of
from apatar.accounts.models import note
from apatar.connections.address import public_address
from apatar.connections.computers import WEEK, taking_turns
from apatar.connections.first_steps import first_steps
from apatar.connections.forms import ConnectionForm
from apatar.connections.gate import connection_for, writable_connection
from apatar.connections.glance import DAYS, glance, mark_of, month_of, steps_of, title_of
from apatar.connections.map import left_out
from apatar.connections.models import Connection
from apatar.connections.qwc import FILE_NAME, qwc_file
from apatar.connections.webconnector_password import make_webconnector_password

TRIED = "salesforce-tried"
"""Where the session keeps the fingerprint of the login that was tried last and worked."""


@login_required
@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    """One card for each connection."""
    membership = membership_of(request)
    now = timezone.now()
    cards = [glance(connection, now=now) for connection in Connection.objects.all()]
    return render(request, "connections/connections.html", {"cards": cards, "membership": membership})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The empty form, and saving it."""
    membership = may_write(request)
    form = ConnectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        connection = Connection(workspace=membership.workspace, owner=membership.person)
        _keep(request, form, connection, what="set up a connection")
        messages.success(request, "Saved. The next steps are below.")
        return redirect("connection", connection.pk)
    return render(request, "connections/new.html", form_context(form))


@login_required
@require_http_methods(["GET", "POST"])
def connection(request: HttpRequest, pk: int) -> HttpResponse:
    """One connection: what it does, what is next, its form; POST is Update."""
    found = writable_connection(request, pk) if request.method == "POST" else connection_for(request, pk)
    form = ConnectionForm(request.POST if request.method == "POST" else None, connection=found)
    if request.method == "POST" and form.is_valid():
        _keep(request, form, found, what="changed a connection")
        messages.success(request, "Updated. The next run works with these settings.")
        return redirect("connection", found.pk)
    return show(request, found, form)


@login_required
@require_GET
def steps(request: HttpRequest, pk: int) -> HttpResponse:
    """What moves while somebody sets up: the steps, the headline and the health; nothing where nothing moved.

    The form is left alone, so that what was half typed survives, and an unmoved page keeps its focus and selection.
    """
    ctx = _page_context(request, connection_for(request, pk))
    if request.GET.get("mark") == ctx["mark"]:
        return HttpResponse(status=204)
    return render(request, "connections/_moved.html", ctx)


@login_required
@require_GET
def qwc(request: HttpRequest, pk: int) -> HttpResponse:
    """ApatarQBW.qwc. Fetching it ticks the step off."""
    found = connection_for(request, pk)
    Connection.objects.filter(pk=found.pk, qwc_downloaded_at=None).update(qwc_downloaded_at=timezone.now())
    answer = HttpResponse(qwc_file(found, public_address()), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return answer


@login_required
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    found = writable_connection(request, pk)
    Connection.objects.filter(pk=pk, paused_at=None).update(paused_at=timezone.now())
    _note(request, found, what="paused a connection")
    messages.success(request, "Paused. Nothing is read or written until you resume.")
    return redirect("connection", pk)


@login_required
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    found = writable_connection(request, pk)
    Connection.objects.filter(pk=pk).update(paused_at=None)
    _note(request, found, what="resumed a connection")
    messages.success(request, "Resumed. The next call of the Web Connector is a run again.")
    return redirect("connection", pk)


@login_required
@require_POST
def sync_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the next call of the Web Connector a run, whatever the frequency says."""
    found = writable_connection(request, pk)
    Connection.objects.filter(pk=pk).update(sync_asked_at=timezone.now())
    _note(request, found, what="asked for a run")
    messages.success(
        request,
        "The next call of the Web Connector will be a run. To have it now, click Update Selected in the Web Connector.",
    )
    return redirect("connection", pk)


@login_required
@require_POST
def take_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the company file from where it was before: the PC that it seemed to have left is the right one."""
    found = writable_connection(request, pk)
    Connection.objects.filter(pk=pk).update(former_places=[], last_refusal="")
    _note(request, found, what="took the company file from an earlier PC")
    messages.success(request, "Said. The next call counts, from whichever PC it comes: stop the other one first.")
    return redirect("connection", pk)


@never_cache
@login_required
@require_POST
def webconnector_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a password for the Web Connector alone and show it once, or go back to the owner's password."""
    found = writable_connection(request, pk)
    if request.POST.get("action") == "remove":
        Connection.objects.filter(pk=pk).update(webconnector_proof="")
        _note(request, found, what="went back to the On-Demand password")
        messages.success(request, f"The Web Connector now needs the On-Demand password of {found.owner}.")
        return redirect("connection", pk)
    password, proof = make_webconnector_password()
    Connection.objects.filter(pk=pk).update(webconnector_proof=proof)
    _note(request, found, what="made a Web Connector password")
    return render(request, "connections/password.html", {"connection": found, "password": password})


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete the connection with everything kept about it; neither system is touched."""
    found = writable_connection(request, pk)
    if request.method == "GET":
        return render(request, "connections/delete.html", {"connection": found})
    if request.POST.get("sure") != "yes":
        messages.error(request, "Nothing was deleted. Tick the box if you are sure.")
        return redirect("connection-delete", pk)
    with transaction.atomic(), scope(connection=found):
        _note(request, found, what="deleted a connection")
        found.delete()
    messages.success(request, f"{title_of(found)} is no longer connected. Remove it in the Web Connector too.")
    return redirect("connections")


def form_context(form: ConnectionForm, *, verdict: object = None) -> dict[str, object]:
    """What the form's template needs, whichever page it stands on."""
    return {"form": form, "verdict": verdict, "callback": public_address() + reverse("salesforce-callback")}


def show(request: HttpRequest, found: Connection, form: ConnectionForm, *, verdict: object = None) -> HttpResponse:
    """Render the page of a connection with its form as it stands."""
    ctx = {**_page_context(request, found), **form_context(form, verdict=verdict), "left_out": left_out(found)}
    return render(request, "connections/connection.html", ctx)


def _page_context(request: HttpRequest, found: Connection) -> dict[str, object]:
    now = timezone.now()
    seen = glance(found, now=now)
    steps_now, first = steps_of(found, seen.last_run), first_steps(found, seen.last_run)
    with scope(connection=found):
        recent = found.runs.filter(started_at__gte=now - timedelta(days=DAYS))
        recent = recent.only("started_at", "outcome", "released_at")
        days = month_of(recent, today=now.date())
        calls = found.sessions.filter(opened_at__gte=now - WEEK).exclude(machine="").order_by("id")
        computers = taking_turns(calls.values_list("machine", "opened_at"))
    return {
        "first": first,
        "card": seen,
        "connection": found,
        "membership": membership_of(request),
        "steps": steps_now,
        "finished": all(step.done for step in steps_now),
        "days": days,
        "computers": computers,
        "mark": mark_of(seen, first),
    }


def _keep(request: HttpRequest, form: ConnectionForm, found: Connection, *, what: str) -> None:
    with transaction.atomic():
        form.apply(found, now=timezone.now())
        if constant_time_compare(request.session.pop(TRIED, ""), form.fingerprint()):
            found.salesforce_checked_at = timezone.now()
        found.save(update_fields=None if found.pk is None else ConnectionForm.COLUMNS)
        _note(request, found, what=what)


def _note(request: HttpRequest, found: Connection, *, what: str) -> None:
    membership = membership_of(request)
    note(membership.workspace, membership.person, what=what, about=found.company)
