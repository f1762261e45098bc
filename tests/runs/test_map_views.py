"""The map's pages for every role: what stands there, what can be changed, and what a trial says without writing."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apatar.accounts.models import AuditEvent
from apatar.connections.map_forms import FieldForm
from apatar.connections.maps import document_of, map_of, save_map, versions_of
from apatar.connections.models import Connection
from apatar.runs.models import Change, Link, Record
from apatar.sync.custom_map import default_map
from apatar.sync.map_rules import every_field
from apatar.sync.mapping import Mode
from apatar.sync.pairs import PAIRS
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor
from tests.journeys.situations import a_connection_just_saved, a_customer, a_linked_pair, an_account, what_the_org_says

pytestmark = pytest.mark.django_db

ACCOUNTS = "accounts_customers"
LOOKING = ["", "map.json", f"{ACCOUNTS}/", f"{ACCOUNTS}/try/"]
EDITING = ["choices/", f"{ACCOUNTS}/settings/", f"{ACCOUNTS}/add/", f"{ACCOUNTS}/fields/phone/"]
CHANGING = [
    *EDITING,
    "import/",
    "versions/0/back/",
    f"{ACCOUNTS}/switch/",
    f"{ACCOUNTS}/fields/phone/back/",
]
PHONE: dict[str, Any] = {
    "label": "Phone",
    "salesforce": "Phone",
    "quickbooks": "Phone",
    "direction": "to-salesforce",
    "owner": "shared",
    "mode": "overwrite",
}


def a_connection(owner: Someone) -> Connection:
    connection = a_connection_just_saved(owner.workspace, owner.person)
    what_the_org_says(connection)
    return connection


def address(connection: Connection, door: str = "") -> str:
    return f"/connections/{connection.pk}/map/{door}"


def as_it_stands(connection: Connection) -> Connection:
    with scopes_disabled():
        return Connection.objects.get(pk=connection.pk)


def page(someone: Someone, connection: Connection, door: str = "", **asked: str) -> str:
    answer = someone.browser.get(address(connection, door), asked)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def told(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


@pytest.mark.parametrize("door", LOOKING)
def test_whoever_belongs_to_the_workspace_may_look_at_the_map(door: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    for someone in (owner, teammate_of(owner), viewer_with(owner)):
        assert someone.browser.get(address(connection, door)).status_code == 200


@pytest.mark.parametrize("door", EDITING)
def test_owner_and_member_may_edit_and_a_viewer_may_not(door: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    for someone in (owner, teammate_of(owner)):
        assert someone.browser.get(address(connection, door)).status_code == 200
    assert viewer_with(owner).browser.get(address(connection, door)).status_code == 403


@pytest.mark.parametrize("door", CHANGING)
def test_nobody_else_changes_the_map(door: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert viewer_with(owner).browser.post(address(connection, door)).status_code == 403
    assert stranger().browser.post(address(connection, door)).status_code == 404
    assert visitor().post(address(connection, door)).headers["Location"].startswith("/login/")
    assert as_it_stands(connection).map_number == 0


@pytest.mark.parametrize("door", [*LOOKING, *EDITING, "versions/1/"])
def test_a_stranger_finds_no_map(door: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    save_map(connection, {"won_opportunity": "Invoice"}, owner.person, "")
    assert stranger().browser.get(address(connection, door)).status_code == 404


@pytest.mark.parametrize("door", CHANGING)
def test_every_change_of_the_map_needs_its_csrf_token(door: str) -> None:
    owner = owner_of_a_workspace()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner.person, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.post(address(a_connection(owner), door)).status_code == 403


@pytest.mark.parametrize(
    "door", ["nobody/", "nobody/settings/", f"{ACCOUNTS}/fields/nobody/", "versions/9/", "nobody/try/"]
)
def test_what_is_not_in_the_map_is_not_found(door: str) -> None:
    owner = owner_of_a_workspace()
    assert owner.browser.get(address(a_connection(owner), door)).status_code == 404


def test_the_overview_has_a_row_for_each_pair() -> None:
    owner = owner_of_a_workspace()
    text = page(owner, a_connection(owner))
    assert all(one.label in text for one in PAIRS)
    assert "The map is as it came" in text


@pytest.mark.parametrize("pair", [one.name for one in PAIRS])
def test_every_pair_has_a_page_with_all_its_fields(pair: str) -> None:
    owner = owner_of_a_workspace()
    text = page(owner, a_connection(owner), f"{pair}/")
    assert all(one.label.replace("'", "&#x27;") in text for one in default_map().pair(pair).fields)


def test_a_pair_that_the_org_cannot_take_yet_waits_and_says_where_to_go() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert "waits for Salesforce" not in page(owner, connection)
    with scopes_disabled():
        Connection.objects.update(salesforce_schema_at=timezone.now())
    text = page(owner, connection)
    assert "On, waits for Salesforce" in text
    assert "preparing Salesforce" in text


def test_a_pair_of_another_version_of_quickbooks_is_marked() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert page(owner, connection).count("On, not with this QuickBooks") == 1


def test_a_viewer_sees_no_buttons_that_change_the_map() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    viewer = viewer_with(owner)
    assert "Switch" not in page(viewer, connection)
    assert "Add a field" not in page(viewer, connection, f"{ACCOUNTS}/")


def test_switching_a_pair_off_and_on() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    teammate_of(owner).browser.post(address(connection, "payments/switch/"), {"on": "no"})
    assert "payments" not in map_of(as_it_stands(connection)).enabled
    owner.browser.post(address(connection, "payments/switch/"), {"on": "yes"})
    assert document_of(as_it_stands(connection)) == {}
    assert [one.note for one in versions_of(connection)] == [
        "Switched QuickBooks payments on",
        "Switched QuickBooks payments off",
    ]
    with scope(workspace=owner.workspace):
        assert AuditEvent.objects.filter(what="switched QuickBooks payments off").exists()


def test_changing_a_field_and_resetting_it() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    door = address(connection, f"{ACCOUNTS}/fields/phone/")
    answer = owner.browser.post(door, {**PHONE, "note": "The bookkeeper keeps phones"}, follow=True)
    assert "Saved. The next run works with this map." in told(answer)
    assert document_of(as_it_stands(connection))["pairs"][ACCOUNTS]["fields"] == {
        "phone": {"direction": "to-salesforce"}
    }
    assert versions_of(connection).get().note == "The bookkeeper keeps phones"
    owner.browser.post(door, {"action": "reset"})
    assert document_of(as_it_stands(connection)) == {}


def test_removing_a_field_and_bringing_it_back() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    owner.browser.post(address(connection, f"{ACCOUNTS}/fields/fax/"), {"action": "remove"})
    assert "Bring back" in page(owner, connection, f"{ACCOUNTS}/")
    owner.browser.post(address(connection, f"{ACCOUNTS}/fields/fax/back/"))
    assert document_of(as_it_stands(connection)) == {}


def test_the_name_of_a_record_cannot_be_removed() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    answer = owner.browser.post(address(connection, f"{ACCOUNTS}/fields/name/"), {"action": "remove"}, follow=True)
    assert "cannot be removed" in told(answer)
    assert as_it_stands(connection).map_number == 0


def test_adding_a_custom_field_of_both_sides() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    chosen = page(owner, connection, f"{ACCOUNTS}/add/", salesforce="Region__c", quickbooks="DataExt.Region")
    assert 'value="Region__c"' in chosen
    words = {**PHONE, "label": "Region", "kind": "text", "salesforce": "Region__c", "quickbooks": "DataExt.Region"}
    owner.browser.post(address(connection, f"{ACCOUNTS}/add/"), words)
    added = map_of(as_it_stands(connection)).pair(ACCOUNTS).field("own_region")
    assert (added.salesforce, added.quickbooks, added.quickbooks_length) == (("Region__c",), ("DataExt.Region",), 255)
    owner.browser.post(address(connection, f"{ACCOUNTS}/fields/own_region/"), {"action": "remove"})
    assert document_of(as_it_stands(connection)) == {}


def test_two_fields_of_one_label_have_two_names() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    words = {**PHONE, "label": "Région !", "kind": "text", "formula": "'x'", "quickbooks": ""}
    for place in ("Region__c", "Tier__c"):
        text = told(
            owner.browser.post(
                address(connection, f"{ACCOUNTS}/add/"),
                {**words, "salesforce": place, "formula": "'Gold'"},
                follow=True,
            )
        )
        assert "Nothing was saved" not in text
    names = {one.name for one in map_of(as_it_stands(connection)).pair(ACCOUNTS).fields}
    assert {"own_r_gion", "own_r_gion_2"} <= names


def test_adding_a_field_to_the_lines_of_a_document() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    door = "opportunity_invoice/add/"
    assert "Add a field to the lines" in page(owner, connection, door, lines="yes")
    words = {
        **PHONE,
        "lines": "yes",
        "label": "Service date",
        "kind": "date",
        "salesforce": "ServiceDate",
        "quickbooks": "ServiceDate",
        "direction": "to-quickbooks",
    }
    owner.browser.post(address(connection, door), words)
    lines = map_of(as_it_stands(connection)).pair("opportunity_invoice").lines
    assert lines is not None
    assert "own_service_date" in {one.name for one in lines.fields}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"formula": "upper("}, "This bracket is never closed"),
        ({"direction": "both", "formula": "'x'"}, "A field with a formula goes one way only"),
        ({"salesforce": "Nowhere__c"}, "Account has no field Nowhere__c"),
        ({"salesforce": "Summary__c"}, "can only be read"),
        ({"salesforce": "Since__c"}, "takes dates only"),
        ({"salesforce": "Tier__c", "formula": "'Bronze'"}, "takes only “Gold”, “Silver”"),
        ({"label": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_shown_beside_its_field_and_nothing_is_saved(words: dict[str, str], said: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    answer = owner.browser.post(address(connection, f"{ACCOUNTS}/fields/phone/"), {**PHONE, **words})
    text = told(answer).replace("&#x27;", "'")
    assert said in text
    assert "Nothing was saved" in text
    assert 'class="errorlist"' in text
    assert as_it_stands(connection).map_number == 0


def test_a_cut_is_told_when_it_is_saved() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    words = {**PHONE, "direction": "both", "salesforce": "Story__c"}
    answer = owner.browser.post(address(connection, f"{ACCOUNTS}/fields/phone/"), words, follow=True)
    assert "What is longer is cut" in told(answer)
    assert as_it_stands(connection).map_number == 1


def test_the_fields_of_both_sides_can_be_searched() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    door = address(connection, f"{ACCOUNTS}/add/")
    part = told(owner.browser.get(door, {"q": "regi"}, headers={"HX-Target": "offers"}))
    assert "Region__c" in part
    assert "DataExt.Region" in part
    assert "JobTitle" not in part
    assert "<html" not in part


def test_the_settings_of_a_pair() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    words = {
        "enabled": "on",
        "direction": "to-salesforce",
        "since": "2026-01-01",
        "quickbooks_filter": "record.RefNumber != '0'",
    }
    owner.browser.post(address(connection, "invoices/settings/"), words)
    assert document_of(as_it_stands(connection))["pairs"] == {
        "invoices": {"since": "2026-01-01", "quickbooks_filter": "record.RefNumber != '0'"}
    }
    assert "Begins on" in page(owner, connection, "invoices/")
    owner.browser.post(address(connection, "invoices/settings/"), {"action": "reset"})
    assert document_of(as_it_stands(connection)) == {}


def test_a_filter_that_cannot_be_read_is_shown_beside_its_field() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    words = {"enabled": "on", "direction": "both", "salesforce_filter": "record."}
    text = told(owner.browser.post(address(connection, f"{ACCOUNTS}/settings/"), words))
    assert "The filter of Salesforce&#x27;s records cannot be used" in text


def test_the_choices_of_the_whole() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    words = {
        "won_opportunity": "Invoice",
        "activated_order": "Sales Order",
        "missing_items": "stand-in",
        "stand_in_item": "Misc",
        "income_account": "Sales",
        "sales_rep_users": "JD = 005000000000001AAA",
        "tables": "[regions]\nW = West\n\nE = East",
    }
    owner.browser.post(address(connection, "choices/"), words)
    assert document_of(as_it_stands(connection)) == {
        "format": 1,
        "won_opportunity": "Invoice",
        "missing_items": "stand-in",
        "stand_in_item": "Misc",
        "item_defaults": {"income_account": "Sales"},
        "sales_rep_users": {"JD": "005000000000001AAA"},
        "tables": {"regions": {"W": "West", "E": "East"}},
    }
    assert "[regions]" in page(owner, connection, "choices/")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"tables": "W = West"}, "stands in no table"),
        ({"tables": "[regions]\nWest"}, "is no entry"),
        ({"tables": "[regions]\nW = West\nW = Welsh"}, "is there twice"),
        ({"tables": "[No way]\nW = West"}, "cannot be the name of a table"),
        ({"missing_items": "stand-in"}, "Name the item that stands in"),
    ],
)
def test_choices_that_cannot_be_kept_are_explained(words: dict[str, str], said: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    usual = {"won_opportunity": "Estimate", "activated_order": "Sales Order", "missing_items": "make"}
    assert said in told(owner.browser.post(address(connection, "choices/"), {**usual, **words}))
    assert as_it_stands(connection).map_number == 0


def test_versions_show_their_differences_and_can_be_gone_back_to() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    owner.browser.post(address(connection, f"{ACCOUNTS}/fields/phone/"), PHONE)
    owner.browser.post(address(connection, "payments/switch/"), {"on": "no"})
    first = page(viewer_with(owner), connection, "versions/1/")
    assert "QuickBooks → Salesforce" in first
    assert "Kept in step" in first
    assert "Go back to version 1" not in first
    assert "Go back to version 1" in page(owner, connection, "versions/1/")
    owner.browser.post(address(connection, "versions/1/back/"))
    assert "payments" in map_of(as_it_stands(connection)).enabled
    owner.browser.post(address(connection, "versions/0/back/"))
    assert document_of(as_it_stands(connection)) == {}


def test_a_map_travels_from_one_connection_to_another() -> None:
    owner = owner_of_a_workspace()
    connection, other = a_connection(owner), a_connection(owner)
    owner.browser.post(address(connection, f"{ACCOUNTS}/fields/phone/"), PHONE)
    file = owner.browser.get(address(connection, "map.json"))
    assert file.headers["Content-Disposition"].endswith('version-1.json"')
    upload = SimpleUploadedFile("map.json", file.content, content_type="application/json")
    owner.browser.post(address(other, "import/"), {"file": upload})
    assert document_of(as_it_stands(other)) == document_of(as_it_stands(connection))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "cannot be read as JSON"),
        (
            json.dumps({"format": 1, "pairs": {ACCOUNTS: {"fields": {"phone": {"salesforce": "No__c"}}}}}).encode(),
            "has no field No__c",
        ),
        (json.dumps({"format": 1, "colour": "red"}).encode(), "is no word of the map"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(content: bytes, said: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    answer = owner.browser.post(address(connection, "import/"), {"file": SimpleUploadedFile("map.json", content)})
    assert answer.status_code == 400
    assert said in told(answer)
    assert as_it_stands(connection).map_number == 0


@pytest.mark.parametrize("number", ["7", "x", "99999999999999999999"])
def test_an_export_of_a_version_that_never_was(number: str) -> None:
    owner = owner_of_a_workspace()
    answer = owner.browser.get(address(a_connection(owner), "map.json"), {"version": number})
    assert answer.status_code == (404 if number == "7" else 200)


def test_the_page_of_a_pair_shows_a_live_example() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    a_linked_pair(connection)
    text = page(owner, connection, f"{ACCOUNTS}/")
    assert "Kern Lighting" in text
    assert "555-0100" in text


def test_a_trial_shows_what_would_be_created_and_writes_nothing() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    an_account(connection, "Kern Lighting and Sons of Middlefield, Incorporated", Phone="555-0100")
    text = page(owner, connection, f"{ACCOUNTS}/try/", record="kern")
    assert "Would be created: Customer in QuickBooks" in text
    assert "was shortened to 41 characters" in text
    assert "555-0100" in text
    with scope(connection=connection):
        assert not Change.objects.exists()
        assert not Link.objects.exists()
        assert Record.objects.count() == 1


def test_a_trial_of_a_linked_pair_shows_before_and_after() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    a_linked_pair(connection, salesforce_phone="555-0199")
    text = page(owner, connection, f"{ACCOUNTS}/try/", record="Kern Lighting")
    assert "Would be changed: Customer in QuickBooks" in text
    assert "555-0100" in text
    assert "555-0199" in text


def test_a_trial_of_what_agrees_says_so() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    a_linked_pair(connection)
    assert "Nothing would be written" in page(owner, connection, f"{ACCOUNTS}/try/", record="Kern Lighting")


def test_a_trial_follows_the_map() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    an_account(connection, "Kern Lighting", Phone="555-0100")
    shout = {"pairs": {ACCOUNTS: {"fields": {"name": {"to_quickbooks_as": "upper(value)"}}}}}
    save_map(connection, shout, owner.person, "")
    assert "KERN LIGHTING" in page(owner, connection, f"{ACCOUNTS}/try/", record="Kern Lighting")


def test_a_trial_asks_which_of_several_records_is_meant() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    an_account(connection, "Kern Lighting")
    a_customer(connection, "Kern Bakery")
    text = page(owner, connection, f"{ACCOUNTS}/try/", record="kern")
    assert "Which one?" in text
    assert "Kern Bakery" in text


def test_a_trial_of_a_record_that_was_never_read() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert "No record that was read" in page(owner, connection, f"{ACCOUNTS}/try/", record="Nobody & Sons")
    part = told(
        owner.browser.get(address(connection, f"{ACCOUNTS}/try/"), {"record": "x"}, headers={"HX-Target": "tried"})
    )
    assert "<html" not in part


def test_a_trial_finds_no_record_of_another_connection() -> None:
    owner = owner_of_a_workspace()
    connection, other = a_connection(owner), a_connection(owner)
    an_account(other, "Kern Lighting")
    assert "No record that was read" in page(owner, connection, f"{ACCOUNTS}/try/", record="Kern Lighting")


def test_a_question_that_is_no_text_finds_nothing() -> None:
    owner = owner_of_a_workspace()
    assert "No record that was read" in page(
        owner, a_connection(owner), f"{ACCOUNTS}/try/", record="Kern\0 \U0001f600 %'"
    )


@pytest.mark.parametrize(
    ("door", "words", "kept"),
    [
        (
            "opportunity_invoice/fields/lines/",
            {"label": "Products", "direction": "to-quickbooks", "owner": "shared", "mode": "overwrite"},
            {"lines": {"mode": "overwrite"}},
        ),
        (
            "invoices/fields/account/",
            {"label": "Customer account", "direction": "to-salesforce", "owner": "quickbooks", "mode": "overwrite"},
            {"account": {"label": "Customer account"}},
        ),
        (
            "invoices/fields/lines.amount/",
            {
                "label": "Line amount",
                "direction": "to-salesforce",
                "owner": "quickbooks",
                "mode": "overwrite",
                "salesforce": "Amount__c",
                "quickbooks": "Amount",
                "places": "2",
            },
            {"lines": {"fields": {"amount": {"label": "Line amount"}}}},
        ),
        (
            f"{ACCOUNTS}/fields/billing_street/",
            {"label": "Street", "direction": "both", "owner": "salesforce", "mode": "overwrite"},
            {"billing_street": {"label": "Street", "owner": "salesforce"}},
        ),
    ],
)
def test_fields_of_every_sort_can_be_changed(door: str, words: dict[str, str], kept: dict[str, Any]) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert page(owner, connection, door)
    owner.browser.post(address(connection, door), words)
    [pair] = document_of(as_it_stands(connection))["pairs"].values()
    assert pair["fields"] == kept


@pytest.mark.parametrize(
    "door", [f"{ACCOUNTS}/fields/lines.amount/back/", f"{ACCOUNTS}/fields/nobody/back/", f"{ACCOUNTS}/fields/./back/"]
)
def test_bringing_back_what_never_was_changes_nothing(door: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert owner.browser.post(address(connection, door)).status_code == 302
    assert document_of(as_it_stands(connection)) == {}


@pytest.mark.parametrize("pair", [one.name for one in PAIRS])
def test_every_field_of_every_pair_has_a_form_that_saves_what_it_shows(pair: str) -> None:
    """Opening a form and saving it as it stands changes nothing."""
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    for name, one in every_field(default_map().pair(pair)):
        if one.mode is Mode.MATCH_ONLY:
            continue
        form = FieldForm(one=one, added=False, of_line="." in name)
        words = {key: form.get_initial_for_field(field, key) for key, field in form.fields.items()}
        shown = {key: value for key, value in words.items() if value is not None}
        assert owner.browser.post(address(connection, f"{pair}/fields/{name}/"), shown).status_code == 302, name
        assert as_it_stands(connection).map_number == 0, name
