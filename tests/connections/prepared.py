"""Orgs to be prepared: the sandbox's own, bare, over HTTP, and a connection to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django_scopes import scopes_disabled

from apatar.connections.credentials import store_credentials
from apatar.connections.models import Connection
from apatar.salesforce.credentials import PasswordLogin
from apatar.salesforce.hosts import HostRule
from apatar.salesforce.metadata_api import Component, MetadataClient
from apatar.salesforce.sessions import InMemoryStore, SessionKeeper
from apatar.salesforce.transport import Transport
from apatar.sandbox.salesforce.access import keep_key
from apatar.sandbox.salesforce.org import Org
from apatar.sandbox.salesforce.server import serve
from apatar.sandbox.salesforce.wire import Request, Response, json_response
from tests.accounts.people import Someone
from tests.journeys import situations

NOT_FOUND = {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}
IN_THE_WAY = Component(
    "CustomField",
    "Contact.Line__c",
    {"label": "Line", "type": "Lookup", "referenceTo": "Product2", "relationshipName": "QuickBooks_Invoice_Lines"},
)
"""A field of somebody else's, after which one of ours cannot be made: its way from the product has our name."""


@dataclass(frozen=True, slots=True)
class Bare:
    """An org without any field of ours, and the address it is served at."""

    org: Org
    url: str

    @property
    def admin(self) -> PasswordLogin:
        known = self.org.credentials
        return PasswordLogin(self.url, known.admin_user, known.admin_password)

    def make(self, *components: Component) -> None:
        """Make something in the org beforehand, as its administrator."""
        with Transport(hosts=HostRule.allowing([self.url.removeprefix("http://")])) as transport:
            keeper = SessionKeeper(credentials=self.admin, transport=transport, store=InMemoryStore())
            results = MetadataClient(keeper, transport).upsert(components)
        assert [one.error for one in results if one.error] == []

    def switch_off(self, object_name: str) -> None:
        """Answer from now on as an org in which an object is not switched on."""
        handle = self.org.handle

        def handled(request: Request) -> Response:
            if f"/sobjects/{object_name}/" in request.target:
                return json_response([NOT_FOUND], status=404)
            return handle(replace(request, body=request.body.replace(f">{object_name}<".encode(), b">Unknown<")))

        self.org.handle = handled  # type: ignore[method-assign]

    def connected(self, owner: Someone) -> Connection:
        """A connection whose user may not change the set-up."""
        known = self.org.credentials
        connection = situations.a_connection_just_saved(owner.workspace, owner.person)
        connection.salesforce_url, connection.salesforce_user = self.url, known.user
        store_credentials(connection, {"password": known.password, "security_token": known.security_token})
        with scopes_disabled():
            connection.save()
        return connection

    def connected_as_administrator(self, owner: Someone) -> Connection:
        connection, known = self.connected(owner), self.org.credentials
        connection.salesforce_user = self.admin.user
        store_credentials(connection, {"password": self.admin.password, "security_token": known.admin_security_token})
        with scopes_disabled():
            connection.save()
        return connection


@contextmanager
def a_bare_org(home: Path, settings: Any) -> Iterator[Bare]:
    home.mkdir(parents=True, exist_ok=True)
    (home / "jwt_key.pem").write_bytes(_one_key())
    with Org(home, bare=True) as org, serve(org) as server:
        settings.APATAR_SALESFORCE_HOSTS = [server.url.removeprefix("http://")]
        yield Bare(org, server.url)


@cache
def _one_key() -> bytes:
    with TemporaryDirectory() as folder:
        path, _ = keep_key(Path(folder))
        return path.read_bytes()
