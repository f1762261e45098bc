"""Inserting, updating, upserting and deleting one record, with every check in the order the platform makes them."""

from dataclasses import dataclass
from typing import Any

from apatar.sandbox.salesforce.errors import JsonObject, Refused, is_deleted
from apatar.sandbox.salesforce.faults import FaultBook
from apatar.sandbox.salesforce.ids import full_id
from apatar.sandbox.salesforce.rules import complete, is_archived_instead, roll_up
from apatar.sandbox.salesforce.schema import Field, SObject
from apatar.sandbox.salesforce.state import Actor, Row, State
from apatar.sandbox.salesforce.values import Stored, from_cell, to_stored

_NOT_READABLE = (
    "Please check the security settings of this field and verify that it is read/write for your profile or "
    "permission set."
)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes records on behalf of someone; `allow_duplicates` is the caller's Sforce-Duplicate-Rule-Header."""

    state: State
    faults: FaultBook
    actor: Actor
    allow_duplicates: bool = False

    def insert(self, sobject: SObject, values: JsonObject) -> str:
        """Create a record and return its id; raises Refused and leaves nothing behind."""
        if not sobject.createable:
            message = f"entity type {sobject.name} does not support create"
            raise Refused("INVALID_TYPE_FOR_OPERATION", message)  # unverified text
        given = self._stored(sobject, values, new=True)
        missing = [one.name for one in sobject.fields.values() if one.required and given.get(one.name) is None]
        if missing:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise Refused("REQUIRED_FIELD_MISSING", message, fields=tuple(missing))
        with self.state.undoable():
            row = self._new_row(sobject)
            row.update(given)
            self._save(sobject, row, given, before=None)
        return str(row["Id"])

    def update(self, sobject: SObject, record_id: str, values: JsonObject) -> None:
        """Change a record; raises Refused where it is unknown, deleted, or a rule stands against it."""
        if not sobject.updateable:
            message = f"entity type {sobject.name} does not support update"
            raise Refused("INVALID_TYPE_FOR_OPERATION", message)
        before = self.living_row(sobject, record_id)
        given = self._stored(sobject, values, new=False)
        emptied = [name for name, value in given.items() if value is None and sobject.fields[name.lower()].required]
        if emptied:
            message = f"Required fields are missing: [{', '.join(emptied)}]"
            raise Refused("REQUIRED_FIELD_MISSING", message, fields=tuple(emptied))
        with self.state.undoable():
            self._save(sobject, {**before, **given}, given, before=before)

    def delete(self, sobject: SObject, record_id: str) -> None:
        """Move a record, and what goes with it, to the recycle bin."""
        row = self.living_row(sobject, record_id)
        if not sobject.deletable or row.get("IsStandard"):
            message = f"entity type {sobject.name} does not support delete"
            raise Refused("INVALID_TYPE_FOR_OPERATION", message)
        self.faults.check_lock(self.actor, row)
        with self.state.undoable():
            self._delete(sobject, row)

    def living_row(self, sobject: SObject, record_id: str) -> Row:
        """Return a record that is there; raises ENTITY_IS_DELETED or INVALID_CROSS_REFERENCE_KEY."""
        whole = full_id(record_id)
        if whole is None:
            raise Refused("MALFORMED_ID", f"malformed id {record_id}", fields=())
        row = self.state.row(sobject, whole)
        if row is None:
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=())
        if row.get("IsDeleted"):
            raise is_deleted()
        return row

    def matches(self, sobject: SObject, field: Field, value: Any) -> list[Row]:
        """Return the records that an external id names; a value of the wrong kind names none."""
        if value is None or value == "":
            message = f"{field.name} not specified"
            raise Refused("MISSING_ARGUMENT", message, fields=())
        stored = to_stored(field, from_cell(field, value) if isinstance(value, str) else value, owner=sobject.name)
        return self.state.living(sobject, field, stored)

    def _new_row(self, sobject: SObject) -> Row:
        row: Row = {one.name: _default(one) for one in sobject.stored_fields}
        row["Id"] = self.state.new_id(sobject.prefix)
        row["CreatedDate"], row["CreatedById"] = int(self.state.now()), self.actor.user_id
        if "OwnerId" in row:
            row["OwnerId"] = self.actor.user_id
        for one in sobject.stored_fields:
            if one.auto_number:
                row[one.name] = f"{self.state.next_number(f'{sobject.name}.{one.name}'):08d}"
        return row

    def _save(self, sobject: SObject, row: Row, given: Row, *, before: Row | None) -> None:
        self._check_references(sobject, given)
        self._check_unique(sobject, row, given)
        complete(self.state, sobject.name, row, frozenset(given), new=before is None)
        self.faults.check_row(self.actor, sobject, row, allow_duplicates=self.allow_duplicates)
        self._write(sobject, row, before)
        self._roll_up(sobject, row)

    def _write(self, sobject: SObject, row: Row, before: Row | None) -> None:
        at = int(self.state.now())
        row["LastModifiedDate"] = row["SystemModstamp"] = at
        row["LastModifiedById"] = self.actor.user_id
        delay = self.faults.in_force.visibility_delay
        if delay and not self.actor.is_operator:
            self.state.drop_late()
            self.state.hide_until(sobject, str(row["Id"]), before, self.state.now() + delay)
        self.state.write_row(sobject, row)

    def _roll_up(self, sobject: SObject, row: Row) -> None:
        parent = roll_up(self.state, sobject.name, row)
        if parent is None:
            return
        owner = self.state.object(parent[0])
        before = self.state.row(owner, str(parent[1]["Id"]))
        if before is not None and any(before[name] != value for name, value in parent[1].items()):
            self._write(owner, {**before, **parent[1]}, before)

    def _delete(self, sobject: SObject, row: Row) -> None:
        if is_archived_instead(self.state, sobject.name, row):
            self._write(sobject, {**row, "IsArchived": 1, "IsActive": 0}, row)
            return
        self._write(sobject, {**row, "IsDeleted": 1}, row)
        self._roll_up(sobject, row)
        for child in self.state.schema.values():
            for one in child.fields.values():
                if one.cascade and sobject.name in one.references:
                    for dependent in self.state.living(child, one, row["Id"]):
                        self._delete(child, dependent)

    def _stored(self, sobject: SObject, values: JsonObject, *, new: bool) -> Row:
        visible = sobject.without(self.faults.hidden(self.actor))
        plain = {name: value for name, value in values.items() if name != "attributes"}
        fields = {name: self._column(visible, name, value) for name, value in plain.items()}
        closed = [one.name for one in fields.values() if not (one.createable if new else one.updateable)]
        if closed:
            message = f"Unable to create/update fields: {', '.join(closed)}. {_NOT_READABLE}"
            raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=tuple(closed))
        return {one.name: self._value(one, plain[name], sobject) for name, one in fields.items()}

    def _column(self, sobject: SObject, name: str, value: Any) -> Field:
        found = sobject.relation(name) if isinstance(value, dict) else sobject.field(name)
        if found is None:
            raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
        return found

    def _value(self, field: Field, value: Any, sobject: SObject) -> Stored:
        if field.type == "reference" and isinstance(value, dict):
            return self._by_external_id(field, value)
        return to_stored(field, value, owner=sobject.name)

    def _by_external_id(self, field: Field, value: JsonObject) -> str:
        """Return the id of a related record that is named by `{"Parent": {"External__c": "…"}}`."""
        keys = {name: one for name, one in value.items() if name != "attributes"}
        target = self.state.object(field.references[0])
        key = target.field(next(iter(keys), ""))
        if len(keys) != 1 or key is None or not key.id_lookup:
            message = f"{field.relationship}: a related record is named by exactly one external id of {target.name}"
            raise Refused("INVALID_FIELD", message, fields=())  # unverified text
        found = self.matches(target, key, keys[next(iter(keys))])
        if len(found) != 1:
            value = keys[next(iter(keys))]
            text = f"Foreign key external ID: {value} not found for field {key.name} in entity {target.name}"
            raise Refused("INVALID_FIELD", text, fields=())
        return str(found[0]["Id"])

    def _check_references(self, sobject: SObject, given: Row) -> None:
        for name, value in given.items():
            one = sobject.fields[name.lower()]
            if one.references and value is not None:
                self._check_reference(one, str(value))

    def _check_reference(self, field: Field, value: str) -> None:
        targets = [self.state.object(name) for name in field.references if name.lower() in self.state.schema]
        target = next((one for one in targets if value.startswith(one.prefix)), None)
        if target is None:
            message = f"{field.label}: id value of incorrect type: {value}"
            raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=(field.name,))
        row = self.state.row(target, value)
        if row is None or row.get("IsDeleted"):
            # Facts 2.4: the same code stands for an unknown, an inaccessible and a deleted record.
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=())

    def _check_unique(self, sobject: SObject, row: Row, given: Row) -> None:
        for name, value in given.items():
            one = sobject.fields[name.lower()]
            if one.unique and value is not None:
                twins = [str(twin["Id"]) for twin in self.state.living(sobject, one, value) if twin["Id"] != row["Id"]]
                if twins:
                    message = f"duplicate value found: {name} duplicates value on record with id: {twins[0][:15]}"
                    raise Refused("DUPLICATE_VALUE", message, fields=())


def _default(field: Field) -> Stored:
    if field.type == "boolean":
        return int(field.default == "true")
    return field.default or None
