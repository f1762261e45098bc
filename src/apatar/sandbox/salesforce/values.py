"""Values of fields: from JSON and CSV into the form they are kept in, and back.

Kept forms: text as str, booleans as 0/1, decimals as whole numbers of their last place, date-times as seconds since
1970, dates as `YYYY-MM-DD`. Times have a resolution of one second (SALESFORCE.md 2.1: every recorded
stamp ends in .000).
"""

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.ids import full_id
from apatar.sandbox.salesforce.schema import NUMERIC, TEXTUAL, Field

Stored = str | int | None

_DATETIME = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::(\d\d)(?:[.]\d+)?)?(Z|[+-]\d\d:?\d\d)?",
)
_JSON_TOKENS: tuple[tuple[type, str], ...] = (
    (bool, "VALUE_TRUE"),
    (int, "VALUE_NUMBER_INT"),
    (Decimal, "VALUE_NUMBER_FLOAT"),
    (dict, "START_OBJECT"),
    (list, "START_ARRAY"),
)
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]+@[^@\s<>()\[\],;:\\\"]+[.][^@\s<>()\[\],;:\\\".]{2,}")


def to_stored(field: Field, value: Any, *, owner: str) -> Stored:
    """Return a JSON value in its kept form; raises Refused with the code that the field's rule calls for."""
    if field.type == "boolean":
        return _boolean(field, value)
    return None if value is None else _given(field, value, owner)


def _given(field: Field, value: Any, owner: str) -> Stored:
    if field.type in TEXTUAL:
        return _text(field, value, owner)
    if field.type in ("reference", "id"):
        return _reference(field, value)
    if field.type in NUMERIC or field.type == "int":
        return _number(field, value)
    if not isinstance(value, str):
        raise _cannot_read(field, value)
    text = value.strip()
    if not text:
        return None
    return _date(field, text) if field.type == "date" else _datetime(field, text)


def from_cell(field: Field, text: str) -> Any:
    """Return what a CSV cell says, as JSON would say it."""
    if field.type == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    return text


def to_json(field: Field, value: Stored) -> Any:
    """Return a kept value as the REST API writes it."""
    if value is None:
        return None
    if field.type == "boolean":
        return bool(value)
    if field.type in NUMERIC:
        return float(Decimal(value).scaleb(-field.scale))
    return stamp(int(value)) if field.type == "datetime" else value


def to_cell(field: Field, value: Stored) -> str:
    """Return a kept value as Bulk API 2.0 writes it into CSV."""
    shown = to_json(field, value)
    if shown is None:
        return ""
    if isinstance(shown, bool):
        return "true" if shown else "false"
    return str(shown).replace("+0000", "Z") if field.type == "datetime" else str(shown)


def stamp(seconds: int) -> str:
    """Return a time as JSON answers show it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def parse_datetime(text: str) -> int | None:
    """Return the second that an ISO date-time with an offset names, or None; a missing offset means UTC."""
    match = _DATETIME.fullmatch(text)
    if match is None:
        return None
    day, minute, second, offset = match.groups()
    try:
        at = datetime.fromisoformat(f"{day}T{minute}:{second or '00'}{offset or 'Z'}")
    except ValueError:
        return None
    return int(at.timestamp())


def scaled(field: Field, number: Decimal) -> int:
    """Return a decimal as a whole number of the field's last place; that halves go up is unverified."""
    return int(number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP).scaleb(field.scale))


def _text(field: Field, value: Any, owner: str) -> str | None:
    if not isinstance(value, str):
        raise _cannot_read(field, value)
    text = value.strip()
    if not text:
        return None
    if field.length and len(text) > field.length:
        message = f"{_full_label(field, owner)}: data value too large: {text} (max length={field.length})"
        raise Refused("STRING_TOO_LONG", message, fields=(field.name,))
    if field.type == "email" and not _EMAIL.fullmatch(text):
        message = f"{field.label}: invalid email address: {text}"
        raise Refused("INVALID_EMAIL_ADDRESS", message, fields=(field.name,))
    if field.restricted and text not in field.picks:
        message = f"{field.label}: bad value for restricted picklist field: {text}"
        raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=(field.name,))
    return text


def _full_label(field: Field, owner: str) -> str:
    return field.label if field.label.startswith(owner) else f"{owner} {field.label}"


def _reference(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise _cannot_read(field, value)
    if not value.strip():
        return None
    whole = full_id(value.strip())
    if whole is None:
        message = f"{field.label}: id value of incorrect type: {value}"
        raise Refused("MALFORMED_ID", message, fields=(field.name,))
    return whole


def _boolean(field: Field, value: Any) -> int:
    if value is None:
        # Facts 2.3: a null boolean is an error or false; the stricter reading is kept. The text is unverified.
        message = f"{field.name}: value not of required type: null"
        raise Refused("INVALID_TYPE_ON_FIELD_IN_RECORD", message, fields=(field.name,))
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return int(value.lower() == "true")
    if not isinstance(value, bool):
        raise _cannot_read(field, value)
    return int(value)


def _number(field: Field, value: Any) -> int | None:
    if value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise _cannot_read(field, value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _cannot_read(field, value) from None
    if not number.is_finite():
        raise _cannot_read(field, value)
    places = field.precision - field.scale if field.type in NUMERIC else 10
    if abs(number) >= Decimal(10) ** places or (field.type == "int" and number != number.to_integral_value()):
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise Refused("NUMBER_OUTSIDE_VALID_RANGE", message, fields=(field.name,))
    return int(number) if field.type == "int" else scaled(field, number)


def _date(field: Field, text: str) -> str:
    if not re.match(r"\d{4}-\d\d-\d\d(?:T|$)", text):
        raise _cannot_read(field, text)
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise _cannot_read(field, text) from None


def _datetime(field: Field, text: str) -> int:
    seconds = parse_datetime(f"{text}T00:00:00Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text)
    if seconds is None:
        raise _cannot_read(field, text)
    return seconds


def _cannot_read(field: Field, value: Any) -> Refused:
    """Return the answer to a JSON value of the wrong kind, in the words of Salesforce's JSON library."""
    token = next((name for kind, name in _JSON_TOKENS if isinstance(value, kind)), "VALUE_STRING")
    message = (
        f"Cannot deserialize instance of {'string' if field.type in TEXTUAL else field.type} from {token} value {value}"
        " or request may be missing a required field at [line:1, column:1]"
    )
    return Refused("JSON_PARSER_ERROR", message, fields=None)
