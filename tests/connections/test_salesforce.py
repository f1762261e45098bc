"""A connection's way to its org: the right credentials, one login at a time, the right org."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django_scopes import scopes_disabled

from apatar.connections import salesforce
from apatar.connections.credentials import store_credentials
from apatar.connections.errors import NotConfigured, WrongOrg
from apatar.connections.models import Connection, SalesforceMethod
from apatar.connections.salesforce import SealedSessions, bind_org, credentials_of, open_client, transport_of
from apatar.salesforce.credentials import ClientCredentials, JwtBearer, PasswordLogin, RefreshToken, Session
from apatar.salesforce.sessions import Kept
from tests.runs.world import World, a_world

HELD = {
    "password": "p", "security_token": "t", "client_id": "c", "client_secret": "s", "private_key": "k",
    "refresh_token": "r",
}  # fmt: skip


@pytest.fixture
def world(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[World]:
    with a_world(tmp_path, monkeypatch, settings) as one:
        yield one


def a_connection(method: SalesforceMethod, held: dict[str, str]) -> Connection:
    connection = Connection(
        salesforce_method=method, salesforce_url="https://login.salesforce.com/", salesforce_user="ada@example.com"
    )
    store_credentials(connection, held)
    return connection


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        (SalesforceMethod.PASSWORD, PasswordLogin),
        (SalesforceMethod.CLIENT_CREDENTIALS, ClientCredentials),
        (SalesforceMethod.JWT, JwtBearer),
        (SalesforceMethod.WEB_SERVER, RefreshToken),
    ],
)
def test_each_way_to_log_in_has_its_credentials(method: SalesforceMethod, kind: type) -> None:
    assert isinstance(credentials_of(a_connection(method, HELD)), kind)


@pytest.mark.parametrize("method", list(SalesforceMethod))
def test_a_form_that_is_still_empty_says_what_to_do(method: SalesforceMethod) -> None:
    with pytest.raises(NotConfigured, match="Fill in"):
        credentials_of(a_connection(method, {"something": "else"}))


def test_a_security_token_is_not_needed_from_a_trusted_network() -> None:
    held = credentials_of(a_connection(SalesforceMethod.PASSWORD, {"password": "p"}))
    assert isinstance(held, PasswordLogin)
    assert held.security_token == ""


def test_the_session_is_kept_sealed_and_used_by_the_next_process(world: World) -> None:
    with transport_of() as transport:
        _, first = open_client(world.reload(), transport)
    with transport_of() as transport:
        _, second = open_client(world.reload(), transport)
        assert transport.calls == 0
    assert first.access_token == second.access_token
    assert first.access_token not in world.connection.sealed_session


def test_the_first_login_binds_the_org(world: World) -> None:
    with transport_of() as transport:
        open_client(world.connection, transport)
    assert world.reload().salesforce_org_id == world.org.access.org_id
    assert world.connection.salesforce_org_name == "Sandbox Org"


def test_another_org_is_refused_ever_after(world: World) -> None:
    with transport_of() as transport:
        _, session = open_client(world.connection, transport)
    other = Session(**{**_facts(session), "org_id": "00D000000000999EAA", "org_name": "Somebody Else"})
    with pytest.raises(WrongOrg, match=r"Somebody Else.*than the one this connection belongs to .Sandbox Org"):
        bind_org(world.reload(), other)
    assert world.reload().salesforce_org_id == world.org.access.org_id


def _facts(session: Session) -> dict[str, Any]:
    return {name: getattr(session, name) for name in session.__dataclass_fields__}


def test_a_login_waits_while_another_process_logs_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = SealedSessions(world.connection), SealedSessions(world.connection)
    order: list[str] = []
    first_lock = first.lock()
    first_lock.__enter__()

    def wait(seconds: float) -> None:
        order.append("waited")
        first_lock.__exit__(None, None, None)

    monkeypatch.setattr("apatar.connections.salesforce.time.sleep", wait)
    with second.lock():
        order.append("in")
    assert order == ["waited", "in"]


def test_the_lease_of_a_process_that_died_ends_by_itself(world: World) -> None:
    world.save(login_lease_until=world.clock.now() + timedelta(seconds=100))
    before = world.clock.now()
    with SealedSessions(world.connection).lock():
        waited = world.clock.now() - before
    assert timedelta(seconds=100) <= waited < timedelta(seconds=110)


def test_what_is_kept_is_what_is_loaded(world: World) -> None:
    store = SealedSessions(world.connection)
    assert store.load() == Kept()
    store.save(Kept(refresh_token="once only"))
    assert SealedSessions(world.reload()).load() == Kept(refresh_token="once only")
    assert "once only" not in world.connection.sealed_session


def test_the_test_button_says_that_everything_is_in_order(world: World) -> None:
    verdict = salesforce.test_connection(world.reload())
    assert (verdict.ok, verdict.sentence) == (True, "Salesforce answers: Sandbox Org. Everything is in order.")


def test_the_test_button_says_what_is_wrong(world: World) -> None:
    store_credentials(world.reload(), {"password": "not it"})
    verdict = salesforce.test_connection(world.connection)
    assert not verdict.ok
    assert "did not accept the user name, password and security token" in verdict.sentence
    world.org.faults.set(soap_login=False)
    assert "Connect with Salesforce" in salesforce.test_connection(world.connection).sentence


def test_the_test_button_sees_that_it_is_another_org(world: World) -> None:
    world.save(salesforce_org_id="00D000000000999EAA")
    assert "another Salesforce org" in salesforce.test_connection(world.connection).sentence
    with scopes_disabled():
        assert Connection.objects.get(pk=world.connection.pk).sealed_session == ""
