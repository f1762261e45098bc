"""References from one part of a composite request to the answer of an earlier one: `@{order.id}`."""

import re
from collections.abc import Iterator
from typing import Any

_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])+)\}")
_STEP = re.compile(r"\w+")

Bodies = dict[str, Any]
"""The answers so far, by the referenceId of the part that brought them."""


def fill(value: Any, bodies: Bodies) -> Any:
    """Return a value with every reference in it replaced; raises LookupError for one that leads nowhere."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: _found(match, bodies), value) if "@{" in value else value
    if isinstance(value, dict):
        return {key: fill(one, bodies) for key, one in value.items()}
    return [fill(one, bodies) for one in value] if isinstance(value, list) else value


def referred(value: Any) -> Iterator[str]:
    """Yield the names of the parts that a value refers to."""
    if isinstance(value, str):
        if "@{" in value:
            yield from (match.group(1) for match in _REFERENCE.finditer(value))
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from referred(one)


def _found(match: re.Match[str], bodies: Bodies) -> str:
    """Return what a reference leads to; its names are told apart by case (facts 2.5)."""
    name, steps = match.group(1), match.group(2)
    found = bodies.get(name)
    for step in _STEP.findall(steps):
        found = _member(found, step)
    if found is None:
        raise LookupError(f"Invalid reference specified. No value for {name}{steps} found in {name}.")
    return str(found)


def _member(found: Any, step: str) -> Any:
    if isinstance(found, list):
        return found[int(step)] if step.isdigit() and int(step) < len(found) else None
    return found.get(step) if isinstance(found, dict) else None
