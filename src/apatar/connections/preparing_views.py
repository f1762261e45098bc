"""Pages about preparing the Salesforce org: what will be done, doing it while one watches, and the packages."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from apatar.accounts.gate import membership_of
from apatar.accounts.models import note
from apatar.connections.errors import ConnectionProblem
from apatar.connections.gate import connection_for, writable_connection
from apatar.connections.models import Connection
from apatar.connections.orgkit import KIT, PERMISSION_SET_LABEL, KitObject
from apatar.connections.orgkit_components import package, removal
from apatar.connections.orgkit_plan import Act, Plan, Seen, missing, plan
from apatar.connections.preparing import Done, OrgSetup, open_setup
from apatar.connections.salesforce import TEST_TIMEOUTS
from apatar.connections.webconnector_password import note_failure, too_many_failures
from apatar.salesforce.credentials import PasswordLogin
from apatar.salesforce.errors import LoginRefused, SalesforceError

HERE = "<!-- here -->"
"""Where the page of the work is cut: before the steps, and before the last word."""
TOO_OFTEN = "Too many wrong passwords. Wait a quarter of an hour, then try again."
WRONG_LOGIN = "Salesforce did not accept this user name, password and security token. Check all three."
NOTHING_TO_DO = "Everything was there already: nothing had to be done."


class AdminForm(forms.Form):
    """An administrator's login, for this once."""

    admin_user = forms.CharField(
        label="Administrator's user name",
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    admin_password = forms.CharField(
        label="Administrator's password",
        max_length=512,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    admin_token = forms.CharField(
        label="Administrator's security token",
        required=False,
        max_length=512,
        help_text="Not needed where Salesforce trusts the address of this service.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@dataclass(frozen=True, slots=True)
class Made:
    """What one object of the plan gets, as the page lists it."""

    kit: KitObject
    new: bool
    fields: tuple[str, ...]


@never_cache
@sensitive_post_parameters("admin_password", "admin_token")
@login_required
@require_http_methods(["GET", "POST"])
def prepare(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show what will be done; POST does it, with the connection's own session or with an administrator's login."""
    found = writable_connection(request, pk)
    if request.method == "GET":
        return _show(request, found, AdminForm())
    if request.POST.get("who") == "connection":
        return _work(request, found, None)
    form = AdminForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form)
    if too_many_failures(_door(found), _address(request)):
        return _show(request, found, form, problem=TOO_OFTEN, status=429)
    return _work(request, found, form)


@login_required
@require_GET
def create_package(request: HttpRequest, pk: int) -> HttpResponse:
    """The ZIP that creates the kit; `without` names objects that the org does not have."""
    connection_for(request, pk)
    return _zip(package(without=request.GET.getlist("without")), "QuickBooks-Sync.zip")


@login_required
@require_GET
def remove_package(request: HttpRequest, pk: int) -> HttpResponse:
    """The ZIP that removes the kit."""
    connection_for(request, pk)
    return _zip(removal(without=request.GET.getlist("without")), "QuickBooks-Sync-removal.zip")


def _show(
    request: HttpRequest, found: Connection, form: AdminForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    seen, unseen = _seen(found)
    planned = plan(seen)
    ctx = {
        "connection": found,
        "form": form,
        "problem": problem,
        "unseen": unseen,
        "plan": planned,
        "made": _listed(planned),
        "grant": bool(planned.of(Act.GRANT)),
        "assign": bool(planned.of(Act.ASSIGN)),
        "missing": missing(seen),
        "permission_set": PERMISSION_SET_LABEL,
        "may": not planned.why_narrow,
    }
    return render(request, "connections/prepare.html", ctx, status=status)


def _seen(found: Connection) -> tuple[Seen, str]:
    """Look with the connection's own session; where that cannot be, the page shows the whole kit and says why."""
    try:
        with open_setup(found, timeouts=TEST_TIMEOUTS) as setup:
            return setup.look(), ""
    except (SalesforceError, ConnectionProblem) as error:
        return Seen({one.name: {} for one in KIT if not one.custom}, why_narrow=error.sentence), error.sentence


def _listed(planned: Plan) -> list[Made]:
    new = {step.object_name for step in planned.of(Act.OBJECT)}
    fields = planned.fields
    return [Made(one, one.name in new, tuple(fields[one.name])) for one in KIT if one.name in fields]


def _work(request: HttpRequest, found: Connection, form: AdminForm | None) -> HttpResponseBase:
    """Log in and plan before anything is answered, so that a refusal is a page; then tell each step as it is done."""
    stack = ExitStack()
    try:
        admin = _credentials(found, form) if form else None
        setup = stack.enter_context(open_setup(found, admin=admin))
        seen = setup.look()
    except (SalesforceError, ConnectionProblem) as error:
        stack.close()
        return _refused(request, found, form, error)
    if seen.why_narrow:
        stack.close()
        return _show(request, found, form or AdminForm(), problem=seen.why_narrow)
    planned = plan(seen)
    membership = membership_of(request)
    note(membership.workspace, membership.person, what="prepared the Salesforce org", about=found.company)
    page = render_to_string("connections/prepare_working.html", {"connection": found, "here": HERE}, request)
    pieces = _told(page, setup, planned, stack)
    # Proxies such as nginx would otherwise hold the pieces back until the last one.
    return StreamingHttpResponse(pieces, content_type="text/html; charset=utf-8", headers={"X-Accel-Buffering": "no"})


def _told(page: str, setup: OrgSetup, planned: Plan, stack: ExitStack) -> Iterator[str]:
    """The page in pieces: nothing in between asks the database for what belongs to a workspace."""
    before, between, after = page.split(HERE)
    failed: list[Done] = []
    with stack:
        yield before
        for _, alike in groupby(setup.prepare(planned), key=_alike):
            some = list(alike)
            failed += [done for done in some if not done.ok]
            yield render_to_string("connections/_prepared.html", {"some": some, "first": some[0]})
        yield between
        ctx = {"failed": failed, "plan": planned, "sentence": NOTHING_TO_DO if not planned.steps else ""}
        yield render_to_string("connections/_prepared_all.html", ctx)
        yield after


def _alike(done: Done) -> tuple[bool, str, str]:
    """Fields made on one object are told in one line; whatever failed has a line of its own."""
    step = done.step
    return (True, step.object_name, "") if done.ok and step.field_name else (done.ok, step.object_name, step.what)


def _refused(
    request: HttpRequest, found: Connection, form: AdminForm | None, error: SalesforceError | ConnectionProblem
) -> HttpResponse:
    sentence = error.sentence
    if form and isinstance(error, LoginRefused):
        note_failure(_door(found), _address(request))
        sentence = WRONG_LOGIN if error.code == "INVALID_LOGIN" else sentence
    return _show(request, found, form or AdminForm(), problem=sentence)


def _credentials(found: Connection, form: AdminForm) -> PasswordLogin:
    held = form.cleaned_data
    return PasswordLogin(
        found.salesforce_url.rstrip("/"), held["admin_user"], held["admin_password"], held["admin_token"]
    )


def _door(found: Connection) -> str:
    return f"salesforce-administrator-of-{found.pk}"


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _zip(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
