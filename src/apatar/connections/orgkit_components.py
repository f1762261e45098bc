"""The org kit as components of the Metadata API, and as packages that Salesforce's own tools deploy or remove."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from lxml import etree

from apatar.connections.orgkit import KIT, PERMISSION_SET, PERMISSION_SET_LABEL, Kind, KitField, KitObject
from apatar.connections.orgkit_plan import Grants, all_grants
from apatar.salesforce.client import DATA_VERSION
from apatar.salesforce.metadata_api import NAMESPACE, Component, Value, each, write_elements

_DESCRIPTION = "Kept by Apatar On-Demand, which keeps Salesforce and QuickBooks Desktop in step."
_LETTERS = {"allowCreate": "C", "allowDelete": "D", "allowEdit": "E", "allowRead": "R"}
_LONG_AGO = (2020, 1, 1, 0, 0, 0)
"""The time of every file in a package: the same kit makes the same bytes."""


def object_component(one: KitObject) -> Component:
    """A custom object with the field to its master, which cannot come later."""
    if one.master is None:
        return Component("CustomObject", one.name, _object_body(one))
    fields: list[Value] = [{**_field_body(one.master), "fullName": one.master.name}]
    body: dict[str, Value] = {**_object_body(one), "fields": fields}
    return Component("CustomObject", one.name, body)


def field_component(one: KitObject, wanted: KitField) -> Component:
    return Component("CustomField", f"{one.name}.{wanted.name}", _field_body(wanted))


def permission_component(grants: Grants, *, there: Component | None = None) -> Component:
    """The permission set with these grants; whatever else it `there` holds, such as a person's additions, stays.

    An upsert overwrites: what is left out would be taken away.
    """
    before = there.body if there else {}
    fields = {str(one["field"]): one for one in each(before, "fieldPermissions")}
    fields |= {name: {"editable": True, "field": name, "readable": True} for name in sorted(grants.fields)}
    objects = {str(one["object"]): one for one in each(before, "objectPermissions")}
    objects |= {name: _object_grant(name, letters) for name, letters in grants.objects.items()}
    own: dict[str, Value] = {
        "description": _DESCRIPTION,
        "hasActivationRequired": False,
        "label": PERMISSION_SET_LABEL,
        **before,
        "fieldPermissions": tuple(fields.values()),
        "objectPermissions": tuple(objects.values()),
    }
    return Component("PermissionSet", PERMISSION_SET, own)


def package(*, without: Iterable[str] = ()) -> bytes:
    """A ZIP in metadata format that creates the kit; `without` names standard objects that the org does not have."""
    kit = [one for one in KIT if one.name not in set(without)]
    files = {f"objects/{one.name}.object": _file("CustomObject", _whole_object(one)) for one in kit}
    granted = permission_component(all_grants(kit)).body
    files[f"permissionsets/{PERMISSION_SET}.permissionset"] = _file("PermissionSet", granted)
    return _zipped({"package.xml": _manifest(kit), **files})


def removal(*, without: Iterable[str] = ()) -> bytes:
    """A ZIP in metadata format that removes the kit, with all data in it."""
    kit = [one for one in KIT if one.name not in set(without)]
    nothing = _file("Package", {"version": DATA_VERSION})
    return _zipped({"package.xml": nothing, "destructiveChanges.xml": _manifest(kit, version=False)})


def _object_body(one: KitObject) -> dict[str, Value]:
    name_field: dict[str, Value] = {"label": one.name_label, "type": "Text"}
    if not one.name_label:
        name_field = {"displayFormat": "{00000000}", "label": "Line", "type": "AutoNumber"}
    return {
        "deploymentStatus": "Deployed",
        "description": _DESCRIPTION,
        "enableReports": True,
        "label": one.label,
        "nameField": name_field,
        "pluralLabel": f"{one.label}s",
        "sharingModel": "ControlledByParent" if one.master else "ReadWrite",
    }


def _field_body(wanted: KitField) -> dict[str, Value]:
    own: dict[str, Value] = {"description": _DESCRIPTION, "label": wanted.label, "type": wanted.kind.value}
    return own | _typed(wanted)


def _typed(wanted: KitField) -> dict[str, Value]:  # noqa: PLR0911  one line for each kind of field
    """The elements that only this type of field has."""
    match wanted.kind:
        case Kind.TEXT if wanted.is_key:
            return {"caseSensitive": True, "externalId": True, "length": wanted.length, "unique": True}
        case Kind.TEXT:
            return {"length": wanted.length}
        case Kind.LONG_TEXT:
            return {"length": wanted.length, "visibleLines": 5}
        case Kind.CURRENCY | Kind.NUMBER:
            return {"precision": _all_digits(wanted), "scale": wanted.scale}
        case Kind.PICKLIST:
            return {"valueSet": _choices(wanted.choices)}
        case Kind.LOOKUP | Kind.MASTER_DETAIL:
            return _reference(wanted)
        case _:
            return {}


def _all_digits(wanted: KitField) -> int:
    """Salesforce counts all digits, before and behind the point; it has 18."""
    return min(wanted.whole + wanted.scale, 18)


def _choices(choices: Sequence[str]) -> dict[str, Value]:
    """Not restricted: what QuickBooks says may be newer than this list."""
    values: list[Value] = [{"default": False, "fullName": one, "label": one} for one in choices]
    return {"restricted": False, "valueSetDefinition": {"sorted": False, "value": values}}


def _reference(wanted: KitField) -> dict[str, Value]:
    label = wanted.children.replace("_", " ")
    ends: dict[str, Value] = {
        "referenceTo": wanted.parent,
        "relationshipLabel": label,
        "relationshipName": wanted.children,
    }
    if wanted.kind is Kind.LOOKUP:
        return ends
    # Reparentable, so that a line whose first answer was lost can be upserted again with its document named.
    return {**ends, "relationshipOrder": 0, "reparentableMasterDetail": True, "writeRequiresMasterRead": False}


def _object_grant(name: str, letters: str) -> dict[str, Value]:
    allowed: dict[str, Value] = {word: letter in letters for word, letter in _LETTERS.items()}
    return {**allowed, "modifyAllRecords": False, "object": name, "viewAllRecords": False}


def _whole_object(one: KitObject) -> dict[str, Value]:
    fields: list[Value] = [{**_field_body(wanted), "fullName": wanted.name} for wanted in one.fields]
    return {**(_object_body(one) if one.custom else {}), "fields": fields}


def _manifest(kit: Sequence[KitObject], *, version: bool = True) -> bytes:
    """Name the parts of the kit: fields of standard objects one by one, custom objects with all that is in them."""
    fields = [f"{one.name}.{wanted.name}" for one in kit if not one.custom for wanted in one.fields]
    objects = [one.name for one in kit if one.custom]
    members = {"CustomField": fields, "CustomObject": objects, "PermissionSet": [PERMISSION_SET]}
    types: list[Value] = [{"members": names, "name": kind} for kind, names in members.items()]
    return _file("Package", {"types": types, **({"version": DATA_VERSION} if version else {})})


def _file(kind: str, body: Mapping[str, Value]) -> bytes:
    prefixes: dict[str | None, str] = {None: NAMESPACE}
    root = etree.Element(f"{{{NAMESPACE}}}{kind}", nsmap=prefixes)  # type: ignore[arg-type]  # the stubs forbid None
    write_elements(root, body)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
