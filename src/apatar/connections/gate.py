"""The gate of every page about a connection: strangers find nothing, viewers change nothing."""

from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django_scopes import scopes_disabled

from apatar.accounts.gate import may_write, membership_of
from apatar.connections.models import Connection


def connection_for(request: HttpRequest, pk: int) -> Connection:
    """Return a connection of the workspace; raises Http404 where there is none for this person."""
    membership_of(request)
    found: Connection = get_object_or_404(Connection.objects.all(), pk=pk)
    return found


def writable_connection(request: HttpRequest, pk: int) -> Connection:
    """Return a connection to be changed; a stranger gets Http404, a viewer PermissionDenied."""
    connection = connection_for(request, pk)
    may_write(request)
    return connection


def is_taken(file_id: str | None, *, path: str, machine: str, beside: Connection) -> bool:
    """Tell whether a company file belongs to another connection; nothing else of that one is told.

    By its FileID, whoever it belongs to; and within the workspace by path and PC, for a file keeps the first FileID
    that was ever written into it, also when the connection of that one is long deleted.
    """
    with scopes_disabled():
        others = Connection.objects.exclude(pk=beside.pk)
        same_place = others.filter(workspace=beside.workspace_id, company_path=path, company_machine=machine)
        if path and machine and same_place.exists():
            return True
        guid = _guid(file_id)
        return guid is not None and others.filter(file_id=guid).exists()


def _guid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
