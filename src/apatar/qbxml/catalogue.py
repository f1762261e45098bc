"""The fields of QuickBooks' objects, for people who map them: path, name, type, length, and where they can be written.

Everything comes out of the grammar: what `NAMERet` holds can be read, what `NAMEAdd` and `NAMEMod` take, written. Paths
are those of `answers.fields`. Lines are objects of their own, such as InvoiceLine. Lists inside a record, such as
further shipping addresses, are left out: they have no path of their own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from apatar.qbxml.grammar import Element, Kind, elements_of, known, message, record
from apatar.qbxml.grammar.elements import Particle
from apatar.qbxml.versions import FIRST, Version

CUSTOM_FIELD = "DataExt."
REACHED_BY = "AdditionalContactRef"
REACHED_LABELS = ("Main Phone", "Mobile", "Fax", "Main Email")
"""Labels of a contact's numbers and addresses. People add their own, so these are not all (facts, QBWC section 5)."""
CUSTOM_LENGTH = 255
"""A custom field of text holds so many characters (STR255TYPE of DataExtType in the schema)."""
MAIN_CONTACT = (
    "Salutation", "FirstName", "MiddleName", "LastName", "JobTitle", "Phone", "AltPhone", "Fax", "Email", "Contact",
    "AltContact",
)  # fmt: skip
"""The elements of a customer that speak of its one contact, before contacts were a list (12.0)."""
SOLD_ITEMS = (
    "ItemService", "ItemNonInventory", "ItemInventory", "ItemInventoryAssembly", "ItemOtherCharge", "ItemDiscount",
    "ItemGroup",
)  # fmt: skip

IDENTITY = frozenset({"ListID", "TxnID", "TxnLineID", "EditSequence", "ExternalGUID"})
"""What a Mod names its record by, or what we sign it with: it can be read, but nobody maps anything into it."""

CARDS = ("CreditCardInfo", "CreditCardTxnInfo")
"""Numbers of credit cards are nobody's to copy."""

Particles = tuple[Particle, ...]
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_SPOKEN = {
    "Addr": "line", "Ref": "", "Full": "", "Txn": "transaction", "PO": "PO", "AR": "receivables", "COGS": "COGS",
    "ID": "ID", "GUID": "GUID", "Desc": "description", "Bill": "billing", "Ship": "shipping",
    "FOB": "FOB", "Acct": "account", "Msg": "message",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CatalogueField:
    """One field of an object; `addable` and `modable` say whether a new and an existing record take it.

    `required`: an Add is refused without it.
    `variants` names the kinds of item that have it; empty where all records of the object do.
    """

    path: str
    label: str
    kind: Kind
    length: int | None
    since: Version
    addable: bool
    modable: bool
    values: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    custom: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class _Shapes:
    """What an object looks like in an answer, in an Add and in a Mod."""

    read: Particles
    add: Particles = ()
    mod: Particles = ()


@cache
def fields_of(name: str) -> tuple[CatalogueField, ...]:
    """Return the fields of an object, such as Customer, Item or InvoiceLine; nothing for what the grammar lacks."""
    if name == "Item":
        return _items()
    shapes = _shapes(name)
    found = [] if shapes is None else list(_fields(shapes))
    return tuple([*found, *_reached()] if name == "Contact" else found)


def custom_fields(names: Iterable[str]) -> tuple[CatalogueField, ...]:
    """Return public custom fields as fields like any others: they exist on records and can always be written."""
    return tuple(
        CatalogueField(f"{CUSTOM_FIELD}{name}", name, Kind.TEXT, CUSTOM_LENGTH, Version(2), True, True, custom=True)
        for name in names
    )


def label_of(path: str) -> str:
    """Say a path in words: "BillAddress.City" is “Billing address city”."""
    if path == "FullName":
        return "Full name"
    path = path.removesuffix(".FullName").replace("RefNumber", "ReferenceNumber")
    spoken = " ".join(_SPOKEN.get(word, word if word.isupper() else word.lower()) for word in _WORD.findall(path))
    text = " ".join(spoken.split()) or path
    return text[:1].upper() + text[1:]


def _shapes(name: str) -> _Shapes | None:
    if name == "Contact":
        return _Shapes(
            _below("Customer", "ContactsRet"), _body("CustomerAdd", "Contacts"), _body("CustomerMod", "ContactsMod")
        )
    if name == "MainContact":
        whole = _shapes("Customer")
        return whole and _Shapes(*(_only(each, MAIN_CONTACT) for each in (whole.read, whole.add, whole.mod)))
    if found := record(name):
        return _Shapes(found.children, _body(f"{name}Add"), _body(f"{name}Mod"))
    return _line(name)


def _line(name: str) -> _Shapes | None:
    """Return the shapes of a document's lines, such as InvoiceLine or AppliedToTxn."""
    document = "ReceivePayment" if name == "AppliedToTxn" else name.removesuffix("Line")
    if record(document) is None:
        return None
    read = _below(document, f"{name}Ret")
    return _Shapes(read, _body(f"{document}Add", f"{name}Add"), _body(f"{document}Mod", f"{name}Mod")) if read else None


def _below(name: str, element: str) -> Particles:
    found = record(name)
    inner = elements_of(found.children).get(element) if found else None
    return inner.children if inner else ()


def _body(name: str, element: str = "") -> Particles:
    """Return what a message takes, or what one element of it does; nothing where there is no such message."""
    body = message(name).body() if known(name) else None
    if body is None:
        return ()
    if not element:
        return body.children
    inner = elements_of(body.children).get(element)
    return inner.children if inner else ()


def _only(particles: Particles, names: tuple[str, ...]) -> Particles:
    return tuple(one for name, one in elements_of(particles).items() if name in names)


def _leaves(particles: Particles, prefix: str = "", since: Version = FIRST) -> dict[str, Element]:
    """Return every field by its path, each with the version since which all of its path exists."""
    found: dict[str, Element] = {}
    for name, one in elements_of(particles).items():
        newest = max(since, one.since)
        if one.repeats or name.startswith(CARDS):
            continue
        if one.kind is Kind.GROUP:
            # A Mod calls some groups by another name: SalesOrPurchaseMod.
            found |= _leaves(one.children, f"{prefix}{name.removesuffix('Mod')}.", newest)
        else:
            found[f"{prefix}{name}"] = replace(one, since=newest)
    return found


def _fields(shapes: _Shapes) -> Iterator[CatalogueField]:
    add, mod = _leaves(shapes.add), _leaves(shapes.mod)
    for path, one in _leaves(shapes.read).items():
        yield _field(path, one, add, mod)


def _field(path: str, one: Element, add: Mapping[str, Element], mod: Mapping[str, Element]) -> CatalogueField:
    written = add.get(path) or mod.get(path)
    if path in IDENTITY:
        add, mod = {}, {}
    length = written.length if written and written.length else one.length
    values = written.values if written and written.values else one.values
    return CatalogueField(
        path,
        label_of(path),
        one.kind,
        length,
        one.since,
        addable=path in add,
        modable=path in mod,
        values=values,
        required=path in add and add[path].required and "." not in path,
    )


def _reached() -> list[CatalogueField]:
    since = Version(12)
    return [
        CatalogueField(f"{REACHED_BY}.{label}", label, Kind.TEXT, CUSTOM_LENGTH, since, True, True)
        for label in REACHED_LABELS
    ]


def _items() -> tuple[CatalogueField, ...]:
    """Put the kinds of item together: a field of several is one, with the kinds that have it."""
    merged: dict[str, CatalogueField] = {}
    for item in SOLD_ITEMS:
        for one in fields_of(item):
            before = merged.get(one.path)
            variants = (*(before.variants if before else ()), item)
            addable, modable = (
                one.addable or bool(before and before.addable),
                one.modable or bool(before and before.modable),
            )
            merged[one.path] = replace(before or one, addable=addable, modable=modable, variants=variants)
    whole = tuple(sorted(SOLD_ITEMS))
    return tuple(
        replace(one, variants=() if tuple(sorted(one.variants)) == whole else one.variants) for one in merged.values()
    )
