"""The map in a real browser: changed, tried, gone back to; with and without JavaScript, by keyboard, on a phone."""

import shutil

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apatar.accounts.models import Person
from apatar.connections.maps import document_of
from apatar.connections.models import Connection
from apatar.runs.models import Change
from tests.journeys import situations
from tests.journeys.window import a_window, follow, look_at, press, register

CHROMIUM = shutil.which("chromium")
EMAIL = "ada@rockcastle.example"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


def a_connection_with_records() -> Connection:
    owner = Person.objects.get(email=EMAIL)
    connection = situations.a_connection_in_step(owner.workspaces.get(), owner, now=timezone.now())
    situations.what_the_org_says(connection)
    situations.a_linked_pair(connection)
    situations.an_account(
        connection, "Abercrombie, Kristy & Sons of East Bayshore", "001000000000002AAA", Fax="555-0300"
    )
    return connection


def document(connection: Connection) -> dict[str, object]:
    with scopes_disabled():
        return document_of(Connection.objects.get(pk=connection.pk))


def opened_map(page: Page, site: str) -> Connection:
    register(page, site, EMAIL)
    connection = a_connection_with_records()
    page.goto(f"{site}/connections/{connection.pk}/")
    follow(page, "Map")
    expect(page.get_by_role("heading", name="Map", exact=True)).to_be_visible()
    return connection


def test_a_person_changes_the_map_tries_it_and_goes_back(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium) as page:
        connection = opened_map(page, live_server.url)
        look_at(page, "map")
        follow(page, "Accounts and customers")
        expect(page.get_by_text("555-0100").first).to_be_visible()
        look_at(page, "map-pair")

        page.get_by_label("Name or id of a record").fill("Abercrombie")
        press(page, "Try it")
        expect(page.get_by_role("heading", name="Would be created: Customer in QuickBooks")).to_be_visible()
        expect(page.get_by_text("Name was shortened to 41 characters.", exact=True)).to_be_visible()
        look_at(page, "map-try")
        with scope(connection=connection):
            assert not Change.objects.exists()

        follow(page, "Phone")
        look_at(page, "map-field")
        page.get_by_label("Formula or constant").fill("upper(")
        press(page, "Save")
        expect(page.get_by_text("This bracket is never closed")).to_be_visible()
        look_at(page, "map-field-refused")
        page.get_by_label("Formula or constant").fill("")
        page.get_by_role("group", name="Direction").get_by_label("QuickBooks → Salesforce").check()
        page.get_by_label("Why").fill("The bookkeeper keeps the phones")
        press(page, "Save")
        expect(page.get_by_text("Saved. The next run works with this map.")).to_be_visible()

        follow(page, "Map")
        follow(page, "Version 1")
        expect(page.get_by_role("row", name="Direction Accounts and customers, Phone")).to_be_visible()
        look_at(page, "map-version")
        follow(page, "Map")
        press(page, "Reset the map to the defaults")
        expect(page.get_by_text("Back to the defaults")).to_be_visible()
        assert document(connection) == {}


def test_a_custom_field_is_searched_chosen_and_added(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium) as page:
        connection = opened_map(page, live_server.url)
        follow(page, "Accounts and customers")
        follow(page, "Add a field")
        page.get_by_label("Search the fields").press_sequentially("region")
        expect(page.get_by_text("JobTitle")).to_be_hidden()
        follow(page, "Use Region of Salesforce")
        page.get_by_label("Search the fields").press_sequentially("region")
        expect(page.get_by_text("JobTitle")).to_be_hidden()
        follow(page, "Use Region of QuickBooks")
        assert page.get_by_label("Field in Salesforce").input_value() == "Region__c"
        assert page.get_by_label("Field in QuickBooks").input_value() == "DataExt.Region"
        look_at(page, "map-add")
        press(page, "Add the field")
        expect(page.get_by_role("link", name="Region", exact=True)).to_be_visible()
        assert "own_region" in str(document(connection))


def test_the_map_works_without_javascript(chromium: Browser, live_server: LiveServer) -> None:
    with a_window(chromium, javascript=False) as page:
        connection = opened_map(page, live_server.url)
        press(page, "Switch QuickBooks payments off")
        expect(page.get_by_role("button", name="Switch QuickBooks payments on")).to_be_visible()
        assert document(connection) == {"format": 1, "pairs": {"payments": {"enabled": False}}}
        follow(page, "Accounts and customers")
        page.get_by_label("Name or id of a record").fill("Kern Lighting")
        press(page, "Try it")
        expect(page.get_by_text("Nothing would be written: it agrees with")).to_be_visible()


def test_the_map_is_reached_and_switched_by_keyboard_and_in_the_dark(
    chromium: Browser, live_server: LiveServer
) -> None:
    with a_window(chromium, dark=True) as page:
        opened_map(page, live_server.url)
        look_at(page, "map-dark")
        button = page.get_by_role("button", name="Switch Contacts off")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Switch Contacts on")).to_be_visible()
        follow(page, "Change these")
        look_at(page, "map-choices")
        page.get_by_role("group", name="A won opportunity becomes").get_by_label("Invoice").check()
        page.get_by_label("Income account of new items").fill("Construction Income")
        press(page, "Save")
        expect(page.get_by_text("Construction Income")).to_be_visible()
