"""What both systems say about their own fields, as the map is held against it and as people choose from it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from apatar.connections.models import Connection
from apatar.qbxml.catalogue import CatalogueField, custom_fields, fields_of
from apatar.qbxml.grammar import Kind
from apatar.qbxml.versions import Version
from apatar.salesforce.metadata import Field, ObjectDescription
from apatar.sync.mapping import ObjectMapping
from apatar.sync.offers import Holds, Objects, Offer, Offers

PICKLISTS = frozenset({"picklist", "multipicklist", "combobox"})
COMPOUND = frozenset({"address", "location", "base64", "complexvalue"})
"""Types of Salesforce that are no single value."""
_SALESFORCE_HOLDS = {
    **dict.fromkeys(("currency", "double", "int", "percent", "long"), Holds.NUMBER),
    **dict.fromkeys(("date", "datetime"), Holds.DATE),
    "boolean": Holds.YES_NO,
    "reference": Holds.RECORD,
    "id": Holds.RECORD,
}
_QUICKBOOKS_HOLDS = {
    **dict.fromkeys((Kind.AMOUNT, Kind.PRICE, Kind.QUANTITY, Kind.PERCENT, Kind.FLOAT, Kind.INT), Holds.NUMBER),
    **dict.fromkeys((Kind.DATE, Kind.MOMENT), Holds.DATE),
    Kind.BOOL: Holds.YES_NO,
}
_TYPE_WORDS = {
    "string": "text", "textarea": "long text", "picklist": "picklist", "multipicklist": "multi-select picklist",
    "currency": "currency", "double": "number", "int": "whole number", "percent": "percent", "boolean": "checkbox",
    "reference": "lookup", "id": "record id", "url": "web address", "email": "e-mail", "datetime": "date and time",
    Kind.BOOL: "yes or no", Kind.INT: "whole number", Kind.FLOAT: "number", Kind.ENUM: "one of a list", Kind.ID: "id",
    Kind.GUID: "id", Kind.MOMENT: "date and time",
}  # fmt: skip

Types = Mapping[str, Mapping[str, Any]]


def types_of(description: ObjectDescription) -> dict[str, dict[str, Any]]:
    """Return what the map needs of an object's describe, by field, for `Connection.salesforce_types`.

    {"Type": {"label": "Account type", "type": "picklist", "picklist": ["Customer", …], "restricted": true, …}}; what is
    empty or false is left out.
    """
    return {one.name: _type_of(one) for one in description.fields if one.type not in COMPOUND}


def salesforce_offers(connection: Connection) -> Objects:
    """Return the fields of the org by object; an object that was never described is absent."""
    schema = connection.salesforce_schema
    types = connection.salesforce_types
    return {name: _described(fields, types.get(name, {})) for name, fields in schema.items() if fields}


def quickbooks_offers(connection: Connection, pairs: tuple[ObjectMapping, ...]) -> Objects:
    """Return the fields of QuickBooks by object, those of lines included, as far as this version has them."""
    names = {one.quickbooks_object for one in pairs} | {one.lines.quickbooks_line for one in pairs if one.lines}
    seen = connection.quickbooks_fields
    offered = {name: _quickbooks(name, tuple(seen.get(name, ())), connection.qbxml_version) for name in names}
    return {name: fields for name, fields in offered.items() if fields}


def _type_of(one: Field) -> dict[str, Any]:
    facts = {
        "label": one.label,
        "type": one.type,
        "picklist": [choice.value for choice in one.choices if choice.active],
        "restricted": one.restricted and one.type in PICKLISTS,
        "required": one.required_on_create and one.type != "boolean",
        "custom": one.custom,
        "references": list(one.references),
    }
    return {name: value for name, value in facts.items() if value}


def _described(fields: Mapping[str, Any], types: Types) -> Offers:
    return {
        name: _salesforce(name, facts, types.get(name, {}))
        for name, facts in fields.items()
        if name in types or not types
    }


def _salesforce(name: str, facts: tuple[int, bool, bool], known: Mapping[str, Any]) -> Offer:
    length, createable, updateable = facts
    kind = known.get("type", "string")
    holds = _SALESFORCE_HOLDS.get(kind, Holds.TEXT)
    references = "/".join(known.get("references", ()))
    return Offer(
        path=name,
        label=known.get("label", name),
        type=f"lookup ({references})" if references else _TYPE_WORDS.get(kind, kind),
        holds=holds,
        length=length or None if holds is Holds.TEXT else None,
        creating=createable,
        changing=updateable,
        required=known.get("required", False),
        values=tuple(known.get("picklist", ())),
        restricted=known.get("restricted", False),
        custom=known.get("custom", False),
    )


@lru_cache(maxsize=256)
def _quickbooks(name: str, custom: tuple[str, ...], version: str) -> Offers:
    newest = _version(version)
    found = (*fields_of(name), *custom_fields(custom))
    return {one.path: _offer(one) for one in found if newest is None or one.since <= newest}


def _offer(one: CatalogueField) -> Offer:
    return Offer(
        path=one.path,
        label=one.label,
        type="custom field" if one.custom else _TYPE_WORDS.get(one.kind, one.kind.value),
        holds=_QUICKBOOKS_HOLDS.get(one.kind, Holds.TEXT),
        length=one.length,
        creating=one.addable,
        changing=one.modable,
        required=one.required,
        values=one.values,
        restricted=bool(one.values),
        custom=one.custom,
        since=str(one.since),
        variants=one.variants,
    )


def _version(text: str) -> Version | None:
    try:
        return Version.parse(text)
    except ValueError:
        return None
