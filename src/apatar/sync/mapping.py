"""Mappings: which field of one side is which field of the other, as tables; reading and writing by them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache

from apatar.sync.errors import MappingError, UnreadableValueError
from apatar.sync.fitting import Fitted, Fitting, NamePolicy, Spell, fit, spelled
from apatar.sync.record import Record, Remote, Side
from apatar.sync.values import Kind, RemoteValue, Value, canonicaliser


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
    """OVERWRITE keeps both in step, ONLY_CREATE writes into new records only, IF_EMPTY never replaces a value."""

    OVERWRITE = "overwrite"
    ONLY_CREATE = "only_create"
    IF_EMPTY = "if_empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value that both sides hold.

    A STREET has one Salesforce path and one QuickBooks path per line; all other kinds have one path on each side.
    `quickbooks_length` of a STREET is the width of a line. Members of one `group` (an address aggregate) are
    always written to QuickBooks together.
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

    def paths(self, side: Side) -> tuple[str, ...]:
        return self.salesforce if side is Side.SALESFORCE else self.quickbooks

    def fitted(self, side: Side, value: Value, fitting: Fitting) -> Fitted:
        """Return what `value` becomes on `side`, in canonical form."""
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


def _never(record: Record) -> bool:  # noqa: ARG001 - the shape of ObjectMapping.ignores
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMapping:
    """One object of each side and the fields that pair them.

    `external_id_field` is the Salesforce field that keeps the QuickBooks id ("" where the org has none);
    `ignores` says which records are left out altogether.
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
    ignores: Callable[[Record], bool] = field(default=_never)

    def __hash__(self) -> int:
        # Mappings key the caches below, record by record: hashing every field each time would cost more than merging.
        return hash((self.name, self.salesforce_object, self.quickbooks_object, len(self.fields)))

    def object_on(self, side: Side) -> str:
        return self.salesforce_object if side is Side.SALESFORCE else self.quickbooks_object

    def field(self, name: str) -> "Field":
        try:
            return _by_name(self)[name]
        except KeyError:
            message = f"The map of {self.label} has no field {name!r}. Choose one of its fields."
            raise MappingError(message) from None


@dataclass(frozen=True, slots=True)
class Flow:
    """A field with the ways that are open to it, once mapping and connection have had their say."""

    field: Field
    to_salesforce: bool
    to_quickbooks: bool

    def open_to(self, side: Side) -> bool:
        return self.to_salesforce if side is Side.SALESFORCE else self.to_quickbooks


@dataclass(frozen=True, slots=True)
class Written:
    """What to send to one side, what its fields will then hold in canonical form, and what was cut."""

    fields: dict[str, RemoteValue]
    values: dict[str, Value]
    notes: tuple[str, ...] = ()


@cache
def flows(mapping: ObjectMapping, direction: Direction) -> tuple[Flow, ...]:
    """Return every field of the mapping with the ways open under the connection's direction."""

    def is_open(one: Field, target: Side) -> bool:
        return all(each.allows(target) for each in (one.direction, mapping.direction, direction))

    return tuple(Flow(one, is_open(one, Side.SALESFORCE), is_open(one, Side.QUICKBOOKS)) for one in mapping.fields)


def read(mapping: ObjectMapping, record: Record) -> dict[str, Value]:
    """Return the canonical value of every mapped field; raise UnreadableValueError, with the field's label."""
    remote = record.fields
    table = _readers(mapping, record.side)
    try:
        return {name: reader(remote) for name, reader in table}
    except UnreadableValueError:
        for name, reader in table:
            try:
                reader(remote)
            except UnreadableValueError as error:
                raise error.labelled(f"{mapping.field(name).label} in {record.side.label}") from None
        raise


def name_of(mapping: ObjectMapping, record: Record) -> str:
    """Return the record's name in canonical form, "" when it has none."""
    value = dict(_readers(mapping, record.side))[mapping.name_field](record.fields)
    return value if isinstance(value, str) else ""


def write(
    mapping: ObjectMapping,
    side: Side,
    values: Mapping[str, Value],
    *,
    current: Remote,
    creating: bool,
    name_policy: NamePolicy = NamePolicy.END,
    salt: str = "",
    spell: Spell | None = None,
) -> Written:
    """Return the remote fields that bring `values` to a side.

    `current` is what the side holds now. A group of QuickBooks is sent whole, its members that are not mapped
    included, because the facts leave open what an address with fewer members does to the rest in a CustomerMod
    (QBWC section 4.7 speaks of elements, not of aggregates: unverified). Cleared elements are "" there, None in
    Salesforce.
    """
    fitting = Fitting(name_policy, salt, spell)
    sent: dict[str, RemoteValue] = {}
    stands: dict[str, Value] = {}
    notes: list[str] = []
    for name, value in values.items():
        one = mapping.field(name)
        fitted = one.fitted(side, value, fitting)
        stands[name] = fitted.value
        sent.update(_spread(one, side, fitted.value))
        notes.extend(f"{one.label} {note}." for note in fitted.notes)
    if side is Side.QUICKBOOKS:
        groups = {one.group for name in values if (one := mapping.field(name)).group}
        sent = _whole_groups(sent, groups, current)
        sent = {path: value for path, value in sent.items() if _worth_sending(path, value, current, creating=creating)}
    return Written(sent, stands, tuple(notes))


def _whole_groups(sent: dict[str, RemoteValue], groups: set[str], current: Remote) -> dict[str, RemoteValue]:
    carried = {path: value for path, value in current.items() if path.partition(".")[0] in groups}
    return {**carried, **sent} if carried else sent


def _worth_sending(path: str, value: RemoteValue, current: Remote, *, creating: bool) -> bool:
    # An empty element clears; where nothing stands there is nothing to clear.
    return value != "" or (not creating and current.get(path) not in {None, ""})


def _spread(one: Field, side: Side, value: Value) -> dict[str, RemoteValue]:
    paths = one.paths(side)
    if isinstance(value, tuple) and len(paths) > 1:
        return {path: value[at] if at < len(value) else "" for at, path in enumerate(paths)}
    return dict.fromkeys(paths, _leaf(side, value))


def _leaf(side: Side, value: Value) -> RemoteValue:
    if value is None:
        return None if side is Side.SALESFORCE else ""
    if isinstance(value, tuple):
        return "\n".join(value)
    return value.isoformat() if isinstance(value, date) else value


Reader = Callable[[Remote], Value]


@cache
def _readers(mapping: ObjectMapping, side: Side) -> tuple[tuple[str, Reader], ...]:
    return tuple((one.name, _reader(one, one.paths(side))) for one in mapping.fields)


def _reader(one: Field, paths: tuple[str, ...]) -> Reader:
    clean = canonicaliser(one.kind, places=one.places)
    if len(paths) == 1:
        path = paths[0]
        return lambda remote: clean(remote.get(path))
    return lambda remote: clean(tuple(str(part) for path in paths if (part := remote.get(path)) is not None))


@cache
def _by_name(mapping: ObjectMapping) -> dict[str, Field]:
    return {one.name: one for one in mapping.fields}
