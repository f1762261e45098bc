"""A metadata component as plain facts: text, nested facts, or a list where an element may come several times."""

from typing import Any

from apatar.sandbox.salesforce.errors import Refused

Facts = dict[str, Any]
"""One component, by the element names of the Metadata API; leaves are text, as they came."""


def text(facts: Facts, name: str) -> str:
    """Return a leaf, or nothing; JSON's own booleans and numbers read as the XML would say them."""
    found = facts.get(name)
    if isinstance(found, bool):
        return str(found).lower()
    return "" if found is None or isinstance(found, dict | list) else str(found).strip()


def flag(facts: Facts, name: str) -> bool:
    return text(facts, name).lower() == "true"


def several(facts: Facts, name: str) -> list[Any]:
    """Return what stands under an element that may repeat."""
    found = facts.get(name)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def part(facts: Facts, name: str) -> Facts:
    """Return nested facts, or none."""
    found = facts.get(name)
    return found if isinstance(found, dict) else {}


def whole(facts: Facts, name: str) -> int | None:
    """Return a whole number, or None where there is none; raises Refused for anything else."""
    given = text(facts, name)
    if not given:
        return None
    if not given.isdigit():
        raise Refused("INVALID_TYPE", f"'{given}' is not a valid value for the type xsd:int")  # unverified text
    return int(given)


def integrity(message: str) -> Refused:
    """Return the refusal that most wrong components meet (captures/metadata_upsert_CustomField_error)."""
    return Refused("FIELD_INTEGRITY_EXCEPTION", message)


def unknown(kind: str, name: str) -> Refused:
    """Return the answer to a component that is not there; recorded in simple-salesforce's issue 602."""
    return Refused("INVALID_CROSS_REFERENCE_KEY", f"In field: fullName - no {kind} named {name} found")


def required(facts: Facts, *names: str) -> None:
    """Refuse facts that lack one of these; the sentence is that of apex-mdapi's issue 41, the code is unverified."""
    for name in names:
        if name not in facts or facts[name] in ("", None):
            raise Refused("REQUIRED_FIELD_MISSING", f"Required field is missing: {name}")
