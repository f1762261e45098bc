"""Who may do what: permission sets, what they grant, and the view of the org that comes of it.

Fields made through an API are nobody's until a permission set grants them, their maker's included (SALESFORCE.md 5.2).
What the sample org is born with is open to everybody, as if a profile granted it.
"""

import re

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.schema import SObject, View
from apatar.sandbox.salesforce.state import Actor, Row, State
from apatar.sandbox.salesforce.values import Stored

OPERATIONS = ("Read", "Create", "Edit", "Delete")
_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|_(?!_))*")
_NEEDS = {
    "Create": ("Read",),
    "Edit": ("Read",),
    "Delete": ("Read", "Edit"),
    "ViewAllRecords": ("Read",),
    "ModifyAllRecords": ("Read", "Edit", "Delete", "ViewAllRecords"),
}
_SHOWN = {"ViewAllRecords": "View All", "ModifyAllRecords": "Modify All"}
_TWICE = "duplicate value found: <unknown> duplicates value on record with id: <unknown>"
_ASSIGNED = 'JOIN "PermissionSetAssignment" a ON a."PermissionSetId" = p."ParentId" WHERE a."AssigneeId" = ?'


def view_of(state: State, actor: Actor) -> View:
    """Return what someone may not see or do; worked out once until permissions change."""
    found = state.views.get(actor.user_id)
    if found is None:
        found = state.views[actor.user_id] = _work_out(state, actor)
    return found


def may_customize(state: State, actor: Actor) -> bool:
    """Whether someone may change the org itself: the administrator, or whose permission set says both words."""
    granted = state.execute(
        'SELECT max(p."PermissionsCustomizeApplication"), max(p."PermissionsModifyMetadata") FROM "PermissionSet" p '
        'JOIN "PermissionSetAssignment" a ON a."PermissionSetId" = p."Id" WHERE a."AssigneeId" = ?',
        (actor.user_id,),
    ).fetchone()
    return actor.is_operator or bool(granted[0] and granted[1])


def guard(state: State, actor: Actor, sobject: SObject, row: Row) -> None:
    """Check a record of permissions that is being written; others pass. Raises Refused."""
    if not sobject.setup:
        return
    refuse_outsiders(state, actor, sobject)
    _RULES[sobject.name](state, row)
    state.note_change_of_setup()


def refuse_outsiders(state: State, actor: Actor, sobject: SObject) -> None:
    """Let only those who may customize the org write its permissions (code and text are unverified)."""
    if sobject.setup and not may_customize(state, actor):
        raise Refused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", fields=())


def _work_out(state: State, actor: Actor) -> View:
    made = state.execute("SELECT object, name FROM custom_fields WHERE open = 0").fetchall()
    read, edit = _granted_fields(state, actor.user_id)
    closed = {
        f"{one['object']}.{one['name']}".lower()
        for one in made
        if state.object(one["object"]).fields[one["name"].lower()].permissionable
    }
    return View(
        hidden=frozenset(closed - read),
        locked=frozenset((closed & read) - edit),
        denied={} if actor.is_operator else _denied(state, actor.user_id),
    )


def _granted_fields(state: State, user_id: str) -> tuple[set[str], set[str]]:
    rows = state.execute(
        f'SELECT lower(p."Field") AS name, p."PermissionsRead" AS r, p."PermissionsEdit" AS e '
        f'FROM "FieldPermissions" p {_ASSIGNED}',
        (user_id,),
    ).fetchall()
    return {one["name"] for one in rows if one["r"]}, {one["name"] for one in rows if one["e"]}


def _denied(state: State, user_id: str) -> dict[str, frozenset[str]]:
    rows = state.execute(f'SELECT p.* FROM "ObjectPermissions" p {_ASSIGNED}', (user_id,)).fetchall()
    granted: dict[str, set[str]] = {}
    for one in rows:
        held = granted.setdefault(str(one["SobjectType"]).lower(), set())
        held |= {word.lower() for word in OPERATIONS if one[f"Permissions{word}"]}
    every = frozenset(word.lower() for word in OPERATIONS)
    return {key: every - granted.get(key, set()) for key, one in state.schema.items() if one.custom}


def _set_rule(state: State, row: Row) -> None:
    name = str(row["Name"])
    if not _NAME.fullmatch(name) or name.endswith("_"):
        message = f"The Permission Set Name {name} can only contain underscores and alphanumeric characters."
        raise Refused("INVALID_FIELD", message, fields=("Name",))  # unverified code
    if _others(state, "PermissionSet", row, {"Name": name}):
        # Unverified text; the code is in the WSDL's enumeration.
        message = f"The name {name} is already used by another permission set"
        raise Refused("DUPLICATE_DEVELOPER_NAME", message, fields=("Name",))
    row["IsCustom"] = 1


def _field_rule(state: State, row: Row) -> None:
    owner, _, name = str(row["Field"]).partition(".")
    sobject = state.schema.get(owner.lower())
    found = None if sobject is None else sobject.field(name)
    if sobject is None or found is None or owner.lower() != str(row["SobjectType"]).lower():
        raise _bad_pick("Field Name", row["Field"], "Field")
    if not found.permissionable:
        raise _bad_pick("Field Name", row["Field"], "Field")
    if row["PermissionsEdit"] and not row["PermissionsRead"]:
        message = f"Permission Edit {row['Field']} depends on permission(s): Read {row['Field']}"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=())  # facts 5.2; the text is unverified
    if row["PermissionsEdit"] and found.auto_number:
        raise Refused("FIELD_INTEGRITY_EXCEPTION", f"Field {row['Field']} is not editable", fields=())  # unverified
    row["Field"], row["SobjectType"] = f"{sobject.name}.{found.name}", sobject.name
    if _others(state, "FieldPermissions", row, {"ParentId": row["ParentId"], "Field": row["Field"]}):
        raise Refused("DUPLICATE_VALUE", _TWICE, fields=())


def _object_rule(state: State, row: Row) -> None:
    sobject = state.schema.get(str(row["SobjectType"]).lower())
    if sobject is None or sobject.setup:
        raise _bad_pick("Sobject Type Name", row["SobjectType"], "SobjectType")
    row["SobjectType"] = sobject.name
    for word, needed in _NEEDS.items():
        missing = [f"{_SHOWN.get(one, one)} {sobject.name}" for one in needed if not row[f"Permissions{one}"]]
        if row[f"Permissions{word}"] and missing:
            # The sentence is of public deployment logs, for permission sets of the Metadata API.
            message = f"Permission {_SHOWN.get(word, word)} {sobject.name} depends on permission(s): "
            raise Refused("FIELD_INTEGRITY_EXCEPTION", message + ", ".join(missing), fields=())
    _check_masters(state, row, sobject)
    if _others(state, "ObjectPermissions", row, {"ParentId": row["ParentId"], "SobjectType": sobject.name}):
        raise Refused("DUPLICATE_VALUE", _TWICE, fields=())


def _check_masters(state: State, row: Row, sobject: SObject) -> None:
    masters = [one.references[0] for one in sobject.fields.values() if one.is_detail]
    for master in masters:
        where = {"ParentId": row["ParentId"], "SobjectType": master}
        if row["PermissionsRead"] and not _others(state, "ObjectPermissions", row, where):
            message = f"Permission Read {sobject.name} depends on permission(s): Read {master}"
            raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=())


def _assignment_rule(state: State, row: Row) -> None:
    where = {name: row[name] for name in ("AssigneeId", "PermissionSetId")}
    if _others(state, "PermissionSetAssignment", row, where):
        # captures/rest_400_DUPLICATE_VALUE_PermissionSetAssignment
        message = (
            f"Duplicate PermissionSetAssignment.  Assignee: {str(row['AssigneeId'])[:15]}; "
            f"Permission Set: {str(row['PermissionSetId'])[:15]}"
        )
        raise Refused("DUPLICATE_VALUE", message, fields=("AssigneeId", "PermissionSetId"))


def _others(state: State, name: str, row: Row, where: dict[str, Stored]) -> list[Row]:
    condition = " AND ".join(f'"{key}" = ?' for key in where)
    return [one for one in state.rows(state.object(name), condition, tuple(where.values())) if one["Id"] != row["Id"]]


def _bad_pick(label: str, value: Stored, field: str) -> Refused:
    message = f"{label}: bad value for restricted picklist field: {value}"
    return Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=(field,))


_RULES = {
    "PermissionSet": _set_rule,
    "FieldPermissions": _field_rule,
    "ObjectPermissions": _object_rule,
    "PermissionSetAssignment": _assignment_rule,
}


def delete_setup(state: State, actor: Actor, sobject: SObject, row: Row) -> None:
    """Delete a record of permissions for good, with what hangs on it; raises Refused."""
    refuse_outsiders(state, actor, sobject)
    record_id = str(row["Id"])
    if sobject.name == "PermissionSet":
        if state.rows(state.object("PermissionSetAssignment"), '"PermissionSetId" = ?', (record_id,)):
            # That the platform refuses is documented; code and text are unverified.
            message = "You can't delete a permission set that is assigned to users. Remove its assignments first."
            raise Refused("DELETE_FAILED", message, fields=())
        for child in ("FieldPermissions", "ObjectPermissions"):
            state.execute(f'DELETE FROM "{child}" WHERE "ParentId" = ?', (record_id,))
    state.remove_row(sobject, record_id)
