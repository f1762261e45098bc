"""Five thousand conflicts, problems, planned changes, and changes to take back: looked through by a person."""

import shutil
from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apatar.accounts.models import Person
from apatar.connections.models import Connection
from apatar.runs.models import Conflict, Problem, Run
from tests.journeys import situations, thousands, undos
from tests.journeys.window import a_window, follow, look_at, press, register, submit

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]
MANY = 5_000


def a_connection(page: Page, site: str) -> Connection:
    register(page, site, "ada@rockcastle.example")
    owner = Person.objects.get()
    return situations.a_connection_in_step(owner.workspaces.get(), owner, now=timezone.now())


def a_run(connection: Connection) -> Run:
    return situations.a_finished_run(connection, 1, at=timezone.now() - timedelta(hours=3))


def test_five_thousand_conflicts_are_turned_over_narrowed_and_decided_at_once(
    chromium: Browser, live_server: LiveServer
) -> None:
    with a_window(chromium, javascript=False) as page:
        connection = a_connection(page, live_server.url)
        with scope(connection=connection):
            thousands.conflicts(a_run(connection), MANY)
        page.goto(f"{live_server.url}/connections/{connection.pk}/conflicts/")
        expect(page.get_by_text(f"{MANY} records. The other fields of these records go on.")).to_be_visible()
        look_at(page, "thousands-conflicts")
        follow(page, "Next")
        expect(page.get_by_text("Page 2 of 334").first).to_be_visible()
        page.get_by_role("searchbox", name="Name").fill("lighting")
        submit(page, "Show")
        page.get_by_role("button", name="Keep Salesforce's Phone of").first.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("You chose Salesforce's").first).to_be_visible()
        with scopes_disabled():
            assert Conflict.objects.exclude(chosen="").count() == 1


def test_five_thousand_problems_are_read_by_their_reasons_and_tried_again(
    chromium: Browser, live_server: LiveServer
) -> None:
    with a_window(chromium, javascript=False) as page:
        connection = a_connection(page, live_server.url)
        with scope(connection=connection):
            thousands.problems(a_run(connection), MANY)
        page.goto(f"{live_server.url}/connections/{connection.pk}/problems/")
        expect(page.get_by_text(f"{MANY} records wait for 2 reasons.")).to_be_visible()
        look_at(page, "thousands-problems")
        follow(page, f"All {MANY * 9 // 10} records of this reason")
        follow(page, "Next")
        expect(page.get_by_text("Page 2 of 180").first).to_be_visible()
        look_at(page, "thousands-problems-cause")
        press(page, "Try all of these again")
        expect(page.get_by_text("are tried again in the next run.")).to_be_visible()
        with scopes_disabled():
            assert Problem.objects.exclude(retry_at=None).count() == MANY * 9 // 10


def test_a_plan_of_five_thousand_changes_is_looked_through_and_released(
    chromium: Browser, live_server: LiveServer
) -> None:
    with a_window(chromium, javascript=False) as page:
        connection = a_connection(page, live_server.url)
        with scope(connection=connection):
            plan = thousands.a_plan(connection, 1, at=timezone.now(), changes=MANY)
        page.goto(f"{live_server.url}/runs/{plan.pk}/")
        expect(page.get_by_role("heading", name="What this run would write")).to_be_visible()
        look_at(page, "thousands-plan")
        page.goto(f"{live_server.url}/runs/{plan.pk}/?page=2")
        expect(page.get_by_text("Page 2 of 200").first).to_be_visible()
        follow(page, "Release …")
        page.get_by_label(f"Yes, write {MANY:,} changes").or_(page.get_by_label(f"Yes, write {MANY} changes")).check()
        press(page, "Release")
        expect(page.get_by_text("The next run carries it out")).to_be_visible()
        with scopes_disabled():
            assert Run.objects.get(pk=plan.pk).released_at


def test_a_run_of_five_thousand_changes_is_looked_through_and_taken_back(
    chromium: Browser, live_server: LiveServer
) -> None:
    with a_window(chromium, javascript=True) as page:
        connection = a_connection(page, live_server.url)
        run = undos.a_large_run(connection, 1, at=timezone.now(), size=MANY)
        page.goto(f"{live_server.url}/runs/{run.pk}/undo/")
        expect(page.locator("#counts").get_by_role("link", name=str(MANY))).to_be_visible()
        look_at(page, "thousands-undo")
        follow(page, "Next")
        expect(page.get_by_text("Page 2 of 200").first).to_be_visible()
        page.get_by_label("Yes, take back everything that still can be").check()
        press(page, "Take this run back")
        expect(page.get_by_text("The next call of the Web Connector does it.")).to_be_visible()
        with scopes_disabled():
            assert Run.objects.get(pk=run.pk).undo_asked_at
