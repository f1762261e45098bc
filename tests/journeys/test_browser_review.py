"""The review as a person walks through it: five thousand pairs, by keyboard, wide and on a phone."""

import re
import shutil

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apatar.accounts.models import Person
from apatar.connections.models import Connection
from apatar.runs.models import Record
from apatar.runs.proposal import Proposal, ProposalKind
from tests.journeys import plans, reviews, situations
from tests.journeys.window import PHONE, a_window, follow, look_at, press, register, submit

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

NAME_OF_A_VENDOR = (
    "QuickBooks already uses the name “Zenith Holding” for a vendor. A name can be used only once among customers, "
    "vendors, employees and other names. Rename the vendor in QuickBooks, say to “Zenith Holding (V)”, or rename the "
    "account in Salesforce."
)


def before_the_first_release(page: Page, site: str) -> Connection:
    """Register; a new connection has read both sides, and two likely pairs and an exact one wait."""
    register(page, site, "ada@rockcastle.example")
    owner, now = Person.objects.get(), timezone.now()
    connection = situations.a_connection_in_step(owner.workspaces.get(), owner, now=now)
    connection.first_released_at = None
    connection.save()
    with scope(connection=connection):
        plans.a_plan(connection, 1, at=now)
        reviews.a_review(connection, now=now)
    page.goto(f"{site}/connections/{connection.pk}/")
    return connection


def choices() -> dict[str, str]:
    with scopes_disabled():
        return {one.salesforce_name or one.quickbooks_name: one.choice for one in Proposal.objects.order_by("pk")}


def test_a_person_reviews_looks_and_releases(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium) as page:
        before_the_first_release(page, live_server.url)
        expect(page.locator("#first-steps li.next")).to_contain_text("1 exact match to accept")
        look_at(page, "review-steps")
        page.locator("#first-steps").get_by_role("link", name="Review", exact=True).click()
        expect(page.get_by_role("heading", name="Likely the same")).to_be_visible()
        look_at(page, "review-likely")
        submit(page, "Accept Kern Lighting Group (Salesforce) and Kern Lighting (QuickBooks)")
        submit(page, "Harbor Tool Co (Salesforce) and Harbor Tools (QuickBooks) are not the same")
        expect(page.get_by_text("Nothing stands here.")).to_be_visible()
        follow(page, "Exact", exact=False)
        look_at(page, "review-exact")
        submit(page, "Accept all 1")
        follow(page, "Decided", exact=False)
        look_at(page, "review-decided")
        assert list(choices().values()) == ["link", "apart", "link", "", ""]
        with scopes_disabled():
            taken = Proposal.objects.filter(salesforce_name="Zenith Holding")
            taken.update(kind=ProposalKind.TAKEN, reason=NAME_OF_A_VENDOR)
        follow(page, "Names taken", exact=False)
        expect(page.get_by_text(NAME_OF_A_VENDOR)).to_be_visible()
        look_at(page, "review-taken")


def test_a_record_is_linked_by_hand_and_unlinked(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium) as page:
        before_the_first_release(page, live_server.url)
        page.locator("#first-steps").get_by_role("link", name="Review", exact=True).click()
        follow(page, "Only in Salesforce", exact=False)
        look_at(page, "review-alone")
        page.get_by_role("link", name="Link Zenith Holding in Salesforce to another record").click()
        page.get_by_label("Name, or the beginning of it").fill("ab")
        submit(page, "Search")
        look_at(page, "review-search")
        press(page, "Link Zenith Holding to Abel Bakery")
        expect(page.get_by_text("“Zenith Holding” and “Abel Bakery” belong together.")).to_be_visible()
        follow(page, "What is linked", exact=False)
        look_at(page, "review-links")
        press(page, "Unlink Northern Pines from Northern Pines")
        expect(page.get_by_text("Both wait on the review page")).to_be_visible()
        page.get_by_role("link", name="Review", exact=True).click()
        expect(page.get_by_role("button", name=re.compile("Accept Northern Pines"))).to_have_text("Link again")
        follow(page, "Decisions from a file", exact=False)
        look_at(page, "review-file")


def test_five_thousand_pairs_are_decided_one_after_the_other_by_keyboard(
    chromium: Browser, live_server: LiveServer
) -> None:
    with a_window(chromium, javascript=False) as page:
        connection = before_the_first_release(page, live_server.url)
        with scope(connection=connection):
            for rows in (Proposal, Record):
                rows.objects.all().delete()
            reviews.very_many(connection, likely=5_000, linked=0, now=timezone.now())
        page.goto(f"{live_server.url}/connections/{connection.pk}/review/")
        expect(page.get_by_text("5000 to decide.")).to_be_visible()
        accept = page.get_by_role("button", name=re.compile("^Accept .* and "))
        for _ in range(40):
            page.keyboard.press("Tab")
            if accept.first.evaluate("one => one === document.activeElement"):
                break
        names = [accept.nth(at).get_attribute("aria-label") for at in range(3)]
        for name in names:
            expect(page.locator(":focus")).to_have_attribute("aria-label", str(name))
            with page.expect_navigation():
                page.keyboard.press("Enter")
            expect(page.get_by_text("The next run links them.")).to_be_visible()
        look_at(page, "review-thousands")
        assert sum(one == "link" for one in choices().values()) == 3
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_text("Page 2 of 200")).to_be_visible()
        page.get_by_label("At least", exact=True).select_option("90")
        submit(page, "Show")
        press(page, "Accept all that have one candidate")
        expect(page.get_by_text("linked by the next run.")).to_be_visible()
        with scopes_disabled():
            assert not Proposal.objects.filter(choice="", score__gte=90).exists()
            assert Proposal.objects.filter(choice="").count() == 3_750


def test_the_page_fits_a_phone_in_the_dark(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium, dark=True) as page:
        connection = before_the_first_release(page, live_server.url)
        page.set_viewport_size(PHONE)
        page.goto(f"{live_server.url}/connections/{connection.pk}/review/")
        page.locator("summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        look_at(page, "review-phone")
