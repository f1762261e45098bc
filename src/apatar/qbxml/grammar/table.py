"""Reads the table's text files; a message is parsed when it is first asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from apatar.qbxml.errors import UnknownMessage
from apatar.qbxml.grammar.elements import Choice, Element, Kind, Message, Particle, Record
from apatar.qbxml.versions import FIRST, Version

Facts = dict[str, int | bool | str | Version | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    words: tuple[str, ...]
    since: Version
    under: "tuple[_Line, ...]"


def messages() -> tuple[str, ...]:
    """Return the names of all messages."""
    return tuple(name for kind, name in _blocks() if kind == "message")


def records() -> tuple[str, ...]:
    """Return the names of all records."""
    return tuple(name for kind, name in _blocks() if kind == "record")


def known(name: str) -> bool:
    return ("message", name) in _blocks()


@cache
def message(name: str) -> Message:
    """Return one message; raise UnknownMessage."""
    if not known(name):
        raise UnknownMessage("QuickBooks has no such message, or the grammar doesn't describe it.", message=name)
    head, *under = _blocks()["message", name]
    words = head.split()
    return Message(
        name=name,
        children=_shape(words[-1]) if "like" in words else _particles(_lines(under)),
        since=_since(words),
        iterates="iterator" in words,
        counts="metadata" in words,
    )


@cache
def record(name: str) -> Record | None:
    """Return what is known of the fields of `NAMERet`, or None: answers may hold records that the table lacks."""
    block = _blocks().get(("record", name))
    if block is None:
        return None
    words = block[0].split()
    if "like" in words:
        same = record(words[-1])
        return Record(name, same.children) if same else None
    return Record(name, _particles(_lines(block[1:])))


@cache
def _blocks() -> dict[tuple[str, str], list[str]]:
    """Return every block's lines, by its first two words."""
    blocks: dict[tuple[str, str], list[str]] = {}
    for line in _all_lines():
        if not line.startswith(" "):
            kind, name = line.split()[:2]
            block = blocks[kind, name] = []
        block.append(line)
    return blocks


def _all_lines() -> Iterator[str]:
    for file in sorted(resources.files(__package__).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".txt"):
            yield from (line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#"))


@cache
def _shape(name: str) -> tuple[Particle, ...]:
    return _particles(_lines(_blocks()["shape", name][1:]))


@cache
def _values(name: str) -> tuple[str, ...]:
    return tuple(word for line in _blocks()["values", name][1:] for word in line.split())


def _lines(raw: list[str]) -> tuple[_Line, ...]:
    """Turn indented lines into a tree."""
    found: list[_Line] = []
    start = 0
    while start < len(raw):
        depth = _indent(raw[start])
        end = start + 1
        while end < len(raw) and _indent(raw[end]) > depth:
            end += 1
        words = raw[start].split()
        plain = tuple(word for word in words if not word.startswith("@"))
        found.append(_Line(plain, _since(words), _lines(raw[start + 1 : end])))
        start = end
    return tuple(found)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _since(words: list[str]) -> Version:
    return next((Version.parse(word[1:]) for word in words if word.startswith("@")), FIRST)


def _particles(lines: tuple[_Line, ...]) -> tuple[Particle, ...]:
    return tuple(_choice(line) if line.words[0].startswith("choice") else _element(line) for line in lines)


def _choice(line: _Line) -> Choice:
    quantity = line.words[0].removeprefix("choice")
    alternatives = tuple(_particles(one.under if one.words[0] == "all" else (one,)) for one in line.under)
    return Choice(alternatives, required=quantity in ("!", "+"), repeats=quantity in ("*", "+"))


def _element(line: _Line) -> Element:
    name, quantity, most = _quantity(line.words[0])
    word, argument = (*line.words[1:], "", "")[:2]
    low, _, high = argument.partition("..") if word == "int" else ("", "", "")
    return Element(
        name=name,
        kind=_kind(word),
        required=quantity in ("!", "+"),
        repeats=quantity in ("*", "+"),
        most=most,
        length=_length(word, argument),
        low=int(low) if low else None,
        high=int(high) if high else None,
        values=_values(argument) if word == "in" else tuple(argument.split("|")) if word == "of" else (),
        since=line.since,
        children=_children(word, argument, line),
    )


def _quantity(word: str) -> tuple[str, str, int | None]:
    """Split `ShipToAddress*50` into its name, its quantity and its limit."""
    for sign in "!+*":
        name, found, most = word.partition(sign)
        if found:
            return name, sign, int(most) if most else None
    return word, "", None


def _kind(word: str) -> Kind:
    if word in ("", "ref", "use"):
        return Kind.GROUP
    return Kind.ENUM if word in ("in", "of") else Kind(word)


def _length(word: str, argument: str) -> int | None:
    if word == "id":
        return 36
    return int(argument) if word == "text" and argument else None


def _children(word: str, argument: str, line: _Line) -> tuple[Particle, ...]:
    if word == "ref":
        return _reference(int(argument) if argument else None)
    return _shape(argument) if word == "use" else _particles(line.under)


@cache
def _reference(length: int | None) -> tuple[Particle, ...]:
    return (Element("ListID", Kind.ID, length=36), Element("FullName", Kind.TEXT, length=length))
