"""Fields of a record, as a Mod takes them: what is called X in an Add is called XMod there."""

from collections.abc import Mapping
from typing import Any

from apatar.qbxml import grammar
from apatar.qbxml.grammar import Element, elements_of


def for_mod(message: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return dotted fields with the first element of each as the Mod calls it: SalesOrPurchase, SalesOrPurchaseMod.

    Elements that the Mod knows, or that nothing similar stands for, keep their names (facts, QBXML_OBJECTS).
    """
    known = frozenset(_elements(message))
    return {_renamed(path, known): value for path, value in fields.items()}


def _renamed(path: str, known: frozenset[str]) -> str:
    head, dot, rest = path.partition(".")
    return f"{head}Mod{dot}{rest}" if head not in known and f"{head}Mod" in known else path


def _elements(message: str) -> list[str]:
    described = grammar.message(message)
    found = elements_of(described.children)
    body = found.get(message)
    return list(elements_of(body.children)) if isinstance(body, Element) else list(found)


def knows(message: str, element: str) -> bool:
    """Tell whether a request holds an element at its first level."""
    return element in _elements(message)
