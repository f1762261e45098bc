"""Sessions of the Web Connector: one at a time per connection, found by an unguessable ticket."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django_scopes import scopes_disabled

from apatar.connections.models import Connection, seldom_read
from apatar.webconnector.models import Session

LIFETIME = timedelta(hours=12)
"""A ticket is not for ever, however long QuickBooks takes over its answers."""
SILENCE = timedelta(hours=1)
BUSY, IDLE = timedelta(minutes=15), timedelta(minutes=2)
"""So long another PC has to wait for a session that is silent: while QuickBooks works for it, and else."""
LONGEST_TICKET = 100
UNKNOWN = "?"
"""A PC that QuickBooks does not name."""


def new_ticket() -> str:
    """Return 192 random bits; also given with a refusal, as Intuit's own sample does (QBWC.md, section 1.3)."""
    return secrets.token_urlsafe(24)


def digest(ticket: str) -> str:
    return sha256(ticket.encode()).hexdigest()


def open_session(connection_id: int, ticket: str, *, now: datetime, address: str = "") -> None:
    """Open a session. An older one goes on until `take_over`, which knows the PC that calls."""
    _create(connection_id, ticket, now, address=address[:45])


def take_over(session: Session, machine: str, *, now: datetime) -> Session | None:
    """Begin a session and end every other one of its connection, or return the one that is at work elsewhere.

    On the same PC an older one is over: the Web Connector died in it (QBWC.md, section 3.2), for it never runs two
    updates at once. Call in a transaction.
    """
    with scopes_disabled():
        Connection.objects.select_for_update(of=("self",)).get(pk=session.connection_id)  # one at a time begins
        others = Session.objects.filter(connection_id=session.connection_id, closed_at=None).exclude(pk=session.pk)
        for one in others.order_by("-id"):
            if _is_at_work(one, now) and (one.pk > session.pk or _is_elsewhere(one, machine)):
                return one
        others.update(closed_at=now)
        note(session, now=now, machine=machine[:64] or UNKNOWN)
    return None


def _is_at_work(session: Session, now: datetime) -> bool:
    """Tell whether a session is alive: it calls every few seconds, unless QuickBooks is busy with what it was asked."""
    return bool(session.machine) and now - session.seen_at < (BUSY if session.asked else IDLE)


def _is_elsewhere(session: Session, machine: str) -> bool:
    return bool(machine) and session.machine not in (UNKNOWN, machine[:64])


def file_visit(connection_id: int, ticket: str, *, now: datetime) -> None:
    """File a call that found no work: its closeConnection is still to come, but nothing else may."""
    _create(connection_id, ticket, now, closed_at=now, message="Nothing to do")


def _create(connection_id: int, ticket: str, now: datetime, **values: Any) -> None:
    with scopes_disabled():
        Session.objects.create(
            connection_id=connection_id, ticket_digest=digest(ticket), opened_at=now, seen_at=now, **values
        )


def find(ticket: str, *, now: datetime) -> Session | None:
    """Return the open session of a ticket, or None where there is none or it has expired."""
    if not ticket or len(ticket) > LONGEST_TICKET:
        return None
    with scopes_disabled():  # the ticket is what tells whose session this is
        mine = Session.objects.select_related("connection").filter(ticket_digest=digest(ticket))
        session = mine.defer(*seldom_read("connection")).first()
    if session is None or session.closed_at is not None:
        return None
    if now - session.opened_at > LIFETIME or now - session.seen_at > SILENCE:
        return None
    return session


def was_visit(ticket: str) -> bool:
    """Tell whether a ticket is that of a session which is over already."""
    with scopes_disabled():
        return Session.objects.filter(ticket_digest=digest(ticket[:LONGEST_TICKET]), closed_at__isnull=False).exists()


def note(session: Session, *, now: datetime, **values: Any) -> None:
    """Write the given columns, and that the session was heard of just now."""
    for name, value in {"seen_at": now, **values}.items():
        setattr(session, name, value)
    session.save(update_fields=["seen_at", *values])


def close(session: Session, *, now: datetime) -> str:
    """Close the session and return the text for the Status column."""
    message = session.message or "OK"
    note(session, now=now, closed_at=now, waiting=False)
    return message
