"""Sessions of the Web Connector: one at a time per connection, found by an unguessable ticket."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django_scopes import scopes_disabled

from apatar.webconnector.models import Session

LIFETIME = timedelta(hours=12)
"""A ticket is not for ever, however long QuickBooks takes over its answers."""
SILENCE = timedelta(hours=1)
LONGEST_TICKET = 100


def new_ticket() -> str:
    """Return 192 random bits; also given with a refusal, as Intuit's own sample does (QBWC.md, section 1.3)."""
    return secrets.token_urlsafe(24)


def digest(ticket: str) -> str:
    return sha256(ticket.encode()).hexdigest()


def open_session(connection_id: int, ticket: str, *, now: datetime) -> None:
    """Open a session; an older one that is still open is over: the Web Connector died in it (QBWC.md, section 3.2).

    Call in a transaction.
    """
    with scopes_disabled():
        Session.objects.filter(connection_id=connection_id, closed_at=None).update(closed_at=now)
        _create(connection_id, ticket, now)


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
        session = Session.objects.select_related("connection", "run").filter(ticket_digest=digest(ticket)).first()
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
