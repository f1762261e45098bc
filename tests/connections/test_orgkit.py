"""The org kit: what is in it, what a plan makes of an org, and what a package holds."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

import pytest
from lxml import etree

from apatar.connections.orgkit import KIT, Group, Kind, KitField, kit_object
from apatar.connections.orgkit_components import (
    field_component,
    object_component,
    package,
    permission_component,
    removal,
)
from apatar.connections.orgkit_plan import (
    Act,
    Grants,
    Seen,
    SeenField,
    all_grants,
    fields_to_remove,
    grants_in,
    missing,
    objects_to_remove,
    plan,
    seen_in_metadata,
    wanted_grants,
)
from apatar.salesforce.metadata_api import NAMESPACE, Component, Value, each

STANDARD = [one for one in KIT if not one.custom]
NS = f"{{{NAMESPACE}}}"


def a_born_org() -> Seen:
    """An org that has never heard of us."""
    return Seen({one.name: {} for one in STANDARD})


def a_prepared_org() -> Seen:
    objects = {
        one.name: seen_in_metadata(Component("CustomObject", one.name, {"fields": _read_back(one.fields, one.name)}))
        for one in KIT
    }
    return Seen(objects, grants=all_grants(), assigned=True)


def _read_back(fields: tuple[KitField, ...], name: str) -> list[Value]:
    """What the Metadata API reads back of fields that it was given."""
    return [_as_text({**field_component(kit_object(name), one).body, "fullName": one.name}) for one in fields]


def _as_text(body: Mapping[str, Value]) -> dict[str, Value]:
    return {key: str(held).lower() if isinstance(held, bool) else held for key, held in body.items()}


def with_field(seen: Seen, object_name: str, field_name: str, field: SeenField | None) -> Seen:
    fields = dict(seen.objects[object_name])
    fields.pop(field_name, None)
    return replace(seen, objects={**seen.objects, object_name: fields | ({field_name: field} if field else {})})


def test_names_are_such_as_salesforce_takes() -> None:
    for one in KIT:
        for field in one.fields:
            stem = field.name.removesuffix("__c")
            assert field.name.endswith("__c")
            assert len(stem) <= 40
            assert "__" not in stem
            assert len(field.label) <= 40
            assert len(field.children) <= 40


def test_no_name_is_there_twice() -> None:
    for one in KIT:
        assert len({field.name for field in one.fields}) == len(one.fields)
    assert len({one.name for one in KIT}) == len(KIT)


def test_no_two_ways_from_a_parent_have_one_name() -> None:
    ways = sorted((field.parent, field.children) for one in KIT for field in one.fields if field.parent)
    assert [way for way, same in groupby(ways) if len(list(same)) > 1] == []


def test_every_object_is_found_again_by_a_key() -> None:
    assert [one.name for one in KIT if not any(field.is_key for field in one.fields)] == []


def test_an_org_that_never_heard_of_us_gets_everything() -> None:
    planned = plan(a_born_org())
    assert len(planned.of(Act.OBJECT)) == 6
    made = sum(len(names) for names in planned.fields.values())
    assert made == sum(len(one.fields) for one in KIT)
    assert [step.act for step in planned.steps][-2:] == [Act.GRANT, Act.ASSIGN]
    assert (planned.different, planned.absent, planned.there) == ((), (), 0)


def test_a_line_gets_its_document_with_its_object() -> None:
    planned = plan(a_born_org())
    assert "Invoice__c" not in [s.field_name for s in planned.steps if s.object_name == "QuickBooks_Invoice_Line__c"]
    assert planned.fields["QuickBooks_Invoice_Line__c"][0] == "Invoice__c"
    component = object_component(kit_object("QuickBooks_Invoice_Line__c"))
    assert [one["fullName"] for one in each(component.body, "fields")] == ["Invoice__c"]
    assert component.body["sharingModel"] == "ControlledByParent"


def test_a_prepared_org_needs_nothing() -> None:
    planned = plan(a_prepared_org())
    assert (planned.steps, planned.different, planned.absent) == ((), (), ())
    assert missing(a_prepared_org()) == []


def test_only_what_is_lacking_is_made() -> None:
    seen = with_field(a_prepared_org(), "Contact", "QuickBooks_Synced_At__c", None)
    assert [step.what for step in plan(seen).steps] == [
        "the field QuickBooks_Synced_At__c on Contact",
        "the permission set QuickBooks Sync",
    ]


def test_a_master_that_is_lacking_is_made_too() -> None:
    seen = with_field(a_prepared_org(), "QuickBooks_Payment_Line__c", "Payment__c", None)
    assert plan(seen).of(Act.FIELD)[0].field_name == "Payment__c"


def test_objects_that_are_not_switched_on_are_said_and_left_out() -> None:
    seen = Seen({one.name: {} for one in STANDARD if one.name not in ("Quote", "Order")})
    planned = plan(seen)
    assert planned.absent == ("Quote", "Order")
    assert "Quote" not in planned.fields
    assert "No QuickBooks document is made from a quote." in missing(seen)


@pytest.mark.parametrize(
    ("object_name", "field_name", "there", "said"),
    [
        ("Account", "QuickBooks_Terms__c", SeenField("picklist"), "of another type (picklist instead of string)"),
        ("Account", "QuickBooks_ListID__c", SeenField("string", length=40), "not a unique external id"),
        ("Account", "QuickBooks_Terms__c", SeenField("string", length=20), "takes 20 characters, not 31"),
        ("Account", "QuickBooks_Balance__c", SeenField("currency", whole=10, scale=2), "too few digits"),
        ("Product2", "QuickBooks_Cost__c", SeenField("double", whole=16, scale=2), "too few digits"),
        ("Order", "QuickBooks_Invoice__c", SeenField("reference", parent="Invoice"), "refers to Invoice"),
    ],
)
def test_a_field_of_our_name_and_another_make_is_left_alone_and_said(
    object_name: str, field_name: str, there: SeenField, said: str
) -> None:
    seen = with_field(a_prepared_org(), object_name, field_name, there)
    planned = plan(seen)
    (different,) = planned.different
    assert said in different.sentence
    assert planned.of(Act.FIELD) == ()
    assert f"{object_name}.{field_name}" not in wanted_grants(seen).fields
    assert (object_name, field_name) not in [(one.object_name, one.field_name) for one in fields_to_remove(seen)]
    assert missing(seen) != []


def test_more_room_than_we_ask_for_does_no_harm() -> None:
    roomy = SeenField("string", length=255)
    assert plan(with_field(a_prepared_org(), "Account", "QuickBooks_Terms__c", roomy)).different == ()


def test_digits_counted_the_other_way_do_no_harm() -> None:
    fourteen = SeenField("currency", whole=14, scale=2)
    assert plan(with_field(a_prepared_org(), "Account", "QuickBooks_Balance__c", fourteen)).different == ()


def test_grants_that_were_taken_away_are_given_again() -> None:
    held = replace(all_grants(), fields=all_grants().fields - {"Account.QuickBooks_Balance__c"})
    assert [step.act for step in plan(replace(a_prepared_org(), grants=held)).steps] == [Act.GRANT]
    assert [step.act for step in plan(replace(a_prepared_org(), assigned=False)).steps] == [Act.ASSIGN]


def test_who_sees_everything_by_their_own_rights_needs_no_permission_set() -> None:
    seen = replace(a_prepared_org(), grants=None, assigned=False, why_narrow="This user may not.")
    assert plan(seen).steps == ()
    locked = SeenField("string", length=31, writable=False)
    steps = plan(with_field(seen, "Account", "QuickBooks_Terms__c", locked)).steps
    assert [step.act for step in steps] == [Act.GRANT, Act.ASSIGN]


def test_what_people_added_to_the_permission_set_stays() -> None:
    theirs = {"field": "Account.Theirs__c", "editable": "false", "readable": "true"}
    there = Component("PermissionSet", "QuickBooks_Sync", {"fieldPermissions": theirs, "label": "Ours, renamed"})
    body = permission_component(all_grants(), there=there).body
    assert theirs in each(body, "fieldPermissions")
    assert body["label"] == "Ours, renamed"
    assert len(each(body, "fieldPermissions")) == len(all_grants().fields) + 1


def test_lines_may_be_deleted_and_documents_not() -> None:
    objects = all_grants().objects
    assert objects["QuickBooks_Invoice__c"] == "CRE"
    assert objects["QuickBooks_Invoice_Line__c"] == "CRED"


def test_a_field_to_a_master_has_no_rights_of_its_own() -> None:
    assert "QuickBooks_Invoice_Line__c.Invoice__c" not in all_grants().fields
    assert "QuickBooks_Invoice_Line__c.Item__c" in all_grants().fields


def test_grants_are_read_back_as_they_were_given() -> None:
    written = permission_component(all_grants())
    texts: dict[str, Value] = {
        name: [_as_text(one) for one in each(written.body, name)] for name in ("fieldPermissions", "objectPermissions")
    }
    held = grants_in(Component("PermissionSet", "QuickBooks_Sync", texts))
    assert held.cover(all_grants())
    assert not Grants().cover(all_grants())


def test_lines_are_removed_before_the_documents_they_refer_to() -> None:
    lines, documents = objects_to_remove(a_prepared_org())
    assert {step.object_name for step in lines} == {one.name for one in KIT if one.master}
    assert len(documents) == 3
    assert objects_to_remove(a_born_org()) == []


def test_what_stays_off_is_said_by_what_it_means() -> None:
    sentences = " ".join(missing(a_born_org()))
    assert "These stay off on accounts: Balance, Total Balance" in sentences
    assert "People cannot choose on opportunities, quotes and orders which document QuickBooks shall make" in sentences
    assert "Invoices stay in QuickBooks" in sentences


def test_every_kind_and_group_is_in_use() -> None:
    fields = [field for one in KIT for field in one.fields]
    assert {field.kind for field in fields} == set(Kind)
    assert {field.group for field in fields} == set(Group)


def unzipped(content: bytes) -> dict[str, etree._Element]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: etree.fromstring(archive.read(name)) for name in archive.namelist()}


def members(root: etree._Element) -> dict[str, list[str]]:
    return {
        str(types.findtext(f"{NS}name")): [str(one.text) for one in types.iter(f"{NS}members")]
        for types in root.iter(f"{NS}types")
    }


def test_the_package_holds_what_its_manifest_names() -> None:
    files = unzipped(package())
    named = members(files["package.xml"])
    in_objects = {
        f"{name.removeprefix('objects/').removesuffix('.object')}.{field.findtext(f'{NS}fullName')}"
        for name, root in files.items()
        if name.startswith("objects/")
        for field in root.iter(f"{NS}fields")
    }
    assert set(named["CustomField"]) == {
        one for one in in_objects if one.partition(".")[0] not in named["CustomObject"]
    }
    assert {f"objects/{one}.object" for one in named["CustomObject"]} < set(files)
    assert f"permissionsets/{named['PermissionSet'][0]}.permissionset" in files
    assert files["package.xml"].findtext(f"{NS}version")


def test_a_package_leaves_out_what_the_org_does_not_have() -> None:
    files = unzipped(package(without=["Quote"]))
    assert "objects/Quote.object" not in files
    granted = [one.text for one in files["permissionsets/QuickBooks_Sync.permissionset"].iter(f"{NS}field")]
    assert [one for one in granted if one and one.startswith("Quote.")] == []
    assert [one for one in members(files["package.xml"])["CustomField"] if one.startswith("Quote.")] == []


def test_the_package_of_removal_names_everything_and_brings_nothing() -> None:
    files = unzipped(removal())
    assert members(files["package.xml"]) == {}
    assert members(files["destructiveChanges.xml"]) == members(unzipped(package())["package.xml"])
    assert files["destructiveChanges.xml"].find(f"{NS}version") is None


def test_the_same_kit_makes_the_same_package() -> None:
    assert package() == package()
