"""Who may come in, and whether there is work: what stands behind `authenticate`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django_scopes import scope, scopes_disabled

from apatar.connections.company import selector_of
from apatar.connections.credentials import has_credentials
from apatar.connections.models import Connection
from apatar.connections.schedule import Calls, is_due
from apatar.connections.webconnector_password import note_failure, password_fits, too_many_failures, waste_time
from apatar.runs.models import Run

INVALID_USER = "nvu"
NO_WORK = "none"


@dataclass(frozen=True, slots=True)
class Admitted:
    """There is work: `company` is the selector, empty for the company file that is open."""

    connection: Connection
    company: str


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """`word` is the Web Connector's own (QBWC.md, section 1.3); `connection` is None where the password was wrong."""

    word: str
    reason: str
    connection: Connection | None = None


Verdict = Admitted | TurnedAway


def admit(user: str, password: str, *, address: str, now: datetime) -> Verdict:
    """Check the password, note the call, and decide whether this call is to be a run."""
    connection = _connection_of(user)
    if too_many_failures(user, address):
        return TurnedAway(INVALID_USER, "too many wrong passwords")
    if connection is None:
        waste_time(password)
        note_failure(user, address)
        return TurnedAway(INVALID_USER, "unknown user name")
    if not password_fits(password, proof=connection.webconnector_proof, owner_hash=connection.owner.password):
        note_failure(user, address)
        _note_wrong_password(connection)
        return TurnedAway(INVALID_USER, "wrong password")
    return _verdict(connection, now)


def _connection_of(user: str) -> Connection | None:
    with scopes_disabled():  # the user name is what tells whose connection this is
        return Connection.objects.select_related("owner").filter(webconnector_user=user[:64]).first()


def _note_wrong_password(connection: Connection) -> None:
    reason = "The Web Connector gave a wrong password. Type your On-Demand password into its Password field again."
    note_refusal(connection, reason)


def note_refusal(connection: Connection, reason: str) -> None:
    """Keep why the Web Connector was sent home, for the connection's page; the next good call clears it."""
    if connection.last_refusal != reason:
        with scopes_disabled():
            Connection.objects.filter(pk=connection.pk).update(last_refusal=reason)


def _verdict(connection: Connection, now: datetime) -> Verdict:
    calls = _calls(connection, now)
    _note_call(connection, now)
    if connection.paused_at is not None:
        return TurnedAway(NO_WORK, "paused", connection)
    if not has_credentials(connection):
        return TurnedAway(NO_WORK, "no Salesforce credentials yet", connection)
    if not is_due(calls, frequency=frequency_of(connection)):
        return TurnedAway(NO_WORK, "not due", connection)
    return Admitted(connection, selector_of(connection.company))


def frequency_of(connection: Connection) -> timedelta | None:
    return timedelta(minutes=connection.frequency_minutes) if connection.frequency_minutes else None


def _calls(connection: Connection, now: datetime) -> Calls:
    with scope(connection=connection):
        last = Run.objects.order_by("-number").values_list("started_at", "finished_at").first()
    return Calls(
        now=now,
        last_call=connection.last_call_at,
        call_before_last=connection.call_before_last_at,
        last_run=last[0] if last else None,
        asked=connection.sync_asked_at,
        settings_changed=connection.settings_changed_at,
        unfinished=bool(last and last[1] is None),
    )


def _note_call(connection: Connection, now: datetime) -> None:
    """Keep the last two calls: by them a timer is told from a person."""
    with scopes_disabled(), transaction.atomic():
        Connection.objects.filter(pk=connection.pk).update(
            first_call_at=connection.first_call_at or now,
            call_before_last_at=connection.last_call_at,
            last_call_at=now,
            last_refusal="",
        )
