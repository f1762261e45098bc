"""Canonical forms: what a value is once spelling, spacing and wire formats are taken away."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from functools import cache

from apatar.sync.errors import UnreadableValueError


@dataclass(frozen=True, slots=True)
class RemoteLine:
    """One line of a document as a side gives or takes it.

    `id` is the side's own id of the line: a TxnLineID, the Salesforce id, or our external id. "" is a new line. `kind`
    is its element or object, such as InvoiceLine. `gone` asks for its removal.
    """

    id: str
    kind: str
    fields: "Mapping[str, RemoteLeaf]"
    gone: bool = False


RemoteLeaf = str | Decimal | int | bool | None
RemoteValue = RemoteLeaf | tuple[RemoteLine, ...]
"""What one field holds as one side's interface gives or takes it; the lines of a document are one value."""


@dataclass(frozen=True, slots=True)
class LineValue:
    """One line in canonical form: its values, in the order of their names. Lines are equal by them, not by `key`."""

    values: "tuple[tuple[str, Scalar], ...]"
    key: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one document, in their order."""

    lines: tuple[LineValue, ...]


Scalar = str | Decimal | bool | date | tuple[str, ...] | None
Value = Scalar | Lines
"""A canonical value; None is the one spelling of empty."""


class Kind(StrEnum):
    TEXT = "text"
    NAME = "name"
    LONG_TEXT = "long_text"
    STREET = "street"
    PHONE = "phone"
    EMAIL = "email"
    MONEY = "money"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    REFERENCE = "reference"
    LINES = "lines"

    @property
    def is_text(self) -> bool:
        return self not in _NOT_TEXT


_NOT_TEXT = frozenset({Kind.MONEY, Kind.NUMBER, Kind.DATE, Kind.BOOLEAN, Kind.REFERENCE, Kind.LINES})
_AMOUNTS = frozenset({Kind.MONEY, Kind.NUMBER})

Raw = RemoteLeaf | date | tuple[str, ...]
Canonical = Callable[[Raw], Scalar]

# Controls that XML 1.0 cannot carry, and two invisible characters that people paste without knowing.
_INVISIBLE = dict.fromkeys((*range(9), *range(14, 28), 127, 0x200B, 0xFEFF))
_LINE_BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def line(raw: Raw) -> str | None:
    """Return one line of text, NFC, its whitespace folded; None when nothing is left."""
    text = _text(raw)
    if not (text.isascii() and text.isprintable()):
        text = _composed(text)
    return " ".join(text.split()) or None


def long_text(raw: Raw) -> str | None:
    """Return text of several lines: LF only, no trailing spaces; inner spacing is kept."""
    text = _LINE_BREAK.sub("\n", _composed(_text(raw)))
    return "\n".join(part.rstrip() for part in text.split("\n")).strip() or None


def street(raw: Raw) -> tuple[str, ...] | None:
    """Return the non-empty lines of a street, from one text with line breaks or from several lines."""
    text = "\n".join(raw) if isinstance(raw, tuple) else _text(raw)
    lines = tuple(found for part in _LINE_BREAK.split(text) if (found := line(part)))
    return lines or None


def money(raw: Raw, *, places: int = 2) -> Decimal | None:
    """Return an amount with exactly `places` decimals; raise UnreadableValueError for anything that is no amount."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, bool | date | tuple):
        raise UnreadableValueError(raw, wanted="an amount")
    try:
        amount = Decimal(raw.strip() if isinstance(raw, str) else raw).quantize(_step(places), ROUND_HALF_UP)
    except InvalidOperation:
        raise UnreadableValueError(raw, wanted="an amount") from None
    if not amount.is_finite():
        raise UnreadableValueError(raw, wanted="an amount")
    return amount or abs(amount)  # no negative zero


def day(raw: Raw) -> date | None:
    """Return a calendar day from an ISO date, or from the date part of an ISO time."""
    if raw is None or isinstance(raw, date):
        return raw
    text = _text(raw).strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise UnreadableValueError(raw, wanted="a date") from None


def boolean(raw: Raw) -> bool | None:
    """Return yes or no; both interfaces spell them true/false, qbXML also accepts 1/0."""
    if raw is None or isinstance(raw, bool):
        return raw
    found = _BOOLEANS.get(_text(raw).strip().casefold(), raw)
    if found is None or isinstance(found, bool):
        return found
    raise UnreadableValueError(raw, wanted="yes or no")


_BOOLEANS: dict[str, bool | None] = {"": None, "true": True, "1": True, "false": False, "0": False}
_CANONICAL: dict[Kind, Canonical] = {
    Kind.LONG_TEXT: long_text,
    Kind.STREET: street,
    Kind.DATE: day,
    Kind.BOOLEAN: boolean,
}


def canonical(kind: Kind, raw: Raw, *, places: int = 2) -> Scalar:
    """Return the form in which values of both sides and of the base are compared."""
    if kind in _AMOUNTS:
        return money(raw, places=places)
    return _CANONICAL.get(kind, line)(raw)


def canonicaliser(kind: Kind, *, places: int = 2) -> Canonical:
    """Return `canonical` with its kind looked up once, for hot loops."""
    if kind in _AMOUNTS:
        return lambda raw: money(raw, places=places)
    return _CANONICAL.get(kind, line)


def _text(raw: Raw) -> str:
    if isinstance(raw, str):
        return raw
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return " ".join(raw) if isinstance(raw, tuple) else str(raw)


def _composed(text: str) -> str:
    if text.isascii():
        return text if text.isprintable() else text.translate(_INVISIBLE)
    # Twice at most: taking an invisible character away can bring a letter and its accent together.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).translate(_INVISIBLE))


@cache
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)
