"""The page that prepares an org: who may, what it shows, what it does, and what it keeps to itself."""

import io
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django_scopes import scopes_disabled

from apatar.accounts.models import AuditEvent
from apatar.connections.models import Connection
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor
from tests.connections.prepared import IN_THE_WAY, Bare, a_bare_org
from tests.journeys import situations

pytestmark = pytest.mark.django_db
DOWNLOADS = ("package.zip", "removal.zip")


@pytest.fixture
def bare(tmp_path: Path, settings: Any) -> Iterator[Bare]:
    with a_bare_org(tmp_path / "org", settings) as one:
        yield one


@pytest.fixture(autouse=True)
def _no_failures_of_other_tests(db: None) -> None:
    cache.clear()


def address(connection: Connection, what: str = "") -> str:
    return f"/connections/{connection.pk}/prepare/{what}"


def page(someone: Someone, connection: Connection) -> str:
    answer = someone.browser.get(address(connection))
    assert answer.status_code == 200
    return str(answer.content.decode())


def posted(someone: Someone, connection: Connection, form: dict[str, str]) -> str:
    """The whole page that answers, also where it comes in pieces."""
    answer: Any = someone.browser.post(address(connection), form)
    assert answer.status_code == 200
    content: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


def login_of(bare: Bare, **instead: str) -> dict[str, str]:
    login = {"admin_user": bare.admin.user, "admin_password": bare.admin.password, "admin_token": ""}
    return {"who": "administrator", **login, **instead}


def a_connection(owner: Someone) -> Connection:
    return situations.a_connection_just_saved(owner.workspace, owner.person)


def test_the_owner_and_a_teammate_may_prepare_and_a_viewer_may_not(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    connection = bare.connected(owner)
    assert "Prepare with this login" in page(teammate_of(owner), connection)
    assert "Prepare with this login" in page(owner, connection)
    viewer = viewer_with(owner)
    assert viewer.browser.get(address(connection)).status_code == 403
    assert viewer.browser.post(address(connection), login_of(bare)).status_code == 403


def test_a_stranger_finds_nothing_and_a_visitor_is_asked_to_log_in(bare: Bare) -> None:
    connection = bare.connected(owner_of_a_workspace())
    browser = stranger().browser
    assert browser.get(address(connection)).status_code == 404
    assert browser.post(address(connection), login_of(bare)).status_code == 404
    assert visitor().get(address(connection)).status_code == 302
    assert visitor().post(address(connection), login_of(bare)).status_code == 302


@pytest.mark.parametrize("what", DOWNLOADS)
def test_whoever_belongs_to_the_workspace_may_download_and_nobody_else(what: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    for someone in (owner, viewer_with(owner)):
        answer = someone.browser.get(address(connection, what))
        assert answer["Content-Type"] == "application/zip"
        assert "package.xml" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert stranger().browser.get(address(connection, what)).status_code == 404
    assert visitor().get(address(connection, what)).status_code == 302


def test_a_form_from_elsewhere_is_refused(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    connection = bare.connected(owner)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner.person, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.post(address(connection), login_of(bare)).status_code == 403


def test_the_page_says_first_what_it_will_do_and_what_stays_off(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    shown = page(owner, bare.connected(owner))
    for part in (
        "What will be done",
        "New object QuickBooks Invoice: 24 new fields",
        "Accounts: 16 new fields",
        "QuickBooks_ListID__c",
        "What stays off until then",
        "Invoices stay in QuickBooks",
        "How to remove it",
    ):
        assert part in shown


def test_an_administrators_login_prepares_the_org_step_by_step(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    connection = bare.connected(owner)
    told = posted(owner, connection, login_of(bare))
    assert "Created the object QuickBooks_Invoice__c." in told
    assert "Created 16 fields on Account." in told
    assert "Granted the permission set QuickBooks Sync." in told
    assert "Salesforce is prepared. The next run uses what was made." in told
    assert "Salesforce is prepared" in page(owner, connection)
    assert "nothing had to be done" in posted(owner, connection, login_of(bare))


def test_a_connected_user_who_may_needs_no_second_login(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    connection = bare.connected_as_administrator(owner)
    assert "The connected user may change the set-up" in page(owner, connection)
    assert "Salesforce is prepared. The next run" in posted(owner, connection, {"who": "connection"})


def test_what_failed_is_said_and_the_rest_is_done(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    connection = bare.connected(owner)
    bare.make(IN_THE_WAY)
    told = posted(owner, connection, login_of(bare))
    assert "1 of 165 steps could not be done" in told
    assert "Not done, the field Product__c on QuickBooks_Invoice_Line__c: " in told
    assert "Created 9 fields on QuickBooks_Invoice_Line__c." in told
    assert "New object" not in page(owner, connection)


def test_a_user_who_may_not_change_the_set_up_is_told_who_may(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    told = posted(owner, bare.connected(owner), {"who": "connection"})
    assert "This Salesforce user may not change the set-up of the org. Log in as an administrator" in told
    assert "What will be done" in told


def test_who_prepared_it_is_written_down(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    posted(owner, bare.connected(owner), login_of(bare))
    with scopes_disabled():
        assert AuditEvent.objects.filter(what="prepared the Salesforce org", who=owner.person.email).exists()


def test_a_wrong_password_is_said_and_nothing_is_begun(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    connection = bare.connected(owner)
    told = posted(owner, connection, login_of(bare, admin_password="wrong"))
    assert "Salesforce did not accept this user name, password and security token." in told
    assert "What will be done" in told


def test_the_password_is_neither_shown_nor_logged(bare: Bare, caplog: pytest.LogCaptureFixture) -> None:
    owner = owner_of_a_workspace()
    connection = bare.connected(owner)
    caplog.set_level(logging.DEBUG)
    told = posted(owner, connection, login_of(bare, admin_password="a-wrong-secret", admin_token="a-secret-token"))
    assert "a-wrong-secret" not in told + caplog.text
    assert "a-secret-token" not in told + caplog.text
    assert bare.admin.password not in posted(owner, connection, login_of(bare)) + caplog.text


def test_wrong_passwords_shut_the_door_for_a_while(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    connection = bare.connected(owner)
    for _ in range(10):
        posted(owner, connection, login_of(bare, admin_password="wrong"))
    answer = owner.browser.post(address(connection), login_of(bare))
    assert answer.status_code == 429
    assert "Too many wrong passwords" in answer.content.decode()


def test_a_form_that_is_half_filled_in_asks_for_the_rest(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    assert "This field is required" in posted(owner, bare.connected(owner), login_of(bare, admin_password=""))


def test_an_org_that_cannot_be_looked_at_shows_the_whole_list() -> None:
    owner = owner_of_a_workspace()
    shown = page(owner, a_connection(owner))
    assert "We could not look into Salesforce" in shown
    assert "Accounts: 16 new fields" in shown


def test_what_is_not_switched_on_is_said_and_left_out_of_the_packages(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    bare.switch_off("Order")
    shown = page(owner, bare.connected(owner))
    assert "Order is not switched on in this Salesforce org" in shown
    assert "package.zip?without=Order" in shown
    assert "Orders: " not in shown


def test_the_page_needs_no_script_and_no_style_of_its_own(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    connection = bare.connected(owner)
    for text in (page(owner, connection), posted(owner, connection, login_of(bare))):
        assert "style=" not in text
        assert "<script>" not in text
        assert "onclick" not in text


def test_the_connections_page_leads_here(bare: Bare) -> None:
    owner = owner_of_a_workspace()
    connection = bare.connected(owner)
    assert address(connection) in owner.browser.get(f"/connections/{connection.pk}/").content.decode()
    assert address(connection) not in viewer_with(owner).browser.get(f"/connections/{connection.pk}/").content.decode()
