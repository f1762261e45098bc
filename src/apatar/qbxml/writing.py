"""Writes nested fields as elements, in the order of the schema, and refuses what QuickBooks would refuse."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from apatar.qbxml.errors import ChoiceViolated, MissingElement, NotInVersion, TooMany, UnknownElement, WrongType
from apatar.qbxml.grammar import Choice, Element, Kind, Particle, elements_of, names_of
from apatar.qbxml.scalars import written
from apatar.qbxml.text import escape
from apatar.qbxml.versions import Version

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sibling:
    """One entry of a list that mixes elements: a group line between lines.

    `{"InvoiceLineAdd": [line, Sibling("InvoiceLineGroupAdd", group), line]}` keeps this order.
    """

    name: str
    value: Fields


@dataclass(frozen=True, slots=True)
class Place:
    """Where the writer stands."""

    message: str
    version: Version
    path: tuple[str, ...] = ()

    def at(self, name: str) -> "Place":
        return Place(self.message, self.version, (*self.path, name))


def nested(fields: Fields, *, message: str) -> dict[str, Any]:
    """Open dotted paths (`BillAddress.Addr1`) into nested mappings, at every depth."""
    opened: dict[str, Any] = {}
    for key, value in fields.items():
        *groups, name = key.split(".")
        level = opened
        for group in groups:
            level = level.setdefault(group, {})
            if not isinstance(level, dict):
                raise WrongType("is given both as a whole and by its parts.", message=message, path=key.split("."))
        _put(level, name, _opened(value, message), message)
    return opened


def _opened(value: Any, message: str) -> Any:
    if isinstance(value, Mapping):
        return nested(value, message=message)
    if isinstance(value, list | tuple):
        return [_opened(one, message) for one in value]
    if isinstance(value, Sibling):
        return Sibling(value.name, nested(value.value, message=message))
    return value


def _put(level: dict[str, Any], name: str, value: Any, message: str) -> None:
    already = level.get(name)
    if isinstance(already, dict) and isinstance(value, dict):
        for inner, one in value.items():
            _put(already, inner, one, message)
    elif name in level:
        raise WrongType("is given both as a whole and by its parts.", message=message, path=(name,))
    else:
        level[name] = value


def write_level(particles: tuple[Particle, ...], given: Fields, place: Place) -> list[str]:
    """Return the elements of one level as text; raise a GrammarError for whatever doesn't fit."""
    refuse_unknown(names_of(particles), given, place)
    return _level(particles, given, place)


def refuse_unknown(allowed: Iterable[str], given: Iterable[str], place: Place) -> None:
    for name in given:
        if name not in allowed:
            near = get_close_matches(name, allowed, 1, 0.7)
            hint = f" Is {near[0]} meant?" if near else ""
            raise UnknownElement(f"is no element of this place.{hint}", message=place.message, path=(*place.path, name))


def _level(particles: tuple[Particle, ...], given: Fields, place: Place) -> list[str]:
    parts: list[str] = []
    for particle in particles:
        if isinstance(particle, Choice):
            parts += _mixed(particle, given, place) if particle.repeats else _chosen(particle, given, place)
        elif particle.name in given:
            parts += _repeated(particle, given[particle.name], place)
        elif particle.required:
            raise MissingElement("is required.", message=place.message, path=(*place.path, particle.name))
    return parts


def _chosen(choice: Choice, given: Fields, place: Place) -> list[str]:
    """Write the one alternative that holds all that is given of the choice."""
    present = {name for alternative in choice.alternatives for name in names_of(alternative) if name in given}
    if not present:
        return _none_chosen(choice, place)
    for alternative in choice.alternatives:
        if present <= names_of(alternative):
            return _level(alternative, {name: given[name] for name in present}, place)
    raise ChoiceViolated(f"{_listed(present)} exclude each other.", message=place.message, path=place.path)


def _none_chosen(choice: Choice, place: Place) -> list[str]:
    optional = any(not _needs_something(alternative) for alternative in choice.alternatives)
    if choice.required and not optional:
        names = {name for alternative in choice.alternatives for name in names_of(alternative)}
        raise MissingElement(f"needs one of {_listed(names)}.", message=place.message, path=place.path)
    return []


def _needs_something(particles: tuple[Particle, ...]) -> bool:
    return any(particle.required for particle in particles)


def _mixed(choice: Choice, given: Fields, place: Place) -> list[str]:
    """Write the entries of a repeating choice: lists in the table's order, siblings where they stand."""
    elements = {name: one for alternative in choice.alternatives for name, one in elements_of(alternative).items()}
    parts: list[str] = []
    for name, element in elements.items():
        for value in _as_list(given.get(name, ())):
            if not isinstance(value, Sibling):
                parts += _one(element, value, place)
                continue
            refuse_unknown(elements, (value.name,), place)
            parts += _one(elements[value.name], value.value, place)
    if choice.required and not parts:
        raise MissingElement(f"needs one of {_listed(elements)}.", message=place.message, path=place.path)
    return parts


def _repeated(element: Element, value: Any, place: Place) -> list[str]:
    values = _as_list(value)
    path = (*place.path, element.name)
    if element.required and not values:
        raise MissingElement("is required.", message=place.message, path=path)
    if len(values) > 1 and not element.repeats:
        raise TooMany("can stand only once.", message=place.message, path=path)
    if element.most is not None and len(values) > element.most:
        raise TooMany(f"can stand at most {element.most} times.", message=place.message, path=path)
    return [part for one in values for part in _one(element, one, place)]


def _as_list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _one(element: Element, value: Any, place: Place) -> list[str]:
    here = place.at(element.name)
    if element.since > place.version:
        raise NotInVersion(
            f"exists since qbXML {element.since}; the running QuickBooks speaks {place.version}.",
            message=place.message,
            path=here.path,
        )
    if element.kind is not Kind.GROUP:
        text = escape(written(element, value, message=here.message, path=here.path))
        return [f"<{element.name}>{text}</{element.name}>"]
    if value is not None and not isinstance(value, Mapping):
        raise WrongType("holds other elements: give a mapping.", message=here.message, path=here.path)
    return [f"<{element.name}>", *write_level(element.children, value or {}, here), f"</{element.name}>"]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
