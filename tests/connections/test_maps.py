"""The versions of a connection's map: saving, going back, export and import, and what an upgrade does."""

import json
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection as database
from django_scopes import scopes_disabled

from apatar.connections.maps import (
    LARGEST_FILE,
    document_of,
    exported,
    findings_of,
    imported,
    map_of,
    restore,
    save_map,
    versions_of,
)
from apatar.connections.models import Connection, MapVersion
from apatar.connections.org_fields import quickbooks_offers, salesforce_offers, types_of
from apatar.salesforce.metadata import read_description
from apatar.sync.custom_map import default_map
from apatar.sync.findings import MapError, Severity
from apatar.sync.map_diff import differences
from apatar.sync.offers import Holds
from tests.accounts.people import Someone, owner_of_a_workspace
from tests.journeys.situations import a_connection_just_saved

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
PHONE = {"format": 1, "pairs": {"accounts_customers": {"fields": {"phone": {"direction": "to-salesforce"}}}}}
REGION = {"added": True, "label": "Region", "salesforce": "Region__c", "quickbooks": "DataExt.Region"}


def of_accounts(fields: dict[str, Any]) -> dict[str, Any]:
    return {"format": 1, "pairs": {"accounts_customers": {"fields": fields}}}


WITH_REGION = of_accounts({"region": REGION})


def a_connection() -> tuple[Connection, Someone]:
    owner = owner_of_a_workspace()
    return a_connection_just_saved(owner.workspace, owner.person), owner


def a_described_org(connection: Connection, **types: dict[str, Any]) -> None:
    """An org whose accounts have a name and the given fields, of 80 characters each."""
    names = ["Name", *types]
    connection.salesforce_schema = {"Account": {name: [80, True, True] for name in names}}
    connection.salesforce_types = {"Account": {"Name": {"label": "Account name"}, **types}}
    connection.save()


def as_it_stands(connection: Connection) -> Connection:
    with scopes_disabled():
        return Connection.objects.get(pk=connection.pk)


def test_a_new_connection_has_the_defaults() -> None:
    connection, _ = a_connection()
    assert map_of(connection).pairs[0].name == default_map().pairs[0].name
    assert document_of(connection) == {}


def test_a_saved_map_is_in_use_from_the_next_run_on() -> None:
    connection, owner = a_connection()
    version = save_map(connection, PHONE, owner.person, "Phones belong to the bookkeeper", now=NOW)
    assert version is not None
    assert (version.number, version.who, version.note) == (1, "owner@example.com", "Phones belong to the bookkeeper")
    stands = as_it_stands(connection)
    assert (stands.map_number, stands.settings_changed_at) == (1, NOW)
    assert map_of(stands).pair("accounts_customers").field("phone").direction.value == "to-salesforce"
    assert map_of(stands, 0) == map_of(stands, 0)


def test_saving_what_is_in_use_makes_no_version() -> None:
    connection, owner = a_connection()
    assert save_map(connection, {}, owner.person, "") is None
    save_map(connection, PHONE, owner.person, "")
    assert save_map(connection, PHONE, owner.person, "again") is None
    assert versions_of(connection).count() == 1


def test_going_back_is_a_version_of_its_own() -> None:
    connection, owner = a_connection()
    save_map(connection, PHONE, owner.person, "")
    back = restore(connection, 0, owner.person)
    assert back is not None
    assert (back.number, back.document, back.note) == (2, {}, "Back to the defaults")
    again = restore(connection, 1, owner.person)
    assert again is not None
    assert (again.document, again.note) == (PHONE, "Back to version 1")
    assert [one.number for one in versions_of(connection)] == [3, 2, 1]


def test_a_version_that_never_was_cannot_be_gone_back_to() -> None:
    connection, owner = a_connection()
    with pytest.raises(MapVersion.DoesNotExist):
        restore(connection, 7, owner.person)


def test_a_wrong_map_is_not_saved() -> None:
    connection, owner = a_connection()
    a_described_org(connection)
    with pytest.raises(MapError, match="has no field Region__c"):
        save_map(connection, WITH_REGION, owner.person, "")
    assert as_it_stands(connection).map_number == 0


def test_what_stands_against_the_map_in_use_keeps_nobody_from_changing_something_else() -> None:
    connection, owner = a_connection()
    save_map(connection, WITH_REGION, owner.person, "")
    a_described_org(connection)
    fields = {**WITH_REGION["pairs"]["accounts_customers"]["fields"], "fax": {"removed": True}}
    assert save_map(connection, of_accounts(fields), owner.person, "") is not None
    with pytest.raises(MapError, match="has no field Zone__c"):
        save_map(
            connection,
            of_accounts({**fields, "zone": {**REGION, "salesforce": "Zone__c", "quickbooks": "DataExt.Zone"}}),
            owner.person,
            "",
        )


def test_renaming_a_field_that_the_org_lacks_is_no_error() -> None:
    connection, owner = a_connection()
    a_described_org(connection)
    assert save_map(connection, of_accounts({"terms": {"label": "Payment terms"}}), owner.person, "") is not None


def test_a_warning_keeps_nothing_from_being_saved() -> None:
    connection, owner = a_connection()
    a_described_org(connection, Region__c={"label": "Region"})
    assert save_map(connection, WITH_REGION, owner.person, "") is not None
    said = [one for one in findings_of(connection, map_of(connection)) if one.field == "region"]
    assert said
    assert {one.severity for one in said} == {Severity.WARNING}


def test_an_added_field_learns_the_length_of_its_place_in_quickbooks() -> None:
    connection, owner = a_connection()
    title = {"added": True, "label": "Title", "salesforce": "Site", "quickbooks": "JobTitle"}
    document = {"pairs": {"accounts_customers": {"fields": {"region": REGION, "title": title}}}}
    save_map(connection, document, owner.person, "")
    pair = map_of(connection).pair("accounts_customers")
    assert (pair.field("region").quickbooks_length, pair.field("title").quickbooks_length) == (255, 41)
    assert pair.field("phone") == default_map().pair("accounts_customers").field("phone")


def test_an_export_can_be_imported() -> None:
    connection, owner = a_connection()
    save_map(connection, PHONE, owner.person, "")
    file = exported(connection)
    assert file.decode().startswith('{\n  "format": 1')
    assert imported(file) == PHONE
    assert imported(exported(connection, 0)) == {"format": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read as JSON"),
        (b"\xff\xfe", "cannot be read as JSON"),
        (b"[1]", "is no map"),
        (b'{"pairs": {}}', "is no map"),
        (b'{"format": 2}', "is no map"),
        (b'{"format": 1, "format": 1}', "written twice"),
        (b'{"format": NaN}', "is no number"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b'{"format": 1, "stand_in_item": "a\\u0000b"}', "characters that are no text"),
        (b'{"format": 1, "stand_in_item": "a\\ud800b"}', "characters that are no text"),
        (b" " * (LARGEST_FILE + 1), "larger than any map"),
    ],
)
def test_a_file_that_is_no_map_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(MapError, match=words):
        imported(content)


def test_the_difference_of_two_versions_is_told_field_by_field() -> None:
    connection, owner = a_connection()
    save_map(connection, {**PHONE, "won_opportunity": "Invoice"}, owner.person, "")
    told = [
        (one.pair, one.field, one.what, one.before, one.after)
        for one in differences(map_of(connection, 0), map_of(connection))
    ]
    assert told == [
        ("", "", "A won opportunity becomes", "Estimate", "Invoice"),
        ("Accounts and customers", "Phone", "Direction", "both ways", "QuickBooks → Salesforce"),
    ]


def test_a_version_keeps_its_author_s_address_when_the_person_leaves() -> None:
    connection, owner = a_connection()
    someone = owner_of_a_workspace("leaver@example.com").person
    save_map(connection, PHONE, someone, "")
    someone.memberships.all().delete()
    someone.delete()
    [version] = versions_of(connection)
    assert (version.author, version.who) == (None, "leaver@example.com")
    assert owner.person


def test_connections_that_were_there_go_on_with_accounts_alone() -> None:
    connection, _ = a_connection()
    migration = import_module("apatar.connections.migrations.0003_maps_of_what_was_there")
    with scopes_disabled():
        migration.keep_what_was_there(apps, database.schema_editor())
    stands = as_it_stands(connection)
    assert stands.map_number == 1
    assert [one.name for one in map_of(stands).pairs] == ["accounts_customers"]
    assert "Made by the upgrade" in versions_of(stands).get().note


def test_a_describe_is_kept_as_the_map_needs_it() -> None:
    flags = dict.fromkeys(["unique", "externalId", "idLookup", "caseSensitive", "calculated", "autoNumber"], False)
    blank = {
        **flags, "length": 40, "precision": 0, "scale": 0, "digits": 0, "nillable": False, "defaultedOnCreate": False,
        "createable": True, "updateable": True, "custom": True, "referenceTo": [], "restrictedPicklist": True,
    }  # fmt: skip
    gold = {"value": "Gold", "active": True, "defaultValue": False}
    old = {**gold, "value": "Old", "active": False}
    body = {
        **dict.fromkeys(["queryable", "createable", "updateable", "deletable"], True),
        "name": "Account",
        "label": "Account",
        "fields": [
            {**blank, "name": "Tier__c", "label": "Tier", "type": "picklist", "picklistValues": [gold, old]},
            {**blank, "name": "Place", "label": "Place", "type": "address", "picklistValues": []},
        ],
    }
    assert types_of(read_description(body)) == {
        "Tier__c": {
            "label": "Tier",
            "type": "picklist",
            "picklist": ["Gold"],
            "restricted": True,
            "required": True,
            "custom": True,
        },
    }


def test_what_both_sides_offer_is_told_in_one_form() -> None:
    connection, _ = a_connection()
    a_described_org(connection, Tier__c={"label": "Tier", "type": "picklist", "picklist": ["Gold"], "restricted": True})
    tier = salesforce_offers(connection)["Account"]["Tier__c"]
    assert (tier.label, tier.type, tier.values, tier.restricted) == ("Tier", "picklist", ("Gold",), True)
    connection.quickbooks_fields = {"Customer": ["Colour"]}
    customer = quickbooks_offers(connection, default_map().every_pair)["Customer"]
    assert customer["DataExt.Colour"].custom
    assert customer["CreditLimit"].holds is Holds.NUMBER


def test_an_old_quickbooks_offers_no_new_fields() -> None:
    connection, _ = a_connection()
    connection.qbxml_version = "6.0"
    assert "JobTitle" not in quickbooks_offers(connection, default_map().every_pair)["Customer"]


def test_a_map_of_an_older_release_is_still_understood() -> None:
    connection, _ = a_connection()
    with scopes_disabled():
        document = json.loads('{"format": 1, "pairs": {"gone": {"enabled": true}}}')
        MapVersion.objects.create(connection=connection, number=1, document=document, made_at=NOW)
        connection.map_number = 1
        connection.save()
    assert map_of(connection).enabled == default_map().enabled


def test_deleting_a_connection_takes_its_maps_along() -> None:
    connection, owner = a_connection()
    save_map(connection, PHONE, owner.person, "")
    assert owner.browser.post(f"/connections/{connection.pk}/delete/", {"sure": "yes"}).status_code == 302
    with scopes_disabled():
        assert not MapVersion.objects.exists()


def test_a_stored_pair_that_cannot_be_used_any_more_is_off_and_the_rest_stands() -> None:
    connection, owner = a_connection()
    fields = {"phone": {"when": "nonsense("}}
    document = {"format": 1, "won_opportunity": "Bill", "activated_order": "Invoice", **of_accounts(fields)}
    with scopes_disabled():
        MapVersion.objects.create(connection=connection, number=1, document=document, made_at=NOW)
        connection.map_number = 1
        connection.save()
    found = map_of(connection)
    assert found.enabled == default_map().enabled - {"accounts_customers"}
    assert (found.won_opportunity, found.activated_order) == ("Estimate", "Invoice")
    page = owner.browser.get(f"/connections/{connection.pk}/map/").content.decode()
    assert "cannot use everything that the map says" in page
    assert "Accounts and customers, Phone: the condition cannot be used." in page
