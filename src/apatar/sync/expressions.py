"""Constants, conditions and formulas of a map, in CEL, the Common Expression Language.

CEL is read by common-expression-language (Apache-2.0, wheels for Windows, macOS and Linux from Python 3.11 on): an
evaluation takes about ten microseconds, and nesting too deep is a ValueError. The pure Python cel-python took some
thirty times as long, and nesting too deep ended in RecursionError.

What may be written stands in `expression_grammar`, the functions in `expression_functions`.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

import cel

from apatar.sync.errors import ExpressionError
from apatar.sync.expression_functions import ARITIES, FUNCTIONS, Held, Tables, held, lookup, released
from apatar.sync.expression_grammar import check
from apatar.sync.record import Remote
from apatar.sync.values import Value

# CEL's binding logs what a function refused, with the values of the record in it: they are in our error, not in logs.
logging.getLogger("cel").setLevel(logging.CRITICAL)

NO_TABLES: Tables = MappingProxyType({})

_REFUSED = re.compile(r"Python function call failed: ExpressionError: (.*)\. Check function arguments", re.DOTALL)
_COLUMN = re.compile(r"<input>:(\d+):(\d+): ")
_UNFIT = re.compile(r"Unsupported operation: (.+?)\. CEL")
_KINDS = {"float": "number", "string": "text", "bool": "true/false", "null": "nothing", "timestamp": "date"}


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that can be evaluated; two of the same text are equal."""

    text: str
    keys: frozenset[str] = field(compare=False, repr=False)
    program: cel.Program = field(compare=False, repr=False)
    functions: Mapping[str, Callable[..., Held]] = field(compare=False, repr=False)
    needs_value: bool = field(compare=False, repr=False)
    needs_tables: bool = field(compare=False, repr=False)


@lru_cache(maxsize=2_000)
def compile(text: str) -> Expression:  # noqa: A001 - called as expressions.compile, like re.compile
    """Return an expression; raise ExpressionError with the position of what cannot be read."""
    checked = check(text, ARITIES)
    program = _program(checked.text, text)
    called = program.functions()
    functions = {name: FUNCTIONS[name] for name in called if name in FUNCTIONS}
    return Expression(text, checked.keys, program, functions, "value" in program.variables(), "lookup" in called)


def names(expression: Expression) -> frozenset[str]:
    """Return the keys of the record that an expression reads: all of them, for only written-out keys are allowed."""
    return expression.keys


def evaluate(expression: Expression, record: Remote, *, value: Value = None, tables: Tables = NO_TABLES) -> Value:
    """Return a text, a number, a date, true, false, or None for empty; a key that the record lacks is empty.

    A street is one text with line breaks. Raises ExpressionError when there is no result for this record.
    """
    try:
        return released(expression.program.execute(_variables(expression, record, value, tables)))
    except ExpressionError as error:
        raise _about(expression, str(error)) from None
    except (TypeError, ValueError, ArithmeticError, LookupError, RuntimeError) as error:
        raise _about(expression, _sentence(error)) from None


def holds(expression: Expression, record: Remote, *, tables: Tables = NO_TABLES) -> bool:
    """Return whether a condition is true of a record; raise ExpressionError when it is neither true nor false."""
    result = evaluate(expression, record, tables=tables)
    if isinstance(result, bool):
        return result
    raise _about(expression, "A condition must give true or false. Compare with ==, != or another such operator.")


def _variables(expression: Expression, record: Remote, value: Value, tables: Tables) -> dict[str, Any]:
    given: dict[str, Any] = {
        **expression.functions,
        "value": held(value) if expression.needs_value else None,
        "record": {key: held(record.get(key)) for key in expression.keys},
    }
    if expression.needs_tables:
        given["lookup"] = partial(lookup, tables)
    return given


def _program(text: str, written: str) -> cel.Program:
    try:
        return cel.compile(text)
    except ValueError as error:
        position = _position(error, written)
    message = "The expression cannot be read here. Look for a missing value, operator, comma or bracket."
    raise ExpressionError(message, position=position)


def _position(error: ValueError, written: str) -> int | None:
    """Return where CEL stopped in the text as it was written: our numbers are longer than the writer's."""
    try:
        cel.compile(written)
    except ValueError as same:
        error = same
    found = _COLUMN.search(str(error))
    if found is None:
        return None
    lines = written.split("\n")
    line, column = int(found.group(1)), int(found.group(2))
    return min(sum(len(one) + 1 for one in lines[: line - 1]) + column, len(written) + 1)


def _about(expression: Expression, sentence: str) -> ExpressionError:
    text = expression.text if len(expression.text) <= 60 else expression.text[:57] + "…"
    return ExpressionError(f"The expression {text} has no result here. {sentence}")


def _sentence(error: Exception) -> str:
    said = str(error)
    if refused := _REFUSED.search(said):
        return refused.group(1)
    if unfit := _UNFIT.search(said):
        parts = " ".join(_KINDS.get(word, word) for word in unfit.group(1).split())
        return f"{parts.capitalize()} do not go together. {_CONVERT}"
    if isinstance(error, OverflowError):
        return "A number or a date grows too large. Use smaller ones."
    return f"Its parts are of kinds that do not go together. {_CONVERT}"


_CONVERT = "Use number(…), text(…) or date(…), and coalesce(…) for what may be empty."
