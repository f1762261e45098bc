"""Sessions of the Web Connector: one at a time per connection, found by an unguessable ticket."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django_scopes import scope, scopes_disabled

from apatar.connections.models import Connection
from apatar.webconnector import sessions
from apatar.webconnector.models import Session
from tests.accounts.people import owner_of_a_workspace, stranger

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_connection() -> Connection:
    owner = owner_of_a_workspace()
    return Connection.objects.create(workspace=owner.workspace, owner=owner.person, company="Rock Castle")


def somebody_elses() -> Connection:
    other = stranger()
    return Connection.objects.create(workspace=other.workspace, owner=other.person, company="Larry's")


@pytest.fixture(autouse=True)
def every_workspace() -> Iterator[None]:
    with scopes_disabled():
        yield


def opened(connection: Connection) -> str:
    ticket = sessions.new_ticket()
    sessions.open_session(connection.pk, ticket, now=NOON)
    return ticket


def test_a_ticket_finds_its_session() -> None:
    one, other = a_connection(), somebody_elses()
    tickets = {opened(one): one, opened(other): other}
    for ticket, connection in tickets.items():
        found = sessions.find(ticket, now=NOON)
        assert found is not None
        assert found.connection == connection


def test_tickets_are_long_and_never_the_same() -> None:
    tickets = {sessions.new_ticket() for _ in range(100)}
    assert len(tickets) == 100
    assert min(map(len, tickets)) >= 32


def test_the_ticket_itself_is_not_stored() -> None:
    ticket = opened(a_connection())
    assert ticket not in str(list(Session.objects.values_list()))


@pytest.mark.parametrize("ticket", ["", "made up", "x" * 101, "x" * 100_000])
def test_another_ticket_finds_nothing(ticket: str) -> None:
    opened(a_connection())
    assert sessions.find(ticket, now=NOON) is None


def begun(connection: Connection, machine: str = "FRONTDESK", *, after: timedelta = timedelta()) -> tuple[str, str]:
    """Open a session that says which PC it is; return its ticket and the PC that is at work instead."""
    ticket = opened(connection)
    found = sessions.find(ticket, now=NOON)
    assert found is not None
    with transaction.atomic():
        busy = sessions.take_over(found, machine, now=NOON + after)
    return ticket, busy.machine if busy else ""


def test_a_new_session_ends_the_old_one_of_its_connection_only() -> None:
    one, other = a_connection(), somebody_elses()
    first, neighbours, second = begun(one)[0], begun(other)[0], begun(one)[0]
    assert sessions.find(first, now=NOON) is None
    assert sessions.find(second, now=NOON) is not None
    assert sessions.find(neighbours, now=NOON) is not None


def test_another_pc_waits_for_the_one_that_is_at_work() -> None:
    connection = a_connection()
    first, _ = begun(connection)
    assert begun(connection, "DESK-2")[1] == "FRONTDESK"
    assert sessions.find(first, now=NOON) is not None
    assert begun(connection, "DESK-2", after=timedelta(minutes=3))[1] == "", "it has been silent for three minutes"
    assert sessions.find(first, now=NOON) is None


def test_another_pc_waits_longer_while_quickbooks_works() -> None:
    connection = a_connection()
    found = sessions.find(begun(connection)[0], now=NOON)
    assert found is not None
    sessions.note(found, now=NOON, asked={"what": "changes"})
    assert begun(connection, "DESK-2", after=timedelta(minutes=14))[1] == "FRONTDESK"
    assert begun(connection, "DESK-2", after=timedelta(minutes=16))[1] == ""


def test_a_first_call_that_comes_late_ends_nobody() -> None:
    connection = a_connection()
    late = sessions.find(opened(connection), now=NOON)
    assert late is not None
    second, _ = begun(connection)
    assert sessions.take_over(late, "FRONTDESK", now=NOON) is not None
    assert sessions.find(second, now=NOON) is not None


def test_a_session_ends_after_an_hour_of_silence() -> None:
    ticket = opened(a_connection())
    assert sessions.find(ticket, now=NOON + timedelta(minutes=59)) is not None
    assert sessions.find(ticket, now=NOON + timedelta(minutes=61)) is None


def test_a_session_that_is_heard_of_lives_on_for_twelve_hours() -> None:
    connection = a_connection()
    ticket = opened(connection)
    for hour in range(1, 13):
        at = NOON + timedelta(minutes=59 * hour)
        found = sessions.find(ticket, now=at)
        assert found is not None
        with scope(connection=connection):
            sessions.note(found, now=at)
    assert sessions.find(ticket, now=NOON + timedelta(hours=12, minutes=1)) is None


def test_a_call_without_work_is_filed_and_opens_nothing() -> None:
    ticket = sessions.new_ticket()
    sessions.file_visit(a_connection().pk, ticket, now=NOON)
    assert sessions.find(ticket, now=NOON) is None
    assert sessions.was_visit(ticket)
    assert Session.objects.get().message == "Nothing to do"


def test_a_call_without_work_does_not_end_the_session_that_is_at_work() -> None:
    connection = a_connection()
    at_work = opened(connection)
    sessions.file_visit(connection.pk, sessions.new_ticket(), now=NOON)
    assert sessions.find(at_work, now=NOON) is not None


def test_closing_says_the_message_once() -> None:
    connection = a_connection()
    ticket = opened(connection)
    found = sessions.find(ticket, now=NOON)
    assert found is not None
    with scope(connection=connection):
        sessions.note(found, now=NOON, message="OK. 3 created")
        assert sessions.close(found, now=NOON) == "OK. 3 created"
    assert sessions.find(ticket, now=NOON) is None
