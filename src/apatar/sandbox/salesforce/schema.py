"""Objects and fields of the org, read from a compact notation.

One field a line: `Name kind flag flag`. Kinds: `string(80)`, `currency(18,2)`, `boolean`, `date`, `->Account` (a
reference), `@Billing` (a whole address). A field is writable and may be empty unless a flag says otherwise:
required · read (never written by callers) · fixed (written once) · defaulted · default:VALUE · idlookup · external ·
unique · cased · restricted · auto (numbered) · name (the name field) · cascade (goes with its parent) · in:COMPOUND ·
label:TEXT_
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

NUMERIC = frozenset({"double", "currency", "percent"})
TEXTUAL = frozenset({"string", "textarea", "phone", "url", "email", "picklist", "multipicklist"})

_ADDRESS_PARTS = """
{0}Street textarea(255) in:{0}Address
{0}City string(40) in:{0}Address
{0}State string(80) in:{0}Address label:{0}_State/Province
{0}PostalCode string(20) in:{0}Address label:{0}_Zip/Postal_Code
{0}Country string(80) in:{0}Address
{0}Latitude double(18,15) in:{0}Address
{0}Longitude double(18,15) in:{0}Address
{0}GeocodeAccuracy picklist(40) restricted in:{0}Address
{0}Address address read
"""
_CREATED = """
CreatedDate datetime read defaulted
CreatedById ->User read defaulted
LastModifiedDate datetime read defaulted
LastModifiedById ->User read defaulted
SystemModstamp datetime read defaulted label:System_Modstamp
"""
SYSTEM = frozenset(
    (
        "Id",
        "IsDeleted",
        "CreatedDate",
        "CreatedById",
        "LastModifiedDate",
        "LastModifiedById",
        "SystemModstamp",
        "OwnerId",
    )
)
"""Fields that every record has and nobody's permissions hide."""
_KIND = re.compile(r"(->[\w,]+|@\w+|\w+)(?:\((\d+)(?:,(\d+))?\))?")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Field:
    """One field, with the properties that its describe shows."""

    name: str
    type: str
    label: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted: bool = False
    default: str = ""
    unique: bool = False
    external_id: bool = False
    id_lookup: bool = False
    case_sensitive: bool = False
    restricted: bool = False
    auto_number: bool = False
    name_field: bool = False
    cascade: bool = False
    references: tuple[str, ...] = ()
    relationship: str = ""
    compound: str = ""
    picks: tuple[str, ...] = ()
    children: str = ""
    display_format: str = ""

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def stored(self) -> bool:
        """Whether the field has a column of its own; a compound address is put together when it is read."""
        return self.type != "address"

    @property
    def filterable(self) -> bool:
        return self.stored and not (self.type == "textarea" and self.length > 255)

    @property
    def required(self) -> bool:
        """Whether a new record must bring it (facts 2.2)."""
        return self.createable and not self.nillable and not self.defaulted

    @property
    def is_detail(self) -> bool:
        """Whether a custom field makes its object the detail of a master."""
        return self.custom and self.cascade

    @property
    def permissionable(self) -> bool:
        """Whether field-level security may hide it: never a required, a system or a name field (facts 5.2)."""
        return self.name not in SYSTEM and not self.required and not self.name_field and not self.is_detail

    def numbered(self, number: int) -> str:
        """Return the `number`th value of an auto-number field, in its display format such as `L-{00000}`."""
        if "{" not in self.display_format:
            return f"{number:08d}"
        return re.sub(r"\{(0+)\}", lambda zeros: f"{number:0{len(zeros.group(1))}d}", self.display_format)


@dataclass(frozen=True, slots=True)
class View:
    """What someone may not do: fields as lower-case `object.field`, operations by lower-case object name.

    `hidden` fields are not there at all, `locked` ones can be read only. The operations that `denied` lists for an
    object are some of read, create, edit, delete; without read the object is not there.
    """

    hidden: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    denied: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def sees(self, name: str) -> bool:
        """Whether the object is there at all."""
        return "read" not in self.denied.get(name.lower(), ())

    def schema(self, whole: "Schema") -> "Schema":
        """Return the objects that are there, each as it is seen."""
        return {key: one.without(self) for key, one in whole.items() if self.sees(key)}


@dataclass(frozen=True, slots=True)
class SObject:
    """One object; fields by lower-case name, in the order of the describe.

    `setup` marks objects that only administrators write: permission sets and what hangs on them.
    """

    name: str
    prefix: str
    plural: str
    fields: dict[str, Field] = field(repr=False)
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    label: str = ""
    setup: bool = False

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    def field(self, name: str) -> Field | None:
        return self.fields.get(name.lower())

    def relation(self, name: str) -> Field | None:
        """Return the reference field that is followed under this relationship name."""
        wanted = name.lower()
        return next((one for one in self.fields.values() if one.relationship.lower() == wanted), None)

    @property
    def recycles(self) -> bool:
        """Whether deleted rows stay visible to queryAll; User, Organization and RecordType have no IsDeleted."""
        return "isdeleted" in self.fields

    @property
    def stored_fields(self) -> list[Field]:
        return [one for one in self.fields.values() if one.stored]

    def without(self, view: View) -> "SObject":
        """Return the object as someone with this view sees it."""
        key = self.name.lower()
        denied = view.denied.get(key, frozenset())
        if not denied and not any(one.startswith(f"{key}.") for one in view.hidden | view.locked):
            return self
        seen = {
            name: replace(one, createable=False, updateable=False) if f"{key}.{name}" in view.locked else one
            for name, one in self.fields.items()
            if f"{key}.{name}" not in view.hidden
        }
        return replace(
            self,
            fields=seen,
            createable=self.createable and "create" not in denied,
            updateable=self.updateable and "edit" not in denied,
            deletable=self.deletable and "delete" not in denied,
        )


Schema = dict[str, SObject]
"""Objects by lower-case name."""


def read_object(text: str, picks: dict[str, tuple[str, ...]], extra: str = "") -> SObject:
    """Read one object: its first line is `Name prefix Plural [readonly] [norecycle] [setup]`, the fields follow."""
    head, _, body = text.strip().partition("\n")
    name, prefix, plural, *flags = head.split()
    system = "" if "norecycle" in flags else "IsDeleted boolean read\n"
    lines = f"Id id read defaulted idlookup label:{name}_ID\n{system}{body}\n{extra}\n{_CREATED}"
    fields = [_read_field(line, name, picks) for line in _expand(lines)]
    writable = "readonly" not in flags
    table = {one.name.lower(): one for one in fields}
    spaced = plural.replace("_", " ")
    return SObject(name, prefix, spaced, table, writable, writable, writable, setup="setup" in flags)


def field_from_json(facts: dict[str, Any]) -> Field:
    """Return a field from what `asdict` made of it and JSON kept."""
    listed = {name: tuple(facts[name]) for name in ("references", "picks")}
    return Field(**{**facts, **listed})


def _expand(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.splitlines():
        whole = _ADDRESS_PARTS.format(line.strip()[1:]).splitlines() if line.strip().startswith("@") else [line]
        lines.extend(one for one in whole if one.strip())
    return lines


def _read_field(line: str, owner: str, picks: dict[str, tuple[str, ...]]) -> Field:
    name, kind, *words = line.split()
    match = _KIND.fullmatch(kind)
    if match is None:
        raise ValueError(f"{owner}.{name}: {kind} is no kind of field")
    flags = {word.partition(":")[0]: word.partition(":")[2] for word in words}
    one = _of_kind(name, match, picks.get(f"{owner}.{name}", ()))
    return _with_flags(one, flags)


def _of_kind(name: str, match: re.Match[str], picks: tuple[str, ...]) -> Field:
    kind, size, places = match.group(1), int(match.group(2) or 0), int(match.group(3) or 0)
    label = _label(name)
    if kind.startswith("->"):
        relationship = f"{name[:-3]}__r" if name.endswith("__c") else name.removesuffix("Id")
        targets = tuple(kind[2:].split(","))
        return Field(name, "reference", label, length=18, references=targets, relationship=relationship)
    if kind in NUMERIC:
        return Field(name, kind, label, precision=size, scale=places)
    if kind == "boolean":
        return Field(name, kind, label, nillable=False, defaulted=True, default="false")
    return Field(name, kind, label, length=18 if kind == "id" else size, picks=picks)


def _with_flags(one: Field, flags: dict[str, str]) -> Field:
    return replace(
        one,
        label=flags["label"].replace("_", " ").strip() if "label" in flags else one.label,
        nillable=one.nillable and "required" not in flags and "defaulted" not in flags and one.type != "id",
        createable="read" not in flags and one.stored,
        updateable="read" not in flags and "fixed" not in flags and one.stored,
        defaulted=one.defaulted or "defaulted" in flags or "default" in flags,
        default=flags.get("default", one.default),
        unique="unique" in flags,
        external_id="external" in flags,
        id_lookup="idlookup" in flags or "external" in flags,
        case_sensitive="cased" in flags,
        restricted="restricted" in flags,
        auto_number="auto" in flags,
        name_field="name" in flags,
        cascade="cascade" in flags,
        compound=flags.get("in", ""),
    )


def _label(name: str) -> str:
    if name.endswith("__c"):
        return name.removesuffix("__c").replace("_", " ")
    spaced = _WORDS.sub(" ", name)
    return f"{spaced.removesuffix(' Id')} ID" if spaced.endswith(" Id") else spaced
