"""Objects and fields of the org, read from a compact notation.

One field a line: `Name kind flag flag`. Kinds: `string(80)`, `currency(18,2)`, `boolean`, `date`, `->Account` (a
reference), `@Billing` (a whole address). A field is writable and may be empty unless a flag says otherwise:
required · read (never written by callers) · fixed (written once) · defaulted · default:VALUE · idlookup · external ·
unique · cased · restricted · auto (numbered) · name (the name field) · cascade (goes with its parent) · in:COMPOUND ·
label:TEXT_
"""

import re
from dataclasses import dataclass, field, replace

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


@dataclass(frozen=True, slots=True)
class SObject:
    """One object; fields by lower-case name, in the order of the describe."""

    name: str
    prefix: str
    plural: str
    fields: dict[str, Field] = field(repr=False)
    createable: bool = True
    updateable: bool = True
    deletable: bool = True

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

    def without(self, hidden: frozenset[str]) -> "SObject":
        """Return the object as someone sees it who may not see the fields named `Object.Field`."""
        mine = {full.split(".", 1)[1].lower() for full in hidden if full.lower().startswith(f"{self.name.lower()}.")}
        if not mine:
            return self
        return replace(self, fields={key: one for key, one in self.fields.items() if key not in mine})


Schema = dict[str, SObject]
"""Objects by lower-case name."""


def read_object(text: str, picks: dict[str, tuple[str, ...]], extra: str = "") -> SObject:
    """Read one object: its first line is `Name prefix Plural [readonly] [norecycle]`, the fields follow."""
    head, _, body = text.strip().partition("\n")
    name, prefix, plural, *flags = head.split()
    system = "" if "norecycle" in flags else "IsDeleted boolean read\n"
    lines = f"Id id read defaulted idlookup label:{name}_ID\n{system}{body}\n{extra}\n{_CREATED}"
    fields = [_read_field(line, name, picks) for line in _expand(lines)]
    writable = "readonly" not in flags
    table = {one.name.lower(): one for one in fields}
    return SObject(name, prefix, plural.replace("_", " "), table, writable, writable, writable)


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
