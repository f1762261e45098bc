"""What an org's describe says about an object and its fields, for the user who asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apatar.salesforce.errors import NotUnderstood

_NUMBERS = frozenset({"double", "currency", "percent"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a picklist."""

    value: str
    label: str
    active: bool
    default: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `length` counts characters, `precision` digits in all, `scale` digits behind the point."""

    name: str
    label: str
    type: str
    length: int
    precision: int
    scale: int
    digits: int
    nillable: bool
    defaulted_on_create: bool
    createable: bool
    updateable: bool
    unique: bool
    external_id: bool
    id_lookup: bool
    case_sensitive: bool
    calculated: bool
    auto_number: bool
    custom: bool
    compound: str | None
    references: tuple[str, ...]
    relationship: str | None
    restricted: bool
    choices: tuple[Choice, ...]

    @property
    def required_on_create(self) -> bool:
        return self.createable and not self.nillable and not self.defaulted_on_create

    @property
    def upsert_key(self) -> bool:
        """An external id must be unique as well: otherwise an upsert needs the permission View All Data."""
        return self.id_lookup or (self.external_id and self.unique)

    def typed(self, text: str) -> Any:
        """Give a value of a CSV result the type that JSON would have given it; an empty cell is None."""
        if not text:
            return None
        if self.type == "boolean":
            return text == "true"
        if self.type == "int":
            return int(Decimal(text))
        return Decimal(text) if self.type in _NUMBERS else text


@dataclass(frozen=True, slots=True)
class ObjectDescription:
    """One object; fields that field-level security hides from the user are absent. Field names ignore case."""

    name: str
    label: str
    key_prefix: str | None
    queryable: bool
    createable: bool
    updateable: bool
    deletable: bool
    replicateable: bool
    fields: tuple[Field, ...]
    record_types: tuple[tuple[str, str], ...]

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name.casefold() == name.casefold()), None)

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the names that the user cannot see: not there, or hidden."""
        there = {field.name.casefold() for field in self.fields}
        return tuple(name for name in names if name.casefold() not in there)

    @property
    def required_on_create(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.required_on_create)

    @property
    def person_accounts(self) -> bool:
        return self.name == "Account" and self.field("IsPersonAccount") is not None

    @property
    def multi_currency(self) -> bool:
        return self.field("CurrencyIsoCode") is not None


def read_description(body: Any) -> ObjectDescription:
    """Read the answer of `/sobjects/T/describe`. Raises NotUnderstood where it is something else."""
    try:
        return ObjectDescription(
            name=body["name"],
            label=body["label"],
            key_prefix=body.get("keyPrefix"),
            queryable=body["queryable"],
            createable=body["createable"],
            updateable=body["updateable"],
            deletable=body["deletable"],
            replicateable=body.get("replicateable", False),
            fields=tuple(map(_field, body["fields"])),
            record_types=tuple(
                (kind["recordTypeId"], kind["name"]) for kind in body.get("recordTypeInfos", ()) if kind["available"]
            ),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood(code="DESCRIBE") from error


def _field(body: Mapping[str, Any]) -> Field:
    return Field(
        name=body["name"],
        label=body["label"],
        type=body["type"],
        length=body["length"],
        precision=body["precision"],
        scale=body["scale"],
        digits=body["digits"],
        nillable=body["nillable"],
        defaulted_on_create=body["defaultedOnCreate"],
        createable=body["createable"],
        updateable=body["updateable"],
        unique=body["unique"],
        external_id=body["externalId"],
        id_lookup=body["idLookup"],
        case_sensitive=body["caseSensitive"],
        calculated=body["calculated"],
        auto_number=body["autoNumber"],
        custom=body["custom"],
        compound=body.get("compoundFieldName"),
        references=tuple(body["referenceTo"]),
        relationship=body.get("relationshipName"),
        restricted=body["restrictedPicklist"],
        choices=tuple(map(_choice, body["picklistValues"])),
    )


def _choice(body: Mapping[str, Any]) -> Choice:
    return Choice(
        value=body["value"],
        label=body.get("label") or body["value"],
        active=body["active"],
        default=body["defaultValue"],
    )
