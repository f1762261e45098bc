"""Pages about the people of a workspace. Registering and logging in are django-allauth's views (see urls)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from apatar.accounts.errors import AccountsError
from apatar.accounts.forms import LetInForm
from apatar.accounts.gate import SESSION_KEY, may_invite, membership_of
from apatar.accounts.models import AuditEvent, Membership, Role, Workspace
from apatar.accounts.workspaces import let_in, show_out


@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Who belongs to the workspace; an owner lets someone in by POST."""
    membership = may_invite(request) if request.method == "POST" else membership_of(request)
    form = LetInForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _let_in(request, membership, form):
        return redirect("people")
    everyone = Membership.objects.filter(workspace=membership.workspace).select_related("person")
    events = AuditEvent.objects.all()[:20]
    mine = Workspace.objects.filter(memberships__person=membership.person)
    ctx = {"membership": membership, "everyone": everyone, "form": form, "events": events, "my_workspaces": mine}
    return render(request, "accounts/people.html", ctx)


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """End somebody's membership."""
    membership = may_invite(request)
    leaving = get_object_or_404(Membership, pk=pk, workspace=membership.workspace)
    try:
        show_out(membership, leaving)
    except AccountsError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{leaving.person} no longer belongs to this workspace.")
    return redirect("people")


@login_required
@require_POST
def choose_workspace(request: HttpRequest) -> HttpResponse:
    """Look at another workspace that the person belongs to."""
    chosen = request.POST.get("workspace", "")
    mine = Membership.objects.filter(person_id=request.user.pk or 0)
    membership = get_object_or_404(mine, workspace_id=int(chosen) if chosen.isdecimal() else 0)
    request.session[SESSION_KEY] = membership.workspace_id
    return redirect("connections")


def _let_in(request: HttpRequest, membership: Membership, form: LetInForm) -> bool:
    """Let the person of the form in; on a refusal the form carries the reason."""
    try:
        let_in(membership, email=form.cleaned_data["email"], role=Role(form.cleaned_data["role"]))
    except AccountsError as error:
        form.add_error("email", str(error))
        return False
    messages.success(request, f"{form.cleaned_data['email']} belongs to this workspace now.")
    return True
