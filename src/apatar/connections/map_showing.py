"""The map as pages show it: pairs in a row each, fields with what both sides say about them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apatar.connections.map import chosen_pairs, pairs_of
from apatar.connections.models import Connection
from apatar.connections.org_fields import quickbooks_offers, salesforce_offers
from apatar.sync.custom_map import Map, default_map
from apatar.sync.field import ALTERNATIVE, CUSTOM_FIELD, Direction, Field
from apatar.sync.findings import Finding, Severity
from apatar.sync.map_diff import DIRECTION_WORDS, MODE_WORDS, OWNER_WORDS, PSEUDO_WORDS
from apatar.sync.map_fields import is_same
from apatar.sync.map_rules import every_field
from apatar.sync.mapping import Mode, ObjectMapping
from apatar.sync.offers import Objects, Offer
from apatar.sync.record import Side
from apatar.sync.values import Kind

ARROWS = {Direction.BOTH: "↔", Direction.TO_SALESFORCE: "←", Direction.TO_QUICKBOOKS: "→"}


ON, OFF, WAITS, OTHER_VERSION = "On", "Off", "On, waits for Salesforce", "On, not with this QuickBooks"


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair on the overview."""

    pair: ObjectMapping
    enabled: bool
    fields: int
    changed: int
    warnings: int
    state: str

    @property
    def direction(self) -> str:
        return DIRECTION_WORDS[self.pair.direction]

    @property
    def tone(self) -> str:
        return {ON: "good", WAITS: "wait"}.get(self.state, "")


@dataclass(frozen=True, slots=True)
class End:
    """One end of a field: the side's own words for it."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    type: str
    custom: bool


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of a pair, with both its ends."""

    name: str
    one: Field
    salesforce: End
    quickbooks: End
    changed: bool
    added: bool
    movable: bool
    findings: tuple[Finding, ...]

    @property
    def arrow(self) -> str:
        return ARROWS[self.one.direction]

    @property
    def direction(self) -> str:
        return DIRECTION_WORDS[self.one.direction]

    @property
    def owner(self) -> str:
        if self.one.mode is Mode.MATCH_ONLY:
            return ""
        return OWNER_WORDS[self.one.owner] if self.one.direction is Direction.BOTH else ""

    @property
    def rules(self) -> tuple[tuple[str, str], ...]:
        """What happens to the value on its way, in words and as it is written."""
        one = self.one
        said = (
            ("formula", one.formula),
            ("only where", one.when),
            ("where empty", one.default),
            ("to Salesforce as", one.to_salesforce_as),
            ("to QuickBooks as", one.to_quickbooks_as),
        )
        words = [(label, text) for label, text in said if text]
        if one.computes is not None:
            words.append(("worked out by the service", ""))
        if one.mode is not Mode.OVERWRITE:
            words.append((f"written {MODE_WORDS[one.mode]}", ""))
        return tuple(words)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity is not Severity.NOTE)

    @property
    def notes(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity is Severity.NOTE)


def pair_rows(connection: Connection, found: Map, findings: Iterable[Finding]) -> list[PairRow]:
    states = _states(connection, found)
    warned = [one.pair for one in findings if one.severity is not Severity.NOTE]
    return [
        PairRow(
            pair,
            pair.name in found.enabled,
            sum(1 for _ in every_field(pair)),
            changes_of(pair),
            warned.count(pair.name),
            states[pair.name],
        )
        for pair in found.every_pair
    ]


def _states(connection: Connection, found: Map) -> dict[str, str]:
    """Say in a word or two how each pair fares: switched on, it may still wait for the org or be of another version."""
    spoken_with = {one.name for one in chosen_pairs(connection)}
    possible = {one.name for one in pairs_of(connection)} if connection.salesforce_schema_at else spoken_with

    def state(name: str) -> str:
        if name not in found.enabled:
            return OFF
        if connection.qbxml_version and name not in spoken_with:
            return OTHER_VERSION
        return ON if name in possible or name not in spoken_with else WAITS

    return {one.name: state(one.name) for one in found.every_pair}


def changes_of(pair: ObjectMapping) -> int:
    """Count the fields that differ from their defaults, removed ones included."""
    usual, now = _usual(pair), dict(every_field(pair))
    return sum(1 for name in {*usual, *now} if not is_same(usual.get(name), now.get(name)))


def removed_from(pair: ObjectMapping) -> list[tuple[str, Field]]:
    """Return the default fields that somebody removed."""
    now = dict(every_field(pair))
    return [(name, one) for name, one in _usual(pair).items() if name not in now]


def field_rows(connection: Connection, pair: ObjectMapping, findings: Iterable[Finding]) -> list[FieldRow]:
    salesforce, quickbooks = salesforce_offers(connection), quickbooks_offers(connection, (pair,))
    usual = _usual(pair)
    said = list(findings)
    return [
        FieldRow(
            name,
            one,
            end_of(pair, name, one, Side.SALESFORCE, salesforce),
            end_of(pair, name, one, Side.QUICKBOOKS, quickbooks),
            changed=not is_same(usual.get(name), one),
            added=name not in usual,
            movable=one.mode is not Mode.MATCH_ONLY,
            findings=tuple(each for each in said if each.pair == pair.name and each.field == name),
        )
        for name, one in every_field(pair)
    ]


def end_of(pair: ObjectMapping, name: str, one: Field, side: Side, objects: Objects) -> End:
    """Return one end of a field in the side's own words."""
    offers = offers_of(pair, name, side, objects)
    paths = tuple(part for path in one.paths(side) for part in path.split(ALTERNATIVE))
    known = [offers[path] for path in paths if path in offers]
    labels = tuple(dict.fromkeys(offer.label for offer in known)) or tuple(
        dict.fromkeys(PSEUDO_WORDS.get(path, path.removeprefix(CUSTOM_FIELD)) for path in paths)
    )
    custom = any(path.startswith(CUSTOM_FIELD) or path.endswith("__c") for path in paths)
    return End(_brief(paths), _brief(labels), type_words(known[0]) if known else "", custom)


def _brief(names: tuple[str, ...]) -> tuple[str, ...]:
    """Shorten a long row, such as the lines of an address, to its ends."""
    return names if len(names) < 3 else (f"{names[0]} … {names[-1]}",)


def offers_of(pair: ObjectMapping, name: str, side: Side, objects: Objects) -> Mapping[str, Offer]:
    lines = pair.lines if "." in name else None
    if lines is None:
        return objects.get(pair.object_on(side), {})
    return objects.get(lines.salesforce_object if side is Side.SALESFORCE else lines.quickbooks_line, {})


def type_words(offer: Offer) -> str:
    """Say what a field holds, such as “text, 41 characters”."""
    return f"{offer.type}, {offer.length:,} characters" if offer.length else offer.type


def kind_for(offer: Offer | None) -> Kind:
    """Return the kind that a new field of this place should have."""
    if offer is None:
        return Kind.TEXT
    if offer.type in {"currency", "amount"}:
        return Kind.MONEY
    kinds = {"number": Kind.NUMBER, "date": Kind.DATE, "yes or no": Kind.BOOLEAN}
    return kinds.get(offer.holds.value, Kind.LONG_TEXT if (offer.length or 0) > 255 else Kind.TEXT)


def _usual(pair: ObjectMapping) -> dict[str, Field]:
    return dict(every_field(default_map().pair(pair.name)))
