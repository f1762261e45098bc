"""The dry run in a real browser: asked for, looked at, released; with and without JavaScript, on a phone."""

import shutil

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apatar.accounts.models import Person
from apatar.connections.models import Connection
from apatar.runs.models import Run
from tests.journeys import situations
from tests.journeys.plans import a_plan, carried_out
from tests.journeys.window import a_window, follow, look_at, open_the_settings, press, register

CHROMIUM = shutil.which("chromium")
EMAIL = "ada@rockcastle.example"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


def a_connection(page: Page, site: str) -> Connection:
    register(page, site, EMAIL)
    owner = Person.objects.get(email=EMAIL)
    connection = situations.a_connection_in_step(owner.workspaces.get(), owner, now=timezone.now())
    situations.what_the_org_says(connection)
    page.goto(f"{site}/connections/{connection.pk}/")
    return connection


def the_web_connector_calls(connection: Connection) -> Run:
    """What the engine does with a dry run that was asked for (tests/runs/test_dry_runs.py)."""
    with scopes_disabled():
        assert Connection.objects.get(pk=connection.pk).dry_run_asked_at is not None
        Connection.objects.filter(pk=connection.pk).update(dry_run_asked_at=None)
    return a_plan(connection, 1, at=timezone.now())


def asked(page: Page) -> None:
    press(page, "Dry run")
    expect(page.get_by_text("The next call of the Web Connector shows what would be written")).to_be_visible()


def release(page: Page) -> None:
    follow(page, "Release …")
    page.get_by_label("Yes, write 5 changes").check()
    press(page, "Release")
    expect(page.get_by_text("The next run carries it out")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_dry_run_to_its_release(chromium: Browser, live_server: LiveServer, javascript: bool) -> None:
    with a_window(chromium, javascript=javascript) as page:
        connection = a_connection(page, live_server.url)
        asked(page)
        press(page, "Take back")
        expect(page.get_by_text("Taken back. The next run writes, as usual.")).to_be_visible()
        asked(page)
        look_at(page, "dry-run-asked")
        plan = the_web_connector_calls(connection)
        page.goto(f"{live_server.url}/connections/{connection.pk}/")
        follow(page, "Look at what run 1 would write")
        expect(page.get_by_role("heading", name="What this run would write")).to_be_visible()
        look_at(page, "dry-run-shown")
        page.locator("tbody tr").filter(has_text="QuickBooks").get_by_role("link", name="2", exact=True).click()
        expect(page.get_by_role("heading", name="Cook, Brian", exact=True)).to_be_visible()
        expect(page.locator("#changes ~ ul.entries > li")).to_have_count(2)
        follow(page, "Show everything")
        page.get_by_label("Name").fill("maria")
        press(page, "Show")
        expect(page.locator("#changes ~ ul.entries > li")).to_have_count(1)
        expect(page.get_by_text("As soon as its account is there")).to_be_visible()
        look_at(page, "dry-run-chosen")
        release(page)
        look_at(page, "dry-run-released")
        carried_out(plan, 2, at=timezone.now())
        page.reload()
        follow(page, "1 change")
        expect(page.get_by_role("heading", name="Late Comer")).to_be_visible()
        look_at(page, "dry-run-came-up")


def test_the_page_that_asks_fits_a_phone(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium) as page:
        connection = a_connection(page, live_server.url)
        plan = a_plan(connection, 1, at=timezone.now())
        page.goto(f"{live_server.url}/runs/{plan.pk}/release/")
        look_at(page, "dry-run-release")


def test_the_thresholds_are_typed_into_the_settings(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium) as page:
        connection = a_connection(page, live_server.url)
        open_the_settings(page)
        page.get_by_text("Show me first", exact=True).click()
        page.get_by_label("A run that would create more records than").fill("50")
        page.get_by_label("A run that would change more of the linked records than, in %").fill("200")
        page.get_by_label("Salesforce password").fill("s3cret-pass")
        press(page, "Update")
        expect(page.get_by_text("A percentage is a whole number from 0 to 100.")).to_be_visible()
        look_at(page, "dry-run-thresholds")
        page.get_by_label("A run that would change more of the linked records than, in %").fill("20")
        page.get_by_label("Salesforce password").fill("s3cret-pass")
        press(page, "Update")
        expect(page.get_by_text("Updated. The next run works with these settings.")).to_be_visible()
    with scopes_disabled():
        found = Connection.objects.get(pk=connection.pk)
    assert (found.hold_creates, found.hold_percent) == (50, 20)
