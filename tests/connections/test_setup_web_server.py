"""Connect with Salesforce: leaving, and coming back."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django_scopes import scopes_disabled

from apatar.connections import web_server_flow
from apatar.connections.credentials import read_credentials, store_credentials
from apatar.connections.models import Connection, SalesforceMethod
from apatar.salesforce.credentials import Session
from apatar.salesforce.errors import LoginRefused
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, viewer_with
from tests.journeys import situations

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_connection(owner: Someone, **secrets: str) -> Connection:
    connection = situations.a_connection_just_saved(owner.workspace, owner.person)
    connection.salesforce_method = SalesforceMethod.WEB_SERVER
    store_credentials(connection, secrets)
    connection.save()
    return connection


def a_session(refresh_token: str | None = "refresh-1", org: str = "00D000000000001EAA") -> Session:
    return Session("access-1", "https://rockcastle.my.salesforce.com", org, "005000000000001AAA", NOW, refresh_token)


def leave(owner: Someone, connection: Connection) -> dict[str, str]:
    """Click Connect with Salesforce; returns the query that Salesforce is asked with."""
    answer = owner.browser.get(f"/connections/{connection.pk}/connect/")
    assert answer.headers["Location"].startswith("https://login.salesforce.com/services/oauth2/authorize?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def come_back(owner: Someone, **answer: str) -> str:
    return owner.browser.get("/connections/salesforce/", answer, follow=True).content.decode()


def stored(connection: Connection) -> Connection:
    with scopes_disabled():
        return Connection.objects.get(pk=connection.pk)


def salesforce_grants(monkeypatch: pytest.MonkeyPatch, session: Session) -> list[dict[str, object]]:
    asked: list[dict[str, object]] = []

    def exchange(_transport: object, **facts: object) -> Session:
        asked.append(facts)
        return session

    monkeypatch.setattr(web_server_flow, "exchange_code", exchange)
    return asked


def test_leaving_proves_itself_with_pkce_and_state() -> None:
    owner = owner_of_a_workspace()
    query = leave(owner, a_connection(owner, client_id="key"))
    assert query["client_id"] == "key"
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"] == "http://localhost:8000/connections/salesforce/"
    assert len(query["state"]) >= 32


def test_leaving_without_a_consumer_key_says_what_to_fill_in() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    page = owner.browser.get(f"/connections/{connection.pk}/connect/", follow=True).content.decode()
    assert "Fill in the consumer key" in page


def test_coming_back_keeps_the_access_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = salesforce_grants(monkeypatch, a_session())
    owner = owner_of_a_workspace()
    connection = a_connection(owner, client_id="key", client_secret="shh")
    query = leave(owner, connection)
    assert "Connected with Salesforce." in come_back(owner, state=query["state"], code="code-1")
    assert asked[0]["code"] == "code-1"
    assert asked[0]["client_secret"] == "shh"
    kept = stored(connection)
    assert read_credentials(kept)["refresh_token"] == "refresh-1"
    assert "refresh-1" not in kept.sealed_credentials
    assert kept.salesforce_org_id == "00D000000000001EAA"
    assert kept.salesforce_checked_at is not None
    assert kept.sealed_session


def test_coming_back_with_a_foreign_state_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = salesforce_grants(monkeypatch, a_session())
    owner = owner_of_a_workspace()
    leave(owner, a_connection(owner, client_id="key"))
    assert "does not belong to a login that was begun here" in come_back(owner, state="guessed", code="code-1")
    assert not asked


def test_coming_back_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    salesforce_grants(monkeypatch, a_session())
    owner = owner_of_a_workspace()
    query = leave(owner, a_connection(owner, client_id="key"))
    come_back(owner, state=query["state"], code="code-1")
    assert "is finished already" in come_back(owner, state=query["state"], code="code-1")


def test_a_denied_access_says_what_to_do() -> None:
    owner = owner_of_a_workspace()
    query = leave(owner, a_connection(owner, client_id="key"))
    assert "choose Allow" in come_back(owner, state=query["state"], error="access_denied")


def test_access_that_does_not_last_says_which_scope_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    salesforce_grants(monkeypatch, a_session(refresh_token=None))
    owner = owner_of_a_workspace()
    query = leave(owner, a_connection(owner, client_id="key"))
    assert "add the scope" in come_back(owner, state=query["state"], code="code-1")


def test_another_org_than_the_bound_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    salesforce_grants(monkeypatch, a_session(org="00D000000000002EAA"))
    owner = owner_of_a_workspace()
    connection = a_connection(owner, client_id="key")
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(salesforce_org_id="00D000000000001EAA")
    query = leave(owner, connection)
    assert "another Salesforce org" in come_back(owner, state=query["state"], code="code-1")
    assert "refresh_token" not in read_credentials(stored(connection))


def test_a_refused_code_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_transport: object, **_facts: object) -> Session:
        raise LoginRefused("The consumer secret is wrong. Correct it in the form.", code="invalid_client")

    monkeypatch.setattr(web_server_flow, "exchange_code", refuse)
    owner = owner_of_a_workspace()
    query = leave(owner, a_connection(owner, client_id="key"))
    assert "The consumer secret is wrong" in come_back(owner, state=query["state"], code="code-1")


def test_strangers_and_viewers_cannot_leave_for_others() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner, client_id="key")
    assert stranger().browser.get(f"/connections/{connection.pk}/connect/").status_code == 404
    assert viewer_with(owner).browser.get(f"/connections/{connection.pk}/connect/").status_code == 403
