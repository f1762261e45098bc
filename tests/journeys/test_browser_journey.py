"""The journey of PRODUCT.md in a real browser, against the running service, a sandbox org and a sandbox PC."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from apatar.sandbox.story_org import OrgReader
from apatar.sandbox.story_stage import OrgAccess
from tests.journeys import window as person
from tests.journeys.installation import SandboxOrg, a_service, an_org
from tests.journeys.office import COMPANY, Office

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.service,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]
APPLICATION = "QuickBooks and SalesForce synchronization"
STEPS = [
    "Salesforce answers",
    "Download ApatarQBW.qwc",
    "Add it to the Web Connector",
    "Type the password",
    "Run it",
]
CUSTOMERS, ACCOUNTS, SAME = 9, 7, 4


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_service(tmp_path_factory.mktemp("installation")) as url:
        yield url


@pytest.fixture
def sandbox_org(tmp_path: Path) -> Iterator[SandboxOrg]:
    with an_org(tmp_path, accounts=ACCOUNTS, same=SAME) as running:
        yield running


@pytest.fixture
def org(sandbox_org: SandboxOrg) -> OrgAccess:
    return sandbox_org.access


@pytest.fixture
def salesforce(org: OrgAccess) -> Iterator[OrgReader]:
    """The org as its own users see it."""
    reader = OrgReader(org)
    yield reader
    reader.close()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, customers=CUSTOMERS)


@pytest.fixture
def window(chromium: Browser) -> Iterator[Page]:
    with person.a_window(chromium) as page:
        yield page


def put_to_work(page: Page, office: Office, folder: Path) -> None:
    """Download the .qwc, add it, type the password, read, review, release and write; ends on the connection's page."""
    office.add_an_application(person.download(page, folder))
    office.type_the_password(person.PASSWORD)
    assert office.update_selected().well
    page.reload()
    person.review_and_release(page)
    assert office.update_selected().well
    page.reload()


def by_name(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {record["Name"]: record for record in records}


def test_from_registering_to_the_first_run(
    window: Page, site: str, org: OrgAccess, office: Office, salesforce: OrgReader, tmp_path: Path
) -> None:
    window.goto(site)
    person.look_at(window, "01-home")
    person.register(window, site, "ada@castlerock.example")
    person.look_at(window, "02-connections-empty")
    person.open_the_form(window)
    person.fill_in(window, org, company=COMPANY)
    person.look_at(window, "03-form")
    person.press(window, "Save")
    expect(window.get_by_role("button", name="Update", exact=True)).to_be_visible()
    expect(window.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    assert person.steps_done(window) == []
    person.look_at(window, "04-saved")

    person.try_the_saved_login(window)
    expect(window.get_by_role("status").get_by_text("Salesforce answers")).to_be_visible()
    qwc = person.download(window, tmp_path)
    assert qwc.name == "ApatarQBW.qwc"
    expect(window.locator("#steps .steps > li.done")).to_have_count(2)
    assert office.add_an_application(qwc) == APPLICATION
    office.type_the_password(person.PASSWORD)
    accounts = len(salesforce.accounts())

    assert office.update_selected().well
    expect(window.locator("#steps .steps > li.done")).to_have_count(5)
    assert person.steps_done(window) == STEPS
    expect(window.locator(".headline .state")).to_have_text("Waits for your review")
    expect(window.get_by_role("heading", name="Health", exact=True)).to_be_visible()
    expect(window.locator("#first-steps li.next")).to_contain_text("Review what belongs together")
    person.look_at(window, "05-steps-done")
    assert (len(salesforce.accounts()), len(office.customers())) == (accounts, CUSTOMERS)
    window.reload()
    person.review_and_release(window)
    person.look_at(window, "06-released")
    assert office.update_selected().status.startswith("OK.")
    window.reload()
    expect(window.locator(".headline .state")).to_have_text("In step")
    person.look_at(window, "06-connection")
    created = (len(salesforce.accounts()) - accounts) + (len(office.customers()) - CUSTOMERS)
    [row, first] = person.rows_of_the_history(window)
    assert (first["Run"], first["How it ended"]) == ("Run 1", "Shows what it would write")
    assert (row["Run"], row["How it ended"], row["Problems"]) == ("Run 2", "Everything agrees", "0")
    assert int(row["Created"]) == created == CUSTOMERS + ACCOUNTS - 2 * SAME
    person.look_at(window, "07-runs")


def test_a_run_shows_what_each_side_held_before_and_after(
    window: Page,
    site: str,
    org: OrgAccess,
    sandbox_org: SandboxOrg,
    office: Office,
    salesforce: OrgReader,
    tmp_path: Path,
) -> None:
    person.set_up(window, site, org, email="bob@castlerock.example", company=COMPANY)
    put_to_work(window, office, tmp_path)
    sandbox_org.let_a_minute_pass()
    [first, second, *_] = sorted(office.customers().values(), key=lambda one: one["Name"])
    office.edit(first, element="Phone", value="(614) 555-0142")
    account = by_name(salesforce.accounts())[second["Name"]]
    salesforce.change(account["Id"], Fax="(512) 555-0101")
    customers, accounts = office.customers(), salesforce.accounts()

    assert office.update_selected().well
    customers_after, accounts_after = office.customers(), salesforce.accounts()
    row = person.rows_of_the_history(window)[0]
    person.follow(window, row["Run"])
    assert person.figures_of_the_run(window) == {
        "created in Salesforce": len(accounts_after) - len(accounts),
        "updated in Salesforce": sum(one not in accounts for one in accounts_after),
        "created in QuickBooks": len(customers_after) - len(customers),
        "updated in QuickBooks": sum(one != customers[key] for key, one in customers_after.items()),
        "conflicts": 0,
        "problems": 0,
    }
    assert ["Phone", first["Phone"], "(614) 555-0142"] in person.values_written(window, first["Name"])
    assert ["Fax", second["Fax"], "(512) 555-0101"] in person.values_written(window, second["Name"])
    assert by_name(accounts_after)[first["Name"]]["Phone"] == "(614) 555-0142"
    assert office.customer_called(second["Name"])["Fax"] == "(512) 555-0101"
    person.look_at(window, "08-run")


def test_what_is_updated_in_the_form_counts_at_the_next_run_with_the_same_qwc(
    window: Page,
    site: str,
    org: OrgAccess,
    sandbox_org: SandboxOrg,
    office: Office,
    salesforce: OrgReader,
    tmp_path: Path,
) -> None:
    person.set_up(window, site, org, email="cleo@castlerock.example", company=COMPANY)
    put_to_work(window, office, tmp_path)
    sandbox_org.let_a_minute_pass()
    [first, second, *_] = sorted(office.customers().values(), key=lambda one: one["Name"])
    office.edit(first, element="Phone", value="(614) 555-0142")
    account = by_name(salesforce.accounts())[second["Name"]]
    salesforce.change(account["Id"], Phone="(512) 555-0101")
    office.move_the_company_file(tmp_path / "moved.qbw")

    assert not office.update_selected().well
    window.reload()
    expect(window.get_by_text("no company file is open").first).to_be_visible()
    expect(window.get_by_role("heading", name="Set-up", exact=True)).to_have_count(0)
    person.look_at(window, "09-moved")
    person.open_the_settings(window)
    person.choose_direction(window, "QuickBooks → Salesforce")
    window.get_by_label("Company/Organization", exact=True).fill(str(office.company_file))
    window.get_by_label("Integration Frequency").fill("45")
    person.update(window)
    expect(window.get_by_role("heading", level=1)).to_have_text(COMPANY)
    expect(window.get_by_text("With the next call")).to_be_visible()
    person.look_at(window, "09-updated")

    assert office.update_selected(automatic=True).well
    assert office.minutes_between_runs() == 45
    assert by_name(salesforce.accounts())[first["Name"]]["Phone"] == "(614) 555-0142"
    assert office.customer_called(second["Name"])["Phone"] == second["Phone"]
    assert [row["Run"] for row in person.rows_of_the_history(window)] == ["Run 3", "Run 2", "Run 1"]


def test_a_shorter_frequency_reaches_the_web_connector_with_the_same_qwc(
    window: Page, site: str, org: OrgAccess, office: Office, tmp_path: Path
) -> None:
    person.set_up(window, site, org, email="dan@castlerock.example", company=COMPANY)
    put_to_work(window, office, tmp_path)
    person.open_the_settings(window)
    window.get_by_label("Integration Frequency").fill("5")
    person.update(window)
    assert office.update_selected(automatic=True).well
    assert office.minutes_between_runs() == 5


def test_a_login_that_salesforce_refuses_is_said_in_plain_words(window: Page, site: str, org: OrgAccess) -> None:
    person.register(window, site, "dora@castlerock.example")
    person.open_the_form(window)
    person.fill_in(window, org, company=COMPANY)
    window.get_by_label("Salesforce password", exact=True).fill("wrong")
    person.press(window, person.TRY)
    expect(window.get_by_role("status").get_by_text("user name")).to_be_visible()
    verdict = window.get_by_role("status").inner_text()
    assert "password" in verdict
    assert "INVALID_LOGIN" not in verdict
    person.look_at(window, "10-salesforce-refuses")

    person.fill_in_secrets(window, org)
    person.press(window, person.TRY)
    expect(window.get_by_role("status").get_by_text("Everything is in order.")).to_be_visible()


def test_a_wrong_password_in_the_web_connector_is_said_on_the_page(
    window: Page, site: str, org: OrgAccess, office: Office, tmp_path: Path
) -> None:
    person.set_up(window, site, org, email="eve@castlerock.example", company=COMPANY)
    office.add_an_application(person.download(window, tmp_path))
    office.type_the_password("not this one")
    assert not office.update_selected().well
    window.reload()
    expect(window.get_by_text("The Web Connector gave a wrong password.").first).to_be_visible()
    expect(window.locator("#steps .steps > li.next")).to_contain_text("Type the password")
    person.look_at(window, "11-wrong-password")

    office.type_the_password(person.PASSWORD)
    assert office.update_selected().well
    window.reload()
    expect(window.get_by_text("wrong password")).to_have_count(0)


def test_connect_with_salesforce_leads_there_and_back(
    window: Page, site: str, org: OrgAccess, office: Office, salesforce: OrgReader, tmp_path: Path
) -> None:
    person.register(window, site, "finn@castlerock.example")
    person.open_the_form(window)
    window.get_by_label("Company/Organization", exact=True).fill(COMPANY)
    window.get_by_label("Connect with Salesforce", exact=True).check()
    window.get_by_label("Consumer key").fill(org.client_id)
    window.get_by_label("Consumer secret").fill(org.client_secret)
    window.get_by_label("Salesforce login address").fill(org.url)
    person.look_at(window, "12-connect-form")
    person.submit(window, "Save")
    person.look_at(window, "13-connect-next")
    window.get_by_role("link", name="Connect with Salesforce").click()
    expect(window.get_by_text("Connected with Salesforce.")).to_be_visible()
    assert person.steps_done(window) == STEPS[:1]

    put_to_work(window, office, tmp_path)
    assert len(salesforce.accounts()) == CUSTOMERS + ACCOUNTS - SAME
    [row, _] = person.rows_of_the_history(window)
    assert row["How it ended"] == "Everything agrees"


def test_the_journey_works_without_javascript(
    chromium: Browser, site: str, org: OrgAccess, office: Office, salesforce: OrgReader, tmp_path: Path
) -> None:
    with person.a_window(chromium, javascript=False) as page:
        person.register(page, site, "gus@castlerock.example")
        person.open_the_form(page)
        person.fill_in(page, org, company=COMPANY)
        person.press(page, person.TRY)
        expect(page.get_by_text("Everything is in order.")).to_be_visible()
        person.fill_in_secrets(page, org)
        person.press(page, "Save")
        put_to_work(page, office, tmp_path)
        person.open_the_settings(page)
        person.choose_direction(page, "Salesforce → QuickBooks")
        person.update(page)
        assert office.update_selected().well
        assert [row["Run"] for row in person.rows_of_the_history(page)] == ["Run 3", "Run 2", "Run 1"]
        person.follow(page, "Run 2")
        assert person.figures_of_the_run(page)["created in Salesforce"] == CUSTOMERS - SAME
        assert len(salesforce.accounts()) == CUSTOMERS + ACCOUNTS - SAME
