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


def is_taken(file_id: str | None, *, beside: Connection) -> bool:
    """Tell whether a FileID is that of another connection, whoever it belongs to; nothing else of it is told."""
    try:
        wanted = UUID(file_id or "")
    except ValueError:
        return False
    with scopes_disabled():
        return Connection.objects.filter(file_id=wanted).exclude(pk=beside.pk).exists()
