"""Pages about the Salesforce login: trying it, and Connect with Salesforce."""

import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apatar.accounts.gate import may_write
from apatar.connections import salesforce, web_server_flow
from apatar.connections.address import public_address
from apatar.connections.errors import ConnectionProblem
from apatar.connections.forms import ConnectionForm
from apatar.connections.gate import writable_connection
from apatar.connections.models import Connection, SalesforceMethod
from apatar.connections.views import TRIED, form_context, show

FLOW = "salesforce-flow"
"""Where the session keeps the connection and the verifier between leaving for Salesforce and coming back."""


@never_cache
@login_required
@require_POST
def test_new(request: HttpRequest) -> HttpResponse:
    """Try the login that stands in the form of a new connection; nothing is saved."""
    membership = may_write(request)
    form = ConnectionForm(request.POST)
    verdict = _try(request, form, Connection(workspace=membership.workspace, owner=membership.person))
    if _is_htmx(request):
        return render(request, "connections/_verdict.html", {"verdict": verdict})
    return render(request, "connections/new.html", form_context(form, verdict=verdict))


@never_cache
@login_required
@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Try the login that stands in the form; what was left empty comes from what is saved."""
    found = writable_connection(request, pk)
    form = ConnectionForm(request.POST if "salesforce_user" in request.POST else None, connection=found)
    verdict = _try(request, form, found) if form.is_bound and form.changes_login else _try_saved(found)
    if _is_htmx(request):
        answer = render(request, "connections/_verdict.html", {"verdict": verdict})
        answer["HX-Trigger"] = "salesforce-tried"
        return answer
    found.refresh_from_db()
    return show(request, found, form, verdict=verdict)


@never_cache
@login_required
@require_GET
def connect(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave for Salesforce. A link and not a form: the policy lets no form lead to another host."""
    found = writable_connection(request, pk)
    try:
        departure = web_server_flow.leave(found, redirect_uri=_callback())
    except ConnectionProblem as problem:
        messages.error(request, problem.sentence)
        return redirect("connection", pk)
    request.session[FLOW] = {"connection": pk, "kept": departure.kept}
    return redirect(departure.address)


@never_cache
@login_required
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """Salesforce sends the person here with a code, or with the reason why not."""
    flow = request.session.pop(FLOW, None)
    if not isinstance(flow, dict):
        messages.error(
            request, "This login was not begun here, or is finished already. Click Connect with Salesforce again."
        )
        return redirect("connections")
    found = writable_connection(request, flow["connection"])
    answer = {name: str(value) for name, value in request.GET.items()}
    verdict = web_server_flow.come_back(found, answer, redirect_uri=_callback(), kept=flow["kept"], now=timezone.now())
    (messages.success if verdict.ok else messages.error)(request, verdict.sentence)
    return redirect("connection", found.pk)


def _try(request: HttpRequest, form: ConnectionForm, connection: Connection) -> salesforce.Verdict:
    """Try the login of a form; the session remembers which login worked, so that saving it ticks the step off."""
    form.is_valid()
    if form.salesforce_errors:
        return salesforce.Verdict(ok=False, sentence=form.salesforce_errors[0])
    if form.cleaned_data["method"] == SalesforceMethod.WEB_SERVER:
        return salesforce.Verdict(ok=False, sentence="Save the form first, then click Connect with Salesforce.")
    verdict = salesforce.test_connection(_trial(form, connection))
    request.session[TRIED] = form.fingerprint() if verdict.ok else ""
    return verdict


def _try_saved(connection: Connection) -> salesforce.Verdict:
    verdict = salesforce.test_connection(connection)
    if verdict.ok:
        Connection.objects.filter(pk=connection.pk).update(salesforce_checked_at=timezone.now(), salesforce_problem="")
    return verdict


def _trial(form: ConnectionForm, connection: Connection) -> Connection:
    """A copy of the row with what was typed. It has no place in the database: nothing learnt from it is kept."""
    trial = copy.copy(connection)
    trial.pk = None
    trial.save = _not_kept  # type: ignore[method-assign]
    return form.apply(trial, now=timezone.now())


def _not_kept(*_args: object, **_facts: object) -> None:
    """Stand where a row would save itself."""


def _callback() -> str:
    return public_address() + reverse("salesforce-callback")


def _is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))
