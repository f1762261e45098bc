"""Draws requests that the grammar allows, for property tests."""

import string
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from apatar.qbxml.grammar import Choice, Element, Kind, Particle, message
from apatar.qbxml.requests import Request
from apatar.qbxml.versions import Version
from apatar.qbxml.wallclock import WallClock
from tests.qbxml.clocks import clock

LETTERS = string.ascii_letters + string.digits + " &<>\"'éß€ñ-.,:;/"
GUIDS = ("0", "{12345678-90AB-cdef-1234-567890abcdef}")


@st.composite
def requests(draw: st.DrawFn, name: str, version: Version) -> Request:
    """Draw a request of one message."""
    found = message(name)
    fields = draw(levels(found.children, version))
    iterator = draw(st.sampled_from([None, "Start"])) if found.iterates and "MaxReturned" in fields else None
    return Request(name, fields, draw(st.none() | texts(50)), iterator=iterator)  # type: ignore[arg-type]


@st.composite
def levels(draw: st.DrawFn, particles: tuple[Particle, ...], version: Version) -> dict[str, Any]:
    """Draw the fields of one level, in an order that is not the schema's."""
    fields: dict[str, Any] = {}
    for particle in draw(st.permutations(particles)):
        if isinstance(particle, Element):
            if speaks(particle, version) and (particle.required or draw(st.integers(0, 3)) == 0):
                fields[particle.name] = draw(values(particle, version))
        elif particle.required or draw(st.booleans()):
            fields |= draw(alternatives(particle, version))
    return fields


@st.composite
def alternatives(draw: st.DrawFn, choice: Choice, version: Version) -> dict[str, Any]:
    open_ones = [one for one in choice.alternatives if all(speaks(particle, version) for particle in one)]
    if not open_ones:
        return {}
    return draw(levels(draw(st.sampled_from(open_ones)), version))


def speaks(particle: Particle, version: Version) -> bool:
    return not isinstance(particle, Element) or particle.since <= version


def values(element: Element, version: Version) -> st.SearchStrategy[Any]:
    one = scalars(element) if element.kind is not Kind.GROUP else levels(element.children, version)
    if element.repeats:
        return st.lists(one, min_size=1, max_size=min(element.most or 3, 3))
    return one


def texts(length: int | None) -> st.SearchStrategy[str]:
    return st.text(LETTERS, min_size=1, max_size=min(length or 60, 60))


def decimals(places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(-9_999_999, 9_999_999, places=places)


def scalars(element: Element) -> st.SearchStrategy[Any]:
    return {
        Kind.TEXT: texts(element.length),
        Kind.ID: texts(36),
        Kind.GUID: st.sampled_from(GUIDS),
        Kind.BOOL: st.booleans(),
        Kind.INT: st.integers(element.low or 0, element.high or 9999),
        Kind.AMOUNT: decimals(2),
        Kind.PRICE: decimals(5),
        Kind.QUANTITY: decimals(5),
        Kind.PERCENT: decimals(3),
        Kind.FLOAT: decimals(5),
        Kind.DATE: st.dates(date(1980, 1, 1), date(2037, 1, 1)),
        Kind.MOMENT: st.datetimes(clock("1980-01-01").at, clock("2037-01-01").at).map(WallClock),
        Kind.INTERVAL: st.timedeltas(timedelta(0), timedelta(days=2)),
        Kind.ENUM: st.sampled_from(element.values or ("",)),
    }[element.kind]


def fullest(particles: Sequence[Particle], version: Version, *, last: bool = False) -> dict[str, Any]:
    """Give every element of a level, twice where it repeats; of a choice the first alternative, or the last."""
    fields: dict[str, Any] = {}
    for particle in particles:
        if isinstance(particle, Element):
            if speaks(particle, version):
                fields[particle.name] = _sample(particle, version, last=last)
        else:
            open_ones = [one for one in particle.alternatives if all(speaks(inner, version) for inner in one)]
            fields |= fullest(open_ones[-1 if last else 0], version, last=last) if open_ones else {}
    return fields


def _sample(element: Element, version: Version, *, last: bool) -> Any:
    if element.kind is Kind.GROUP:
        one: Any = fullest(element.children, version, last=last)
    else:
        one = _SAMPLES.get(element.kind) or (element.values[-1] if element.values else element.high or 5)
        one = "x" * (element.length or 40) if element.kind is Kind.TEXT else one
    return [one, one] if element.repeats else one


_SAMPLES: dict[Kind, Any] = {
    Kind.ID: "80000001-1700000000",
    Kind.GUID: GUIDS[1],
    Kind.BOOL: True,
    Kind.AMOUNT: Decimal("9999999999999.99"),
    Kind.PRICE: Decimal("1234567890.12345"),
    Kind.QUANTITY: Decimal("0.5"),
    Kind.PERCENT: Decimal("7.25"),
    Kind.FLOAT: Decimal("1.1034"),
    Kind.DATE: date(2024, 2, 29),
    Kind.MOMENT: clock("2024-07-01T09:30:00"),
    Kind.INTERVAL: timedelta(hours=1, minutes=30),
}
