"""The field types of the Metadata API: from a component's facts to a field of the schema, or to a refusal.

The sentences `Can not specify …`, `Must specify …`, `referenceTo value of …` and those on master-detail fields are
recorded ones, of the captures or of public deployment logs; limits are the product's documented ones.
"""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.metadata_facts import Facts, flag, integrity, part, several, text, whole
from apatar.sandbox.salesforce.schema import Field

_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|_(?!_))*__c")
_LONGEST_STEM = 40
_TEXT = 255
_LONG_TEXT = (256, 131_072)
_DIGITS = 18
_MULTIPICK = 4_099
_SIZES = {"Url": ("url", 255), "Email": ("email", 80), "Phone": ("phone", 40), "TextArea": ("textarea", 255)}
_UNIQUE = ("Text", "Number", "Email", "AutoNumber")
_NEVER_REQUIRED = ("Checkbox", "LongTextArea", "Html", "AutoNumber", "MultiselectPicklist")
_NOT_FOR_LOOKUPS = ("pricebookentry", "recordtype", "organization")


def read_field(name: str, facts: Facts) -> Field:
    """Return the field that a CustomField component describes; `name` is its own, without its object's."""
    kind = text(facts, "type")
    if kind not in _TYPES:
        raise integrity(f"The field type '{kind}' is not one that this sandbox knows")
    check_name(name)
    _check_words(kind, facts)
    check_label("CustomField", facts)
    values = {
        "label": text(facts, "label"),
        "nillable": not flag(facts, "required"),
        "unique": flag(facts, "unique"),
        "external_id": flag(facts, "externalId"),
        "id_lookup": flag(facts, "externalId"),
        "case_sensitive": flag(facts, "unique") and flag(facts, "caseSensitive"),
    }
    return Field(**{"name": name, **values, **_TYPES[kind](kind, facts)})


def check_name(name: str) -> None:
    """Refuse a name that no custom component may have (the sentences are unverified)."""
    if not _NAME.fullmatch(name) or name[:-3].endswith("_") or len(name) > _LONGEST_STEM + 3:
        message = (
            f"The name {name} can only contain underscores and alphanumeric characters. It must begin with a letter, "
            "not end with an underscore, not contain two consecutive underscores, and end in __c."
        )
        raise integrity(message)


def check_label(kind: str, facts: Facts) -> None:
    """Refuse a component without a label, or with a longer one than its pages show; the first sentence is recorded."""
    label = text(facts, "label")
    if not label:
        raise integrity(f"Must specify a non-empty label for the {kind}")
    if len(label) > _LONGEST_STEM:
        message = f"Label: data value too large: {label} (max length={_LONGEST_STEM})"
        raise Refused("STRING_TOO_LONG", message, fields=("label",))


def may_be_looked_up(name: str) -> bool:
    """Whether custom lookups may lead to an object; to prices they may not."""
    return name.lower() not in _NOT_FOR_LOOKUPS


def _check_words(kind: str, facts: Facts) -> None:
    for word in ("unique", "externalId"):
        if flag(facts, word) and kind not in _UNIQUE:
            raise _not_with(word, kind)
    if flag(facts, "caseSensitive") and kind != "Text":
        raise _not_with("caseSensitive", kind)
    if kind == "MasterDetail" and flag(facts, "required"):
        raise integrity("Master-Detail Relationship Fields Cannot be Optional or Required")
    if flag(facts, "required") and kind in _NEVER_REQUIRED:
        raise _not_with("required", kind)
    if text(facts, "formula"):
        raise integrity("Formulas are not known to this sandbox")


def _text(kind: str, facts: Facts) -> Facts:
    length = _must_number(kind, facts, "length")
    if not 1 <= length <= _TEXT:
        raise integrity(f"Length must be between 1 and {_TEXT}")  # unverified text
    return {"type": "string", "length": length, "default": _literal(facts), "defaulted": bool(_literal(facts))}


def _sized(kind: str, facts: Facts) -> Facts:
    if text(facts, "length"):
        raise _not_with("length", kind)
    name, length = _SIZES[kind]
    return {"type": name, "length": length}


def _long_text(kind: str, facts: Facts) -> Facts:
    length = _must_number(kind, facts, "length")
    _must_number(kind, facts, "visibleLines")
    least, most = _LONG_TEXT
    if not least <= length <= most:
        raise integrity(f"Value must be between {least} and {most}: length")  # unverified text
    return {"type": "textarea", "length": length}


def _number(kind: str, facts: Facts) -> Facts:
    precision, scale = _must_number(kind, facts, "precision"), _must_number(kind, facts, "scale")
    if not 1 <= precision <= _DIGITS or scale > precision:
        raise integrity(f"Precision must be between 1 and {_DIGITS} and not less than the scale")  # unverified text
    given = _literal(facts)
    try:
        default = str(int(Decimal(given).scaleb(scale))) if given else ""
    except InvalidOperation:
        raise integrity("Formulas as default values are not known to this sandbox") from None
    name = {"Number": "double", "Currency": "currency", "Percent": "percent"}[kind]
    return {"type": name, "precision": precision, "scale": scale, "default": default, "defaulted": bool(default)}


def _checkbox(kind: str, facts: Facts) -> Facts:
    default = text(facts, "defaultValue").lower()
    if default not in ("true", "false"):
        raise _must(kind, "defaultValue")
    return {"type": "boolean", "nillable": False, "defaulted": True, "default": default}


def _moment(kind: str, _facts: Facts) -> Facts:
    return {"type": kind.lower()}


def _picklist(kind: str, facts: Facts) -> Facts:
    values = several(part(part(facts, "valueSet"), "valueSetDefinition"), "value")
    if not values:
        raise _must(kind, "valueSet")
    names = [text(one, "fullName") for one in values]
    if len({one.lower() for one in names}) < len(names) or not all(names):
        raise integrity("Duplicate or empty value in a picklist")  # unverified text
    if kind == "MultiselectPicklist":
        _must_number(kind, facts, "visibleLines")
    chosen = next((text(one, "fullName") for one in values if flag(one, "default")), "")
    if flag(part(part(facts, "valueSet"), "valueSetDefinition"), "sorted"):
        names.sort()
    return {
        "type": "picklist" if kind == "Picklist" else "multipicklist",
        "length": 255 if kind == "Picklist" else _MULTIPICK,
        "picks": tuple(names),
        "restricted": flag(part(facts, "valueSet"), "restricted"),
        "default": chosen,
        "defaulted": bool(chosen),
    }


def _reference(kind: str, facts: Facts) -> Facts:
    if not text(facts, "referenceTo"):
        raise _must(kind, "referenceTo")
    detail = kind == "MasterDetail"
    if detail and not text(facts, "relationshipName"):
        raise _must(kind, "relationshipName")
    if detail and text(facts, "deleteConstraint"):
        raise _not_with("deleteConstraint", kind)
    if not detail and text(facts, "relationshipOrder"):
        raise _not_with("relationshipOrder", kind)
    fixed = detail and not flag(facts, "reparentableMasterDetail")
    return {
        "type": "reference",
        "relationship": _relationship(text(facts, "fullName")),
        "length": 18,
        "references": (text(facts, "referenceTo"),),
        "children": text(facts, "relationshipName"),
        "cascade": detail,
        **({"nillable": False, "updateable": not fixed} if detail else {}),
    }


def _auto_number(kind: str, facts: Facts) -> Facts:
    shown = text(facts, "displayFormat")
    if not re.fullmatch(r"[^{}]*\{0+\}[^{}]*", shown):
        raise _must(kind, "displayFormat")
    closed = {"createable": False, "updateable": False, "auto_number": True, "defaulted": True, "nillable": False}
    return {"type": "string", "length": 30, "display_format": shown, **closed}


def _relationship(full_name: str) -> str:
    """Return the name that queries follow a lookup by: `Account__r` for `Deal__c.Account__c`."""
    return f"{full_name.rpartition('.')[2][:-3]}__r"


def _literal(facts: Facts) -> str:
    """Return a default value's plain text: the platform writes it as a formula, text in quotes."""
    return text(facts, "defaultValue").strip("\"'")


def _must_number(kind: str, facts: Facts, name: str) -> int:
    found = whole(facts, name)
    if found is None:
        raise _must(kind, name)
    return found


def _must(kind: str, name: str) -> Exception:
    return integrity(f"Must specify '{name}' for a CustomField of type {kind}")


def _not_with(name: str, kind: str) -> Exception:
    return integrity(f"Can not specify '{name}' for a CustomField of type {kind}")


_TYPES: dict[str, Callable[[str, Facts], Facts]] = {
    "Text": _text,
    "TextArea": _sized,
    "Url": _sized,
    "Email": _sized,
    "Phone": _sized,
    "LongTextArea": _long_text,
    "Html": _long_text,
    "Number": _number,
    "Currency": _number,
    "Percent": _number,
    "Checkbox": _checkbox,
    "Date": _moment,
    "DateTime": _moment,
    "Picklist": _picklist,
    "MultiselectPicklist": _picklist,
    "Lookup": _reference,
    "MasterDetail": _reference,
    "AutoNumber": _auto_number,
}
