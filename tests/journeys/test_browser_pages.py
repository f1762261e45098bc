"""The pages in a real browser: the set-up as a person does it, with and without JavaScript, by keyboard, on a phone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apatar.accounts.models import Person
from apatar.connections import salesforce
from apatar.connections.models import Connection
from apatar.runs.models import Outcome, Phase, Run
from tests.journeys import situations
from tests.journeys.window import PASSWORD, PHONE, PICTURES, WIDE, a_window, open_the_settings

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture
def window(chromium: Browser) -> Iterator[Page]:
    with a_window(chromium) as page:
        yield page


def register(page: Page, site: str, email: str = "ada@rockcastle.example") -> Person:
    page.goto(f"{site}/")
    page.get_by_role("link", name="Register").first.click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Connections")).to_be_visible()
    return Person.objects.get(email=email)


def fill_in(page: Page) -> None:
    page.get_by_label("Company/Organization").fill("Rock Castle Construction")
    page.get_by_role("group", name="Direction of synchronization").get_by_label("Both ways").check()
    page.get_by_label("Salesforce user name").fill("ada@rockcastle.example")
    page.get_by_label("Salesforce password").fill("s3cret-pass")
    page.get_by_label("Security token").fill("t0ken")
    page.get_by_label("Integration Frequency").fill("15")


def take_picture(page: Page, name: str) -> None:
    """Photograph a page at full width and on a phone, where somebody asked for pictures."""
    if not PICTURES:
        return
    for size, viewport in (("wide", WIDE), ("phone", PHONE)):
        page.set_viewport_size(viewport)
        page.screenshot(path=Path(PICTURES) / f"{name}-{size}.png", full_page=True)
    page.set_viewport_size(WIDE)


def assert_fits_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(WIDE)


def salesforce_says(monkeypatch: pytest.MonkeyPatch, verdict: salesforce.Verdict) -> None:
    monkeypatch.setattr("apatar.connections.salesforce.test_connection", lambda _connection: verdict)


def test_a_person_sets_up_a_connection(
    window: Page, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    salesforce_says(monkeypatch, salesforce.Verdict(ok=True, sentence="Salesforce answers: Rock Castle Inc."))
    window.goto(live_server.url)
    take_picture(window, "home")
    register(window, live_server.url)
    take_picture(window, "connections-empty")
    window.get_by_role("link", name="Set up a connection").click()
    fill_in(window)
    take_picture(window, "new")
    assert_fits_a_phone(window)

    window.get_by_role("button", name="Test the Salesforce connection").click()
    expect(window.get_by_text("Salesforce answers: Rock Castle Inc.")).to_be_visible()
    assert window.get_by_label("Salesforce password").input_value() == "s3cret-pass"
    window.get_by_role("button", name="Save", exact=True).click()

    expect(window.get_by_text("Saved. The next steps are below.")).to_be_visible()
    expect(window.get_by_role("button", name="Update", exact=True)).to_be_visible()
    expect(window.locator(".steps > li.done")).to_have_count(1)
    take_picture(window, "setup")
    assert_fits_a_phone(window)
    with window.expect_download() as download:
        window.get_by_role("link", name="Download ApatarQBW.qwc").first.click()
    download.value.save_as(tmp_path / "app.qwc")
    assert download.value.suggested_filename == "ApatarQBW.qwc"
    assert b"QuickBooks and SalesForce synchronization" in (tmp_path / "app.qwc").read_bytes()


def test_the_steps_tick_themselves_off(window: Page, live_server: LiveServer) -> None:
    owner = register(window, live_server.url)
    saved = situations.a_connection_just_saved(owner.workspaces.get(), owner)
    window.goto(f"{live_server.url}/connections/{saved.pk}/")
    expect(window.locator(".steps > li.done")).to_have_count(0)
    with scopes_disabled():
        Connection.objects.update(qwc_downloaded_at=timezone.now(), first_call_at=timezone.now())
    expect(window.locator(".steps > li.done")).to_have_count(3)


def test_what_moves_is_seen_without_losing_what_was_half_typed(window: Page, live_server: LiveServer) -> None:
    owner = register(window, live_server.url)
    found = situations.a_connection_in_step(owner.workspaces.get(), owner, now=timezone.now())
    window.goto(f"{live_server.url}/connections/{found.pk}/")
    expect(window.get_by_role("heading", name="Health")).to_be_hidden()
    window.get_by_label("Salesforce password").fill("half ty")
    with scope(connection=found):
        situations.a_finished_run(found, 1, at=timezone.now())
    expect(window.locator(".headline .state")).to_have_text("In step")
    expect(window.get_by_role("heading", name="Health")).to_be_visible()
    expect(window.get_by_role("link", name="See what it did")).to_be_visible()
    assert window.get_by_label("Salesforce password").input_value() == "half ty"
    take_picture(window, "steps-done")
    assert_fits_a_phone(window)


def test_the_first_step_tries_the_saved_login(
    window: Page, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = register(window, live_server.url)
    saved = situations.a_connection_just_saved(owner.workspaces.get(), owner)
    window.goto(f"{live_server.url}/connections/{saved.pk}/")
    button = window.locator(".steps").get_by_role("button", name="Test the Salesforce connection")
    salesforce_says(monkeypatch, salesforce.Verdict(ok=False, sentence="Salesforce refuses, and this is why."))
    button.click()
    expect(window.get_by_text("Salesforce refuses, and this is why.")).to_be_visible()
    take_picture(window, "setup-refused")
    salesforce_says(monkeypatch, salesforce.Verdict(ok=True, sentence="Salesforce answers: Rock Castle Inc."))
    button.click()
    expect(window.get_by_text("Salesforce answers: Rock Castle Inc.")).to_be_visible()
    expect(window.locator(".steps > li.done")).to_have_count(1)
    expect(button).to_have_count(0)


def test_a_path_fits_a_phone(window: Page, live_server: LiveServer) -> None:
    owner = register(window, live_server.url)
    saved = situations.a_connection_just_saved(owner.workspaces.get(), owner)
    saved.company = r"C:\Users\Public\Documents\Company Files\CastleRockSupplyAndLandscapingOfTheWholeValley.qbw"
    saved.save()
    for path in ("/connections/", f"/connections/{saved.pk}/", f"/connections/{saved.pk}/runs/", "/help/"):
        window.goto(live_server.url + path)
        assert_fits_a_phone(window)
        take_picture(window, f"long{path.replace('/', '-')}")


def test_a_refused_login_says_why(window: Page, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = "Salesforce did not accept the user name, password and security token. Reset the token and type it here."
    salesforce_says(monkeypatch, salesforce.Verdict(ok=False, sentence=sentence))
    register(window, live_server.url)
    window.goto(f"{live_server.url}/connections/new/")
    fill_in(window)
    window.get_by_role("button", name="Test the Salesforce connection").click()
    expect(window.get_by_role("status").get_by_text("Reset the token and type it here")).to_be_visible()
    take_picture(window, "new-refused")


def test_only_the_fields_of_the_chosen_login_are_shown(window: Page, live_server: LiveServer) -> None:
    register(window, live_server.url)
    window.goto(f"{live_server.url}/connections/new/")
    expect(window.get_by_label("Security token")).to_be_visible()
    expect(window.get_by_label("Private key")).to_be_hidden()
    window.get_by_label("JWT bearer").check()
    expect(window.get_by_label("Private key")).to_be_visible()
    expect(window.get_by_label("Security token")).to_be_hidden()
    window.get_by_label("Connect with Salesforce", exact=True).check()
    expect(window.get_by_text("callback address")).to_be_visible()
    take_picture(window, "new-web-server")


def test_everything_works_without_javascript(
    chromium: Browser, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    salesforce_says(monkeypatch, salesforce.Verdict(ok=False, sentence="Salesforce refuses, and this is why."))
    with a_window(chromium, javascript=False) as page:
        register(page, live_server.url)
        page.get_by_role("link", name="Set up a connection").click()
        fill_in(page)
        page.get_by_role("button", name="Test the Salesforce connection").click()
        expect(page.get_by_text("Salesforce refuses, and this is why.")).to_be_visible()
        page.get_by_label("Salesforce password").fill("s3cret-pass")
        page.get_by_label("Security token").fill("t0ken")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("button", name="Update", exact=True)).to_be_visible()
        page.locator(".steps").get_by_role("button", name="Test the Salesforce connection").click()
        expect(page.get_by_text("Salesforce refuses, and this is why.")).to_be_visible()
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("button", name="Resume")).to_be_visible()
        page.get_by_role("link", name="Delete …").click()
        page.get_by_label("Yes, delete this connection").check()
        page.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_text("is no longer connected")).to_be_visible()


def test_the_keyboard_reaches_the_content_first(window: Page, live_server: LiveServer) -> None:
    window.goto(f"{live_server.url}/login/")
    window.keyboard.press("Tab")
    expect(window.get_by_role("link", name="Skip to the content")).to_be_focused()
    window.keyboard.press("Enter")
    window.keyboard.press("Tab")
    expect(window.get_by_label("Email")).to_be_focused()


def test_a_run_is_followed_while_it_works(window: Page, live_server: LiveServer) -> None:
    owner = register(window, live_server.url)
    now = timezone.now()
    found = situations.a_connection_in_step(owner.workspaces.get(), owner, now=now)
    with scope(connection=found):
        run = situations.a_run_at_work(found, 1, at=now)
        window.goto(f"{live_server.url}/runs/{run.pk}/")
        expect(window.get_by_text("Reading both sides")).to_be_visible()
        take_picture(window, "run-live")
        Run.objects.filter(pk=run.pk).update(phase=Phase.WRITING)
        expect(window.get_by_text("Writing both sides")).to_be_visible()
        Run.objects.filter(pk=run.pk).update(phase=Phase.DONE, outcome=Outcome.OK, finished_at=timezone.now())
        expect(window.get_by_text("Everything agrees")).to_be_visible()


def test_a_connection_at_work_shows_what_there_is(window: Page, live_server: LiveServer) -> None:
    owner = register(window, live_server.url)
    workspace, now = owner.workspaces.get(), timezone.now()
    found = situations.a_connection_in_step(workspace, owner, now=now)
    last = situations.a_month_of_runs(found, now=now)
    situations.a_silent_connection(workspace, owner, now=now)
    pages = {
        "connections": "/connections/",
        "connection": f"/connections/{found.pk}/",
        "runs": f"/connections/{found.pk}/runs/",
        "run": f"/runs/{last.pk}/",
        "problems": f"/connections/{found.pk}/problems/",
        "conflicts": f"/connections/{found.pk}/conflicts/",
        "people": "/people/",
        "help": "/help/",
        "support": "/support/",
        "account": "/two-factor/",
    }
    for name, path in pages.items():
        window.goto(live_server.url + path)
        expect(window.locator("h1")).to_have_count(1)
        take_picture(window, name)
        assert_fits_a_phone(window)
    window.goto(f"{live_server.url}/connections/{found.pk}/")
    open_the_settings(window)
    take_picture(window, "connection-unfolded")


def test_pages_are_readable_in_the_dark(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium, dark=True) as page:
        owner = register(page, live_server.url)
        now = timezone.now()
        found = situations.a_connection_in_step(owner.workspaces.get(), owner, now=now)
        situations.a_month_of_runs(found, now=now)
        page.goto(f"{live_server.url}/connections/{found.pk}/")
        take_picture(page, "connection-dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 23, 25)"
