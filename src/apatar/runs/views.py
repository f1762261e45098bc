"""Pages of runs: the history, one run, and its conflicts."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apatar.accounts.gate import membership_of
from apatar.runs.choosing import changes_of, chosen
from apatar.runs.gate import opened_connection, opened_run
from apatar.runs.models import Conflict, Outcome, Problem, Run
from apatar.runs.plan_views import shown_page
from apatar.runs.showing import TONES, entries_of, figures_of, row_of, says_more
from apatar.runs.stopping import stopped_by

PER_PAGE = 25


@login_required
@require_GET
def runs(request: HttpRequest, pk: int) -> HttpResponse:
    """The history of a connection, newest first."""
    with opened_connection(request, pk) as connection:
        page = _page(request, Run.objects.all())
        ctx = {"connection": connection, "page": page, "rows": [row_of(run) for run in page]}
        return render(request, "runs/runs.html", ctx)


@login_required
@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run, with everything it wrote, and what it left for a person."""
    with opened_run(request, pk) as found:
        if found.outcome == Outcome.SHOWN:
            return shown_page(request, found)
        choice = chosen(request.GET)
        page = _page(request, changes_of(found, choice).order_by("id"))
        ctx = {
            **_live_context(found),
            "page": page,
            "entries": entries_of(page),
            "conflicts": Conflict.objects.filter(run=found)[:PER_PAGE],
            "problems": Problem.objects.filter(run=found)[:PER_PAGE],
            "choice": choice,
            "stopped": stopped_by(found),
            "membership": membership_of(request),
        }
        return render(request, "runs/run.html", ctx)


@login_required
@require_GET
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of a run's page that moves; when the run has ended, the whole page is loaded anew."""
    with opened_run(request, pk) as found:
        answer = render(request, "runs/_live.html", _live_context(found))
    if found.finished_at:
        answer["HX-Refresh"] = "true"
    return answer


def _page(request: HttpRequest, rows: "QuerySet[Any]") -> "Page[Any]":
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def _live_context(found: Run) -> dict[str, object]:
    return {
        "run": found,
        "connection": found.connection,
        "tone": TONES.get(found.outcome, ""),
        "figures": figures_of(found) if found.finished_at else [],
        "says_more": says_more(found),
        "computers": list(
            found.sessions.exclude(machine__in=("", "?")).order_by().values_list("machine", flat=True).distinct()
        ),
    }
