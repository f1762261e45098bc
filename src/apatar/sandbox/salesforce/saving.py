"""Inserting, updating, upserting and deleting one record, with every check in the order the platform makes them."""

from dataclasses import dataclass, field
from typing import Any

from apatar.sandbox.salesforce.errors import JsonObject, Refused, is_deleted
from apatar.sandbox.salesforce.faults import FaultBook
from apatar.sandbox.salesforce.ids import full_id
from apatar.sandbox.salesforce.linking import check_reference, check_unique
from apatar.sandbox.salesforce.metadata_permissions import delete_setup, guard
from apatar.sandbox.salesforce.rules import before_delete, complete, fill, is_archived_instead, roll_up
from apatar.sandbox.salesforce.schema import Field, SObject
from apatar.sandbox.salesforce.shapes import Shape
from apatar.sandbox.salesforce.state import Actor, Row, State
from apatar.sandbox.salesforce.switches import complete_by_switch, refuse_by_rule, required_by_switch
from apatar.sandbox.salesforce.values import Stored, from_cell, to_stored

_NOT_READABLE = (
    "Please check the security settings of this field and verify that it is read/write for your profile or "
    "permission set."
)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes records on behalf of someone; `allow_duplicates` is the caller's Sforce-Duplicate-Rule-Header.

    One writer serves one request: what it learns of an object, and of who may see it, is remembered.
    """

    state: State
    faults: FaultBook
    actor: Actor
    allow_duplicates: bool = False
    _shapes: dict[str, Shape] = field(default_factory=dict)

    def insert(self, sobject: SObject, values: JsonObject) -> str:
        """Create a record and return its id; raises Refused and leaves nothing behind."""
        if not sobject.createable:
            message = f"entity type {sobject.name} does not support create"
            raise Refused("INVALID_TYPE_FOR_OPERATION", message)  # unverified text
        shape = self.shape(sobject)
        given = self._stored(shape, values, new=True)
        given |= fill(self.state, sobject.name, given)
        missing = [name for name in self._required(shape) if given.get(name) is None]
        if missing:
            raise _missing(missing)
        with self.state.undoable():
            row = self._new_row(shape)
            row.update({name: value for name, value in given.items() if value is not None or name not in shape.lasting})
            self._save(shape, row, given, before=None)
        return str(row["Id"])

    def update(self, sobject: SObject, record_id: str, values: JsonObject, *, known: Row | None = None) -> None:
        """Change a record; raises Refused where it is unknown, deleted, or a rule stands against it."""
        if not sobject.updateable:
            message = f"entity type {sobject.name} does not support update"
            raise Refused("INVALID_TYPE_FOR_OPERATION", message)
        before = known or self.living_row(sobject, record_id)
        shape = self.shape(sobject)
        given = self._stored(shape, values, new=False)
        needed = {*shape.lasting, *self._required(shape)}
        emptied = [name for name, value in given.items() if value is None and name in needed]
        if emptied:
            raise _missing(emptied)
        with self.state.undoable():
            self._save(shape, {**before, **given}, given, before=before)

    def delete(self, sobject: SObject, record_id: str) -> None:
        """Move a record, and what goes with it, to the recycle bin."""
        row = self.living_row(sobject, record_id)
        if not sobject.deletable or row.get("IsStandard"):
            message = f"entity type {sobject.name} does not support delete"
            raise Refused("INVALID_TYPE_FOR_OPERATION", message)
        self.faults.check_lock(self.actor, row)
        before_delete(self.state, sobject.name, row)
        with self.state.undoable():
            self._delete(self.shape(sobject).whole, row)

    def merge(self, sobject: SObject, master_id: str, loser_id: str) -> None:
        """Merge one record into another, as a person does on the page: what points to the loser points to the master.

        The loser is deleted and names its master (facts 2.6, from memory); what it held is lost.
        """
        master, loser = self.living_row(sobject, master_id), self.living_row(sobject, loser_id)
        if "masterrecordid" not in sobject.fields or master["Id"] == loser["Id"]:
            raise Refused("INVALID_ID_FIELD", f"{sobject.name} cannot be merged so")  # unverified text
        with self.state.undoable():
            for child in list(self.state.schema.values()):
                for one in child.fields.values():
                    if sobject.name in one.references and one.name != "MasterRecordId":
                        for row in self.state.living(child, one, loser["Id"]):
                            self._write(child, {**row, one.name: master["Id"]}, row)
            self._write(sobject, {**loser, "IsDeleted": 1, "MasterRecordId": master["Id"]}, loser)
            self._write(sobject, dict(master), master)

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

    def shape(self, sobject: SObject) -> Shape:
        found = self._shapes.get(sobject.name)
        if found is None:
            hidden = self.faults.hidden(self.actor)
            found = self._shapes[sobject.name] = Shape.of(self.state.object(sobject.name), hidden)
        return found

    def _required(self, shape: Shape) -> tuple[str, ...]:
        more = self.faults.in_force.required_fields
        return (*shape.required, *required_by_switch(more, shape.whole)) if more else shape.required

    def _new_row(self, shape: Shape) -> Row:
        row = dict(shape.empty)
        row["Id"] = self.state.new_id(shape.whole.prefix)
        row["CreatedDate"], row["CreatedById"] = int(self.state.now()), self.actor.user_id
        if "OwnerId" in row:
            row["OwnerId"] = self.actor.user_id
        for name in shape.numbered:
            number = self.state.next_number(f"{shape.whole.name}.{name}")
            row[name] = shape.whole.fields[name.lower()].numbered(number)
        return row

    def _save(self, shape: Shape, row: Row, given: Row, *, before: Row | None) -> None:
        sobject = shape.whole
        for name, value in given.items():
            if value is not None and name in shape.checked:
                one = sobject.fields[name.lower()]
                if one.references:
                    check_reference(self.state, sobject, one, str(value))
                if one.cascade:
                    self.faults.check_lock(self.actor, {"Id": value})  # a write to a detail locks its master
                if one.unique:
                    check_unique(self.state, sobject, one, row)
        row["LastModifiedById"] = self.actor.user_id
        switches = self.faults.switches
        if switches:
            complete_by_switch(self.state, switches, sobject, row, before)
        complete(self.state, sobject.name, row, frozenset(given), new=before is None)
        guard(self.state, self.actor, sobject, row)
        self.faults.check_row(self.actor, sobject, row, allow_duplicates=self.allow_duplicates)
        guard(self.state, self.actor, sobject, row)
        self._write(sobject, row, before)
        if switches and not self.actor.is_operator:
            refuse_by_rule(self.state, switches, sobject, row, allow_duplicates=self.allow_duplicates)
        self._roll_up(sobject, row)

    def _write(self, sobject: SObject, row: Row, before: Row | None) -> None:
        at = int(self.state.now())
        row["LastModifiedDate"] = row["SystemModstamp"] = at
        row["LastModifiedById"] = self.actor.user_id
        delay = self.faults.in_force.visibility_delay
        if delay:  # the operator sees every row at once, but what the operator writes is late for all others
            self.state.drop_late()
            self.state.hide_until(sobject, str(row["Id"]), before, self.state.now() + delay)
        if before is None:
            self.state.write_row(sobject, row)
        else:
            self._change(sobject, row, before)

    def _change(self, sobject: SObject, row: Row, before: Row) -> None:
        """Write what is new in a row: to replace the row whole would touch every index it stands in."""
        changed = {name: value for name, value in row.items() if before.get(name) != value}
        if changed:
            marks = ", ".join(f'"{name}" = ?' for name in changed)
            self.state.execute(f'UPDATE "{sobject.name}" SET {marks} WHERE "Id" = ?', (*changed.values(), row["Id"]))
        if sobject.setup:
            self.state.note_change_of_setup()

    def _roll_up(self, sobject: SObject, row: Row) -> None:
        """Write what others take over from this record; one that stays the same keeps its stamp (facts 2.6)."""
        for name, changed in roll_up(self.state, sobject.name, row):
            owner = self.state.object(name)
            before = self.state.row(owner, str(changed["Id"]))
            if before is not None and before != changed:
                self._write(owner, changed, before)

    def _delete(self, sobject: SObject, row: Row) -> None:
        if sobject.setup:
            delete_setup(self.state, self.actor, sobject, row)
            return
        if is_archived_instead(self.state, sobject.name, row):
            self._write(sobject, {**row, "IsArchived": 1, "IsActive": 0}, row)
            return
        if not sobject.recycles:
            self.state.remove_row(sobject, str(row["Id"]))
            return
        self._write(sobject, {**row, "IsDeleted": 1}, row)
        self._roll_up(sobject, row)
        for child in list(self.state.schema.values()):
            for one in child.fields.values():
                if sobject.name in one.references:
                    self._let_go(child, one, row)

    def _let_go(self, child: SObject, link: Field, row: Row) -> None:
        """Delete what goes with a deleted record; what only points at it loses the pointer, and nothing else."""
        if not child.recycles:
            return
        for dependent in self.state.living(child, link, row["Id"]):
            if link.cascade:
                self._delete(child, dependent)
            elif link.nillable and link.custom:
                self._change(child, {**dependent, link.name: None}, dependent)

    def _stored(self, shape: Shape, values: JsonObject, *, new: bool) -> Row:
        plain = {name: value for name, value in values.items() if name != "attributes"}
        fields = {name: shape.column(name, value) for name, value in plain.items()}
        closed = [one.name for one in fields.values() if not (one.createable if new else one.updateable)]
        if closed:
            message = f"Unable to create/update fields: {', '.join(closed)}. {_NOT_READABLE}"
            raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=tuple(closed))
        return {one.name: self._value(one, plain[name], shape.whole) for name, one in fields.items()}

    def _value(self, field: Field, value: Any, sobject: SObject) -> Stored:
        if field.type == "reference" and isinstance(value, dict):
            return self._by_external_id(field, value)
        return to_stored(field, value, owner=sobject.name)

    def _by_external_id(self, field: Field, value: JsonObject) -> str:
        """Return the id of a related record that is named by `{"Parent": {"External__c": "…"}}`."""
        keys = {name: one for name, one in value.items() if name != "attributes"}
        target = self.state.object(field.references[0])
        key = self.shape(target).visible.field(next(iter(keys), ""))
        if len(keys) != 1 or key is None or not key.id_lookup:
            message = f"{field.relationship}: a related record is named by exactly one external id of {target.name}"
            raise Refused("INVALID_FIELD", message, fields=())  # unverified text
        given = next(iter(keys.values()))
        found = self.matches(target, key, given)
        if len(found) != 1:
            text = f"Foreign key external ID: {given} not found for field {key.name} in entity {target.name}"
            raise Refused("INVALID_FIELD", text, fields=())
        return str(found[0]["Id"])


def _missing(names: list[str]) -> Refused:
    message = f"Required fields are missing: [{', '.join(names)}]"
    return Refused("REQUIRED_FIELD_MISSING", message, fields=tuple(names))
