"""Whether a value can be what its element says; a wrong one spoils only its own request.

Facts: QBWC section 4.2 (types and limits) and section 8 (which faults are a status, which refuse the whole set).
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from apatar.sandbox.quickbooks.notation import Element
from apatar.sandbox.quickbooks.statuses import Refused

_LIST_ID = re.compile(r"[0-9A-Fa-f]{1,16}-\d{1,12}|[0-9A-Za-z]{16}|-1")
_GUID = re.compile(r"0|\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_AMOUNT = re.compile(r"[+-]?\d{1,13}(\.\d{2})?")
_NUMBER = re.compile(r"[+-]?\d{1,10}(\.\d{1,5})?")
_FIFTH = Decimal("0.00001")
_SPAN = re.compile(r"PT\d+H\d+M(\d+S)?")
_BOOLEANS = {"true": "true", "1": "true", "false": "false", "0": "false"}

# QBWC section 4.2: an empty text clears these; an ID or a GUID has no empty form.
_MAY_BE_EMPTY = frozenset(
    {"str", "bool", "date", "time", "amt", "price", "quan", "pct", "int", "enum", "span", "float"}
)


def canonical(spec: Element, text: str) -> str:
    """Return the value as QuickBooks would print it; raises Refused with the status of its type."""
    value = text if spec.kind == "str" else text.strip()
    if not value and spec.kind in _MAY_BE_EMPTY:
        return ""
    check = _CHECKS.get(spec.kind)
    return check(spec, value) if check else value


def _string(spec: Element, value: str) -> str:
    if spec.limit and len(value) > spec.limit:
        raise Refused(3070, value=value, field=spec.name)
    return value


def _boolean(spec: Element, value: str) -> str:
    if value not in _BOOLEANS:
        raise Refused(3010, value=value, field=spec.name)
    return _BOOLEANS[value]


def _date(spec: Element, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise Refused(3020, value=value, field=spec.name) from None


def _amount(spec: Element, value: str) -> str:
    if not _AMOUNT.fullmatch(value):
        raise Refused(3040, value=value, field=spec.name)
    plain = value.lstrip("+")
    return plain if "." in plain else f"{plain}.00"


def _priced(spec: Element, value: str) -> str:
    _matching(_NUMBER, 3045)(spec, value)
    return price_text(Decimal(value))


def _counted(spec: Element, value: str) -> str:
    _matching(_NUMBER, 3060)(spec, value)
    return quantity_text(Decimal(value))


def price_text(price: Decimal) -> str:
    """Print a price or rate with two to five decimals (QBWC section 4.2)."""
    whole, _, rest = f"{price.quantize(_FIFTH):f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def quantity_text(quantity: Decimal) -> str:
    """Print a quantity without padding: 2, 0.5, -281 (QBWC section 4.2)."""
    whole, _, rest = f"{quantity.quantize(_FIFTH):f}".partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else ("0" if whole == "-0" else whole)


def _integer(spec: Element, value: str) -> str:
    try:
        number = int(value)
    except ValueError:
        raise Refused(3085, value=value, field=spec.name) from None
    if number < (spec.low if spec.low is not None else number) or number > (spec.high or number):
        raise Refused(3085, value=value, field=spec.name)
    return value


def _matching(pattern: re.Pattern[str], code: int) -> Callable[[Element, str], str]:
    def check(spec: Element, value: str) -> str:
        if not pattern.fullmatch(value):
            # "list id" is how QuickBooks names that field; other field names in such texts are unverified.
            field = "list id" if spec.name == "ListID" else spec.name
            raise Refused(code, value=value, field=field)
        return value

    return check


_CHECKS: dict[str, Callable[[Element, str], str]] = {
    "str": _string,
    "bool": _boolean,
    "date": _date,
    "amt": _amount,
    "int": _integer,
    "id": _matching(_LIST_ID, 3000),
    "guid": _matching(_GUID, 3065),
    "price": _priced,
    "pct": _matching(_NUMBER, 3050),
    "quan": _counted,
    "float": _matching(_NUMBER, 3085),
    "span": _matching(_SPAN, 3035),
}
