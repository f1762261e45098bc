"""The sandbox's own notation for the shape of qbXML messages, and its reader.

    Name:41!  IsActive:bool  ClassRef>159@12  ShipToAddress*50@12{ &address }  ( ListID:id+ | FullName:str+ )

After the name comes what it holds (`:type`, a length, `[One|Two]`, `>n` for a reference whose FullName has at most n
characters, `{…}` for an aggregate), how often (`!` once, nothing: at most once, `*` any, `+` at least once, `*n` at
most n) and since which qbXML version (`@12`). `( … | … )` is a choice, made once or (`)*`, `)+`) again and
again; `&name` is a fragment defined elsewhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

TYPES = frozenset({"str", "id", "bool", "date", "time", "guid", "amt", "price", "quan", "pct", "int", "float", "span"})

_TOKEN = re.compile(
    r"""(?P<element>[A-Z]\w*)(?::(?:\[(?P<enum>[^\]]+)\]|int\((?P<low>\d*)\.\.(?P<high>\d*)\)|(?P<kind>\w+))|>(?P<ref>\d*))?
        (?P<often>\*\d+|[!*+])?(?:@(?P<since>[\d.]+))?(?P<opens>\{)?
      |&(?P<fragment>\w+)|(?P<mark>\(|\||\)[!*+]?|\})|(?P<space>\s+)""",
    re.VERBOSE,
)

Version: TypeAlias = tuple[int, int]
Particle: TypeAlias = "Element | Choice"


@dataclass(frozen=True, slots=True)
class Element:
    """One element: `kind` is a type name, "enum", "ref" or "group"; `limit` is a length (0: none)."""

    name: str
    kind: str
    least: int
    most: int
    since: Version
    limit: int = 0
    low: int | None = None
    high: int | None = None
    values: frozenset[str] = frozenset()
    inside: tuple[Particle, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several sequences, or none of them where `required` is false; `repeats` chooses anew after each."""

    alternatives: tuple[tuple[Particle, ...], ...]
    required: bool
    repeats: bool = False


MANY = 1_000_000
FIRST: Version = (1, 0)


def version_of(text: str) -> Version:
    """Read "13.0" or "13"; raises ValueError."""
    major, _, minor = text.partition(".")
    return int(major), int(minor or 0)


def read(text: str, fragments: Mapping[str, str]) -> tuple[Particle, ...]:
    """Return the particles that `text` describes; raises ValueError with the place of a mistake in the table."""
    reader = _Reader(_tokens(text, fragments))
    particles = reader.sequence()
    if reader.position != len(reader.tokens):
        raise ValueError(f"a bracket is closed that was never opened: {text[:60]}")
    return particles


def _tokens(text: str, fragments: Mapping[str, str]) -> list[re.Match[str]]:
    tokens: list[re.Match[str]] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise ValueError(f"not understood: {text[position : position + 40]!r}")
        position = token.end()
        if token["fragment"]:
            tokens += _tokens(fragments[token["fragment"]], fragments)
        elif not token["space"]:
            tokens.append(token)
    return tokens


class _Reader:
    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self.tokens = tokens
        self.position = 0

    def sequence(self) -> tuple[Particle, ...]:
        particles: list[Particle] = []
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            if (token["mark"] or "(") != "(":
                break
            self.position += 1
            particles.append(self._choice() if token["mark"] else self._element(token))
        return tuple(particles)

    def _choice(self) -> Choice:
        alternatives = [self.sequence()]
        while self._closing() == "|":
            alternatives.append(self.sequence())
        closed = self.tokens[self.position - 1]["mark"]
        return Choice(tuple(alternatives), required=closed in {")!", ")+"}, repeats=closed in {")*", ")+"})

    def _closing(self) -> str:
        token = self.tokens[self.position]
        self.position += 1
        return token["mark"]

    def _element(self, token: re.Match[str]) -> Element:
        kind, limit, inside = _content(token)
        if token["opens"]:
            kind, inside = "group", self.sequence()
            self._closing()
        least, most = _often(token["often"] or "")
        return Element(
            name=token["element"],
            kind=kind,
            least=least,
            most=most,
            since=version_of(token["since"]) if token["since"] else FIRST,
            limit=limit,
            low=int(token["low"]) if token["low"] else None,
            high=int(token["high"]) if token["high"] else None,
            values=frozenset((token["enum"] or "").split("|")) - {""},
            inside=inside,
        )


def _content(token: re.Match[str]) -> tuple[str, int, tuple[Particle, ...]]:
    if token["enum"]:
        return "enum", 0, ()
    if token["low"] is not None:
        return "int", 0, ()
    if token["ref"] is not None:
        return "ref", 0, _reference(int(token["ref"] or 0))
    if (token["kind"] or "").isdecimal():
        return "str", int(token["kind"]), ()
    kind = token["kind"] or "str"
    if kind not in TYPES:
        raise ValueError(f"{token['element']} has the unknown type {kind!r}")
    return kind, 0, ()


def _reference(limit: int) -> tuple[Particle, ...]:
    """A reference names its record by ListID, by FullName, or by both; QuickBooks then believes the ListID."""
    return Element("ListID", "id", 0, 1, FIRST), Element("FullName", "str", 0, 1, FIRST, limit=limit)


def _often(mark: str) -> tuple[int, int]:
    if mark.startswith("*"):
        return 0, int(mark[1:] or MANY)
    return {"": (0, 1), "!": (1, 1), "+": (1, MANY)}[mark]
