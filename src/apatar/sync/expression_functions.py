"""The functions of expressions: what CEL hands over comes in, what CEL can hold goes out.

Empty in, empty out, where nothing else is said. A number is a double on CEL's side and a Decimal on this one; with
at most fifteen digits, neither loses anything of the other. A day is a timestamp at midnight UTC.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException, InvalidOperation

from apatar.sync.errors import ExpressionError, UnreadableValueError
from apatar.sync.expression_grammar import MOST_DIGITS
from apatar.sync.values import Value, day

Held = str | bool | float | datetime | None
"""A value as CEL holds it."""

Tables = Mapping[str, Mapping[str, str]]

LONGEST_TEXT = 200_000
"""More than a long text area of Salesforce holds (131,072 characters)."""

PLACES = Decimal("0.00001")
"""QuickBooks' prices have five decimals at most (PRICETYPE of its schema), amounts two."""

_WORD = re.compile(r"\w[\w'\u2019]*")
_DIGITS = Context(prec=MOST_DIGITS, rounding=ROUND_HALF_UP)
_ROOMY = Context(prec=MOST_DIGITS + 5)
_LARGEST = Decimal(10) ** MOST_DIGITS


def held(value: object) -> Held:
    """Return a value of a record as CEL holds it: the lines of a street as one text; a document's lines are refused."""
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, date):
        return _timestamp(value)
    if isinstance(value, Decimal | int):
        return _double(Decimal(value))
    if isinstance(value, tuple) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    message = "An expression cannot read the lines of a document. Choose fields of its head."
    raise ExpressionError(message)


def released(result: object) -> Value:
    """Return what CEL gave as a value of the product; raise ExpressionError for what no field can hold."""
    if isinstance(result, bool) or result is None:
        return result
    if isinstance(result, str):
        return _short(result) or None
    if isinstance(result, float):
        return _decimal(result)
    if isinstance(result, datetime):
        return result.date()
    kind = {list: "a list", timedelta: "a span of time"}.get(type(result), "nothing that a field can hold")
    message = f"The expression gives {kind}. Let it give a text, a number, a date, or true or false."
    raise ExpressionError(message)


def plain(number: Decimal) -> str:
    """Return a number as people write it: no exponent, no trailing zeros."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if number else "0"


def _double(number: Decimal) -> float:
    if not number.is_finite() or abs(number) >= _LARGEST or _DIGITS.create_decimal(number) != number:
        message = (
            f"The number {str(number)[:40]} has more than {MOST_DIGITS} digits. Copy such a field without formula."
        )
        raise ExpressionError(message)
    return float(number)


def _decimal(double: float) -> Decimal:
    return Decimal(plain(_exact(double).quantize(PLACES, ROUND_HALF_UP, _ROOMY)))


def _exact(double: float) -> Decimal:
    """Return the decimal that was meant: fifteen digits of a double are sure, what stands behind them is noise."""
    number = _DIGITS.create_decimal(repr(double))
    if not number.is_finite() or abs(number) >= _LARGEST:
        message = "The number grows too large, or is divided by zero. Test the divisor first: x == 0 ? 0 : 1 / x."
        raise ExpressionError(message)
    return number


def _timestamp(value: date) -> datetime:
    return datetime.combine(value, time(), UTC)


def _number(value: Held) -> Decimal | None:
    if value is None or value == "":
        return None
    if isinstance(value, float):
        return _exact(value)
    try:
        number = Decimal(value.strip()) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_finite() and abs(number) < _LARGEST:
        return number
    message = f"{_quoted(value)} is not a number that fits. Correct it there, or test it first."
    raise ExpressionError(message)


def _quoted(value: Held) -> str:
    return repr((_text(value) or "")[:40])


def _text(value: object) -> str | None:
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return plain(_exact(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    message = "A list or a span of time cannot be written as text. Use its parts."
    raise ExpressionError(message)


def _day(value: Held) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    try:
        return day(_text(value))
    except UnreadableValueError as error:
        message = f"{str(error.value)[:40]!r} is not a date. Give it as year-month-day, such as 2026-05-04."
        raise ExpressionError(message) from None


def _count(value: Held, *, least: int = 0) -> int:
    number = _number(value)
    if number is None or number % 1 or not least <= number <= LONGEST_TEXT:
        message = f"{_quoted(value)} is no whole number from {least} upwards. Give one."
        raise ExpressionError(message)
    return int(number)


def _short(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        message = f"The text grows beyond {LONGEST_TEXT:,} characters. Cut it with left(…)."
        raise ExpressionError(message)
    return text


def _on_text(change: Callable[[str], str]) -> Callable[[Held], Held]:
    def changed(value: Held) -> Held:
        text = _text(value)
        return None if text is None else _short(change(text))

    return changed


def _left(value: Held, count: Held) -> Held:
    return (_text(value) or "")[: _count(count)] or None


def _right(value: Held, count: Held) -> Held:
    text = _text(value) or ""
    return text[max(len(text) - _count(count), 0) :] or None


def _replace(value: Held, old: Held, new: Held) -> Held:
    text, wanted, instead = (_text(one) or "" for one in (value, old, new))
    if not wanted:
        return _text(value)
    if len(text) + text.count(wanted) * len(instead) > 2 * LONGEST_TEXT:
        _short(" " * (LONGEST_TEXT + 1))
    return _short(text.replace(wanted, instead)) or None


def _split_part(value: Held, separator: Held, number: Held) -> Held:
    between = _text(separator)
    if not between:
        message = "split_part needs a separator. Give one, such as a comma in quotation marks."
        raise ExpressionError(message)
    parts, wanted = (_text(value) or "").split(between), _count(number, least=1)
    return (parts[wanted - 1].strip() or None) if wanted <= len(parts) else None


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(one)) for one in text if one.isdecimal())


def _title(text: str) -> str:
    return _WORD.sub(lambda word: word.group().capitalize(), text)


def _length(value: Held) -> Held:
    return float(len(_text(value) or ""))


def _join(separator: Held, *values: Held) -> Held:
    present = [text for one in values if (text := _text(one))]
    between = _text(separator) or ""
    return _short(between.join(present)) or None


def _contains(value: Held, part: Held) -> Held:
    return (_text(part) or "") in (_text(value) or "")


def _starts_with(value: Held, part: Held) -> Held:
    return (_text(value) or "").startswith(_text(part) or "")


def _ends_with(value: Held, part: Held) -> Held:
    return (_text(value) or "").endswith(_text(part) or "")


def _coalesce(*values: Held) -> Held:
    return next((one for one in values if one is not None and one != ""), None)


def _iif(condition: Held, then: Held, otherwise: Held) -> Held:
    if isinstance(condition, bool):
        return then if condition else otherwise
    message = "iif needs true or false as its first value. Compare with ==, such as value == true."
    raise ExpressionError(message)


def _calculated(calculate: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Held, Held], Held]:
    def calculated(one: Held, other: Held) -> Held:
        left, right = _number(one), _number(other)
        if left is None or right is None:
            return None
        try:
            return float(_exact_result(calculate(left, right)))
        except DecimalException:
            message = "A number is divided by zero, or grows too large. Test the divisor first: x == 0 ? 0 : div(1, x)."
            raise ExpressionError(message) from None

    return calculated


def _exact_result(number: Decimal) -> Decimal:
    rounded = _DIGITS.create_decimal(number)
    if abs(rounded) >= _LARGEST:
        raise InvalidOperation
    return rounded


def _round(value: Held, places: Held) -> Held:
    number, count = _number(value), _count(places)
    if number is None:
        return None
    step = Decimal(1).scaleb(-min(count, 5))
    return float(_DIGITS.create_decimal(number).quantize(step, ROUND_HALF_UP, _ROOMY))


def _as_number(value: Held) -> Held:
    number = _number(value)
    return None if number is None else _double(number)


def _date(value: Held) -> Held:
    found = _day(value)
    return None if found is None else _timestamp(found)


def _days_between(first: Held, last: Held) -> Held:
    start, end = _day(first), _day(last)
    return None if start is None or end is None else float((end - start).days)


def _add_days(value: Held, days: Held) -> Held:
    start, count = _day(value), _number(days)
    if start is None or count is None:
        return None
    try:
        return _timestamp(start + timedelta(days=int(count)))
    except OverflowError:
        message = "The date leaves the calendar. Add fewer days."
        raise ExpressionError(message) from None


def _part_of_day(part: Callable[[date], int]) -> Callable[[Held], Held]:
    def taken(value: Held) -> Held:
        found = _day(value)
        return None if found is None else float(part(found))

    return taken


def lookup(tables: Tables, name: Held, key: Held, default: Held = None) -> Held:
    """Return what a table of the map holds for a key; raise ExpressionError where the map has no such table."""
    table = tables.get(_text(name) or "")
    if table is None:
        message = f"The map has no table {_quoted(name)}. Choose one of its tables, or add this one."
        raise ExpressionError(message)
    return table.get(_text(key) or "", default)


FUNCTIONS: Mapping[str, Callable[..., Held]] = {
    "upper": _on_text(str.upper),
    "lower": _on_text(str.lower),
    "trim": _on_text(lambda text: " ".join(text.split())),
    "title": _on_text(_title),
    "left": _left,
    "right": _right,
    "replace": _replace,
    "split_part": _split_part,
    "digits": _on_text(_digits),
    "length": _length,
    "join": _join,
    "contains": _contains,
    "startsWith": _starts_with,
    "endsWith": _ends_with,
    "coalesce": _coalesce,
    "iif": _iif,
    "text": _text,
    "number": _as_number,
    "add": _calculated(_DIGITS.add),
    "sub": _calculated(_DIGITS.subtract),
    "mul": _calculated(_DIGITS.multiply),
    "div": _calculated(_DIGITS.divide),
    "round": _round,
    "date": _date,
    "days_between": _days_between,
    "add_days": _add_days,
    "year": _part_of_day(lambda found: found.year),
    "month": _part_of_day(lambda found: found.month),
    "day": _part_of_day(lambda found: found.day),
}

ARITIES: Mapping[str, tuple[int, int | None]] = {
    **dict.fromkeys(("upper", "lower", "trim", "title", "digits", "length", "text", "number", "date"), (1, 1)),
    **dict.fromkeys(("year", "month", "day"), (1, 1)),
    **dict.fromkeys(("left", "right", "contains", "startsWith", "endsWith"), (2, 2)),
    **dict.fromkeys(("add", "sub", "mul", "div", "round", "days_between", "add_days"), (2, 2)),
    **dict.fromkeys(("replace", "split_part", "iif"), (3, 3)),
    "lookup": (2, 3),
    "join": (2, None),
    "coalesce": (1, None),
}
