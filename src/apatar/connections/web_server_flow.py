"""Connect with Salesforce: leaving for Salesforce's own page, and coming back with a code (OAuth web server, PKCE)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apatar.connections.credentials import read_credentials, store_credentials
from apatar.connections.errors import ConnectionProblem, NotConfigured
from apatar.connections.models import Connection
from apatar.connections.salesforce import TEST_TIMEOUTS, SealedSessions, Verdict, bind_org, transport_of
from apatar.salesforce.credentials import Session
from apatar.salesforce.errors import SalesforceError
from apatar.salesforce.oauth import authorize_url, exchange_code, pkce_pair
from apatar.salesforce.sessions import Kept

NO_KEY = "Fill in the consumer key of your External Client App and save, then click Connect with Salesforce."
STRAY = "This answer does not belong to a login that was begun here. Click Connect with Salesforce once more."
DENIED = "The access was not allowed in Salesforce. Click Connect with Salesforce once more and choose Allow."
NOTHING_LASTING = (
    "Salesforce gave no lasting access. In the External Client App, add the scope “Perform requests at any time "
    "(refresh_token, offline_access)”, then connect once more."
)


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send the person, and what the session must keep until they come back."""

    address: str
    kept: dict[str, str] = field(repr=False)


def leave(connection: Connection, *, redirect_uri: str) -> Departure:
    """Prepare the way to Salesforce's own page. Raises NotConfigured without a consumer key."""
    client_id = read_credentials(connection).get("client_id")
    if not client_id:
        raise NotConfigured(NO_KEY)
    state, pkce = secrets.token_urlsafe(24), pkce_pair(secrets.token_bytes)
    address = authorize_url(
        login_url=connection.salesforce_url,
        client_id=client_id,
        redirect_uri=redirect_uri,
        state=state,
        challenge=pkce.challenge,
    )
    return Departure(address, {"state": state, "verifier": pkce.verifier})


def come_back(
    connection: Connection, answer: Mapping[str, str], *, redirect_uri: str, kept: Mapping[str, str], now: datetime
) -> Verdict:
    """Turn Salesforce's answer (the query of the callback) into lasting access, sealed in the connection's row."""
    if not secrets.compare_digest(answer.get("state", "").encode(), kept.get("state", "-").encode()):
        return Verdict(ok=False, sentence=STRAY)
    if "code" not in answer:
        return Verdict(ok=False, sentence=DENIED)
    try:
        session = _exchange(connection, answer["code"], redirect_uri=redirect_uri, verifier=kept["verifier"], now=now)
        return _adopt(connection, session, now=now)
    except (SalesforceError, ConnectionProblem) as error:
        return Verdict(ok=False, sentence=error.sentence)


def _exchange(connection: Connection, code: str, *, redirect_uri: str, verifier: str, now: datetime) -> Session:
    held = read_credentials(connection)
    with transport_of(timeouts=TEST_TIMEOUTS) as transport:
        return exchange_code(
            transport,
            login_url=connection.salesforce_url,
            client_id=held.get("client_id", ""),
            client_secret=held.get("client_secret") or None,
            redirect_uri=redirect_uri,
            code=code,
            verifier=verifier,
            now=now,
        )


def _adopt(connection: Connection, session: Session, *, now: datetime) -> Verdict:
    if not session.refresh_token:
        return Verdict(ok=False, sentence=NOTHING_LASTING)
    bind_org(connection, session)
    store_credentials(connection, {"refresh_token": session.refresh_token})
    connection.salesforce_checked_at = now
    # Only what this login is about: a call of the Web Connector may have written to the row meanwhile.
    connection.save(
        update_fields=["sealed_credentials", "sealed_session", "salesforce_problem", "salesforce_checked_at"]
    )
    SealedSessions(connection).save(Kept(session, session.refresh_token))
    return Verdict(ok=True, sentence="Connected with Salesforce.")
