"""The gate of every page: which workspace a request belongs to, and what the person may do there.

Tenancy stands on two feet. Queries of scoped rows refuse to run unless a workspace is open (django-scopes), and
`WorkspaceScope` opens the workspace of the person who is logged in. A view's first line asks `membership_of`
or `may_write` for what it needs.
"""

from collections.abc import Callable
from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django_scopes import scope

from apatar.accounts.models import Membership, Person, Workspace

SESSION_KEY = "workspace"
"""Where the session remembers which of their workspaces a person is looking at."""


class PersonRequest(HttpRequest):
    """A request of someone who is logged in, with their place in the workspace they look at."""

    user: Person
    membership: Membership


class WorkspaceScope:
    """Middleware: opens the workspace of the logged-in person around the view; visitors get none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        membership = find_membership(request)
        if membership is None:
            return self.get_response(request)
        request.membership = membership  # type: ignore[attr-defined]
        with scope(workspace=membership.workspace):
            return self.get_response(request)


def find_membership(request: HttpRequest) -> Membership | None:
    """Return the chosen membership of a logged-in person, else their first, else None."""
    if not request.user.is_authenticated:
        return None
    mine = Membership.objects.filter(person_id=request.user.pk).select_related("workspace", "person")
    chosen = mine.filter(workspace_id=request.session.get(SESSION_KEY) or 0).first()
    return chosen or mine.first()


def membership_of(request: HttpRequest) -> Membership:
    """Return who asks and what they may do here; raises PermissionDenied for someone without a workspace."""
    membership = cast("Membership | None", getattr(request, "membership", None))
    if membership is None:
        raise PermissionDenied("You do not belong to a workspace. Ask an owner to add you to theirs.")
    return membership


def workspace_of(request: HttpRequest) -> Workspace:
    """Return the workspace of a request; raises PermissionDenied where there is none."""
    return membership_of(request).workspace


def may_write(request: HttpRequest) -> Membership:
    """Return the membership of someone who may change things; raises PermissionDenied for a viewer."""
    membership = membership_of(request)
    if not membership.may_write:
        raise PermissionDenied("You can look at everything here, but not change it. Ask an owner for the member role.")
    return membership


def may_invite(request: HttpRequest) -> Membership:
    """Return the membership of an owner; raises PermissionDenied for anybody else."""
    membership = membership_of(request)
    if not membership.may_invite:
        raise PermissionDenied("Only an owner of the workspace can do this. Ask one of them.")
    return membership
