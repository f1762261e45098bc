"""A connection's way to its Salesforce org: credentials, the one kept session, and the test button."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django_scopes import scopes_disabled

from apatar.connections.credentials import open_session, read_credentials, seal_session
from apatar.connections.errors import NotConfigured, WrongOrg
from apatar.connections.models import Connection, SalesforceMethod
from apatar.salesforce.client import Client
from apatar.salesforce.credentials import (
    ClientCredentials,
    Credentials,
    JwtBearer,
    PasswordLogin,
    RefreshToken,
    Session,
)
from apatar.salesforce.errors import NotAnswered, SalesforceError
from apatar.salesforce.hosts import HostRule
from apatar.salesforce.limits import Budget
from apatar.salesforce.sessions import InMemoryStore, Kept, SessionKeeper, SessionStore
from apatar.salesforce.transport import Timeouts, Transport

TEST_TIMEOUTS = Timeouts(connect=5, write=5, read=10, total=15)
"""Seconds: the test button answers while a person looks at it."""
LEASE = timedelta(minutes=2)
LEASE_POLL = 0.05
NOT_ALLOWED = (
    "The login works, but this user may not create and edit accounts. Give the user that permission in Salesforce, in "
    "a permission set."
)
STILL_EMPTY = "Fill in the Salesforce user name, password and security token in the form, and save."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the test button says, in plain words."""

    ok: bool
    sentence: str


def credentials_of(connection: Connection) -> Credentials:
    """Open the connection's credentials. Raises NotConfigured where something is still empty."""
    held = read_credentials(connection)
    url, user = connection.salesforce_url.rstrip("/"), connection.salesforce_user
    try:
        match SalesforceMethod(connection.salesforce_method):
            case SalesforceMethod.PASSWORD:
                return PasswordLogin(url, user, held["password"], held.get("security_token", ""))
            case SalesforceMethod.CLIENT_CREDENTIALS:
                return ClientCredentials(url, held["client_id"], held["client_secret"])
            case SalesforceMethod.JWT:
                return JwtBearer(url, held["client_id"], user, held["private_key"])
            case SalesforceMethod.WEB_SERVER:
                return RefreshToken(url, held["client_id"], held.get("client_secret"), held["refresh_token"])
    except KeyError as missing:
        raise NotConfigured(STILL_EMPTY) from missing


class SealedSessions:
    """The `SessionStore` of one connection: its row, sealed; the lock is a lease in the row, held by one process."""

    def __init__(self, connection: Connection, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._connection = connection
        self._credentials = connection.sealed_credentials
        self._clock = clock

    def load(self) -> Kept:
        with scopes_disabled():
            self._connection.refresh_from_db(fields=["sealed_session"])
        opened = open_session(self._connection)
        return Kept.from_json(opened) if opened else Kept()

    def save(self, kept: Kept) -> None:
        """Seal what is kept into the row, unless the credentials changed meanwhile: then it speaks of others."""
        sealed = seal_session(self._connection, kept.as_json())
        problem = kept.failure.sentence if kept.failure else ""
        mine = self._row().filter(sealed_credentials=self._credentials)
        if mine.update(sealed_session=sealed, salesforce_problem=problem):
            self._connection.sealed_session, self._connection.salesforce_problem = sealed, problem

    def lock(self) -> AbstractContextManager[object]:
        return self._lease()

    @contextmanager
    def _lease(self) -> Iterator[None]:
        """Wait until nobody else logs in; a lease whose holder died ends by itself."""
        until = self._clock() + LEASE
        while not self._take(until):
            if self._clock() > until:
                raise NotAnswered("Another login to Salesforce is still going on. We try again by ourselves.")
            time.sleep(LEASE_POLL)
        try:
            yield
        finally:
            self._row().filter(login_lease_until=until).update(login_lease_until=None)

    def _take(self, until: datetime) -> bool:
        free = Q(login_lease_until=None) | Q(login_lease_until__lt=self._clock())
        return bool(self._row().filter(free).update(login_lease_until=until))

    def _row(self) -> "QuerySet[Connection]":
        with scopes_disabled():
            row: QuerySet[Connection] = Connection.objects.filter(pk=self._connection.pk)
        return row


def transport_of(*, timeouts: Timeouts | None = None) -> Transport:
    """Return a transport that reaches Salesforce's domains and the hosts the operator allowed."""
    return Transport(hosts=HostRule.allowing(settings.APATAR_SALESFORCE_HOSTS), timeouts=timeouts)


def open_client(connection: Connection, transport: Transport) -> tuple[Client, Session]:
    """Return a client with an open session of the right org. Raises SalesforceError, NotConfigured, WrongOrg."""
    keeper = SessionKeeper(
        credentials=credentials_of(connection), transport=transport, store=SealedSessions(connection)
    )
    source = SessionsOfOneOrg(connection, keeper)
    session = source.current()
    return Client(source, transport, budget=Budget()), session


class SessionsOfOneOrg:
    """The `SessionSource` of one connection: a session of another org is handed to nobody.

    The same login may lead elsewhere from one moment to the next: a refreshed sandbox is another org behind the same
    address. So the session that is opened in the middle of a run is looked at, too.
    """

    def __init__(self, connection: Connection, keeper: SessionKeeper) -> None:
        self._connection = connection
        self._keeper = keeper

    def current(self) -> Session:
        return self._right(self._keeper.current())

    def renew(self, stale: Session) -> Session:
        return self._right(self._keeper.renew(stale))

    def reject(self, session: Session) -> SalesforceError:
        return self._keeper.reject(session)

    def _right(self, session: Session) -> Session:
        try:
            bind_org(self._connection, session)
        except WrongOrg:
            self._keeper.drop(session)  # else it would stand in the way when the login leads to the right org again
            raise
        return session


def bind_org(connection: Connection, session: Session) -> None:
    """Bind the org at the first login; refuse another one ever after (SYNC.md, I6)."""
    if connection.salesforce_org_id == session.org_id:
        return
    if connection.salesforce_org_id:
        raise WrongOrg(
            f"This login leads to another Salesforce org ({session.org_name or session.org_id}) than the one this "
            f"connection belongs to ({connection.salesforce_org_name or connection.salesforce_org_id}). Nothing was "
            "read and nothing was changed. Correct the credentials, or make a new connection for the other org. "
            "A sandbox that was refreshed is another org, too: none of its records are those of before."
        )
    connection.salesforce_org_id = session.org_id
    connection.salesforce_org_name = session.org_name or ""
    with scopes_disabled():
        connection.save(update_fields=["salesforce_org_id", "salesforce_org_name"])


def test_connection(connection: Connection) -> Verdict:
    """Log in and look at the Account object; the answer comes within seconds, in plain words.

    The login is a fresh one, so that new credentials are really tried; only a refresh token, which can be used once,
    goes through the kept session.
    """
    kept = SealedSessions(connection)
    store: SessionStore = kept if connection.salesforce_method == SalesforceMethod.WEB_SERVER else InMemoryStore()
    try:
        with transport_of(timeouts=TEST_TIMEOUTS) as transport:
            keeper = SessionKeeper(credentials=credentials_of(connection), transport=transport, store=store)
            session = keeper.current()
            described = Client(keeper, transport).describe("Account")
    except (NotConfigured, SalesforceError) as error:
        return Verdict(False, error.sentence)
    if connection.salesforce_org_id not in ("", session.org_id):
        return Verdict(False, "The login works, but it leads to another Salesforce org than the one bound here.")
    if connection.pk:
        kept.save(store.load())
    if not (described.createable and described.updateable):
        return Verdict(False, NOT_ALLOWED)
    org = session.org_name or connection.salesforce_url
    return Verdict(True, f"Salesforce answers: {org}. Everything is in order.")
