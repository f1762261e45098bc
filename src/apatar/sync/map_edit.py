"""Editing a map's document: one field, one pair or the choices of the whole; every function gives a new document."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from apatar.sync.map_fields import JOINT

Document = dict[str, Any]


def with_choices(document: Mapping[str, Any], choices: Mapping[str, Any]) -> Document:
    """Return the document with choices of the whole connection; what is not among them stays."""
    return {**deepcopy(dict(document)), **choices}


def with_pair(document: Mapping[str, Any], pair: str, words: Mapping[str, Any]) -> Document:
    """Return the document with settings of one pair; its fields stay."""
    changed, held = _opened(document, pair)
    held.update(words)
    return changed


def without_pair(document: Mapping[str, Any], pair: str) -> Document:
    """Return the document with one pair as it is by default."""
    changed = deepcopy(dict(document))
    changed.get("pairs", {}).pop(pair, None)
    return changed


def with_field(document: Mapping[str, Any], pair: str, name: str, words: Mapping[str, Any]) -> Document:
    """Return the document with one field said anew; the fields of lines are called "lines.amount"."""
    changed, held = _opened(document, pair)
    fields, last = _fields(held, name)
    inner = fields.get(last, {}).get("fields")
    fields[last] = {**words, **({"fields": inner} if inner else {})}
    return changed


def without_field(document: Mapping[str, Any], pair: str, name: str, *, added: bool) -> Document:
    """Return the document with one field removed: an added one is forgotten, a default one is marked."""
    return reset_field(document, pair, name) if added else with_field(document, pair, name, {"removed": True})


def reset_field(document: Mapping[str, Any], pair: str, name: str) -> Document:
    """Return the document with nothing said about one field."""
    changed, held = _opened(document, pair)
    fields, last = _fields(held, name)
    fields.pop(last, None)
    return changed


def _opened(document: Mapping[str, Any], pair: str) -> tuple[Document, Document]:
    changed = deepcopy(dict(document))
    held: Document = changed.setdefault("pairs", {}).setdefault(pair, {})
    return changed, held


def _fields(held: Document, name: str) -> tuple[Document, str]:
    """Return the object that holds a field, and the field's own name there."""
    fields: Document = held.setdefault("fields", {})
    outer, joint, inner = name.partition(JOINT)
    if not joint:
        return fields, name
    below: Document = fields.setdefault(outer, {}).setdefault("fields", {})
    return below, inner
