"""Permission sets and what hangs on them, through REST and as metadata."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.salesforce.customizer import (
    Customizer,
    assign,
    custom_object,
    customizer,
    field,
    key,
    permission_set,
    xml,
)
from tests.sandbox.salesforce.visitor import Visitor, operator, visit

ALL = dict.fromkeys((f"Permissions{one}" for one in ("Create", "Delete", "Edit", "Read")), True)


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Visitor]:
    """A bare org's integration user; the org has an account field, deals, and lines of deals."""
    visitor = visit(tmp_path / "bare", bare=True)
    admin = customizer(visitor)
    admin.make("CustomObject", custom_object("Deal__c"), custom_object("Line__c"))
    admin.make(
        "CustomField",
        key("Account.Key__c"),
        field("Deal__c.Due__c", "Date", required="true"),
        field("Line__c.Deal__c", "MasterDetail", referenceTo="Deal__c", relationshipName="Lines"),
    )
    yield visitor
    visitor.org.close()


def test_a_field_is_granted_step_by_step(org: Visitor) -> None:
    admin = operator(org)
    made = admin.create("PermissionSet", Name="Sync", Label="Sync")
    grant = {"SobjectType": "Account", "Field": "Account.Key__c", "PermissionsRead": True, "PermissionsEdit": True}
    permission = admin.create("FieldPermissions", ParentId=made, **grant)
    admin.create("PermissionSetAssignment", AssigneeId=org.org.access.user_id, PermissionSetId=made)
    org.create("Account", Name="x", Key__c="8")

    assert admin.data("PATCH", f"sobjects/FieldPermissions/{permission}", {"PermissionsEdit": False}).status == 204
    refused = org.data("POST", "sobjects/Account", {"Name": "x", "Key__c": "9"})
    assert org.error(refused)[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert admin.data("DELETE", f"sobjects/FieldPermissions/{permission}").status == 204
    assert org.refused("SELECT Key__c FROM Account")[0] == "INVALID_FIELD"


def test_the_second_assignment_is_refused_as_recorded(org: Visitor) -> None:
    admin = operator(org)
    made = admin.create("PermissionSet", Name="Sync", Label="Sync")
    asked = {"AssigneeId": org.org.access.user_id, "PermissionSetId": made}
    admin.create("PermissionSetAssignment", **asked)

    again = admin.data("POST", "sobjects/PermissionSetAssignment", asked)

    text = f"Duplicate PermissionSetAssignment.  Assignee: {asked['AssigneeId'][:15]}; Permission Set: {made[:15]}"
    expected = {"message": text, "errorCode": "DUPLICATE_VALUE", "fields": ["AssigneeId", "PermissionSetId"]}
    assert (again.status, json.loads(again.body)) == (400, [expected])


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("FieldPermissions", {"SobjectType": "Account", "Field": "Account.No__c"}, "INVALID_OR_NULL_FOR_RESTRICTED"),
        ("FieldPermissions", {"SobjectType": "Account", "Field": "Account.Name"}, "INVALID_OR_NULL_FOR_RESTRICTED"),
        ("FieldPermissions", {"SobjectType": "Line__c", "Field": "Line__c.Deal__c"}, "INVALID_OR_NULL_FOR_RESTRICTED"),
        (
            "FieldPermissions",
            {"SobjectType": "Account", "Field": "Account.Key__c", "PermissionsEdit": True},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        ("ObjectPermissions", {"SobjectType": "Deal__c", "PermissionsCreate": True}, "FIELD_INTEGRITY_EXCEPTION"),
        ("ObjectPermissions", {"SobjectType": "Line__c", **ALL}, "FIELD_INTEGRITY_EXCEPTION"),
        ("ObjectPermissions", {"SobjectType": "No__c", **ALL}, "INVALID_OR_NULL_FOR_RESTRICTED"),
    ],
)
def test_a_wrong_permission_is_refused(org: Visitor, kind: str, values: dict[str, Any], code: str) -> None:
    admin = operator(org)
    made = admin.create("PermissionSet", Name="Sync", Label="Sync")

    refused = admin.data("POST", f"sobjects/{kind}", {"ParentId": made, **values})

    assert admin.error(refused)[1].startswith(code)


def test_only_administrators_write_permissions(org: Visitor) -> None:
    refused = org.data("POST", "sobjects/PermissionSet", {"Name": "Sync", "Label": "Sync"})

    assert org.error(refused)[1] == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_someone_with_the_right_words_is_an_administrator(org: Visitor) -> None:
    words = [{"enabled": "true", "name": one} for one in ("CustomizeApplication", "ModifyMetadata")]
    customizer(org).make("PermissionSet", xml(fullName="Builder", label="Builder", userPermissions=words))
    assign(org, "Builder")

    Customizer(org).make("CustomField", field("Account.Day__c", "Date"))


def test_an_object_may_be_read_only(org: Visitor) -> None:
    look = {"allowRead": "true", "object": "Deal__c"}
    customizer(org).make("PermissionSet", xml(fullName="Look", label="Look", objectPermissions=[look]))
    assign(org, "Look")

    assert org.query("SELECT Due__c FROM Deal__c") == []
    assert org.get("sobjects/Deal__c/describe")["createable"] is False
    refused = org.data("POST", "sobjects/Deal__c", {"Due__c": "2026-11-22"})
    assert org.error(refused)[1] == "INVALID_TYPE_FOR_OPERATION"


@pytest.mark.parametrize(
    ("component", "message"),
    [
        (permission_set("S", fields=["Deal__c.Due__c"]), "You cannot deploy to a required field: Deal__c.Due__c"),
        (permission_set("S", fields=["Line__c.Deal__c"]), "You cannot deploy to a required field: Line__c.Deal__c"),
        (permission_set("S", fields=["Deal__c.No__c"]), "In field: field - no CustomField named Deal__c.No__c found"),
        (permission_set("S", objects=["No__c"]), "In field: object - no CustomObject named No__c found"),
        (permission_set("S", objects=["Line__c"]), "Permission Read Line__c depends on permission(s): Read Deal__c"),
    ],
)
def test_a_wrong_permission_set_is_refused_whole(org: Visitor, component: str, message: str) -> None:
    assert customizer(org).refused("PermissionSet", component)[1] == message
    assert operator(org).query("SELECT Id FROM PermissionSet") == []


def test_a_permission_set_that_is_written_again_forgets_what_it_does_not_say(org: Visitor) -> None:
    admin = customizer(org)
    admin.make("PermissionSet", permission_set("Sync", fields=["Account.Key__c"]))
    assign(org, "Sync")
    assert org.query("SELECT Key__c FROM Account") == []

    admin.make("PermissionSet", permission_set("Sync", objects=["Deal__c"]))

    assert org.refused("SELECT Key__c FROM Account")[0] == "INVALID_FIELD"
    assert org.query("SELECT Id FROM Deal__c") == []


def test_a_permission_set_is_deleted_once_nobody_has_it(org: Visitor) -> None:
    admin = customizer(org)
    admin.make("PermissionSet", permission_set("Sync", fields=["Account.Key__c"]))
    assign(org, "Sync")
    assert admin.delete("PermissionSet", "Sync")[0]["success"] == "false"
    (held,) = admin.visitor.query("SELECT Id FROM PermissionSetAssignment")
    assert admin.visitor.data("DELETE", f"composite/sobjects?ids={held['Id']}").status == 200

    assert admin.delete("PermissionSet", "Sync")[0]["success"] == "true"
    assert admin.visitor.query("SELECT Id FROM FieldPermissions") == []


def test_the_switch_for_hidden_fields_works_beside_permissions(org: Visitor) -> None:
    customizer(org).make("PermissionSet", permission_set("Sync", fields=["Account.Key__c"]))
    assign(org, "Sync")
    org.org.faults.set(hidden_fields=["Account.Phone"])

    assert org.query("SELECT Key__c FROM Account") == []
    assert org.refused("SELECT Phone FROM Account")[0] == "INVALID_FIELD"
