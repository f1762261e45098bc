"""What a writer needs to know of an object again and again, worked out once."""

from dataclasses import dataclass
from typing import Any, Self

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.schema import Field, SObject, View
from apatar.sandbox.salesforce.state import Row
from apatar.sandbox.salesforce.values import Stored


@dataclass(frozen=True, slots=True)
class Shape:
    """An object as the org keeps it and as one caller sees it.

    `required` names what a new record must bring, `lasting` what may never be emptied, `checked` the references and
    the unique fields.
    """

    whole: SObject
    visible: SObject
    relations: dict[str, Field]
    empty: Row
    required: tuple[str, ...]
    lasting: frozenset[str]
    numbered: tuple[str, ...]
    checked: frozenset[str]

    @classmethod
    def of(cls, sobject: SObject, view: View) -> Self:
        kept, visible = sobject.stored_fields, sobject.without(view)
        return cls(
            whole=sobject,
            visible=visible,
            relations={one.relationship.lower(): one for one in visible.fields.values() if one.relationship},
            empty={one.name: _default(one) for one in kept},
            required=tuple(one.name for one in kept if one.required),
            lasting=frozenset(one.name for one in kept if not one.nillable),
            numbered=tuple(one.name for one in kept if one.auto_number),
            checked=frozenset(one.name for one in kept if one.references or one.unique),
        )

    def column(self, name: str, value: Any) -> Field:
        """Return the field that a key of a body names; an object as the value means a relationship."""
        found = self.relations.get(name.lower()) if isinstance(value, dict) else self.visible.field(name)
        if found is None:
            raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {self.whole.name}")
        return found


def _default(field: Field) -> Stored:
    if field.type == "boolean":
        return int(field.default == "true")
    return field.default or None
