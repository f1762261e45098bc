"""The page of a run that stopped with a question: a person says that it was meant, and the connection goes on."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from apatar.accounts.gate import may_write
from apatar.accounts.models import note
from apatar.runs import stopping
from apatar.runs.gate import opened_run


@login_required
@require_POST
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that what the run stopped for was meant: the next call of the Web Connector goes on."""
    with opened_run(request, pk) as found:
        membership = may_write(request)
        if request.POST.get("sure") != "yes":
            messages.error(request, "Nothing was changed. Tick the box if you are sure.")
        elif obstacle := stopping.obstacle_to(found):
            messages.error(request, f"Nothing was changed. {obstacle}")
        elif stopping.go_on(found, by=membership.person.email, now=timezone.now()):
            what = f"let it go on after run {found.number}"
            note(membership.workspace, membership.person, what=what, about=found.connection.company)
            messages.success(request, "Said. The next call of the Web Connector goes on.")
        else:
            messages.error(request, "Nothing was changed: somebody else was quicker. Look at what is there now.")
    return redirect("run", pk)
