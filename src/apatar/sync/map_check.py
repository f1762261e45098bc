"""Holding a map against what both systems say about their own fields: what would be cut, refused or lost."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apatar.sync import expressions
from apatar.sync.custom_map import Map, default_map
from apatar.sync.errors import SyncError
from apatar.sync.field import ALTERNATIVE, CUSTOM_FIELD, Direction, Field
from apatar.sync.findings import Finding, Severity
from apatar.sync.known import BUILT_IN_TABLES
from apatar.sync.map_fields import is_same
from apatar.sync.map_rules import every_field
from apatar.sync.mapping import Mode, ObjectMapping
from apatar.sync.offers import Objects, Offer, Offers
from apatar.sync.record import Side
from apatar.sync.values import Kind, Value

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
PSEUDO = "@"
_TABLE = re.compile(r"""\blookup\(\s*['"]([^'"]*)['"]""")
LABELLED = "AdditionalContactRef."
"""The labelled numbers of a contact: people make labels up, so that none is unknown (QBWC facts, section 5)."""

Said = tuple[Severity, str, str]
"""Severity, attribute and sentence."""


def check_map(found: Map, salesforce: Objects, quickbooks: Objects) -> list[Finding]:
    """Return what both systems' own metadata has against a map, for the pairs that are switched on.

    What the defaults themselves bring along is at most a note: the engine leaves out by itself what an org lacks.
    """
    sides = {Side.SALESFORCE: salesforce, Side.QUICKBOOKS: quickbooks}
    return [one for pair in found.pairs for one in _pair(found, pair, sides)]


def _pair(found: Map, pair: ObjectMapping, sides: Mapping[Side, Objects]) -> Iterator[Finding]:
    usual = dict(every_field(default_map().pair(pair.name)))
    for name, one in every_field(pair):
        offers = {side: _offers(pair, name, side, sides[side]) for side in Side}
        before = usual.get(name)
        is_own = not is_same(before, one)
        for severity, attribute, sentence in _Checked(found, pair, one, offers, before).all():
            yield Finding(
                sentence=sentence,
                where=f"{pair.label}, {one.label}",
                pair=pair.name,
                field=name,
                attribute=attribute,
                severity=severity if is_own else NOTE,
            )
    yield from _filters(pair, sides)
    yield from _without_source(pair, sides)
    yield from _written_twice(pair)


def _offers(pair: ObjectMapping, name: str, side: Side, objects: Objects) -> Offers | None:
    lines = pair.lines if "." in name else None
    if lines is None:
        return objects.get(pair.object_on(side))
    return objects.get(lines.salesforce_object if side is Side.SALESFORCE else lines.quickbooks_line)


@dataclass(frozen=True, slots=True)
class _Checked:
    """One field beside what both sides offer, None where a side has not been asked yet, and beside its default."""

    found: Map
    pair: ObjectMapping
    one: Field
    offers: Mapping[Side, Offers | None]
    usual: Field | None

    @property
    def is_own(self) -> bool:
        return not is_same(self.usual, self.one)

    def all(self) -> Iterator[Said]:
        if self.one.kind is Kind.LINES:
            return
        yield from self._names()
        for side in Side:
            if self.offers[side] is not None:
                yield from self._on(side)
        if self.one.mode is not Mode.MATCH_ONLY:
            for target in Side:
                if self.one.direction.allows(target) and self.pair.direction.allows(target):
                    yield from self._towards(target)

    def offer(self, side: Side) -> Offer | None:
        """Return what is known of the one path of a side; of several alternatives the first that is known."""
        offers = self.offers[side] or {}
        paths = self.one.paths(side)
        if len(paths) != 1:
            return None
        return next((found for path in paths[0].split(ALTERNATIVE) if (found := offers.get(path))), None)

    def _on(self, side: Side) -> Iterator[Said]:
        offers = self.offers[side] or {}
        needed = self.one.direction.allows(side) or self.one.source is None
        for path in self.one.paths(side):
            if needed and not any(_is_known(part, offers, side) for part in path.split(ALTERNATIVE)):
                yield self._how_bad(side, path), side.value, _unknown(side, path, self.pair)
        if self.one.source is None and self.one.mode is not Mode.MATCH_ONLY and self.one.direction.allows(side.other):
            yield from self._readable(side)

    def _names(self) -> Iterator[Said]:
        """Look at what expressions read: fields that are not there, and tables that nobody filled."""
        for name, side in _readers(self.one):
            text = getattr(self.one, name)
            if not text or (self.usual is not None and getattr(self.usual, name) == text):
                continue
            for path, severity in _not_there(text, self.offers[side], side):
                yield severity, name, f"it reads {path}. {_unknown(side, path, self.pair)}"
            for table in sorted(set(_TABLE.findall(text)) - set(self.found.tables) - set(BUILT_IN_TABLES)):
                yield ERROR, name, f"the map has no table “{table}”. Add it among the choices of the map."

    def _how_bad(self, side: Side, path: str) -> Severity:
        """A place that somebody chose must be there; of the defaults, the engine leaves out by itself what is not."""
        if self.usual is not None and self.usual.paths(side) == self.one.paths(side):
            return NOTE
        return WARNING if path.startswith(CUSTOM_FIELD) else ERROR

    def _readable(self, side: Side) -> Iterator[Said]:
        offer = self.offer(side)
        # What a custom field of QuickBooks holds is not known before it is read.
        if offer and not offer.path.startswith(CUSTOM_FIELD) and not offer.holds.gives(self.one.kind):
            yield ERROR, side.value, (
                f"{offer.label} of {side.label} holds {offer.type}, which cannot always be read as "
                f"{_KINDS[self.one.kind]}. Choose another field, or write a formula that converts it."
            )  # fmt: skip

    def _towards(self, target: Side) -> Iterator[Said]:
        offer = self.offer(target)
        if offer is None:
            return
        yield from self._writable(target, offer)
        if not offer.holds.takes(self.one.kind):
            yield ERROR, target.value, (
                f"{offer.label} of {target.label} takes {_takes(offer)} only, and this is "
                f"{_KINDS[self.one.kind]}. Choose another field, or a formula with number(…) or date(…)."
            )  # fmt: skip
        elif self.one.source is None and not self.one.transform(target):
            yield from self._length(target, offer)
        yield from self._values(target, offer)

    def _writable(self, target: Side, offer: Offer) -> Iterator[Said]:
        if not offer.creating and not offer.changing:
            yield ERROR, target.value, (
                f"{offer.label} of {target.label} can only be read. Choose another field, or another direction."
            )  # fmt: skip
        elif not offer.changing and self.one.mode is not Mode.ONLY_CREATE:
            yield ERROR, "mode", (
                f"{target.label} takes {offer.label} for new records only. Choose “Only in new records”."
            )  # fmt: skip

    def _length(self, target: Side, offer: Offer) -> Iterator[Said]:
        source = self.offer(target.other)
        if source is None or not offer.length or not self.one.kind.is_text:
            return
        if source.length is None or source.length > offer.length:
            longest = f"up to {source.length:,} characters" if source.length else "a text of any length"
            yield WARNING, target.value, (
                f"{source.label} of {target.other.label} can hold {longest}, {offer.label} of {target.label} only "
                f"{offer.length:,}. What is longer is cut, and said in the run."
            )  # fmt: skip

    def _values(self, target: Side, offer: Offer) -> Iterator[Said]:
        possible = self._possible(target)
        if possible is None:
            if offer.restricted and self.is_own and not self.one.transform(target) and self.one.source is None:
                yield WARNING, target.value, (
                    f"{offer.label} of {target.label} takes only {_listed(offer.values)}. Any other value is refused."
                )  # fmt: skip
            return
        attribute = "formula" if self.one.formula else f"to_{target.value}_as"
        for value in possible:
            if isinstance(value, str) and offer.restricted and value not in offer.values:
                yield ERROR, attribute, (
                    f"it can give “{value[:40]}”, but {offer.label} of {target.label} takes only "
                    f"{_listed(offer.values)}."
                )  # fmt: skip
            if isinstance(value, str) and offer.length and len(value) > offer.length and self.one.kind.is_text:
                yield WARNING, attribute, f"“{value[:40]}” is cut to {offer.length} characters in {target.label}."
            if value is not None and not isinstance(value, _TYPES[self.one.kind]):
                yield ERROR, attribute, f"it gives “{str(value)[:40]}”, which is not {_KINDS[self.one.kind]}."

    def _possible(self, target: Side) -> list[Value] | None:
        """Return all that can come out where that is known: a constant, or what a transform makes of a picklist."""
        tables = self.found.tables
        if self.one.formula:
            formula = expressions.compile(self.one.formula)
            return None if formula.keys or formula.needs_tables else _results(self.one.formula, [None], tables)
        source = self.offer(target.other)
        if source is None or not source.values or self.one.source is not None:
            return None
        text = self.one.transform(target)
        if text and expressions.compile(text).keys:
            return None
        return _results(text, source.values, tables) if text else list(source.values)


def _results(text: str, given: Iterable[Value], tables: Mapping[str, Mapping[str, str]]) -> list[Value] | None:
    try:
        return [expressions.evaluate(expressions.compile(text), {}, value=one, tables=tables) for one in given]
    except SyncError:
        return None  # a record that it fails for is told in the run, with its value


def _readers(one: Field) -> Iterator[tuple[str, Side]]:
    """Say which side's record each expression of a field reads; a default reads whichever side is the source."""
    oneway = Side.QUICKBOOKS if one.direction is Direction.TO_SALESFORCE else Side.SALESFORCE
    yield from (("formula", oneway), ("when", oneway))
    if one.direction is not Direction.BOTH:
        yield "default", oneway


def _filters(pair: ObjectMapping, sides: Mapping[Side, Objects]) -> Iterator[Finding]:
    usual = default_map().pair(pair.name)
    for side in Side:
        text = pair.filter_on(side)
        if not text or text == usual.filter_on(side):
            continue
        for path, severity in _not_there(text, sides[side].get(pair.object_on(side)), side):
            yield Finding(
                sentence=f"The filter reads {path}. {_unknown(side, path, pair)}",
                where=pair.label,
                pair=pair.name,
                attribute=f"{side.value}_filter",
                severity=severity,
            )


def _not_there(text: str, offers: Offers | None, side: Side) -> Iterator[tuple[str, Severity]]:
    """Go through the names of an expression that a side does not have; fields of parent records are not looked at."""
    if offers is None:
        return
    for path in sorted(expressions.names(expressions.compile(text))):
        if _is_known(path, offers, side) or (side is Side.SALESFORCE and "." in path):
            continue
        yield path, WARNING if path.startswith(CUSTOM_FIELD) else ERROR


def _is_known(path: str, offers: Offers, side: Side) -> bool:
    if path in offers or path.startswith(PSEUDO):
        return True
    return side is Side.QUICKBOOKS and path.startswith(LABELLED)


def _unknown(side: Side, path: str, pair: ObjectMapping) -> str:
    if path.startswith(CUSTOM_FIELD):
        name = path.removeprefix(CUSTOM_FIELD)
        return f"no record of QuickBooks has shown a custom field “{name}” yet. Check its spelling in QuickBooks."
    if side is Side.SALESFORCE:
        return (
            f"{pair.salesforce_object} has no field {path}, or the connected user may not see it. Choose one of the "
            "list, or give the user the permission."
        )
    return f"QuickBooks has no field {path} there. Choose one of the list."


def _without_source(pair: ObjectMapping, sides: Mapping[Side, Objects]) -> Iterator[Finding]:
    """Say which fields a new record needs and would not get."""
    for target in Side:
        if pair.link_only or target not in pair.creates_in or not pair.direction.allows(target):
            continue
        given = {
            part
            for one in pair.fields
            if _gives(one, target)
            for path in one.paths(target)
            for part in path.split(ALTERNATIVE)
        }
        for path, offer in (sides[target].get(pair.object_on(target)) or {}).items():
            if offer.required and path not in given and path != pair.external_id_field:
                yield Finding(
                    where=pair.label,
                    sentence=f"{target.label} makes no new record without {offer.label} ({path}), and no "
                    "field of the map fills it in. Add one; a constant will do.",
                    pair=pair.name,
                    attribute=path,
                    severity=WARNING,
                )  # fmt: skip


def _gives(one: Field, target: Side) -> bool:
    return one.mode is not Mode.MATCH_ONLY and one.direction.allows(target)


def _written_twice(pair: ObjectMapping) -> Iterator[Finding]:
    """Two fields of lines that write one place; those of the head are refused by the core's own check."""
    if pair.lines is None or pair.lines_field is None:
        return
    for side in Side:
        paths = Counter(path for one in pair.lines.fields if _gives(one, side) for path in one.paths(side))
        for path, count in paths.items():
            if count > 1:
                yield Finding(
                    sentence=f"{path} of {side.label}'s lines would be written by {count} fields. Keep one.",
                    where=pair.label,
                    pair=pair.name,
                    field=pair.lines_field.name,
                    attribute=side.value,
                )


def _takes(offer: Offer) -> str:
    return {"number": "numbers", "date": "dates", "yes or no": "yes or no", "another record": "ids of records"}[
        offer.holds
    ]


def _listed(values: tuple[str, ...]) -> str:
    shown = ", ".join(f"“{one}”" for one in values[:12])
    return f"{shown} and {len(values) - 12} more" if len(values) > 12 else shown or "nothing"


_KINDS = {
    Kind.TEXT: "a text", Kind.NAME: "a text", Kind.LONG_TEXT: "a text", Kind.STREET: "a street", Kind.PHONE: "a text",
    Kind.EMAIL: "a text", Kind.MONEY: "an amount", Kind.NUMBER: "a number", Kind.DATE: "a date",
    Kind.BOOLEAN: "yes or no", Kind.REFERENCE: "another record", Kind.LINES: "lines",
}  # fmt: skip
_TYPES: Mapping[Kind, tuple[type, ...]] = {
    **dict.fromkeys(Kind, (str, Decimal, bool, date)),
    Kind.MONEY: (Decimal, str),
    Kind.NUMBER: (Decimal, str),
    Kind.DATE: (date, str),
    Kind.BOOLEAN: (bool,),
}
