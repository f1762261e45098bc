"""How one value is written, and which values an element can hold."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from apatar.qbxml.errors import GrammarError, MissingElement, TooLong, UnrepresentableText, WrongType
from apatar.qbxml.grammar import Element, Kind
from apatar.qbxml.text import unrepresentable
from apatar.qbxml.wallclock import WallClock

# The patterns are those of the schema's types (QBWC facts 4.2), without the empty string, which is handled apart.
_GUID = re.compile(r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}")
_INT = re.compile(r"[+-]?\d+")
_AMOUNT = re.compile(r"[+-]?\d{1,13}(\.\d{2})?")
_PRICE = re.compile(r"[+-]?\d{1,10}(\.\d{1,5})?")
_FLOAT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_MOMENT = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}(:\d{1,2}(:\d{1,2})?)?)?")
_INTERVAL = re.compile(r"[+-]?PT(?=\d)(\d+H)?(\d+M)?(\d+S)?")

CLEARABLE = frozenset(Kind) - {Kind.INT, Kind.ENUM, Kind.GUID}
"""Kinds that may be written empty, which clears the field."""


class _Refused(Exception):
    """Says why a value can't be written, before the place is known."""


def written(element: Element, value: Any, *, message: str, path: tuple[str, ...]) -> str:
    """Return the value's text, not yet escaped; raise a GrammarError that names the place.

    None and "" clear the field. Text that already has the element's form is taken as it is, so that what was read can
    be written back; nothing is ever rounded or cut here.
    """
    if value is None or value == "":
        return _cleared(element, message=message, path=path)
    try:
        text = _WRITERS[element.kind](value)
    except _Refused as refused:
        raise WrongType(str(refused), message=message, path=path) from None
    _check(element, text, message=message, path=path)
    return text


def _cleared(element: Element, *, message: str, path: tuple[str, ...]) -> str:
    if element.required:
        raise MissingElement("must have a value.", message=message, path=path)
    if element.kind not in CLEARABLE:
        raise WrongType(f"is of type {element.kind}, which can't be empty. Leave it out.", message=message, path=path)
    return ""


def _check(element: Element, text: str, *, message: str, path: tuple[str, ...]) -> None:
    if element.length is not None and len(text) > element.length:
        raise TooLong(length=len(text), limit=element.length, message=message, path=path)
    problem = _problem(element, text)
    if problem is not None:
        raise problem[0](problem[1], message=message, path=path)


def _problem(element: Element, text: str) -> tuple[type[GrammarError], str] | None:
    if element.kind is Kind.ENUM and text not in element.values:
        return WrongType, f"takes only {', '.join(element.values)}; not {text!r}."
    if element.kind is Kind.INT and not _in_range(element, int(text)):
        return WrongType, f"{text} is outside {_range(element)}."
    if element.kind in (Kind.TEXT, Kind.ID) and (bad := unrepresentable(text)):
        return UnrepresentableText, f"holds characters that QuickBooks can't store ({bad!a}). Replace them first."
    return None


def _in_range(element: Element, number: int) -> bool:
    return (element.low is None or number >= element.low) and (element.high is None or number <= element.high)


def _range(element: Element) -> str:
    low = "…" if element.low is None else element.low
    return f"{low} to {'…' if element.high is None else element.high}"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Refused(f"needs text, not {type(value).__name__}.")
    return value


def _bool(value: Any) -> str:
    if value is True or value == "true":
        return "true"
    if value is False or value == "false":
        return "false"
    raise _Refused("needs True or False.")


def _int(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _formed(value, _INT, "a whole number")


def _amount(value: Any) -> str:
    text = _decimal(value, places=2, at_least=2)
    return _formed(text, _AMOUNT, "an amount with exactly two decimals and at most 13 digits before them")


def _price(value: Any) -> str:
    text = _decimal(value, places=5, at_least=2)
    return _formed(text, _PRICE, "a number with at most 10 digits and 5 decimals")


def _quantity(value: Any) -> str:
    text = _decimal(value, places=5, at_least=0)
    return _formed(text, _PRICE, "a number with at most 10 digits and 5 decimals")


def _float(value: Any) -> str:
    return _formed(_decimal(value, places=None, at_least=0), _FLOAT, "a plain decimal number")


def _decimal(value: Any, *, places: int | None, at_least: int) -> str:
    """Print a Decimal or int without an exponent, padded to `at_least` decimals, refused beyond `places`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise _Refused(f"needs a Decimal, not {type(value).__name__}.")
    number = Decimal(value)
    if not number.is_finite():
        raise _Refused(f"{number} is not a number.")
    whole, _, decimals = f"{number:f}".partition(".")
    decimals = decimals.rstrip("0")
    if places is not None and len(decimals) > places:
        raise _Refused(f"{number} has more than {places} decimals. Round it first.")
    decimals = decimals.ljust(at_least, "0")
    return f"{whole}.{decimals}" if decimals else whole


def _date(value: Any) -> str:
    if isinstance(value, datetime):
        raise _Refused("needs a date, not a date with a time.")
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(_formed(value, re.compile(r"\d{4}-\d{2}-\d{2}"), "a date as YYYY-MM-DD")).isoformat()
    except ValueError:
        raise _Refused(f"{value!r} is not a day of the calendar.") from None


def _moment(value: Any) -> str:
    if isinstance(value, WallClock):
        return value.text()
    return _formed(value, _MOMENT, "the QuickBooks PC's wall-clock time, without an offset")


def _interval(value: Any) -> str:
    if not isinstance(value, timedelta):
        return _formed(value, _INTERVAL, "a duration as PT1H30M0S")
    minutes, seconds = divmod(int(abs(value).total_seconds()), 60)
    return f"{'-' if value < timedelta() else ''}PT{minutes // 60}H{minutes % 60}M{seconds}S"


def _guid(value: Any) -> str:
    return _formed(value, _GUID, "0 or a GUID in braces")


def _formed(value: Any, form: re.Pattern[str], what: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _Refused(f"needs {what}; not {value!r}.")
    return value


_WRITERS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: _text,
    Kind.ID: _text,
    Kind.ENUM: _text,
    Kind.GUID: _guid,
    Kind.BOOL: _bool,
    Kind.INT: _int,
    Kind.AMOUNT: _amount,
    Kind.PRICE: _price,
    Kind.PERCENT: _price,
    Kind.QUANTITY: _quantity,
    Kind.FLOAT: _float,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.INTERVAL: _interval,
}
