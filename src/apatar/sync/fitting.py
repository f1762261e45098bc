"""Making a value fit where it goes: lengths, lines, QuickBooks' names; what is cut is said in plain words."""

import hashlib
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from apatar.sync.values import Kind, Value, canonical, line

NAME_LENGTH = 41
"""Customer.Name in qbXML: 41 characters (facts, QBXML_OBJECTS, CustomerAdd)."""
STREET_LINES = 5
STREET_WIDTH = 41
"""Addr1 to Addr5 of an address aggregate, 41 characters each (facts, QBWC section 4.2)."""

_MARK = " ~"
_DIGITS = 4
_GAP = "..."
_COLON = re.compile(r"\s*:[\s:]*")
_PHONE_EXTENSION = re.compile(r"(?:\bextension|\bext\b|\bx)\.?\s*(?=\d)", re.IGNORECASE)
_PHONE_SPACING = re.compile(r"[\s().\-/]+")


class NamePolicy(StrEnum):
    """How a name longer than QuickBooks allows is shortened."""

    END = "end"
    MIDDLE = "middle"
    SUFFIX = "suffix"


Spell = Callable[[str], str]
"""Spells a text with the characters QuickBooks has. It must leave its own results as they are."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """What shapes a value on its way into QuickBooks; `salt` is the Salesforce id, so that suffixes differ."""

    name_policy: NamePolicy = NamePolicy.END
    salt: str = ""
    spell: Spell | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A canonical value that fits, and what happened to it on the way, in words without the field's name."""

    value: Value
    notes: tuple[str, ...] = ()


def fit(
    kind: Kind,
    value: Value,
    *,
    length: int | None = None,
    street_lines: int | None = None,
    name_policy: NamePolicy | None = None,
    salt: str = "",
) -> Fitted:
    """Fit a canonical value; `street_lines` and `name_policy` are given for QuickBooks only.

    With `street_lines`, `length` is the width of one line; without, the length of the whole text.
    """
    if isinstance(value, tuple):
        return _fit_street(value, length=length, street_lines=street_lines)
    if not isinstance(value, str) or not kind.is_text:
        return Fitted(value)
    if kind is Kind.NAME and name_policy is not None:
        return _fit_named(value, length=length or NAME_LENGTH, policy=name_policy, salt=salt)
    if length is None or len(value) <= length:
        return Fitted(value)
    if kind is Kind.PHONE:
        value = compact_phone(value)
    return Fitted(value[:length].rstrip(), (f"was shortened to {length} characters",))


def fit_name(name: str, *, length: int = NAME_LENGTH, policy: NamePolicy = NamePolicy.END, salt: str = "") -> str:
    """Return a name QuickBooks accepts: no colon (status 3090), at most `length`, never empty; stable for its input."""
    text = line(_COLON.sub(" - ", name).strip(" -") if ":" in name else name) or "Unnamed"
    if len(text) <= length:
        return text
    if policy is NamePolicy.SUFFIX:
        return suffixed_name(text, length=length, salt=salt)
    if policy is NamePolicy.MIDDLE and length > 2 * len(_GAP):
        tail = (length - len(_GAP)) // 2
        return text[: length - len(_GAP) - tail].rstrip() + _GAP + text[-tail:].lstrip()
    return text[:length].rstrip()


def suffixed_name(name: str, *, length: int = NAME_LENGTH, salt: str = "") -> str:
    """Return the name with a short mark made of itself and `salt`, for a name that is taken (status 3100)."""
    sign = hashlib.sha256(f"{salt}|{name}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS].upper()
    room = max(length - len(_MARK) - _DIGITS, 1)
    return (fit_name(name, length=room) + _MARK + sign)[-length:].strip()


def compact_phone(number: str) -> str:
    """Return a telephone number without its decoration, so that fewer digits are lost when it must be cut."""
    return _PHONE_SPACING.sub("", _PHONE_EXTENSION.sub("x", number)) or number


def spelled(kind: Kind, value: Value, spell: Spell | None) -> Value:
    """Return a canonical text in QuickBooks' characters; anything else as it is."""
    if spell is None or not isinstance(value, str | tuple) or not kind.is_text:
        return value
    if isinstance(value, tuple):
        return canonical(kind, tuple(spell(part) for part in value))
    return canonical(kind, spell(value))


def _fit_named(name: str, *, length: int, policy: NamePolicy, salt: str) -> Fitted:
    text = fit_name(name, length=length, policy=policy, salt=salt)
    if text == name:
        return Fitted(name)
    notes = []
    if ":" in name:
        notes.append("had a colon, which QuickBooks does not allow in names")
    if text != fit_name(name, length=len(name) * 3):
        notes.append(f"was shortened to {length} characters")
    return Fitted(text, tuple(notes))


def _fit_street(lines: tuple[str, ...], *, length: int | None, street_lines: int | None) -> Fitted:
    if length is None:
        return Fitted(lines)
    if street_lines is None:
        return _fit_joined(lines, length=length)
    if len(lines) <= street_lines and all(len(one) <= length for one in lines):
        return Fitted(lines)
    wrapped = [
        (", " if at == 0 else " ", part)
        for one in lines
        for at, part in enumerate(textwrap.wrap(one, length, break_on_hyphens=False))
    ]
    surplus = wrapped[street_lines - 1 :]
    last = "".join(joint + part for joint, part in surplus).removeprefix(",").lstrip()
    kept = (*(part for _, part in wrapped[: street_lines - 1]), last[:length].rstrip())
    notes = [f"was laid out again in lines of {length} characters"]
    if len(last) > length:
        notes.append(f"lost its end: “{last[length:].strip()[:60]}” has no room in {street_lines} lines")
    return Fitted(tuple(part for part in kept if part), tuple(notes))


def _fit_joined(lines: tuple[str, ...], *, length: int) -> Fitted:
    text = "\n".join(lines)
    if len(text) <= length:
        return Fitted(lines)
    return Fitted(canonical(Kind.STREET, text[:length]), (f"was shortened to {length} characters",))
