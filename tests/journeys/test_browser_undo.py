"""Taking a run back, in a real browser: looked at, asked for, thought better of; with and without JavaScript."""

import shutil
from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apatar.accounts.models import Person
from apatar.accounts.workspaces import register
from apatar.connections.models import Connection
from apatar.runs import undo_preview
from apatar.runs.models import Run
from tests.journeys import situations, undos
from tests.journeys.window import PASSWORD, a_window, look_at, press

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]
EMAIL = "ada@rockcastle.example"


def a_connection(person: Person) -> Connection:
    workspace = person.memberships.get().workspace
    return situations.a_connection_in_step(workspace, person, now=timezone.now())


def a_run(connection: Connection) -> Run:
    return undos.a_run_to_take_back(connection, 1, at=timezone.now() - timedelta(minutes=5))


def log_in(page: Page, site: str) -> None:
    page.goto(f"{site}/login/")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Log in")
    expect(page.get_by_role("heading", name="Connections")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_run_is_looked_at_asked_for_and_thought_better_of(
    chromium: Browser, live_server: LiveServer, javascript: bool
) -> None:
    run = a_run(a_connection(register(EMAIL, PASSWORD)))
    with a_window(chromium, javascript=javascript) as page:
        log_in(page, live_server.url)
        page.goto(f"{live_server.url}/runs/{run.pk}/")
        page.get_by_role("link", name="Take back …").click()
        expect(page.get_by_role("heading", name="Take back run 1")).to_be_visible()
        look_at(page, "undo")
        page.get_by_label("What becomes of it").select_option("Edited since: stays")
        press(page, "Show")
        expect(page.get_by_role("heading", name="Cook, Brian")).to_be_visible()
        expect(page.get_by_role("heading", name="Abel Bakery")).not_to_be_visible()
        look_at(page, "undo-edited")
        page.get_by_label("Yes, take back everything that still can be").check()
        press(page, "Take this run back")
        expect(page.get_by_text("The next call of the Web Connector does it.")).to_be_visible()
        look_at(page, "undo-asked")
        page.goto(f"{live_server.url}/runs/{run.pk}/")
        expect(page.get_by_text("asked just now to take this run back")).to_be_visible()
        look_at(page, "undo-run")
        page.get_by_role("link", name="Look at it, or change your mind").click()
        press(page, "Never mind")
        expect(page.get_by_text("Nothing is taken back.")).to_be_visible()


def test_one_change_is_taken_back_with_the_keyboard(chromium: Browser, live_server: LiveServer) -> None:
    run = a_run(a_connection(register(EMAIL, PASSWORD)))
    with a_window(chromium) as page:
        log_in(page, live_server.url)
        page.goto(f"{live_server.url}/runs/{run.pk}/undo/")
        page.get_by_role("button", name="Take back what was written to Abel Bakery").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("1 change of this run")).to_be_visible()
        entry = page.locator("li.entry").filter(has=page.get_by_role("heading", name="Abel Bakery"))
        expect(entry.get_by_text("Asked for")).to_be_visible()
        look_at(page, "undo-one")


def test_a_large_run_is_counted_while_somebody_looks(
    chromium: Browser, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo_preview, "AT_ONCE", 100)
    run = undos.a_large_run(a_connection(register(EMAIL, PASSWORD)), 1, at=timezone.now(), size=350)
    with a_window(chromium) as page:
        log_in(page, live_server.url)
        page.goto(f"{live_server.url}/runs/{run.pk}/undo/")
        expect(page.locator("#counts").get_by_role("link", name="350")).to_be_visible()
        expect(page.get_by_text("Counting")).not_to_be_visible()
        look_at(page, "undo-large")


def test_an_ignored_record_is_taken_off_the_list(chromium: Browser, live_server: LiveServer) -> None:
    connection = a_connection(register(EMAIL, PASSWORD))
    with scope(connection=connection):
        for name in ("Abel Bakery", "Kern Lighting"):
            undos.an_ignored_record(connection, name, at=timezone.now() - timedelta(days=3))
    with a_window(chromium) as page:
        log_in(page, live_server.url)
        page.goto(f"{live_server.url}/connections/{connection.pk}/ignored/")
        look_at(page, "ignored")
        press(page, "Take Kern Lighting off the list")
        expect(page.get_by_text("Kern Lighting is decided anew in the next run.")).to_be_visible()
        expect(page.get_by_role("heading", name="Kern Lighting")).not_to_be_visible()
        expect(page.get_by_role("heading", name="Abel Bakery")).to_be_visible()
