"""What differs between two versions of a map, field by field, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from apatar.sync.custom_map import Map
from apatar.sync.field import Direction, Field, Mode, Owner
from apatar.sync.map_fields import COMPARED
from apatar.sync.map_rules import every_field
from apatar.sync.mapping import Missing, ObjectMapping
from apatar.sync.record import Side

EMPTY = "(nothing)"
ATTRIBUTE_WORDS: Mapping[str, str] = {
    "label": "Name", "direction": "Direction", "owner": "Who wins", "mode": "Writes", "formula": "Formula",
    "when": "Only where", "default": "Where empty", "to_salesforce_as": "To Salesforce as",
    "to_quickbooks_as": "To QuickBooks as", "salesforce": "Field in Salesforce", "quickbooks": "Field in QuickBooks",
    "places": "Decimals",
}  # fmt: skip
DIRECTION_WORDS = {
    Direction.BOTH: "both ways",
    Direction.TO_SALESFORCE: "QuickBooks → Salesforce",
    Direction.TO_QUICKBOOKS: "Salesforce → QuickBooks",
}
OWNER_WORDS = {Owner.SHARED: "the newer change", Owner.SALESFORCE: "Salesforce", Owner.QUICKBOOKS: "QuickBooks"}
MODE_WORDS = {
    Mode.OVERWRITE: "always", Mode.ONLY_CREATE: "only into new records", Mode.IF_EMPTY: "only where nothing stands",
    Mode.MATCH_ONLY: "never; records are recognised by it",
}  # fmt: skip
PSEUDO_WORDS = {
    "@type": "Type of item", "@holder": "Customer it belongs to", "@overdue": "Overdue amount",
    "@number": "Line number", "@group.name": "Group it belongs to",
}  # fmt: skip
"""What stands in no system as a field of its own, by its pseudo path."""
MISSING_WORDS = {
    Missing.MAKE: "make it first",
    Missing.REFUSE: "let the document wait",
    Missing.STAND_IN: "use a stand-in item",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed: which pair ("" where it is about the whole), which field, what of it, from, to."""

    pair: str
    field: str
    what: str
    before: str
    after: str


def differences(before: Map, after: Map) -> list[Difference]:
    """Return what was changed from one version to another."""
    found = [*_choices(before, after), *_tables(before, after)]
    for old, new in zip(before.every_pair, after.every_pair, strict=True):
        found += _of_pair(old, new, was_on=old.name in before.enabled, is_on=new.name in after.enabled)
    return found


def spoken(value: object) -> str:
    """Say a value of the map in words."""
    if isinstance(value, Side):
        return value.label
    for words in (DIRECTION_WORDS, OWNER_WORDS, MODE_WORDS, MISSING_WORDS):
        for known, said in words.items():
            if value is known:
                return said
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value) or EMPTY
    return str(value) if value not in {"", None} else EMPTY


def _choices(before: Map, after: Map) -> Iterator[Difference]:
    named = {
        "won_opportunity": "A won opportunity becomes",
        "activated_order": "An activated order becomes",
        "missing_items": "An item that is missing in QuickBooks",
        "stand_in_item": "Stand-in item",
    }
    for name, words in named.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Difference("", "", words, spoken(old), spoken(new))


def _tables(before: Map, after: Map) -> Iterator[Difference]:
    for name in sorted({*before.tables, *after.tables}):
        old, new = before.tables.get(name, {}), after.tables.get(name, {})
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                yield Difference("", f"Table {name}", key, spoken(old.get(key)), spoken(new.get(key)))


def _of_pair(old: ObjectMapping, new: ObjectMapping, *, was_on: bool, is_on: bool) -> Iterator[Difference]:
    if was_on is not is_on:
        yield Difference(new.label, "", "Kept in step", spoken(was_on), spoken(is_on))
    named = {
        "direction": "Direction",
        "link_only": "Updates only",
        "match_by": "Matched by",
        "since": "Begins on",
        "salesforce_filter": "Only Salesforce records where",
        "quickbooks_filter": "Only QuickBooks records where",
    }
    for name, words in named.items():
        if getattr(old, name) != getattr(new, name):
            yield Difference(new.label, "", words, spoken(getattr(old, name)), spoken(getattr(new, name)))
    yield from _of_fields(old, new)


def _of_fields(old: ObjectMapping, new: ObjectMapping) -> Iterator[Difference]:
    before, after = dict(every_field(old)), dict(every_field(new))
    for name in (*before, *(one for one in after if one not in before)):
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            yield Difference(new.label, now.label, "Added", EMPTY, _pathways(now))
        elif was is not None and now is None:
            yield Difference(new.label, was.label, "Removed", _pathways(was), EMPTY)
        elif was is not None and now is not None:
            yield from _of_field(new.label, was, now)


def _of_field(pair: str, was: Field, now: Field) -> Iterator[Difference]:
    for name in COMPARED:
        if getattr(was, name) != getattr(now, name):
            yield Difference(
                pair, now.label, ATTRIBUTE_WORDS[name], spoken(getattr(was, name)), spoken(getattr(now, name))
            )


def _pathways(one: Field) -> str:
    there, here = ", ".join(one.salesforce), ", ".join(one.quickbooks)
    arrow = {Direction.BOTH: "↔", Direction.TO_SALESFORCE: "←", Direction.TO_QUICKBOOKS: "→"}[one.direction]
    return f"{there or one.formula} {arrow} {here or one.formula}"
