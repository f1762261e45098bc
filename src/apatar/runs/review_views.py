"""Pages of the review: what could belong together, decisions about one or many, linking by hand, what is linked."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_scopes import scopes_disabled

from apatar.accounts.gate import may_write, membership_of
from apatar.accounts.models import note
from apatar.connections.models import Connection
from apatar.runs import proposals, review_choice, reviewing
from apatar.runs.gate import opened_connection
from apatar.runs.models import Problem
from apatar.runs.proposal import Proposal
from apatar.runs.quickbooks_names import NAME_IN_USE
from apatar.runs.review_choice import choice_of, chosen_rows
from apatar.runs.review_file import DECISIONS, ReviewFileError, exported, taken_in
from apatar.runs.review_finding import found, links_page, the_record
from apatar.runs.review_forms import ReviewFileForm
from apatar.runs.review_showing import Tab, pairs_with_proposals, shown, tabs
from apatar.runs.reviewing import NotDecidedError, Reviewer
from apatar.sync.pairs import PAIRS
from apatar.sync.record import Side

PER_PAGE = 25


@login_required
@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """What could belong together, or stands alone; by what is to be decided."""
    with opened_connection(request, pk) as connection:
        views = tabs(connection, "")
        choice = choice_of(request.GET, default=_first_with_work(views))
        page = _page(request, chosen_rows(connection, choice))
        taken = Problem.objects.filter(closed_at=None, code=NAME_IN_USE).order_by("name", "id")
        ctx = {
            "connection": connection,
            "membership": membership_of(request),
            "choice": choice,
            "tabs": [Tab(one.name, one.label, one.number, one.name == choice.show) for one in views],
            "pairs": pairs_with_proposals(connection),
            "scores": (95, 90, 80, 70),
            "page": page,
            "rows": shown(connection, list(page)),
            "problems": taken[:PER_PAGE] if choice.show == review_choice.TAKEN else [],
            "at": _place(request.GET.get("at", ""), len(page)),
        }
        return render(request, "runs/review.html", ctx)


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide about one proposal or one record."""
    act = ACTS.get(request.POST.get("action", ""))
    if act is None:
        message = "There is no such decision. Go back, and use one of the buttons."
        raise Http404(message)
    with opened_connection(request, pk) as connection:
        may_write(request)
        try:
            messages.success(request, act(request, connection, _who(request)))
            _have_a_run(connection)
        except NotDecidedError as error:
            messages.error(request, f"Nothing was decided. {error}")
    return _back(request, pk)


@login_required
@require_POST
def decide_many(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept everything of the choice at once: what is exact, or what is likely and has no second candidate."""
    choice = choice_of(request.POST)
    with opened_connection(request, pk) as connection:
        may_write(request)
        rows, who = chosen_rows(connection, choice), _who(request)
        if choice.show == review_choice.EXACT:
            number = reviewing.accept_exact(rows, who)
            messages.success(request, f"{_pairs(number)} accepted.")
        elif choice.show == review_choice.LIKELY:
            number, left = reviewing.accept_likely(connection, rows, who)
            messages.success(request, f"{_pairs(number)} linked by the next run.")
            if left:
                messages.warning(request, f"{left:,} stay: one of their records could be another one as well.")
            _have_a_run(connection)
        membership = membership_of(request)
        note(membership.workspace, membership.person, what="decided on the review page", about=connection.company)
    return redirect(f"{reverse('review', args=[pk])}{choice.query}")


@login_required
@require_GET
def export(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Everything proposed, decided and ignored, as a CSV file to be worked through elsewhere."""
    with opened_connection(request, pk) as connection:
        lines = list(exported(connection))
    headers = {"Content-Disposition": f'attachment; filename="apatar-review-{pk}.csv"'}
    return StreamingHttpResponse(["\ufeff", *lines], content_type="text/csv; charset=utf-8", headers=headers)


@login_required
@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the decisions of a file in, all of them or none."""
    wrong: tuple[str, ...] = ()
    with opened_connection(request, pk) as connection:
        may_write(request)
        form = ReviewFileForm(request.POST, request.FILES) if request.method == "POST" else ReviewFileForm()
        if form.is_valid():
            try:
                number = taken_in(connection, form.text, _who(request))
            except ReviewFileError as error:
                wrong = error.sentences
            else:
                _have_a_run(connection)
                messages.success(request, f"{number:,} decision{' was' if number == 1 else 's were'} taken in.")
                return redirect("review", pk)
        ctx = {"connection": connection, "form": form, "wrong": wrong, "decisions": DECISIONS}
        return render(request, "runs/review_file.html", ctx, status=400 if wrong or form.errors else 200)


@login_required
@require_GET
def search(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for another record to link one to by hand."""
    with opened_connection(request, pk) as connection:
        record = the_record(connection, request.GET)
        if record is None:
            raise Http404
        asked = request.GET.get("q", record.name).replace("\0", "").strip()[:255]
        ctx = {
            "connection": connection,
            "membership": membership_of(request),
            "record": record,
            "asked": asked,
            "found": found(connection, record, asked),
            "back": request.GET.get("back", ""),
        }
        return render(request, "runs/review_search.html", ctx)


@login_required
@require_GET
def linked(request: HttpRequest, pk: int) -> HttpResponse:
    """What is linked, to be looked up, unlinked, or linked to another record."""
    choice = choice_of(request.GET)
    with opened_connection(request, pk) as connection:
        page, rows = links_page(connection, choice, request.GET.get("page"))
        ctx = {
            "connection": connection,
            "membership": membership_of(request),
            "choice": choice,
            "pairs": {one.name: one.label for one in PAIRS},
            "page": page,
            "rows": rows,
        }
        return render(request, "runs/links.html", ctx)


def _accept(request: HttpRequest, connection: Connection, who: Reviewer) -> str:
    row = _row(request, connection)
    if row.kind in proposals.EXACT:
        reviewing.accept_exact(Proposal.objects.filter(pk=row.pk), who)
        return f"{row.salesforce_name or row.quickbooks_name}: accepted."
    chosen = reviewing.link(connection, row.mapping, row.salesforce_id, row.quickbooks_id, who)
    return f"{_said(chosen)} belong together. The next run links them."


def _apart(request: HttpRequest, connection: Connection, who: Reviewer) -> str:
    row = _row(request, connection)
    was_exact = row.kind in proposals.EXACT
    reviewing.keep_apart(row, who)
    return f"{_said(row)} are unlinked. Both wait under Likely until you decide." if was_exact else _new(row)


def _new(row: Proposal) -> str:
    if row.salesforce_id and row.quickbooks_id:
        return f"{_said(row)} are not the same. The next run decides about each by itself."
    return f"{row.salesforce_name or row.quickbooks_name}: the next run decides about it by itself."


def _ignore(request: HttpRequest, connection: Connection, who: Reviewer) -> str:
    pair, side, remote_id = _end(request)
    row = reviewing.ignore(connection, pair, side, remote_id, who)
    return f"{row.name or 'The record'} is left alone. It is on the list of ignored records."


def _again(request: HttpRequest, connection: Connection, who: Reviewer) -> str:
    row = _row(request, connection)
    reviewing.think_again(row, who)
    return f"{_said(row)}: your decision is taken back."


def _link(request: HttpRequest, connection: Connection, who: Reviewer) -> str:
    pair, side, remote_id = _end(request)
    other = request.POST.get("other", "")
    if link := request.POST.get("link", ""):
        chosen = reviewing.relink(connection, _number(link), side.other, other, who)
    else:
        ids = (remote_id, other) if side is Side.SALESFORCE else (other, remote_id)
        chosen = reviewing.link(connection, pair, *ids, who)
    return f"{_said(chosen)} belong together. The next run links them."


def _unlink(request: HttpRequest, connection: Connection, who: Reviewer) -> str:
    row = reviewing.unlink(connection, _number(request.POST.get("link", "")), who)
    return f"{_said(row)} are unlinked. Both wait on the review page until you decide."


ACTS = {
    "accept": _accept, "apart": _apart, "ignore": _ignore, "again": _again, "link": _link, "unlink": _unlink,
}  # fmt: skip


def _row(request: HttpRequest, connection: Connection) -> Proposal:
    found_row = Proposal.objects.filter(connection=connection, pk=_number(request.POST.get("row", ""))).first()
    if found_row is None:
        raise NotDecidedError("It is not proposed any more. Look at what stands here now.")
    return found_row


def _end(request: HttpRequest) -> tuple[str, Side, str]:
    pair, side, remote_id = (request.POST.get(name, "") for name in ("pair", "side", "id"))
    if pair not in {one.name for one in PAIRS} or side not in {one.value for one in Side}:
        message = "There is no such record. Go back, and use one of the buttons."
        raise Http404(message)
    return pair, Side(side), remote_id


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _place(text: str, length: int) -> int:
    """Return which row of the page has the focus, counted from 1: the one after what was decided; 0 for none."""
    return min(_number(text), length)


def _said(row: Proposal) -> str:
    return " and ".join(f"“{name}”" for name in (row.salesforce_name, row.quickbooks_name) if name) or "The two"


def _pairs(number: int) -> str:
    return f"{number:,} pair{' is' if number == 1 else 's are'}"


def _who(request: HttpRequest) -> Reviewer:
    return Reviewer(str(membership_of(request).person.email), timezone.now())


def _have_a_run(connection: Connection) -> None:
    """Have the next call of the Web Connector be a run, so that the decision is seen at work."""
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(sync_asked_at=timezone.now())


def _first_with_work(views: list[Tab]) -> str:
    return next((one.name for one in views if one.number and one.name != review_choice.DECIDED), review_choice.LIKELY)


def _page(request: HttpRequest, rows: Any) -> "Page[Proposal]":
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def _back(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Return to the page as it was narrowed, with the focus on what stands in the place of what was decided."""
    choice, at = choice_of(request.POST), _number(request.POST.get("at", ""))
    if request.POST.get("here") == "links":
        return redirect(f"{reverse('review-links', args=[pk])}{choice.query}")
    page = _number(request.POST.get("page", ""))
    # A browser that jumps to an anchor gives nothing the focus, so there is only one of both.
    there = f"&at={at}" if at else "#list"
    return redirect(f"{reverse('review', args=[pk])}{choice.query}{f'&page={page}' if page > 1 else ''}{there}")
