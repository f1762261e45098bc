"""Sessions of the Web Connector: one at a time per connection, found by an unguessable ticket."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django_scopes import scope, scopes_disabled

from apatar.connections.models import Connection
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


def open_session(connection: Connection, ticket: str, *, now: datetime, ended: bool = False) -> None:
    """Open a session; an older one that is still open is over: the Web Connector died in it (QBWC.md, section 3.2).

    `ended` files a call that found no work: its closeConnection is still to come, but nothing else may.
    """
    with scope(connection=connection), transaction.atomic():
        Session.objects.filter(connection=connection, closed_at=None).update(closed_at=now)
        Session.objects.create(
            connection=connection,
            ticket_digest=digest(ticket),
            opened_at=now,
            seen_at=now,
            closed_at=now if ended else None,
            message="Nothing to do" if ended else "",
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
