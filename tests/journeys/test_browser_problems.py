"""The page of problems as a person walks through it: with and without JavaScript, by keyboard, on a phone."""

import shutil
from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apatar.accounts.models import Person
from apatar.connections.models import Connection
from apatar.runs.models import Problem, Side
from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS
from tests.journeys import situations
from tests.journeys.window import a_window, follow, look_at, press, register

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]
LONG = "The Honourable Company of Lighthouse-Keepers_and_Sons_of_the_Bay_and_of_the_Whole_Valley"


def a_busy_morning(page: Page, site: str) -> Connection:
    """Register; five accounts have the names of vendors, and a linked customer was deleted in Salesforce."""
    register(page, site, "ada@rockcastle.example")
    owner = Person.objects.get()
    now = timezone.now()
    connection = situations.a_connection_in_step(owner.workspaces.get(), owner, now=now)
    with scope(connection=connection):
        run = situations.a_finished_run(connection, 1, at=now - timedelta(hours=3))
        for name in ("Harbor Tools", "Cook, Brian: Kitchen", "Northern Pines", "Abercrombie, Kristy", LONG):
            situations.a_problem(run, name)
        link = situations.a_linked_pair(connection)
        deleted = situations.a_problem(run, "Kern Lighting")
        deleted.mapping, deleted.side, deleted.object_type = ACCOUNTS_CUSTOMERS.name, Side.QUICKBOOKS, "Customer"
        deleted.remote_id, deleted.code, deleted.attempts = link.quickbooks_id, "deleted_in_salesforce", 4
        deleted.sentence = "“Kern Lighting” was deleted in Salesforce; in QuickBooks it is untouched."
        deleted.remedy = "Restore it in Salesforce, or delete it in QuickBooks yourself."
        deleted.retry_at = now + timedelta(hours=20)
        deleted.save()
    page.goto(f"{site}/connections/{connection.pk}/problems/")
    return connection


def problem(name: str) -> Problem:
    with scopes_disabled():
        return Problem.objects.get(name=name)


def snooze_words(page: Page, name: str) -> None:
    entry = page.locator("li.entry").filter(has=page.get_by_role("heading", name=name, exact=True))
    entry.locator("summary").click()
    entry.get_by_role("button", name=f"For a week: snooze {name}").click()


@pytest.mark.parametrize("javascript", [True, False])
def test_problems_are_read_tried_again_and_snoozed(
    chromium: Browser, live_server: LiveServer, *, javascript: bool
) -> None:
    with a_window(chromium, javascript=javascript) as page:
        connection = a_busy_morning(page, live_server.url)
        expect(page.get_by_text("6 records wait for 2 reasons.")).to_be_visible()
        expect(page.get_by_text("In QuickBooks: Customer “Kern Lighting”")).to_be_visible()
        if javascript:
            look_at(page, "problems-grouped")
        press(page, "Try again in the next run: Kern Lighting")
        expect(page.get_by_text("Kern Lighting is tried again in the next run.")).to_be_visible()
        assert problem("Kern Lighting").retry_at
        follow(page, "All 5 records of this reason")
        expect(page.get_by_role("heading", name=LONG)).to_be_visible()
        if javascript:
            look_at(page, "problems-cause")
        snooze_words(page, "Northern Pines")
        expect(page.get_by_text("Northern Pines is snoozed for a week.")).to_be_visible()
        expect(page.get_by_role("heading", name="Northern Pines")).to_have_count(0)
        page.get_by_text("Snooze all of these …").click()
        if javascript:
            look_at(page, "problems-spans")
        press(page, "Until it changes: snooze all of these")
        expect(page.get_by_text("4 records are snoozed until the record changes.")).to_be_visible()
        expect(page.get_by_text("1 record waits for 1 reason.")).to_be_visible()
        page.get_by_text("Snoozed: 5").click()
        follow(page, "Look at what is snoozed")
        expect(page.get_by_role("heading", name="Snoozed problems")).to_be_visible()
        if javascript:
            look_at(page, "problems-snoozed")
        press(page, "Show all of these again")
        expect(page.get_by_text("Nothing is snoozed.")).to_be_visible()
        page.goto(f"{live_server.url}/connections/{connection.pk}/")
        expect(page.get_by_role("link", name="6 problems")).to_be_visible()


def test_a_problem_is_found_by_its_name_and_side(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium) as page:
        a_busy_morning(page, live_server.url)
        page.get_by_role("searchbox", name="Name").fill("kern")
        page.get_by_label("Waits in").select_option("quickbooks")
        press(page, "Show")
        expect(page.locator("li.entry")).to_have_count(1)
        press(page, "Try all of these again")
        expect(page.get_by_text("1 record is tried again in the next run.")).to_be_visible()
        expect(page.get_by_role("searchbox", name="Name")).to_have_value("kern")


def test_the_keyboard_is_enough(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium) as page:
        a_busy_morning(page, live_server.url)
        page.get_by_role("button", name="Try again in the next run: Kern Lighting").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="For a day: snooze Kern Lighting")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Kern Lighting is snoozed for a day.")).to_be_visible()
