"""Pages of taking back: what would become of a run's changes, asking for it, and the records that are ignored."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods
from django_scopes import scopes_disabled

from apatar.accounts.gate import may_write, membership_of
from apatar.accounts.models import note
from apatar.connections.models import Connection
from apatar.runs import ignoring, undoing
from apatar.runs.choosing import Chosen, chosen
from apatar.runs.gate import opened_connection, opened_run
from apatar.runs.models import Change, ChangeState, Outcome, Run
from apatar.runs.proposal import Ignored
from apatar.runs.undo_preview import WORDS, Tally, shown, takeable, tally
from apatar.sync.pairs import PAIRS
from apatar.sync.record import Side

PER_PAGE = 25


@login_required
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What would become of a run's changes; POST asks for it, or takes the request back."""
    with opened_run(request, pk) as found:
        if request.method == "POST":
            may_write(request)
            _do(request, found)
            return redirect(f"{request.path}{_choice_kept(request)}")
        return render(request, "runs/undo.html", _context(request, found))


@login_required
@require_GET
def counts(request: HttpRequest, pk: int) -> HttpResponse:
    """Count on; when all is counted and the list was narrowed by it, the whole page is loaded anew."""
    with opened_run(request, pk) as found:
        counted = tally(found)
        answer = render(request, "runs/_undo_counts.html", {"run": found, "tally": counted})
    if counted.is_whole and request.GET.get("verdict"):
        answer["HX-Refresh"] = "true"
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def ignored(request: HttpRequest, pk: int) -> HttpResponse:
    """The records that get no counterpart; POST takes one off the list."""
    with opened_connection(request, pk) as connection:
        if request.method == "POST":
            may_write(request)
            _take_off(request, connection)
            return redirect("ignored", pk)
        choice = chosen(request.GET)
        page: Page[Any] = Paginator(_ignored(connection, choice), PER_PAGE).get_page(request.GET.get("page"))
        ctx = {
            "connection": connection,
            "page": page,
            "rows": [(one, _labels().get(one.mapping, one.mapping), ignoring.object_type_of(one)) for one in page],
            "choice": choice,
            "labels": _labels(),
            "membership": membership_of(request),
        }
        return render(request, "runs/ignored.html", ctx)


def _context(request: HttpRequest, found: Run) -> dict[str, object]:
    choice, verdict = chosen(request.GET), request.GET.get("verdict", "")
    counted = tally(found)
    waiting = undoing.is_waiting(found)
    page = _page(request, found, choice, verdict if verdict in WORDS else "", counted)
    return {
        "run": found,
        "connection": found.connection,
        "membership": membership_of(request),
        "tally": counted,
        "page": page,
        "entries": shown(found, list(page), now=timezone.now()),
        "choice": choice,
        "verdict": verdict if verdict in WORDS else "",
        "verdicts": [(slug, words) for slug, (words, _) in WORDS.items()],
        "labels": _labels_of(found),
        "is_waiting": waiting,
        "whole_asked": waiting and not found.undo_only,
        "asked": found.undo_only if waiting else [],
        "taken_back_by": undoing.taken_back_by(found),
        "at_work": Run.objects.filter(undoes=found, finished_at=None).first(),
        "obstacle": _obstacle(found),
    }


def _page(request: HttpRequest, found: Run, choice: Chosen, verdict: str, counted: Tally) -> "Page[Any]":
    """Return one page of the changes; only its own rows are read whole."""
    ids = list(takeable(found, choice).values_list("pk", flat=True))
    if verdict:
        met = set(counted.verdicts.get(verdict, ()))
        ids = [one for one in ids if one in met]
    page: Page[Any] = Paginator(ids, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = list(Change.objects.filter(pk__in=list(page.object_list)).order_by("-id"))
    return page


def _obstacle(found: Run) -> str:
    """Say why a run cannot be taken back, or nothing."""
    if found.finished_at is None:
        return "It is not over yet. Wait until it has ended."
    if found.outcome == Outcome.SHOWN:
        return "It only showed what it would write, so there is nothing to take back."
    return ""


def _do(request: HttpRequest, found: Run) -> None:
    action = request.POST.get("action")
    if action == "never-mind":
        _never_mind(request, found)
    elif action == "change":
        _ask(request, found, only=_change_of(found, request.POST.get("change", "")))
    elif request.POST.get("sure") != "yes":
        messages.error(request, "Nothing is taken back. Tick the box if you are sure.")
    else:
        _ask(request, found, only=())


def _change_of(found: Run, asked: str) -> tuple[int, ...] | None:
    """Return the change that was asked for, None where it is none of this run's."""
    number = int(asked) if asked.isdecimal() and len(asked) < 19 else 0
    rows = Change.objects.filter(run=found, pk=number, state=ChangeState.CONFIRMED)
    return tuple(rows.values_list("pk", flat=True)) or None


def _ask(request: HttpRequest, found: Run, *, only: tuple[int, ...] | None) -> None:
    now, membership = timezone.now(), membership_of(request)
    with transaction.atomic():
        done = (
            only is not None
            and not _obstacle(found)
            and undoing.ask(found, only=only, by=membership.person.email, now=now)
        )
        if done:
            # The next call of the Web Connector is then a run, whatever the frequency says.
            with scopes_disabled():
                Connection.objects.filter(pk=found.connection_id).update(sync_asked_at=now)
            what = f"asked to take back {'one change of ' if only else ''}run {found.number}"
            note(membership.workspace, membership.person, what=what, about=found.connection.company)
    if done:
        messages.success(
            request, "The next call of the Web Connector takes it back. Until then you can change your mind."
        )
    else:
        messages.error(request, "That cannot be taken back (any more). Look at what stands here now.")


def _never_mind(request: HttpRequest, found: Run) -> None:
    if not undoing.never_mind(found):
        messages.error(request, "Too late: a run has begun to take it back, or nobody has asked for it.")
        return
    membership = membership_of(request)
    note(
        membership.workspace,
        membership.person,
        what=f"no longer takes back run {found.number}",
        about=found.connection.company,
    )
    messages.success(request, "Nothing is taken back. The next run does what it always does.")


def _choice_kept(request: HttpRequest) -> str:
    query = request.GET.urlencode()
    return f"?{query}" if query else ""


def _ignored(connection: Connection, choice: Chosen) -> "QuerySet[Ignored]":
    wanted = {"mapping": choice.pair, "side": choice.side, "name__icontains": choice.name}
    narrowed = {name: value for name, value in wanted.items() if value}
    return Ignored.objects.filter(connection=connection, **narrowed).order_by("-since", "-id")


def _labels() -> dict[str, str]:
    return {one.name: one.label for one in PAIRS}


def _labels_of(found: Run) -> dict[str, str]:
    """Return the pairs of objects that a run wrote."""
    written = set(takeable(found, Chosen()).order_by().values_list("mapping", flat=True).distinct())
    return {name: label for name, label in _labels().items() if name in written}


def _take_off(request: HttpRequest, connection: Connection) -> None:
    asked = request.POST.get("ignored", "")
    row = ignoring.take_off(connection, int(asked)) if asked.isdecimal() and len(asked) < 19 else None
    if row is None:
        messages.error(request, "It is not on the list any more.")
        return
    membership = membership_of(request)
    note(membership.workspace, membership.person, what="took a record off the ignored ones", about=row.name)
    where = Side(row.side).other.label
    messages.success(request, f"{row.name or 'The record'} is decided anew in the next run. It may be made in {where}.")
