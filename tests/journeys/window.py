"""A browser window, and a person who walks through the pages in it by what they can read there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from apatar.sandbox.story_stage import OrgAccess

PASSWORD = "correct horse battery"
WIDE = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=380, height=800)
PICTURES = os.environ.get("APATAR_PICTURES")
"""A folder to put screenshots into, for people who want to look."""
DIRECTIONS = ("Salesforce → QuickBooks", "QuickBooks → Salesforce", "Both ways")
FIELDS = ("Company/Organization", "Salesforce user name", "Salesforce password", "Security token")
TOKEN_HELP = "Setup > Personal Setup > My Personal Information > Reset My Security Token"
REST = """() => {
  if (document.querySelector(".htmx-request")) return false;
  document.querySelectorAll("[hx-trigger]").forEach((one) => one.remove());
  return true;
}"""
"""In one go, so that nothing is asked for between the look and the end of the asking."""
TRY = "Test the Salesforce connection"
PATIENCE = 30_000
"""Milliseconds until a page is said to be missing: this is no timing, and the machine may be busy with other tests."""
expect.set_options(timeout=PATIENCE)


@contextmanager
def a_window(browser: Browser, *, javascript: bool = True, dark: bool = False) -> Iterator[Page]:
    """Open a window; it fails where the browser complained, such as of a breach of the security policy."""
    scheme: Literal["dark", "light"] = "dark" if dark else "light"
    context = browser.new_context(viewport=WIDE, java_script_enabled=javascript, color_scheme=scheme)
    complaints: list[str] = []

    def listen(said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            complaints.append(f"{said.type}: {said.text}")

    context.on("console", listen)
    context.on("weberror", lambda broken: complaints.append(str(broken.error)))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    try:
        yield page
        if javascript:
            come_to_rest(page)
    finally:
        context.close()
    assert complaints == []


def come_to_rest(page: Page) -> None:
    """Wait for what the page still asks for, and end its asking: a request must not outlive the test it belongs to."""
    page.wait_for_load_state("load")
    page.wait_for_function(REST)


def register(page: Page, site: str, email: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="Register").first.click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="No connection yet")).to_be_visible()


def open_the_form(page: Page) -> None:
    """Come to the empty form and read its labels: they are a contract (PRODUCT.md, the journey)."""
    page.get_by_role("link", name="Set up a connection").click()
    for label in FIELDS:
        expect(page.get_by_label(label, exact=True)).to_be_visible()
    expect(page.get_by_label("Integration Frequency")).to_have_attribute("type", "number")
    directions = page.get_by_role("group", name="Direction of synchronization")
    for choice in DIRECTIONS:
        expect(directions.get_by_label(choice, exact=True)).to_be_visible()
    expect(page.get_by_text(TOKEN_HELP)).to_be_visible()


def fill_in(page: Page, org: OrgAccess, *, company: str, frequency: str = "15") -> None:
    page.get_by_label("Company/Organization", exact=True).fill(company)
    choose_direction(page, "Both ways")
    page.get_by_label("Salesforce login address").fill(org.url)
    page.get_by_label("Integration Frequency").fill(frequency)
    page.get_by_label("Salesforce user name", exact=True).fill(org.user)
    fill_in_secrets(page, org)


def fill_in_secrets(page: Page, org: OrgAccess) -> None:
    page.get_by_label("Salesforce password", exact=True).fill(org.password)
    page.get_by_label("Security token", exact=True).fill(org.security_token)


def try_the_saved_login(page: Page) -> None:
    page.locator(".steps").get_by_role("button", name=TRY, exact=True).click()


def open_the_settings(page: Page) -> None:
    """Unfold the form of a connection whose set-up is finished."""
    page.get_by_role("heading", name="Settings", exact=True).click()
    expect(page.get_by_role("button", name="Update", exact=True)).to_be_visible()


def choose_direction(page: Page, choice: str) -> None:
    page.get_by_role("group", name="Direction of synchronization").get_by_label(choice, exact=True).check()


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def submit(page: Page, button: str) -> None:
    """Press a button that leads to another page, and wait until all of that is there."""
    with page.expect_navigation():
        press(page, button)


def follow(page: Page, link: str, *, exact: bool = True) -> None:
    """Click a link and wait until its whole page is there: what is read at once must not be half a page."""
    with page.expect_navigation():
        page.get_by_role("link", name=link, exact=exact).click()


def set_up(page: Page, site: str, org: OrgAccess, *, email: str, company: str) -> None:
    """Register and save the form, with a login that was tried before."""
    register(page, site, email)
    open_the_form(page)
    fill_in(page, org, company=company)
    press(page, TRY)
    expect(page.get_by_text("Salesforce answers")).to_be_visible()
    press(page, "Save")
    expect(page.get_by_text("Saved. The next steps are below.")).to_be_visible()


def review_and_release(page: Page) -> None:
    """Accept what was matched exactly, look at what would be written, and release it; ends on the connection's page."""
    address = page.url
    page.locator("#first-steps").get_by_role("link", name="Review", exact=True).click()
    page.get_by_role("link", name="Exact").click()
    page.get_by_role("button", name="Accept all").click()
    expect(page.get_by_text("accepted.")).to_be_visible()
    page.goto(address)
    page.get_by_role("link", name="Look, and release").click()
    page.get_by_role("link", name="Release …").click()
    page.get_by_label("Yes, write").check()
    press(page, "Release")
    expect(page.get_by_text("Released. The next run writes exactly what is shown here.")).to_be_visible()
    page.goto(address)


def update(page: Page) -> None:
    press(page, "Update")
    expect(page.get_by_text("Updated. The next run works with these settings.")).to_be_visible()


def download(page: Page, folder: Path) -> Path:
    with page.expect_download() as awaited:
        page.get_by_role("link", name="Download ApatarQBW.qwc").first.click()
    file = folder / awaited.value.suggested_filename
    awaited.value.save_as(file)
    return file


def steps_done(page: Page) -> list[str]:
    """Return the headings of the steps that are ticked off."""
    read = "all => all.map(one => one.firstChild.textContent)"
    headings: list[str] = page.locator("#steps .steps > li.done h3").evaluate_all(read)
    return headings


def rows_of_the_history(page: Page) -> list[dict[str, str]]:
    """Return the table of runs as a person reads it, newest first: heading → text of the cell."""
    follow(page, "All runs")
    read = "all => all.map(row => Object.fromEntries([...row.cells].map(c => [c.dataset.label, c.innerText.trim()])))"
    rows: list[dict[str, str]] = page.locator("tbody tr").evaluate_all(read)
    return rows


def figures_of_the_run(page: Page) -> dict[str, int]:
    """Return the numbers at the head of a run's page by what stands below them."""
    read = "all => all.map(one => [one.lastChild.textContent.trim(), Number(one.firstChild.textContent)])"
    return dict(page.locator(".figures > li").evaluate_all(read))


def values_written(page: Page, name: str) -> list[list[str]]:
    """Return what a run's page shows of one record: rows of field, before, after."""
    entry = page.locator("li.entry").filter(has=page.get_by_role("heading", name=name, exact=True))
    read = "all => all.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    rows: list[list[str]] = entry.locator("tbody tr").evaluate_all(read)
    return rows


def look_at(page: Page, name: str) -> None:
    """Check that a page fits a phone; photograph it at both widths where somebody asked for pictures."""
    page.wait_for_load_state("load")
    for size, viewport in (("wide", WIDE), ("phone", PHONE)):
        page.set_viewport_size(viewport)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], f"{name} scrolls sideways"
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{size}.png", full_page=True)
    page.set_viewport_size(WIDE)
