"""The facts of the table: messages, records, elements and choices."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from apatar.qbxml.versions import FIRST, Version


class Kind(StrEnum):
    """What an element holds."""

    GROUP = "group"
    TEXT = "text"
    ID = "id"
    GUID = "guid"
    BOOL = "bool"
    INT = "int"
    AMOUNT = "amount"
    PRICE = "price"
    QUANTITY = "quantity"
    PERCENT = "percent"
    FLOAT = "float"
    DATE = "date"
    MOMENT = "moment"
    INTERVAL = "interval"
    ENUM = "enum"


# The facts are compared by identity: they exist once, and comparing whole trees would make every cache slow.
@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """One element at one place. `most` is a limit of repeats, `low` and `high` limits of an int."""

    name: str
    kind: Kind
    required: bool = False
    repeats: bool = False
    most: int | None = None
    length: int | None = None
    low: int | None = None
    high: int | None = None
    values: tuple[str, ...] = ()
    since: Version = FIRST
    children: "tuple[Particle, ...]" = ()


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One alternative of several; a repeating choice may mix them."""

    alternatives: "tuple[tuple[Particle, ...], ...]"
    required: bool = False
    repeats: bool = False


Particle = Element | Choice


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One request, without its `Rq`."""

    name: str
    children: tuple[Particle, ...]
    since: Version = FIRST
    iterates: bool = False
    counts: bool = False
    """It takes the metaData attribute, and then answers with retCount."""

    def body(self) -> Element | None:
        """Return the element that bears the message's own name and holds its fields, as Adds and Mods have one."""
        return elements_of(self.children).get(self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One object as an answer holds it, without its `Ret`."""

    name: str
    children: tuple[Particle, ...]

    def fields(self) -> dict[str, Element]:
        """Return every leaf by its dotted path; the lines of a document keep their `…LineRet.` in front."""
        return dict(_leaves(self.children, ""))


@cache
def elements_of(particles: tuple[Particle, ...]) -> dict[str, Element]:
    """Return the elements of one level by name, choices opened."""
    found: dict[str, Element] = {}
    for particle in particles:
        if isinstance(particle, Element):
            found[particle.name] = particle
            continue
        for alternative in particle.alternatives:
            found.update(elements_of(alternative))
    return found


@cache
def names_of(particles: tuple[Particle, ...]) -> frozenset[str]:
    """Return the names of one level, choices opened."""
    return frozenset(elements_of(particles))


def _leaves(particles: tuple[Particle, ...], prefix: str) -> list[tuple[str, Element]]:
    found: list[tuple[str, Element]] = []
    for name, element in elements_of(particles).items():
        if element.kind is Kind.GROUP:
            found.extend(_leaves(element.children, f"{prefix}{name}."))
        else:
            found.append((f"{prefix}{name}", element))
    return found
