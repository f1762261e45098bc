"""The map of one connection: the default pairs with what somebody changed, as one document that people can read.

The document is JSON and holds only what differs from the defaults:

    {"format": 1,
     "won_opportunity": "Invoice", "activated_order": "Invoice", "missing_items": "stand-in", "stand_in_item": "Misc",
     "item_defaults": {"type": "Service", "income_account": "Sales"},
     "sales_rep_users": {"JD": "005…"}, "tables": {"regions": {"W": "West"}},
     "pairs": {"accounts_customers": {
         "enabled": true, "direction": "to-quickbooks", "update_only": true, "since": "2026-01-01",
         "match_by": "account_number",
         "salesforce_filter": "record.Type == 'Customer'", "quickbooks_filter": "",
         "fields": {
             "phone": {"direction": "to-salesforce"}, "fax": {"removed": true},
             "region": {"added": true, "label": "Region", "salesforce": "Region__c", "quickbooks": "DataExt.Region"},
             "lines": {"fields": {"amount": {"formula": "…"}}}}}}}
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from apatar.sync.findings import Finding, MapError
from apatar.sync.map_fields import fields_of, keys_of, written_fields
from apatar.sync.map_rules import contradictions
from apatar.sync.map_words import NAME, Document, Words
from apatar.sync.mapping import Direction, Missing, Mode, ObjectMapping
from apatar.sync.pairs import OFF_AT_FIRST, PAIRS
from apatar.sync.pairs.deals import DOCUMENTS, ESTIMATE, INVOICE, SALES_ORDER
from apatar.sync.record import Side

FORMAT = 1
DEFAULT_DOCUMENT: Document = MappingProxyType({})
ITEM_DEFAULTS = ("type", "income_account", "expense_account", "asset_account")
ITEM_TYPES = ("Service", "NonInventory", "Inventory", "OtherCharge")
"""The types of item that a product without one can become; the others need members or a percentage."""
ORDER_DOCUMENTS = (SALES_ORDER, INVOICE)
OWN_TABLES = frozenset({"item_defaults", "sales_rep_users"})
MOST_TABLES = 100

Tables = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """What a connection keeps in step and how; `every_pair` has those that are switched off too, in PAIRS' order."""

    every_pair: tuple[ObjectMapping, ...]
    enabled: frozenset[str]
    won_opportunity: str = ESTIMATE
    activated_order: str = SALES_ORDER
    missing_items: Missing = Missing.MAKE
    stand_in_item: str = ""
    tables: Tables = field(default_factory=dict)

    @property
    def pairs(self) -> tuple[ObjectMapping, ...]:
        """The pairs that are kept in step, parents before children."""
        return tuple(one for one in self.every_pair if one.name in self.enabled)

    def pair(self, name: str) -> ObjectMapping:
        """Return one pair, switched on or not; raise KeyError where there is none of this name."""
        found = next((one for one in self.every_pair if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def tables_over(self, read: Tables) -> Tables:
        """Return the look-up tables read from both sides, with what people fixed by hand over them."""
        return {**read, **{name: {**read.get(name, {}), **held} for name, held in self.tables.items()}}


def read_map(document: Document) -> Map:
    """Return what a document means. Raises MapError, with a finding for each thing that is wrong."""
    findings: list[Finding] = []
    words = Words(document, findings)
    if words.held.get("format", FORMAT) != FORMAT:
        words.refuse(f"This map is of another format than {FORMAT}. Export it anew from a service of this version.")
        raise MapError(findings)
    words.known.add("format")
    found = _map(words)
    words.refuse_others()
    if not findings:
        findings += [one for pair in found.every_pair for one in contradictions(pair)]
    if findings:
        raise MapError(findings)
    return found


def write_map(found: Map) -> dict[str, Any]:
    """Return the document of a map, with nothing in it that the defaults say already."""
    head = {
        "won_opportunity": found.won_opportunity,
        "activated_order": found.activated_order,
        "missing_items": found.missing_items.value,
        "stand_in_item": found.stand_in_item,
    }
    default = default_map()
    usual = {
        "won_opportunity": default.won_opportunity,
        "activated_order": default.activated_order,
        "missing_items": default.missing_items.value,
        "stand_in_item": default.stand_in_item,
    }
    differs = {name: value for name, value in head.items() if value != usual[name]}
    own = {name: dict(held) for name, held in found.tables.items() if name in OWN_TABLES and held}
    tables = {name: dict(held) for name, held in found.tables.items() if name not in OWN_TABLES}
    pairs = {one.name: written for one in found.every_pair if (written := _written_pair(found, one))}
    groups: dict[str, dict[str, Any]] = {"tables": tables, "pairs": pairs}
    filled = {name: held for name, held in groups.items() if held}
    whole = {**differs, **own, **filled}
    return {"format": FORMAT, **whole} if whole else {}


def read_stored(document: Document) -> tuple[Map, tuple[Finding, ...]]:
    """Return what a stored document means, and what of it this version cannot use.

    A pair that cannot be used as it was written is switched off: without its filters, say, it would take too much.
    """
    known, findings = pruned(document), list[Finding]()
    for _ in range(2):  # what contradicts itself shows only once everything can be read
        try:
            return read_map(known), tuple(findings)
        except MapError as error:
            findings += error.findings
            known = _salvaged(known, {one.pair for one in findings})
    return read_map(known), tuple(findings)


def _salvaged(document: Document, broken: Container[str]) -> dict[str, Any]:
    pairs = document.get("pairs")
    held = pairs if isinstance(pairs, Mapping) else {}
    kept = {name: {"enabled": False} if name in broken else one for name, one in held.items()}
    alone = {name: value for name, value in document.items() if name != "pairs" and _is_usable({name: value})}
    return {**alone, "pairs": kept}


def _is_usable(document: Document) -> bool:
    try:
        read_map(document)
    except MapError:
        return False
    return True


def pruned(document: Document) -> dict[str, Any]:
    """Return a stored document without what this version no longer knows, so that an upgrade stops nobody."""
    pairs = document.get("pairs")
    if not isinstance(pairs, Mapping):
        return dict(document)
    kept = {one.name: _pruned_pair(one, pairs[one.name]) for one in PAIRS if isinstance(pairs.get(one.name), Mapping)}
    return {**document, "pairs": kept}


@cache
def default_map() -> Map:
    return read_map(DEFAULT_DOCUMENT)


def directions_of(pair: ObjectMapping) -> tuple[Direction, ...]:
    """Return the directions that a pair can be given: a mirror of documents, say, has fields for one way only."""
    default = next(one for one in PAIRS if one.name == pair.name)
    moving = [one for one in default.fields if one.mode is not Mode.MATCH_ONLY]
    open_to = {side for side in Side if any(one.direction.allows(side) for one in moving)}
    if len(open_to) == 2:
        return tuple(Direction)
    return (Direction.TO_SALESFORCE if Side.SALESFORCE in open_to else Direction.TO_QUICKBOOKS,)


def _map(words: Words) -> Map:
    choices = {
        "won_opportunity": words.one_of("won_opportunity", ESTIMATE, DOCUMENTS),
        "activated_order": words.one_of("activated_order", SALES_ORDER, ORDER_DOCUMENTS),
    }
    missing = words.word("missing_items", Missing.MAKE)
    stand_in = words.text("stand_in_item", "", longest=159).strip()
    if missing is Missing.STAND_IN and not stand_in:
        words.refuse("Name the item that stands in for missing ones, or choose another policy.", "stand_in_item")
    tables = _tables(words)
    held = words.inner("pairs")
    _refuse_unknown_pairs(words, held)
    pairs, enabled = [], set()
    for default in PAIRS:
        pair, is_on = _pair(default, held.get(default.name, {}), words.findings)
        pairs.append(_chosen(pair, choices, missing, stand_in))
        enabled |= {pair.name} if is_on else set()
    return Map(
        every_pair=tuple(pairs),
        enabled=frozenset(enabled),
        missing_items=missing,
        stand_in_item=stand_in,
        tables=tables,
        **choices,
    )


def _chosen(pair: ObjectMapping, choices: Mapping[str, str], missing: Missing, stand_in: str) -> ObjectMapping:
    """Tell a deal which document its connection chose, and what becomes of items without counterpart."""
    if pair.trigger is None:
        return pair
    chosen = {"Opportunity": choices["won_opportunity"], "Order": choices["activated_order"], "Quote": ESTIMATE}
    return replace(pair, chosen_document=chosen[pair.salesforce_object], missing=missing, stand_in=stand_in)


def _tables(words: Words) -> Tables:
    defaults = words.table("item_defaults")
    for name in sorted(set(defaults) - set(ITEM_DEFAULTS)):
        words.refuse(f"“{name[:40]}” is no default of items. Known: {', '.join(ITEM_DEFAULTS)}.", "item_defaults")
    if defaults.get("type", ITEM_TYPES[0]) not in ITEM_TYPES:
        words.refuse(f"New items can be of the types {', '.join(ITEM_TYPES)}.", "type")
    users = words.table("sales_rep_users")
    inner = Words(words.inner("tables"), words.findings, where="Tables")
    if len(inner.held) > MOST_TABLES:
        inner.refuse(f"There can be {MOST_TABLES} tables at most.")
    own = {name: inner.table(name) for name in sorted(map(str, inner.held)) if _is_free(inner, name)}
    return {"item_defaults": defaults, "sales_rep_users": users, **own}


def _is_free(words: Words, name: str) -> bool:
    if NAME.fullmatch(name) and name not in OWN_TABLES:
        return True
    words.refuse(f"“{name[:40]}” cannot be the name of a table. Use small letters, digits and _, and another name.")
    return False


def _refuse_unknown_pairs(words: Words, held: Mapping[str, Any]) -> None:
    known = {one.name for one in PAIRS}
    for name in sorted(str(one) for one in set(held) - known):
        words.refuse(f"“{name[:40]}” is no pair of objects. Known: {', '.join(one.name for one in PAIRS)}.", "pairs")


def _pair(default: ObjectMapping, held: object, findings: list[Finding]) -> tuple[ObjectMapping, bool]:
    is_on = default.name not in OFF_AT_FIRST
    if not isinstance(held, Mapping):
        findings.append(Finding(sentence=f"{default.label}: a pair must be an object.", pair=default.name))
        return default, is_on
    if not held:
        return default, is_on
    words = Words(held, findings, where=default.label, pair=default.name)
    changed = replace(
        default,
        direction=words.word("direction", default.direction, allowed=directions_of(default)),
        link_only=words.yes("update_only", default=default.link_only),
        since=_since(words, default),
        salesforce_filter=words.text("salesforce_filter", default.salesforce_filter).strip(),
        quickbooks_filter=words.text("quickbooks_filter", default.quickbooks_filter).strip(),
        fields=fields_of(default, default.fields, words.inner("fields"), findings),
    )
    keys = [one.name for one in keys_of(changed)]
    changed = replace(changed, match_by=words.one_of("match_by", default.match_by, ["", *keys]))
    is_on = words.yes("enabled", default=is_on)
    words.refuse_others()
    return changed, is_on


def _since(words: Words, default: ObjectMapping) -> str:
    since = words.day("since", default.since)
    if since and not default.date_field:
        words.refuse("These records have no date of their own, so they cannot begin on a day.", "since")
    return since


def _written_pair(found: Map, pair: ObjectMapping) -> dict[str, Any]:
    default = next(one for one in PAIRS if one.name == pair.name)
    is_on, usually_on = pair.name in found.enabled, pair.name not in OFF_AT_FIRST
    differs: dict[str, Any] = {} if is_on is usually_on else {"enabled": is_on}
    if pair.direction is not default.direction:
        differs["direction"] = pair.direction.value
    if pair.link_only is not default.link_only:
        differs["update_only"] = pair.link_only
    for name in ("match_by", "since", "salesforce_filter", "quickbooks_filter"):
        if getattr(pair, name) != getattr(default, name):
            differs[name] = getattr(pair, name)
    if fields := written_fields(default, default.fields, pair.fields):
        differs["fields"] = fields
    return differs


def _pruned_pair(default: ObjectMapping, held: Mapping[str, Any]) -> dict[str, Any]:
    fields = held.get("fields")
    if not isinstance(fields, Mapping):
        return dict(held)
    known = _names(default.fields)
    kept = {name: one for name, one in fields.items() if name in known or _is_added(one)}
    return {**held, "fields": kept}


def _names(fields: Iterable[Any]) -> set[str]:
    return {one.name for one in fields}


def _is_added(held: object) -> bool:
    return isinstance(held, Mapping) and held.get("added") is True
