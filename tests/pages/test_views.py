"""The start, help, support, the health check, metrics, and the pages for what went wrong."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import DatabaseError
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django.fixtures import Settings

from apatar.connections.models import Connection
from apatar.pages import views
from tests.accounts.people import owner_of_a_workspace, stranger

pytestmark = pytest.mark.django_db


def a_silent_connection(of: str = "owner@example.com") -> Connection:
    owner = owner_of_a_workspace(of)
    long_ago = timezone.now() - timedelta(days=3)
    return Connection.objects.create(
        workspace=owner.workspace,
        owner=owner.person,
        company="Rock Castle",
        frequency_minutes=60,
        qwc_downloaded_at=long_ago,
        first_call_at=long_ago,
        last_call_at=long_ago,
    )


def test_a_visitor_learns_what_this_is_and_how_to_begin() -> None:
    page = Client().get("/").content.decode()
    assert "Salesforce and QuickBooks Desktop, in step" in page
    assert 'href="/register/"' in page


def test_a_member_goes_to_the_connections() -> None:
    assert owner_of_a_workspace().browser.get("/").headers["Location"] == "/connections/"


def test_closed_registration_is_not_offered_at_the_start(settings: Settings) -> None:
    settings.APATAR_REGISTRATION = "closed"
    assert "button main" not in Client().get("/").content.decode()


@pytest.mark.parametrize("path", ["/help/", "/support/", "/healthz"])
def test_open_to_everybody(path: str) -> None:
    assert Client().get(path).status_code == 200
    assert Client().head(path).status_code == 200


def test_help_knows_who_is_stuck() -> None:
    connection = a_silent_connection()
    browser = Client()
    browser.force_login(connection.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "has not called for 3 days" in browser.get("/help/").content.decode()


def test_support_shows_a_member_when_the_web_connector_was_here() -> None:
    connection = a_silent_connection()
    browser = Client()
    browser.force_login(connection.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Rock Castle" in browser.get("/support/").content.decode()


def test_support_shows_strangers_and_visitors_nothing_of_others() -> None:
    a_silent_connection()
    assert "Rock Castle" not in stranger().browser.get("/support/").content.decode()
    assert "Rock Castle" not in Client().get("/support/").content.decode()


def test_the_health_check_says_when_the_database_is_gone() -> None:
    with patch("django.db.connection.cursor", side_effect=DatabaseError):
        assert Client().get("/healthz").status_code == 503


def test_metrics_count_without_naming_anybody() -> None:
    a_silent_connection()
    text = Client().get("/metrics").content.decode()
    assert "apatar_connections 1.0" in text
    assert "apatar_silent_connections 1.0" in text
    assert 'apatar_runs_last_day{outcome="running"} 0.0' in text
    assert "Rock Castle" not in text


def test_metrics_are_for_this_machine_only() -> None:
    assert Client(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 403


def test_metrics_are_not_for_those_whom_a_proxy_lets_through() -> None:
    assert Client().get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403


def test_metrics_are_for_whoever_has_the_token(settings: Settings) -> None:
    settings.APATAR_METRICS_TOKEN = "a-long-token"
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.get("/metrics", headers={"Authorization": "Bearer a-long-token"}).status_code == 200
    assert elsewhere.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403


def test_an_unknown_address_is_answered_in_plain_words() -> None:
    answer = Client().get("/nothing-here/")
    assert answer.status_code == 404
    assert b"There is nothing here" in answer.content


def test_a_form_without_its_token_is_refused_in_plain_words() -> None:
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/login/", {"login": "ada@example.com", "password": "x"})
    assert answer.status_code == 403


def test_a_broken_page_says_that_nothing_is_lost() -> None:
    answer = views.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"What was already saved is safe" in answer.content


def test_a_bad_request_is_answered_in_plain_words() -> None:
    request = RequestFactory().get("/")
    request.user = owner_of_a_workspace().person
    assert views.bad_request(request).status_code == 400


@pytest.mark.parametrize("path", ["/", "/login/", "/register/", "/help/", "/support/"])
def test_pages_have_the_basics_of_accessibility(path: str) -> None:
    page = Client().get(path).content.decode()
    assert '<html lang="en">' in page
    assert page.count("<h1") == 1
    assert '<a class="skip" href="#content">' in page
    assert '<main id="content"' in page
    assert '<nav aria-label="Main">' in page
