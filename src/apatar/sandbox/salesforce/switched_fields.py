"""Fields and objects that an org has only while a switch of its administrators is on."""

from dataclasses import replace
from typing import Any

from apatar.sandbox.salesforce.schema import Schema, SObject, read_object

SHAPING = ("currencies", "address_picklists")
"""The switches that add fields to objects: the schema is put together anew when they change."""

_WITHOUT = frozenset({"organization", "recordtype", "opportunitystage", "pricebook2", "currencytype"})
_INHERIT = frozenset({"opportunitylineitem", "quotelineitem", "orderitem", "quote"})
_CURRENCY_TYPE = """CurrencyType 01L Currency_Types readonly norecycle
    IsoCode string(3) required name
    ConversionRate double(18,6) required
    DecimalPlaces int required
    IsActive boolean label:Active
    IsCorporate boolean label:Corporate"""


def with_switches(schema: Schema, switches: dict[str, Any]) -> Schema:
    """Return the objects of an org with what its switches add to them."""
    if switches.get("currencies"):
        schema = _with_currencies(schema, tuple(switches["currencies"]))
    if switches.get("address_picklists"):
        schema = {key: _with_place_codes(one) for key, one in schema.items()}
    return schema


def address_stems(sobject: SObject) -> list[str]:
    """Return what the names of each address of an object begin with: Billing, Shipping."""
    names = [one.name for one in sobject.fields.values() if one.type == "address"]
    return [name.removesuffix("Address") for name in names]


def _with_currencies(schema: Schema, codes: tuple[str, ...]) -> Schema:
    """Return the objects with CurrencyIsoCode: lines and quotes inherit theirs, a price keeps the one it began with."""
    kinds = read_object(_CURRENCY_TYPE, {})
    return {**{key: _with_code(key, one, codes) for key, one in schema.items()}, "currencytype": kinds}


def _with_code(key: str, sobject: SObject, codes: tuple[str, ...]) -> SObject:
    if key in _WITHOUT or sobject.setup:
        return sobject
    inherits = key in _INHERIT or any(one.is_detail for one in sobject.fields.values())
    flags = "read" if inherits else "fixed" if key == "pricebookentry" else ""
    line = f"CurrencyIsoCode picklist(3) restricted default: {flags} label:Currency_ISO_Code"
    return _with_lines(sobject, [line], {f"{sobject.name}.CurrencyIsoCode": codes})


def _with_place_codes(sobject: SObject) -> SObject:
    """Return an object with a StateCode and a CountryCode beside each state and country of an address."""
    stems = address_stems(sobject)
    lines = [f"{stem}{kind}Code picklist(10) in:{stem}Address" for stem in stems for kind in ("State", "Country")]
    return _with_lines(sobject, lines, {}) if lines else sobject


def _with_lines(sobject: SObject, lines: list[str], picks: dict[str, tuple[str, ...]]) -> SObject:
    made = read_object(f"{sobject.name} {sobject.prefix} x\n" + "\n".join(lines), picks).fields
    names = [line.split()[0].lower() for line in lines]
    return replace(sobject, fields={**sobject.fields, **{name: made[name] for name in names}})
