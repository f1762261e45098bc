"""Pages of the dry run: asking for one, what it would write, and its release."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_scopes import scopes_disabled

from apatar.accounts.gate import may_write, membership_of
from apatar.accounts.models import note
from apatar.connections.models import Connection
from apatar.runs import proposals, releases
from apatar.runs.choosing import MOST_NAMED, chosen, rows_of_plan
from apatar.runs.gate import opened_connection, opened_run
from apatar.runs.models import Problem, Run
from apatar.runs.pairs import pairs_of_run
from apatar.runs.plan_showing import labels_of, planned, totals_of
from apatar.runs.rehearsal import OPEN_FOR, ask_for_a_dry_run, shown_by
from apatar.runs.releases import obstacle_to, standing_of

PER_PAGE = 25


@login_required
@require_POST
def dry_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the next run show what it would write, or take that back."""
    with opened_connection(request, pk) as connection:
        may_write(request)
        if request.POST.get("action") == "take-back":
            _take_back(connection)
            _note(request, connection, what="took back a dry run")
            usual = "writes, as usual" if connection.first_released_at else "only shows: nothing was released yet"
            messages.success(request, f"Taken back. The next run {usual}.")
        else:
            _ask(connection, now=timezone.now())
            _note(request, connection, what="asked for a dry run")
            messages.success(request, "The next run shows what it would write, and writes nothing.")
    return redirect("connection", pk)


@login_required
@require_http_methods(["GET", "POST"])
def release_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then release what a dry run has shown: the next run writes exactly that."""
    with opened_run(request, pk) as found:
        membership = may_write(request)
        if obstacle := obstacle_to(found, now=timezone.now()):
            messages.error(request, f"Not released. {obstacle}")
            return redirect("run", pk)
        if request.method == "GET":
            totals = totals_of(shown_by(found))
            return render(
                request, "runs/release.html", {"run": found, "connection": found.connection, "totals": totals}
            )
        if request.POST.get("sure") != "yes":
            messages.error(request, "Nothing was released. Tick the box if you are sure.")
            return redirect("run-release", pk)
        return _released(request, found, by=membership.person.email)


def shown_page(request: HttpRequest, found: Run) -> HttpResponse:
    """Render the page of a run that only shows what it would write; call inside its scope."""
    choice = chosen(request.GET)
    shown = shown_by(found)
    page = Paginator(rows_of_plan(found, choice, shown), PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    ctx = {
        "run": found,
        "connection": found.connection,
        "membership": membership_of(request),
        "totals": totals_of(shown),
        "standing": standing_of(found, now=now),
        "days": OPEN_FOR,
        "undecided": proposals.waiting(found.connection).count(),
        "choice": choice,
        "labels": labels_of(shown),
        "page": page,
        "there_are_more": bool(choice.name) and page.paginator.count >= MOST_NAMED,
        "entries": planned(page, pairs_of_run(found)),
        "problems": Problem.objects.filter(run=found, closed_at=None)[:PER_PAGE],
        "waiting": Problem.objects.filter(run=found, closed_at=None).count(),
    }
    return render(request, "runs/shown.html", ctx)


def _ask(connection: Connection, *, now: datetime) -> None:
    """Ask for a dry run, and have the next call of the Web Connector be a run, whatever the frequency says."""
    with transaction.atomic():
        ask_for_a_dry_run(connection, now=now)
        with scopes_disabled():
            Connection.objects.filter(pk=connection.pk).update(sync_asked_at=now)


def _take_back(connection: Connection) -> None:
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(dry_run_asked_at=None)


def _released(request: HttpRequest, found: Run, *, by: str) -> HttpResponse:
    with transaction.atomic():
        done = releases.release_plan(found, by=by, now=timezone.now())
        if done:
            _note(request, found.connection, what=f"released run {found.number}")
    if done:
        messages.success(request, "Released. The next run writes exactly what is shown here.")
    else:
        messages.error(request, "Not released: another run came in between. Look at what it did.")
    return redirect("run", found.pk)


def _note(request: HttpRequest, connection: Connection, *, what: str) -> None:
    membership = membership_of(request)
    note(membership.workspace, membership.person, what=what, about=connection.company)
