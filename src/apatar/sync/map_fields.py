"""The fields of a pair in a map's document: changed, removed, added, those of the lines too; and back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apatar.sync.field import Direction, Field, Mode, Owner
from apatar.sync.findings import Finding
from apatar.sync.map_words import NAME, Words
from apatar.sync.mapping import ObjectMapping
from apatar.sync.values import Kind

Fields = tuple[Field, ...]
EXPRESSIONS = ("formula", "when", "default", "to_salesforce_as", "to_quickbooks_as")
COMPARED = ("label", "direction", "owner", "mode", *EXPRESSIONS, "salesforce", "quickbooks", "places")
ADDED_KINDS = (
    Kind.TEXT, Kind.LONG_TEXT, Kind.PHONE, Kind.EMAIL, Kind.MONEY, Kind.NUMBER, Kind.DATE, Kind.BOOLEAN,
)  # fmt: skip
MOST_PLACES = 6
"""Prices have five decimals in QuickBooks, exchange rates in Salesforce six."""
JOINT = "."
KEY_KINDS = frozenset({Kind.TEXT, Kind.PHONE, Kind.EMAIL})
ADDRESSES = ("BillAddress", "ShipAddress")
"""Cities and countries tell nobody apart."""


def fields_of(
    pair: ObjectMapping, defaults: Fields, held: Mapping[str, Any], findings: list[Finding], within: str = ""
) -> Fields:
    """Return the default fields as changed, without the removed ones, and after them the added ones by name."""
    if not held:
        return defaults
    known = {one.name for one in defaults}
    kept = [_changed(pair, one, held[one.name], findings, within) if one.name in held else one for one in defaults]
    names = sorted(str(name) for name in set(held) - known)
    added = [_added(pair, name, held[name], findings, within) for name in names]
    return tuple(one for one in (*kept, *added) if one is not None)


def written_fields(pair: ObjectMapping, defaults: Fields, fields: Fields) -> dict[str, Any]:
    """Return what a document says about fields that differ from their defaults."""
    usual, now = {one.name: one for one in defaults}, {one.name: one for one in fields}
    written: dict[str, Any] = {}
    for name, one in usual.items():
        if name not in now:
            written[name] = {"removed": True}
        elif now[name] != one and (differs := _written(pair, one, now[name])):
            written[name] = differs
    return written | {name: _written_added(now[name]) for name in sorted(now) if name not in usual}


def indispensable(pair: ObjectMapping) -> set[str]:
    """Return the fields that cannot be removed: records are named, recognised, dated or held together by them."""
    named = {pair.name_field, *pair.match_keys, pair.scope, pair.date_field}
    return {name for name in named if name} | {one.name for one in pair.fields if one.required}


def keys_of(pair: ObjectMapping) -> tuple[Field, ...]:
    """Return the fields by which records of a pair can be matched: one value on each side that is read as it stands."""
    if not pair.matches_by_name:
        return ()
    return tuple(
        one
        for one in pair.fields
        if one.kind in KEY_KINDS
        and one.source is None
        and one.name != pair.name_field
        and one.group not in ADDRESSES
        and len(one.salesforce) == len(one.quickbooks) == 1
    )


def is_same(usual: Field | None, now: Field | None) -> bool:
    """Whether a field says what its default says; lines are to be compared field by field."""
    if usual is None or now is None:
        return usual is now
    return usual.kind is now.kind and all(getattr(usual, name) == getattr(now, name) for name in COMPARED)


def _words(pair: ObjectMapping, name: str, label: str, held: object, findings: list[Finding], within: str) -> Words:
    full = f"{within}{JOINT}{name}" if within else name
    words = Words(held if isinstance(held, Mapping) else {}, findings, f"{pair.label}, {label}", pair.name, full)
    if not isinstance(held, Mapping):
        words.refuse("a field must be an object.")
    return words


def _changed(pair: ObjectMapping, one: Field, held: object, findings: list[Finding], within: str) -> Field | None:
    words = _words(pair, one.name, one.label, held, findings, within)
    if words.yes("removed", default=False):
        required = one.required if within else one.name in indispensable(pair)
        if required:
            words.refuse("it cannot be removed, for records are recognised or made by it.", "removed")
        return None
    changed = _as_held(pair, one, words)
    if one.lines is not None:
        inner = fields_of(pair, one.lines.fields, words.inner("fields"), findings, one.name)
        changed = replace(changed, lines=replace(one.lines, fields=inner))
    words.refuse_others()
    return changed


def _added(pair: ObjectMapping, name: str, held: object, findings: list[Finding], within: str) -> Field | None:
    label = held.get("label") if isinstance(held, Mapping) else None
    words = _words(pair, name, label if isinstance(label, str) and label else name, held, findings, within)
    if not words.yes("added", default=False):
        words.refuse("the map has no such field. Take it out, or mark it as added.")
        return None
    if not NAME.fullmatch(name):
        words.refuse("the name of a field may have small letters, digits and _, 40 at most, and begins with a letter.")
        return None
    kind = words.word("kind", Kind.TEXT, allowed=ADDED_KINDS)
    blank = Field(name=name, label=name, kind=kind, salesforce=(), quickbooks=())
    found = _as_held(pair, blank, words)
    words.refuse_others()
    return found


def _as_held(pair: ObjectMapping, one: Field, words: Words) -> Field:
    """Return a field with everything that a document says about it."""
    said: dict[str, Any] = {name: words.text(name, getattr(one, name)).strip() for name in EXPRESSIONS}
    changed = replace(
        one,
        label=words.text("label", one.label, longest=80).strip() or one.label,
        direction=words.word("direction", one.direction),
        owner=words.word("owner", one.owner),
        mode=words.word("mode", one.mode),
        salesforce=words.paths("salesforce", one.salesforce),
        quickbooks=words.paths("quickbooks", one.quickbooks),
        places=words.number("places", one.places, highest=MOST_PLACES),
        **said,
    )
    if changed.formula and changed.formula != one.formula:
        changed = replace(changed, computes=None)
    return _moved(pair, one, changed)


def _moved(pair: ObjectMapping, one: Field, changed: Field) -> Field:
    """Forget what was true of the old paths: their lengths, and the address they were a part of."""
    if changed.salesforce != one.salesforce:
        changed = replace(changed, salesforce_length=None, quiet=False)
    if changed.quickbooks == one.quickbooks:
        return changed
    groups = {each.group for each in pair.fields if each.group}
    heads = {path.partition(".")[0] for path in changed.quickbooks}
    group = next(iter(heads)) if len(heads) == 1 and heads <= groups else None
    return replace(changed, quickbooks_length=None, group=group)


def _written(pair: ObjectMapping, usual: Field, now: Field) -> dict[str, Any]:
    differs = _written_scalars(usual, now)
    if usual.lines is not None and now.lines is not None:
        inner = written_fields(pair, usual.lines.fields, now.lines.fields)
        differs |= {"fields": inner} if inner else {}
    return differs


def _written_added(now: Field) -> dict[str, Any]:
    blank = Field(name=now.name, label="", kind=Kind.TEXT, salesforce=(), quickbooks=())
    kind = {} if now.kind is Kind.TEXT else {"kind": now.kind.value}
    return {"added": True, **kind, **_written_scalars(blank, now)}


def _written_scalars(usual: Field, now: Field) -> dict[str, Any]:
    return {name: _plain(getattr(now, name)) for name in COMPARED if getattr(now, name) != getattr(usual, name)}


def _plain(value: str | int | Direction | Owner | Mode | tuple[str, ...]) -> str | int | list[str]:
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    return value.value if isinstance(value, Direction | Owner | Mode) else value
