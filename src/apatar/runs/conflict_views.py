"""Pages of conflicts: both values side by side, one field, one record or all of a kind decided, a lost value back."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apatar.accounts.gate import may_write, membership_of
from apatar.runs import conflict_choices as choices
from apatar.runs.conflict_showing import (
    STATES,
    Shown,
    choice_of,
    decided_page,
    offered,
    pair_label,
    seen_of,
    waiting_page,
    whose,
)
from apatar.runs.gate import opened_conflict, opened_connection
from apatar.runs.models import Conflict
from apatar.sync.record import Side

MOST_AT_ONCE = 500
SIDES = tuple(side.value for side in Side)
MOVED = "Something changed since the page was shown, so nothing was decided. Look at the values that stand there now."
NOT_SURE = "Records moved on meanwhile, so {} could not be decided. The next run shows them with their new values."


@login_required
@require_GET
def conflicts(request: HttpRequest, pk: int) -> HttpResponse:
    """What waits, record by record, and below it what was decided, each with the value that lost."""
    choice = choice_of(request.GET)
    with opened_connection(request, pk) as connection:
        pairs, fields = offered()
        ctx = {
            "connection": connection,
            "membership": membership_of(request),
            "choice": choice,
            "states": STATES,
            "pairs": pairs,
            "fields": fields,
            "query": request.GET.urlencode(),
        }
        if choice.state != "decided":
            page, groups = waiting_page(choice, request.GET.get("page"))
            ctx |= {"page": page, "groups": groups}
        if choice.state != "waiting":
            decided = decided_page(choice, request.GET.get("decided"))
            ctx |= {"decided": decided, "decided_shown": [Shown(row, pair_label(row.mapping)) for row in decided]}
        return render(request, "runs/conflicts.html", ctx)


@login_required
@require_POST
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one side's value win in the conflicts of a form: one field, or all that is shown of a record."""
    side, numbers = request.POST.get("side", ""), request.POST.getlist("conflict")[:MOST_AT_ONCE]
    if side not in SIDES or not all(one.isdecimal() for one in numbers):
        return HttpResponseBadRequest("Choose Salesforce or QuickBooks.")
    with opened_connection(request, pk):
        may_write(request)
        rows = Conflict.objects.filter(pk__in=[int(one) for one in numbers])
        _choose(request, choices.undecided_of(rows), Side(side))
    return _back(request, pk)


@login_required
@require_http_methods(["GET", "POST"])
def kind(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask which side's value is to win in all conflicts of one field, with their number; then do so."""
    side, asked = request.POST.get("side", ""), choice_of(request.GET)
    with opened_connection(request, pk) as connection:
        may_write(request)
        rows = choices.of_kind(connection, pair=asked.pair, field=asked.field)
        if side in SIDES and _choose(request, rows, Side(side)):
            return _back(request, pk)
        ctx = {
            "connection": connection,
            "one": rows.first(),
            "pair": pair_label(asked.pair),
            "number": rows.count(),
            "seen": seen_of(rows.only("pk", "found_at")),
            "query": request.GET.get("query", request.POST.get("query", "")),
        }
        return render(request, "runs/conflict_kind.html", ctx)


@login_required
@require_POST
def bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a value that lost written to both sides again."""
    with opened_conflict(request, pk) as one:
        obstacle = choices.bring_back(one.pk, by=_who(request), now=timezone.now())
        if obstacle:
            messages.warning(request, f"{one.label} of {_name(one)}: {obstacle}")
        else:
            loser = whose(Side(one.winner).other.label)
            messages.success(request, f"{one.label} of {_name(one)}: the next run writes {loser} value again.")
        return _back(request, one.connection_id)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a choice back before a run has carried it out."""
    with opened_conflict(request, pk) as one:
        if choices.withdraw(one.pk, now=timezone.now()):
            messages.success(request, f"{one.label} of {_name(one)}: your choice is taken back.")
        else:
            messages.warning(request, f"{one.label} of {_name(one)}: it was carried out already.")
        return _back(request, one.connection_id)


def _choose(request: HttpRequest, rows: "choices.Rows", side: Side) -> bool:
    """Choose where the rows are still those that were shown; True if so."""
    if seen_of(rows.only("pk", "found_at")) != request.POST.get("seen"):
        messages.warning(request, MOVED)
        return False
    shown: Sequence[Conflict] = list(rows.only("pk", "label", "name"))
    number = choices.choose(rows, side, by=_who(request), now=timezone.now())
    if number:
        messages.success(request, _said(shown, number, side))
    if left := len(shown) - number:
        messages.warning(request, NOT_SURE.format(_many(left)))
    return True


def _said(rows: Sequence[Conflict], number: int, side: Side) -> str:
    if len(rows) == 1:
        return f"{rows[0].label} of {_name(rows[0])}: the next run keeps {whose(side.label)} value."
    return f"{_many(number)} decided: the next run keeps {whose(side.label)} values."


def _many(number: int) -> str:
    return f"{number} conflict{'' if number == 1 else 's'}"


def _name(one: Conflict) -> str:
    return str(one.name) or "a record without a name"


def _who(request: HttpRequest) -> str:
    return str(membership_of(request).person.email)


def _back(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Return to the page as it was narrowed."""
    query = QueryDict(request.POST.get("query", "")).urlencode()
    here = reverse("conflicts", args=[pk])
    return redirect(f"{here}?{query}" if query else here)
