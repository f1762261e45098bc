"""Preparing Salesforce in a real browser: what is shown first, and what is told while it is done."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apatar.accounts.models import Person
from tests.accounts.people import Someone
from tests.connections.prepared import Bare, a_bare_org
from tests.journeys.window import a_window, look_at, press, register

CHROMIUM = shutil.which("chromium")
EMAIL = "ada@rockcastle.example"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture
def bare(tmp_path: Path, settings: Any) -> Iterator[Bare]:
    with a_bare_org(tmp_path / "org", settings) as one:
        yield one


def open_the_page(page: Page, site: str, bare: Bare) -> None:
    """Register, and come from the connection's page to the one that prepares its org."""
    register(page, site, EMAIL)
    person = Person.objects.get(email=EMAIL)
    connection = bare.connected(Someone(person, browser=None))  # type: ignore[arg-type]  # nobody is logged in here
    page.goto(f"{site}/connections/{connection.pk}/")
    page.get_by_role("link", name="Prepare Salesforce").click()
    expect(page.get_by_role("heading", name="What will be done")).to_be_visible()


def type_the_login(page: Page, bare: Bare, password: str) -> None:
    page.get_by_label("Administrator's user name").fill(bare.admin.user)
    page.get_by_label("Administrator's password").fill(password)
    press(page, "Prepare with this login")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_person_prepares_salesforce(chromium: Browser, live_server: LiveServer, bare: Bare, javascript: bool) -> None:
    with a_window(chromium, javascript=javascript) as page:
        open_the_page(page, live_server.url, bare)
        page.get_by_text("New object QuickBooks Invoice:").click()
        expect(page.get_by_text("Customer_Message__c").first).to_be_visible()
        look_at(page, "prepare")
        type_the_login(page, bare, "wrong")
        expect(page.get_by_role("alert")).to_contain_text("Salesforce did not accept this user name")
        type_the_login(page, bare, bare.admin.password)
        expect(page.get_by_role("status")).to_contain_text("Salesforce is prepared.")
        expect(page.get_by_text("Created the object QuickBooks_Payment_Line__c.")).to_be_visible()
        look_at(page, "preparing")
        page.get_by_role("link", name="Look again").click()
        expect(page.get_by_role("heading", name="Salesforce is prepared")).to_be_visible()
        look_at(page, "prepared")


def test_the_package_is_downloaded(chromium: Browser, live_server: LiveServer, bare: Bare) -> None:
    with a_window(chromium) as page:
        open_the_page(page, live_server.url, bare)
        with page.expect_download() as awaited:
            page.get_by_role("link", name="Download the package", exact=True).click()
        assert awaited.value.suggested_filename == "QuickBooks-Sync.zip"
        awaited.value.path()
