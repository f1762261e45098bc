"""What is read of each side for the pairs of a connection: which objects, how, and for which pairs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apatar.sync import expressions
from apatar.sync.errors import ExpressionError
from apatar.sync.mapping import ObjectMapping, Source
from apatar.sync.record import Side

LOOK_UPS = {"sales_rep_users": "SalesRep", "currency_codes": "Currency", "currency_names": "Currency"}
"""QuickBooks' list behind each look-up table."""
DEFINITIONS = "DataExtDef"
"""What custom fields QuickBooks has: no object of its own, but read like one (QBWC facts, section 4.8)."""
ITEM_TYPES = (
    "ItemService", "ItemNonInventory", "ItemInventory", "ItemInventoryAssembly", "ItemOtherCharge", "ItemDiscount",
    "ItemGroup", "ItemSubtotal", "ItemPayment", "ItemSalesTax", "ItemSalesTaxGroup", "ItemFixedAsset",
)  # fmt: skip
_WITHOUT_ITERATOR = frozenset(LOOK_UPS.values())


@dataclass(frozen=True, slots=True)
class QuickBooksRead:
    """One object of QuickBooks to be asked for; `inside` are the pairs whose records are parts of it."""

    object_type: str
    source: Source
    pairs: tuple[ObjectMapping, ...]
    inside: tuple[ObjectMapping, ...] = ()

    @property
    def iterates(self) -> bool:
        return self.object_type not in _WITHOUT_ITERATOR

    @property
    def deleted_types(self) -> tuple[str, ...]:
        """The names under which deletions of this object are listed (QBWC facts, section 4.7)."""
        return ITEM_TYPES if self.object_type == "Item" else (self.object_type,)


@dataclass(frozen=True, slots=True)
class SalesforceRead:
    """One object of Salesforce to be asked for."""

    object_type: str
    pairs: tuple[ObjectMapping, ...]

    @property
    def children(self) -> dict[str, tuple[str, ...]]:
        """Fields wanted of each child relationship."""
        wanted: dict[str, dict[str, None]] = {}
        for pair in self.pairs:
            lines = pair.lines
            if lines and lines.read_back:
                paths = [path for one in lines.fields for path in one.salesforce]
                wanted.setdefault(lines.children, {}).update(dict.fromkeys([*paths, "IsDeleted"]))
        return {children: tuple(paths) for children, paths in wanted.items()}

    @property
    def line_objects(self) -> tuple[tuple[str, str], ...]:
        """Object and parent field of the lines that are read, each once."""
        found = [
            (one.lines.salesforce_object, one.lines.parent) for one in self.pairs if _reads_lines(one) and one.lines
        ]
        return tuple(dict.fromkeys(found))


def _reads_lines(pair: ObjectMapping) -> bool:
    return pair.lines is not None and pair.lines.read_back


def quickbooks_reads(pairs: Sequence[ObjectMapping]) -> tuple[QuickBooksRead, ...]:
    """Return what to ask QuickBooks for: each object of a pair once, parents before children, then look-up lists."""
    look_ups = [QuickBooksRead(name, Source.LIST, ()) for name in _look_ups(pairs)]
    objects: dict[str, Source] = {}
    for one in pairs:
        if one.source is Source.INSIDE:
            objects.setdefault(one.holder, Source.LIST)
        else:
            objects.setdefault(one.quickbooks_object, one.source)
    return (*(_read_of(name, source, pairs) for name, source in objects.items()), *look_ups)


def _read_of(name: str, source: Source, pairs: Sequence[ObjectMapping]) -> QuickBooksRead:
    return QuickBooksRead(
        name,
        source,
        tuple(one for one in pairs if one.quickbooks_object == name),
        tuple(one for one in pairs if one.source is Source.INSIDE and one.holder == name),
    )


def salesforce_reads(pairs: Sequence[ObjectMapping]) -> tuple[SalesforceRead, ...]:
    """Return what to ask Salesforce for: each object of a pair once."""
    names = dict.fromkeys(one.salesforce_object for one in pairs)
    return tuple(SalesforceRead(name, tuple(one for one in pairs if one.salesforce_object == name)) for name in names)


def objects_to_describe(pairs: Iterable[ObjectMapping]) -> tuple[str, ...]:
    """Return the Salesforce objects whose describe the pairs need, those of lines included."""
    names: dict[str, None] = {}
    for one in pairs:
        names[one.salesforce_object] = None
        if one.lines:
            names[one.lines.salesforce_object] = None
    return tuple(names)


def tables_used(pairs: Iterable[ObjectMapping]) -> frozenset[str]:
    """Return the look-up tables that formulas of these pairs name."""
    formulas = [one.formula + one.default for pair in pairs for one in pair.fields]
    return frozenset(name for name in (*LOOK_UPS, "org") if any(f"'{name}'" in formula for formula in formulas))


def _look_ups(pairs: Sequence[ObjectMapping]) -> tuple[str, ...]:
    used = tables_used(pairs)
    return tuple(dict.fromkeys(listed for table, listed in LOOK_UPS.items() if table in used))


def names_read(pairs: Iterable[ObjectMapping]) -> tuple[str, ...]:
    """Return the Salesforce fields that expressions of these pairs read, parents' fields by dotted path."""
    found: dict[str, None] = {}
    for pair in pairs:
        for text in _salesforce_expressions(pair):
            found.update(dict.fromkeys(sorted(_names(text))))
        if pair.trigger:
            fires_on = (name for name, _ in pair.trigger.fires_on)
            found.update(dict.fromkeys([pair.trigger.choice_field, *fires_on, "CurrencyIsoCode"]))
    return tuple(found)


def _salesforce_expressions(pair: ObjectMapping) -> list[str]:
    texts = [pair.salesforce_filter]
    for one in pair.fields:
        texts += [one.formula if one.source is Side.SALESFORCE else "", one.when, one.default]
    return [text for text in texts if text]


def _names(text: str) -> frozenset[str]:
    try:
        return expressions.names(expressions.compile(text))
    except ExpressionError:
        return frozenset()
