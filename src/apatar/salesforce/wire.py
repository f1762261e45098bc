"""How values travel: JSON with exact decimals, and Salesforce's spelling of dates and times."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from apatar.salesforce.errors import NotExpressible, NotUnderstood


def read_json(body: bytes) -> Any:
    """Parse JSON with exact decimals. Raises NotUnderstood on HTML, nothing, or anything else."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(code="NOT_JSON") from error


def write_json(value: object) -> bytes:
    """Write JSON, decimals digit by digit. Raises NotExpressible on floats, naive times and unknown types."""
    return _json(value).encode()


def instant(text: str) -> datetime:
    """Parse `2015-06-25T21:54:37.000+0000` (or with `Z`) into an aware time."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return moment.astimezone(UTC)


def spelled(moment: datetime) -> str:
    """Spell an aware time as SOQL, JSON and CSV take it: `2015-07-17T19:03:37.000Z`."""
    if moment.tzinfo is None:
        raise NotExpressible("A time without its time zone cannot be sent to Salesforce.", code="NAIVE_TIME")
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def number(value: Decimal) -> str:
    """Spell a decimal without an exponent."""
    if not value.is_finite():
        raise NotExpressible("Only finite numbers can be sent to Salesforce.", code="NOT_A_NUMBER")
    return format(value, "f")


def _json(value: object) -> str:
    match value:
        case None | bool() | int() | str():
            return json.dumps(value)
        case Decimal():
            return number(value)
        case datetime():
            return f'"{spelled(value)}"'
        case date():
            return f'"{value.isoformat()}"'
        case Mapping():
            return "{" + ",".join(f"{json.dumps(str(key))}:{_json(held)}" for key, held in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_json, value)) + "]"
        case _:
            raise NotExpressible(f"A value of type {type(value).__name__} cannot be sent to Salesforce.", code="TYPE")


def _no_constant(name: str) -> Decimal:
    raise ValueError(f"{name} is not JSON")
