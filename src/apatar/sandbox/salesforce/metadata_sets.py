"""Permission sets as metadata components: written whole in one go, read back, deleted."""

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.metadata_facts import Facts, flag, integrity, required, several, text, unknown
from apatar.sandbox.salesforce.metadata_permissions import delete_setup, guard
from apatar.sandbox.salesforce.state import Actor, Row, State
from apatar.sandbox.salesforce.values import Stored

_USER = ("ApiEnabled", "CustomizeApplication", "ModifyMetadata")
_OBJECT = {
    "allowCreate": "PermissionsCreate",
    "allowDelete": "PermissionsDelete",
    "allowEdit": "PermissionsEdit",
    "allowRead": "PermissionsRead",
    "modifyAllRecords": "PermissionsModifyAllRecords",
    "viewAllRecords": "PermissionsViewAllRecords",
}
_FIELD = {"editable": "PermissionsEdit", "readable": "PermissionsRead"}


def put_set(state: State, actor: Actor, facts: Facts, *, may_create: bool, may_update: bool) -> bool:
    """Make a permission set or overwrite all of it, which is what API 40.0 and later do; tells whether it was made."""
    name = text(facts, "fullName")
    found = set_named(state, name)
    if found is None and not may_create:
        raise unknown("PermissionSet", name)
    if found is not None and not may_update:
        message = f"The name {name} is already used by another permission set"  # unverified text
        raise Refused("DUPLICATE_DEVELOPER_NAME", message)
    if found is None:
        required(facts, "fullName", "label")
    row = _write_set(state, actor, found, facts)
    for kind in ("FieldPermissions", "ObjectPermissions"):
        state.execute(f'DELETE FROM "{kind}" WHERE "ParentId" = ?', (row["Id"],))
    _write_objects(state, actor, str(row["Id"]), facts)
    _write_fields(state, actor, str(row["Id"]), facts)
    return found is None


def read_set(state: State, name: str) -> Facts | None:
    """Return a permission set as a component, or None."""
    row = set_named(state, name)
    if row is None:
        return None
    facts: Facts = {"fullName": row["Name"], "label": row["Label"]}
    if row["Description"]:
        facts["description"] = row["Description"]
    fields = state.rows(state.object("FieldPermissions"), '"ParentId" = ?', (row["Id"],))
    objects = state.rows(state.object("ObjectPermissions"), '"ParentId" = ?', (row["Id"],))
    facts["fieldPermissions"] = [{"field": one["Field"], **_words(one, _FIELD)} for one in fields]
    facts["objectPermissions"] = [{**_words(one, _OBJECT), "object": one["SobjectType"]} for one in objects]
    held = [one for one in _USER if row[f"Permissions{one}"]]
    return {**facts, "userPermissions": [{"enabled": "true", "name": one} for one in held]}


def delete_set(state: State, actor: Actor, name: str) -> None:
    row = set_named(state, name)
    if row is None:
        raise unknown("PermissionSet", name)
    delete_setup(state, actor, state.object("PermissionSet"), row)


def set_named(state: State, name: str) -> Row | None:
    found = state.rows(state.object("PermissionSet"), '"Name" = ?', (name,))
    return found[0] if found else None


def _write_set(state: State, actor: Actor, found: Row | None, facts: Facts) -> Row:
    row = dict(found) if found else _new_row(state, actor, "PermissionSet")
    row["Name"] = row["Name"] or text(facts, "fullName")
    row["Label"] = text(facts, "label") or row["Label"]
    row["Description"] = text(facts, "description")[:255] or row["Description"]
    granted = {text(one, "name"): flag(one, "enabled") for one in several(facts, "userPermissions")}
    strange = next((one for one in granted if one not in _USER), None)
    if strange is not None:
        raise Refused("INVALID_TYPE", f"Unknown user permission: {strange}")  # the code is unverified
    for one in _USER:
        row[f"Permissions{one}"] = int(granted.get(one, False))
    _save(state, actor, "PermissionSet", row)
    return row


def _write_objects(state: State, actor: Actor, set_id: str, facts: Facts) -> None:
    """Write all rows before any is checked: a detail's permissions need its master's, in whatever order they come."""
    rows = []
    for one in several(facts, "objectPermissions"):
        name = text(one, "object")
        if name.lower() not in state.schema:
            raise _no(name, "object", "CustomObject")
        row = _new_row(state, actor, "ObjectPermissions")
        row |= {"ParentId": set_id, "SobjectType": state.object(name).name, **_marks(one, _OBJECT)}
        state.write_row(state.object("ObjectPermissions"), row)
        rows.append(row)
    for row in rows:
        guard(state, actor, state.object("ObjectPermissions"), row)


def _write_fields(state: State, actor: Actor, set_id: str, facts: Facts) -> None:
    for one in several(facts, "fieldPermissions"):
        owner, _, name = text(one, "field").partition(".")
        sobject = state.schema.get(owner.lower())
        found = None if sobject is None else sobject.field(name)
        if sobject is None or found is None:
            raise _no(text(one, "field"), "field", "CustomField")
        if not found.permissionable:
            raise integrity(f"You cannot deploy to a required field: {sobject.name}.{found.name}")
        row = _new_row(state, actor, "FieldPermissions")
        row |= {"ParentId": set_id, "SobjectType": sobject.name, "Field": f"{sobject.name}.{found.name}"}
        row |= _marks(one, _FIELD)
        _save(state, actor, "FieldPermissions", row)


def _save(state: State, actor: Actor, kind: str, row: Row) -> None:
    guard(state, actor, state.object(kind), row)
    state.write_row(state.object(kind), row)


def _new_row(state: State, actor: Actor, kind: str) -> Row:
    sobject = state.object(kind)
    row: Row = {one.name: 0 if one.type == "boolean" else None for one in sobject.stored_fields}
    at = int(state.now())
    who: Row = {"CreatedById": actor.user_id, "LastModifiedById": actor.user_id}
    when: Row = {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
    return {**row, **who, **when, "Id": state.new_id(sobject.prefix)}


def _marks(facts: Facts, names: dict[str, str]) -> dict[str, Stored]:
    return {column: int(flag(facts, word)) for word, column in names.items()}


def _words(row: Row, names: dict[str, str]) -> dict[str, str]:
    return {word: "true" if row[column] else "false" for word, column in names.items()}


def _no(name: str, element: str, kind: str) -> Refused:
    return Refused("INVALID_CROSS_REFERENCE_KEY", f"In field: {element} - no {kind} named {name} found")
