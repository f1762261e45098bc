"""`apatar connection prepare`: an org is prepared, looked at and taken apart from the command line."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apatar.connections.models import Connection
from tests.accounts.people import owner_of_a_workspace
from tests.connections.prepared import Bare, a_bare_org

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bare(tmp_path: Path, settings: Any) -> Iterator[Bare]:
    with a_bare_org(tmp_path / "org", settings) as one:
        yield one


@pytest.fixture
def connection(bare: Bare) -> Connection:
    return bare.connected(owner_of_a_workspace())


def said(connection: Connection, monkeypatch: pytest.MonkeyPatch, secret: str, *words: str) -> str:
    out = StringIO()
    monkeypatch.setattr("sys.stdin", StringIO(secret))
    call_command("connection", "prepare", str(connection.pk), *words, stdout=out)
    return out.getvalue()


def login_of(bare: Bare) -> str:
    return json.dumps({"user": bare.admin.user, "password": bare.admin.password})


def test_an_org_is_prepared_and_taken_apart(
    bare: Bare, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = json.loads(said(connection, monkeypatch, login_of(bare), "--json"))
    assert (first["failed"], first["missing"], first["different"], first["absent"]) == (0, [], [], [])
    assert first["done"] == len(first["steps"]) > 150
    again = json.loads(said(connection, monkeypatch, login_of(bare), "--json"))
    assert (again["steps"], again["done"]) == ([], 0)
    removed = json.loads(said(connection, monkeypatch, login_of(bare), "--remove", "--json"))
    assert removed["failed"] == 0
    assert removed["missing"] != []


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    bare: Bare, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        told = said(connection, monkeypatch, login_of(bare), "--dry-run")
        assert "steps: To be made: the object QuickBooks_Invoice__c." in told
        assert "done: 0" in told


def test_without_a_login_the_connections_own_session_counts(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="Log in as an administrator"):
        said(connection, monkeypatch, "")


def test_a_wrong_login_and_half_a_login_are_said(
    bare: Bare, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="did not accept"):
        said(connection, monkeypatch, json.dumps({"user": bare.admin.user, "password": "wrong"}))
    with pytest.raises(CommandError, match="needs user and password"):
        said(connection, monkeypatch, json.dumps({"user": bare.admin.user}))
