"""The gate of every page about a run: it opens the connection's scope only for people of its workspace."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django_scopes import scope, scopes_disabled

from apatar.accounts.gate import may_write, workspace_of
from apatar.connections.gate import connection_for
from apatar.connections.models import Connection
from apatar.runs.models import Conflict, Problem, Run


@contextmanager
def opened_connection(request: HttpRequest, pk: int) -> Iterator[Connection]:
    """Open the scope of a connection of this workspace; raises Http404 for anybody else's."""
    connection = connection_for(request, pk)
    with scope(connection=connection):
        yield connection


@contextmanager
def opened_run(request: HttpRequest, pk: int) -> Iterator[Run]:
    """Open the scope of the connection that a run belongs to; raises Http404 for anybody else's run."""
    # The scope is found through the run itself, so this one query carries its tenant in its own filter.
    with scopes_disabled():
        mine = Run.objects.filter(connection__workspace=workspace_of(request))
        run: Run = get_object_or_404(mine.select_related("connection"), pk=pk)
    with scope(connection=run.connection):
        yield run


@contextmanager
def opened_problem(request: HttpRequest, pk: int) -> Iterator[Problem]:
    """Open the scope of an open problem that is to be changed; 404 for strangers, 403 for viewers."""
    with scopes_disabled():
        mine = Problem.objects.filter(connection__workspace=workspace_of(request), closed_at=None)
        problem: Problem = get_object_or_404(mine.select_related("connection"), pk=pk)
    may_write(request)
    with scope(connection=problem.connection):
        yield problem


@contextmanager
def opened_conflict(request: HttpRequest, pk: int) -> Iterator[Conflict]:
    """Open the scope of a conflict that is to be decided; 404 for strangers, 403 for viewers."""
    with scopes_disabled():
        mine = Conflict.objects.filter(connection__workspace=workspace_of(request))
        conflict: Conflict = get_object_or_404(mine.select_related("connection"), pk=pk)
    may_write(request)
    with scope(connection=conflict.connection):
        yield conflict
