"""Pages of problems: what waits, grouped by cause; trying again and snoozing one, a cause, or everything shown."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apatar.accounts.gate import may_write, membership_of
from apatar.connections.models import Connection
from apatar.runs.causes import Cause
from apatar.runs.gate import opened_connection, opened_problem
from apatar.runs.models import Problem
from apatar.runs.problem_choice import ProblemChoice, causes_chosen, choice_of, problems_of
from apatar.runs.problem_showing import PAIR_LABELS, Shown, shown
from apatar.runs.snoozing import WORDS, ask_again, end_of, snooze

CAUSES_PER_PAGE, RECORDS_PER_PAGE = 10, 25
FIRST_ONES = 3
"""So many records of a cause stand on the page of all causes."""


@login_required
@require_GET
def problems(request: HttpRequest, pk: int) -> HttpResponse:
    """What waits: the causes, each with its remedy once and its first records; or all records of one cause."""
    now, choice = timezone.now(), choice_of(request.GET)
    with opened_connection(request, pk) as connection:
        causes = causes_chosen(choice, now=now)
        ctx = {
            "connection": connection,
            "membership": membership_of(request),
            "choice": choice,
            "here_cause": choice.cause,
            "pairs": _pairs_with_problems(),
            "number": sum(one.number for one in causes),
            "asleep": 0 if choice.snoozed else problems_of(choice.asleep(), now=now).count(),
        }
        details = _one_cause if choice.cause else _all_causes
        return render(request, "runs/problems.html", {**ctx, **details(request, connection, choice, causes, now)})


@login_required
@require_POST
def try_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a problem looked at in the next run, whether or not anything changed."""
    with opened_problem(request, pk) as problem:
        ask_again([problem.pk], now=timezone.now())
        messages.success(request, f"{problem.name or 'The record'} is tried again in the next run.")
        return _back(request, problem.connection_id)


@login_required
@require_POST
def snooze_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a problem out of sight for a while, or bring it back."""
    span = _span(request)
    with opened_problem(request, pk) as problem:
        snooze([problem.pk], end_of(span, now=timezone.now()))
        name = problem.name or "The record"
        messages.success(request, f"{name} is snoozed {WORDS[span]}." if WORDS[span] else f"{name} is shown again.")
        return _back(request, problem.connection_id)


@login_required
@require_POST
def try_many(request: HttpRequest, pk: int) -> HttpResponse:
    """Have everything that was shown looked at in the next run: one cause, or all of the choice."""
    now, choice = timezone.now(), choice_of(request.POST)
    with opened_connection(request, pk):
        may_write(request)
        number = ask_again(_ids_of(choice, now), now=now)
    messages.success(request, f"{_records(number)} tried again in the next run.")
    return _back(request, pk)


@login_required
@require_POST
def snooze_many(request: HttpRequest, pk: int) -> HttpResponse:
    """Take everything of a cause, or of the choice, out of sight for a while, or bring it back."""
    now, choice, span = timezone.now(), choice_of(request.POST), _span(request)
    with opened_connection(request, pk):
        may_write(request)
        number = snooze(_ids_of(choice, now), end_of(span, now=now))
    messages.success(request, f"{_records(number)} {f'snoozed {WORDS[span]}' if WORDS[span] else 'shown again'}.")
    return redirect(f"{reverse('problems', args=[pk])}{choice.of('').query}")


def _all_causes(
    request: HttpRequest, connection: Connection, choice: ProblemChoice, causes: list[Cause], now: datetime
) -> dict[str, Any]:
    page: Page[Cause] = Paginator(causes, CAUSES_PER_PAGE).get_page(request.GET.get("page"))
    wanted = [pk for cause in page for pk in cause.members[:FIRST_ONES]]
    by_pk = {one.problem.pk: one for one in _shown(connection, wanted, now)}
    groups = [
        {
            "cause": cause,
            "choice": choice.of(cause.key),
            "entries": [by_pk[pk] for pk in cause.members[:FIRST_ONES] if pk in by_pk],
            "more": max(cause.number - FIRST_ONES, 0),
        }
        for cause in page
    ]
    return {"page": page, "groups": groups}


def _one_cause(
    request: HttpRequest, connection: Connection, choice: ProblemChoice, causes: list[Cause], now: datetime
) -> dict[str, Any]:
    members = causes[0].members if causes else ()
    page: Page[int] = Paginator(members, RECORDS_PER_PAGE).get_page(request.GET.get("page"))
    entries = _shown(connection, list(page), now)
    groups = [{"cause": one, "choice": choice, "entries": entries, "more": 0} for one in causes]
    return {"page": page, "groups": groups}


def _shown(connection: Connection, ids: list[int], now: datetime) -> list[Shown]:
    rows = Problem.objects.filter(pk__in=ids).select_related("run").order_by("opened_at", "id")
    return shown(connection, list(rows), now=now)


def _pairs_with_problems() -> dict[str, str]:
    """Return the pairs of objects that have open problems, snoozed ones too, by name."""
    found = set(Problem.objects.filter(closed_at=None).order_by().values_list("mapping", flat=True).distinct())
    known = {name: label for name, label in PAIR_LABELS.items() if name in found}
    return known | {name: name for name in sorted(found - known.keys())}


def _ids_of(choice: ProblemChoice, now: datetime) -> list[int]:
    return [pk for cause in causes_chosen(choice, now=now) for pk in cause.members]


def _span(request: HttpRequest) -> str:
    """Read for how long to snooze; raises Http404 for what no button says."""
    span = request.POST.get("for", "")
    if span not in WORDS:
        message = "There is no such choice. Go back, and use one of the buttons."
        raise Http404(message)
    return span


def _records(number: int) -> str:
    return f"{number:,} record{' is' if number == 1 else 's are'}"


def _back(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Go back to the page that was looked at; `here` is the cause that it showed, "" where it showed all."""
    choice = choice_of(request.POST).of(choice_of({"cause": request.POST.get("here", "")}).cause)
    return redirect(f"{reverse('problems', args=[pk])}{choice.query}")
