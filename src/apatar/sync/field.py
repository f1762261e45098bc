"""Fields: one value that both sides hold, where it stands on each, which way it goes, and what it becomes."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from apatar.sync import expressions
from apatar.sync.fitting import Fitted, Fitting, fit, spelled
from apatar.sync.record import Record, Side
from apatar.sync.values import Kind, Lines, Value, canonical

if TYPE_CHECKING:
    from apatar.sync.known import Known
    from apatar.sync.mapping import LineMapping

CUSTOM_FIELD = "DataExt."
"""How the path of a public custom field of QuickBooks begins (QBWC facts, section 4.8)."""
VARIANT = "@type"
"""The pseudo path under which a QuickBooks record says which of several kinds it is, such as ItemService."""
ALTERNATIVE = "|"


class Direction(StrEnum):
    BOTH = "both"
    TO_SALESFORCE = "to-salesforce"
    TO_QUICKBOOKS = "to-quickbooks"

    def allows(self, target: Side) -> bool:
        return self is Direction.BOTH or self is _TOWARDS[target]

    def narrowed_by(self, other: "Direction") -> "Direction | None":
        """Return what both allow; None where they allow nothing together."""
        if self is Direction.BOTH or self is other:
            return other
        return self if other is Direction.BOTH else None


_TOWARDS = {Side.SALESFORCE: Direction.TO_SALESFORCE, Side.QUICKBOOKS: Direction.TO_QUICKBOOKS}


class Owner(StrEnum):
    SHARED = "shared"
    SALESFORCE = "salesforce"
    QUICKBOOKS = "quickbooks"

    @property
    def side(self) -> Side | None:
        return None if self is Owner.SHARED else Side(self.value)


class Mode(StrEnum):
    """OVERWRITE keeps both in step, ONLY_CREATE writes into new records only, IF_EMPTY never replaces a value.

    MATCH_ONLY is never written: it is there to recognise and to name records by.
    """

    OVERWRITE = "overwrite"
    ONLY_CREATE = "only_create"
    IF_EMPTY = "if_empty"
    MATCH_ONLY = "match_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value that both sides hold.

    A STREET has one Salesforce path and one QuickBooks path per line. A REFERENCE names a pair of objects in
    `refers_to` for each of its Salesforce paths; the first that is linked counts. All other kinds have one path on each
    side. A QuickBooks path may list alternatives ("SalesOrPurchase.Price|SalesPrice"): the first that the record has is
    read, and the one that its variant knows is written. `quickbooks_length` of a STREET is the width of a line. Members
    of one `group` (an address aggregate) are always written to QuickBooks together.

    Expressions: `formula` makes the value out of the whole source record, for a field that goes one way, and reads
    `Known.tables` by `lookup`; `to_salesforce_as` and `to_quickbooks_as` turn the canonical value into what that side
    is to hold; `when` says for which source records the field counts; `default` stands in for what is empty in a new
    record. `computes` is a formula of our own, for what no expression can say. On the sides in `needed_in` no record
    can be made without it. A `quiet` field is left out without a word where the org lacks it.
    """

    name: str
    label: str
    kind: Kind
    salesforce: tuple[str, ...]
    quickbooks: tuple[str, ...]
    direction: Direction = Direction.BOTH
    owner: Owner = Owner.SHARED
    mode: Mode = Mode.OVERWRITE
    salesforce_length: int | None = None
    quickbooks_length: int | None = None
    group: str | None = None
    required: bool = False
    places: int = 2
    refers_to: tuple[str, ...] = ()
    lines: "LineMapping | None" = None
    formula: str = ""
    when: str = ""
    default: str = ""
    to_salesforce_as: str = ""
    to_quickbooks_as: str = ""
    computes: "Callable[[Record, Known], Value] | None" = None
    quiet: bool = False
    needed_in: tuple[Side, ...] = ()

    def paths(self, side: Side) -> tuple[str, ...]:
        return self.salesforce if side is Side.SALESFORCE else self.quickbooks

    @property
    def source(self) -> Side | None:
        """The side that a formula reads; None for a field without formula."""
        if not (self.formula or self.computes):
            return None
        return Side.SALESFORCE if self.direction is Direction.TO_QUICKBOOKS else Side.QUICKBOOKS

    @property
    def is_extension(self) -> bool:
        """Whether QuickBooks keeps it beside the record, so that it takes a request of its own (QBWC facts, 4.8)."""
        return any(path.startswith(CUSTOM_FIELD) for path in self.quickbooks)

    def transform(self, target: Side) -> str:
        """Return the expression that turns a canonical value into what `target` is to hold, or ""."""
        return self.to_salesforce_as if target is Side.SALESFORCE else self.to_quickbooks_as

    def fitted(self, side: Side, value: Value, fitting: Fitting) -> Fitted:
        """Return what `value` becomes on `side`, in canonical form. Raises ExpressionError."""
        if text := self.transform(side):
            value = self.recanonical(expressions.evaluate(expressions.compile(text), {}, value=value))
        if value is None or not self.kind.is_text:
            return Fitted(value)
        if side is Side.SALESFORCE:
            return fit(self.kind, value, length=self.salesforce_length)
        return fit(
            self.kind,
            spelled(self.kind, value, fitting.spell),
            length=self.quickbooks_length,
            street_lines=len(self.quickbooks) if self.kind is Kind.STREET else None,
            name_policy=fitting.name_policy,
            salt=fitting.salt,
        )

    def recanonical(self, value: Value) -> Value:
        """Bring what an expression gave into the canonical form of this field. Raises UnreadableValueError."""
        if value is None or isinstance(value, Lines) or self.kind in {Kind.REFERENCE, Kind.LINES}:
            return value
        return canonical(self.kind, value, places=self.places)
