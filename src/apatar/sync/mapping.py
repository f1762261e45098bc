"""Mappings: which object of one side is which object of the other, with their fields and lines, as tables."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from apatar.sync.errors import MappingError
from apatar.sync.field import CUSTOM_FIELD, VARIANT, Direction, Field, Mode, Owner
from apatar.sync.fitting import NAME_LENGTH
from apatar.sync.record import Record, Remote, Side
from apatar.sync.values import RemoteLeaf

__all__ = [
    "CUSTOM_FIELD", "VARIANT", "Direction", "Field", "Flow", "LineMapping", "Missing", "Mode", "ObjectMapping", "Owner",
    "Source", "Trigger", "Variant", "flows",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMapping:
    """The lines of a document, which travel with it.

    `children` is Salesforce's relationship name in a query, `parent` the field of a line that names its document, and
    `external_id_field` the one that keeps the line's QuickBooks id. `read_back` False: QuickBooks owns the lines, and
    those in Salesforce are not read. `expands_groups`: the members of a group item are the lines; else the group is
    one line, of which only `group_fields` are written.
    """

    salesforce_object: str
    children: str
    parent: str
    quickbooks_line: str
    fields: tuple[Field, ...]
    quickbooks_group: str = ""
    external_id_field: str = ""
    read_back: bool = True
    expands_groups: bool = False
    group_fields: tuple[str, ...] = ("item", "quantity")

    def __hash__(self) -> int:
        return hash((self.salesforce_object, self.quickbooks_line, len(self.fields)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """When a deal becomes a document, and which.

    Where `choice_field` of the deal names a document, that one counts. Else the connection's choice does, as soon as
    one of `fires_on` holds: a field and the values that count.
    """

    document: str
    choice_field: str
    fires_on: tuple[tuple[str, tuple[str, ...]], ...]

    def fires(self, fields: Remote, chosen_document: str) -> bool:
        wanted = str(fields.get(self.choice_field) or "").casefold()
        if wanted:
            return wanted == self.document.casefold()
        return chosen_document == self.document and any(
            str(fields.get(name)).casefold() in {value.casefold() for value in values} for name, values in self.fires_on
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of several kinds in one QuickBooks list, and the first elements of the paths that it alone has."""

    name: str
    heads: frozenset[str]


class Source(StrEnum):
    """How QuickBooks keeps an object: in a list, as a transaction, or as a part of another record."""

    LIST = "list"
    TRANSACTION = "transaction"
    INSIDE = "inside"


class Missing(StrEnum):
    """What happens to a document that refers to something without counterpart: make it, refuse, or use a stand-in."""

    MAKE = "make"
    REFUSE = "refuse"
    STAND_IN = "stand-in"


def _never(record: Record) -> bool:  # noqa: ARG001 - the shape of ObjectMapping.ignores
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMapping:
    """One object of each side and the fields that pair them.

    `external_id_field` is the Salesforce field that keeps the QuickBooks id ("" where the org has none); `ignores` says
    which records are left out altogether. `match_by` is a field by which records are paired before names are looked at.
    Names pair records only where `matches_by_name`; with a `scope`, only where that reference agrees too. Of one
    `family`, a Salesforce record has at most one counterpart. With a `trigger`, only records for which it fires
    with `chosen_document` are created. `gone` is written to Salesforce where the QuickBooks record was deleted.
    `holder` is the object that an INSIDE one is a part of, `creates_in` where new records can be made at all.
    `link_only` pairs and updates, but never creates. Filters are expressions over the record; `since` is the first
    day that counts, by the field `date_field`.
    The pair exists from qbXML version `from_version` to below
    `until_version`, and in orgs that have all of `needs` (fields of the Salesforce object).
    """

    name: str
    label: str
    salesforce_object: str
    quickbooks_object: str
    fields: tuple[Field, ...]
    name_field: str = "name"
    external_id_field: str = "QuickBooks_ListID__c"
    direction: Direction = Direction.BOTH
    match_keys: tuple[str, ...] = ("name",)
    match_by: str = ""
    ignores: Callable[[Record], bool] = field(default=_never)
    source: Source = Source.LIST
    matches_by_name: bool = True
    scope: str = ""
    family: str = ""
    trigger: Trigger | None = None
    chosen_document: str = ""
    missing: Missing = Missing.MAKE
    stand_in: str = ""
    gone: tuple[tuple[str, RemoteLeaf], ...] = ()
    creates_in: tuple[Side, ...] = (Side.SALESFORCE, Side.QUICKBOOKS)
    holder: str = ""
    variants: tuple[Variant, ...] = ()
    link_only: bool = False
    salesforce_filter: str = ""
    quickbooks_filter: str = ""
    since: str = ""
    date_field: str = ""
    from_version: tuple[int, int] = (0, 0)
    until_version: tuple[int, int] = (99, 0)
    needs: tuple[str, ...] = ()

    def __hash__(self) -> int:
        # Mappings key the caches below, record by record: hashing every field each time would cost more than merging.
        return hash((self.name, self.salesforce_object, self.quickbooks_object, len(self.fields)))

    def object_on(self, side: Side) -> str:
        return self.salesforce_object if side is Side.SALESFORCE else self.quickbooks_object

    def field(self, name: str) -> Field:
        try:
            return _by_name(self)[name]
        except KeyError:
            message = f"The map of {self.label} has no field {name!r}. Choose one of its fields."
            raise MappingError(message) from None

    @property
    def name_length(self) -> int:
        """How much of a name QuickBooks keeps."""
        return self.field(self.name_field).quickbooks_length or NAME_LENGTH

    @property
    def lines_field(self) -> Field | None:
        """The field that holds the lines of a document, if it has any."""
        return next((one for one in self.fields if one.lines), None)

    @property
    def lines(self) -> LineMapping | None:
        one = self.lines_field
        return one.lines if one else None

    def filter_on(self, side: Side) -> str:
        return self.salesforce_filter if side is Side.SALESFORCE else self.quickbooks_filter


@dataclass(frozen=True, slots=True)
class Flow:
    """A field with the ways that are open to it, once mapping and connection have had their say."""

    field: Field
    to_salesforce: bool
    to_quickbooks: bool

    def open_to(self, side: Side) -> bool:
        return self.to_salesforce if side is Side.SALESFORCE else self.to_quickbooks


@cache
def flows(mapping: ObjectMapping, direction: Direction) -> tuple[Flow, ...]:
    """Return every field of the mapping with the ways open under the connection's direction."""

    def is_open(one: Field, target: Side) -> bool:
        return one.mode is not Mode.MATCH_ONLY and all(
            each.allows(target) for each in (one.direction, mapping.direction, direction)
        )

    return tuple(Flow(one, is_open(one, Side.SALESFORCE), is_open(one, Side.QUICKBOOKS)) for one in mapping.fields)


@cache
def _by_name(mapping: ObjectMapping) -> dict[str, Field]:
    return {one.name: one for one in mapping.fields}
