"""The page of conflicts as a person walks through it: with and without JavaScript, by keyboard, on a phone."""

import shutil
from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apatar.accounts.models import Person
from apatar.connections.models import Connection
from apatar.runs.models import Conflict, Run
from tests.journeys import situations
from tests.journeys.window import PHONE, a_window, look_at, press, register, submit

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]
PHONE_OF_KERN = "Phone of Kern Lighting"


def a_disputed_morning(page: Page, site: str) -> Connection:
    """Register; two records have conflicts that wait, one of them two, and one value was lost last month."""
    register(page, site, "ada@rockcastle.example")
    owner = Person.objects.get()
    now = timezone.now()
    connection = situations.a_connection_in_step(owner.workspaces.get(), owner, now=now)
    with scope(connection=connection):
        situations.what_the_org_says(connection)
        situations.a_linked_pair(connection)
        run = situations.a_finished_run(connection, 1, at=now - timedelta(hours=3))
        a_conflict(run, "Kern Lighting", "phone", "555-0111", "555-0122")
        a_conflict(run, "Kern Lighting", "billing_street", "12 Harbor Rd\nSuite 400", "12 Harbor Road, Suite 400")
        a_conflict(run, "Abercrombie, Kristy & Daughters of the Whole Valley", "phone", "", "555-0188", at=2)
        lost = a_conflict(run, "Kern Lighting", "fax", "555-0911", "555-0922")
        lost.winner, lost.resolved_at, lost.found_at = "quickbooks", now - timedelta(days=30), now - timedelta(days=30)
        lost.reason = "Both sides were changed, QuickBooks more recently as far as the clocks can tell."
        lost.save()
    page.goto(f"{site}/connections/{connection.pk}/conflicts/")
    return connection


def a_conflict(run: Run, name: str, field: str, ours: str, theirs: str, *, at: int = 1) -> Conflict:
    values = {"salesforce": ours or None, "quickbooks": theirs, "base_salesforce": "555-0100"}
    if field == "billing_street":
        values |= {"salesforce": ours.split("\n"), "quickbooks": [theirs]}  # type: ignore[dict-item]
    return Conflict.objects.create(
        connection=run.connection,
        run=run,
        mapping="accounts_customers",
        salesforce_id=f"00100000000000{at}AAA",
        quickbooks_id=f"8000000{at}-1",
        name=name,
        field=field,
        label={"phone": "Phone", "fax": "Fax"}.get(field, "Billing street"),
        salesforce_value=ours,
        quickbooks_value=theirs,
        base_value="555-0100" if field != "billing_street" else "12 Harbor",
        values=values,
        salesforce_at=run.started_at,
        salesforce_by="Ada Lovelace",
        quickbooks_at=run.started_at - timedelta(minutes=12),
        reason="Both sides were changed, and you want to decide yourself.",
        found_at=run.started_at,
    )


def chosen() -> list[str]:
    with scopes_disabled():
        return list(Conflict.objects.order_by("pk").values_list("chosen", flat=True))


def test_a_person_decides_a_field_a_record_and_all_of_a_kind(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium) as page:
        a_disputed_morning(page, live_server.url)
        look_at(page, "conflicts")
        press(page, f"Keep Salesforce's {PHONE_OF_KERN}")
        expect(page.get_by_text("You chose Salesforce's")).to_be_visible()
        assert chosen() == ["salesforce", "", "", ""]
        submit(page, "Keep all 2 of QuickBooks' values of Kern Lighting")
        assert chosen() == ["quickbooks", "quickbooks", "", ""]
        look_at(page, "conflicts-chosen")
        with page.expect_navigation():
            page.get_by_role("link", name="Decide all 2 conflicts in Phone").first.click()
        look_at(page, "conflicts-kind")
        submit(page, "Keep Salesforce's in all 2")
        expect(page.get_by_role("heading", name="Conflicts", exact=True)).to_be_visible()
        assert chosen() == ["salesforce", "quickbooks", "salesforce", ""]


def test_a_lost_value_comes_back_with_one_click_and_the_narrowed_page_stays(
    chromium: Browser, live_server: LiveServer
) -> None:
    with a_window(chromium) as page:
        a_disputed_morning(page, live_server.url)
        page.get_by_label("Show", exact=True).select_option("Decided")
        page.get_by_label("Name", exact=True).fill("kern")
        submit(page, "Show")
        press(page, "Bring back Salesforce's Fax of Kern Lighting")
        expect(page.get_by_label("Show", exact=True)).to_have_value("decided")
        expect(page.get_by_text("Salesforce's value comes back")).to_be_visible()
        look_at(page, "conflicts-back")
        submit(page, "Do not bring back Fax of Kern Lighting")
        assert chosen()[-1] == ""


def test_everything_works_without_javascript(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium, javascript=False) as page:
        a_disputed_morning(page, live_server.url)
        submit(page, f"Keep QuickBooks' {PHONE_OF_KERN}")
        submit(page, f"Take back the choice for {PHONE_OF_KERN}")
        assert chosen() == ["", "", "", ""]


def test_a_field_is_decided_by_keyboard_alone(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium) as page:
        a_disputed_morning(page, live_server.url)
        button = page.get_by_role("button", name=f"Keep QuickBooks' {PHONE_OF_KERN}")
        for _ in range(40):
            page.keyboard.press("Tab")
            if button.evaluate("one => one === document.activeElement"):
                break
        page.keyboard.press("Enter")
        expect(page.get_by_text("You chose QuickBooks'")).to_be_visible()


def test_the_page_fits_a_phone(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium, dark=True) as page:
        a_disputed_morning(page, live_server.url)
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        look_at(page, "conflicts-phone")
