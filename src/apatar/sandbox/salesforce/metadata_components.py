"""What the calls of the Metadata and Tooling APIs do with one component, whatever its type."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from apatar.sandbox.salesforce import metadata_sets, metadata_store
from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.metadata_facts import Facts
from apatar.sandbox.salesforce.schema import NUMERIC, Field, SObject
from apatar.sandbox.salesforce.state import Actor, State

TYPES = ("CustomField", "CustomObject", "PermissionSet")
_KINDS = {
    "string": "Text", "textarea": "LongTextArea", "currency": "Currency", "double": "Number", "percent": "Percent",
    "boolean": "Checkbox", "date": "Date", "datetime": "DateTime", "picklist": "Picklist", "reference": "Lookup",
    "url": "Url", "email": "Email", "phone": "Phone", "multipicklist": "MultiselectPicklist",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Components:
    """The components of one org, changed on behalf of someone who may."""

    state: State
    actor: Actor

    def put(self, kind: str, facts: Facts, *, may_create: bool, may_update: bool) -> bool:
        """Make or change a component, or leave everything as it was and raise Refused; tells whether it was made."""
        with self.undoable():
            if kind == "PermissionSet":
                return metadata_sets.put_set(
                    self.state, self.actor, facts, may_create=may_create, may_update=may_update
                )
            change = metadata_store.put_object if kind == "CustomObject" else metadata_store.put_field
            return change(self.state, facts, may_create=may_create, may_update=may_update)

    def delete(self, kind: str, name: str) -> None:
        with self.undoable():
            if kind == "PermissionSet":
                metadata_sets.delete_set(self.state, self.actor, name)
            elif kind == "CustomObject":
                metadata_store.delete_object(self.state, name)
            else:
                metadata_store.delete_field(self.state, name)

    def read(self, kind: str, name: str) -> Facts | None:
        """Return a component as it was written, or None where there is none."""
        if kind == "PermissionSet":
            return metadata_sets.read_set(self.state, name)
        owner = self.state.schema.get(name.partition(".")[0].lower())
        if owner is None or owner.setup:
            return None
        if kind == "CustomObject":
            return self._object(owner)
        found = owner.field(name.partition(".")[2])
        return None if found is None or not found.custom else {**self._field(owner, found), "fullName": name}

    @contextmanager
    def undoable(self) -> Iterator[None]:
        """Take back rows, columns and schema together when the block raises."""
        try:
            with self.state.undoable():
                yield
        except BaseException:
            self.state.load_schema()
            raise

    def _object(self, owner: SObject) -> Facts:
        row = metadata_store.object_row(self.state, owner.name)
        facts: Facts = {"label": owner.label or owner.name} if row is None else json.loads(row["facts"])
        fields = [{**self._field(owner, one), "fullName": one.name} for one in owner.fields.values() if one.custom]
        return {**facts, "fullName": owner.name, "fields": fields}

    def _field(self, owner: SObject, found: Field) -> Facts:
        row = metadata_store.field_row(self.state, owner.name, found.name)
        if row is not None:
            facts: Facts = json.loads(row["facts"])
            return facts
        size: Facts = {"precision": found.precision, "scale": found.scale}
        if found.type not in NUMERIC:
            size = {"length": found.length} if found.type == "string" else {}
        marks = {"externalId": found.external_id, "unique": found.unique, "caseSensitive": found.case_sensitive}
        shown = {name: "true" for name, held in marks.items() if held}
        return {"label": found.label, "type": _KINDS[found.type], **size, **shown}


def check_type(kind: str) -> None:
    """Refuse a type of component that this sandbox does not keep."""
    if kind not in TYPES:
        raise Refused("INVALID_TYPE", f"'{kind}' is not one of the types this sandbox keeps: {', '.join(TYPES)}")
