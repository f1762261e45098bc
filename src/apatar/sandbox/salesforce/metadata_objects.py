"""The objects that hold permissions, and the frame of a custom object: what a real org has before any field is added.

Flags of the permission objects follow the Object Reference as far as the facts tell it (SALESFORCE.md 5.2); their
other columns are left out.
"""

from dataclasses import replace
from typing import Any

from apatar.sandbox.salesforce.schema import Field, Schema, SObject, read_object

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NAME_LENGTH = 80
_SETUP = (
    """PermissionSet 0PS Permission_Sets norecycle setup
    Name string(80) required name idlookup label:Permission_Set_Name
    Label string(80) required label:Permission_Set_Label
    Description string(255)
    IsCustom boolean read
    IsOwnedByProfile boolean read
    NamespacePrefix string(15) read
    PermissionsApiEnabled boolean
    PermissionsCustomizeApplication boolean
    PermissionsModifyMetadata boolean""",
    """FieldPermissions 01k Field_Permissions norecycle setup
    ParentId ->PermissionSet required fixed cascade
    SobjectType picklist(40) required fixed
    Field picklist(240) required fixed label:Field_Name
    PermissionsRead boolean label:Read
    PermissionsEdit boolean label:Edit""",
    """ObjectPermissions 110 Object_Permissions norecycle setup
    ParentId ->PermissionSet required fixed cascade
    SobjectType picklist(40) required fixed
    PermissionsCreate boolean label:Create
    PermissionsRead boolean label:Read
    PermissionsEdit boolean label:Edit
    PermissionsDelete boolean label:Delete
    PermissionsViewAllRecords boolean label:View_All
    PermissionsModifyAllRecords boolean label:Modify_All""",
    """PermissionSetAssignment 0Pa Permission_Set_Assignments norecycle setup
    PermissionSetId ->PermissionSet required fixed cascade
    AssigneeId ->User required fixed cascade""",
)


def setup_objects() -> Schema:
    """Return the objects that permissions are kept in."""
    found = [read_object(text, {}) for text in _SETUP]
    return {one.name.lower(): one for one in found}


def custom_object(name: str, prefix: str, facts: dict[str, Any]) -> SObject:
    """Return a custom object without its own fields (captures/rest_describe_CustomObject_200)."""
    frame = read_object(
        f"{name} {prefix} x\nOwnerId ->User read defaulted\nName string({_NAME_LENGTH}) name idlookup", {}
    )
    names = facts.get("nameField", {})
    fields = dict(frame.fields)
    fields["id"] = replace(fields["id"], label="Record ID")
    fields["isdeleted"] = replace(fields["isdeleted"], label="Deleted", nillable=False, defaulted=True)
    fields["ownerid"] = replace(fields["ownerid"], createable=True, updateable=True)
    fields["name"] = _name_field(fields["name"], names, str(facts["label"]))
    label, plural = str(facts["label"]), str(facts["pluralLabel"])
    return replace(frame, label=label, plural=plural, fields=fields)


def with_field(sobject: SObject, field: Field) -> SObject:
    """Return an object with a field more; a detail belongs to whoever owns its master."""
    fields = {**sobject.fields, field.name.lower(): field}
    if field.is_detail:
        fields.pop("ownerid", None)
    return replace(sobject, fields=fields)


def key_prefix(number: int) -> str:
    """Return the `number`th key prefix of custom objects, from 0: a00, a01, … a0A, … a0z, a10."""
    tens, ones = divmod(number, len(_DIGITS))
    return f"a{_DIGITS[tens]}{_DIGITS[ones]}"


def _name_field(name: Field, facts: dict[str, Any], label: str) -> Field:
    auto = facts.get("type") == "AutoNumber"
    return replace(
        name,
        label=str(facts.get("label") or f"{label} Name"),
        auto_number=auto,
        createable=not auto,
        updateable=not auto,
        defaulted=True,
        nillable=not auto,
        display_format=str(facts.get("displayFormat") or ""),
    )
