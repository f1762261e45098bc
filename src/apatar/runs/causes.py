"""Problems grouped by their cause: the same sentence about other names is the same cause. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

ANYTHING = "…"
QUOTED = f"“{ANYTHING}”"
_HOLE, _OWN = "\0", "\1"
_CHANGES = re.compile(
    r"""
    \x01 | “[^”]*” | "[^"]*"                                        # what is quoted: names, mostly
    | \b[0-9A-F]{1,8}-[0-9]{1,10}\b                          # ids of QuickBooks
    | \b(?=[A-Za-z]*[0-9])[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\b  # ids of Salesforce
    | \b[0-9](?:[0-9.,:/-]*[0-9])?\b                         # numbers, amounts, days
    """,
    re.VERBOSE,
)
_MEMBER = rf"{_HOLE} in (?:Salesforce|QuickBooks) \({_HOLE}\)"
_LIST = re.compile(rf"{_MEMBER}(?:; {_MEMBER})+(?:; and {_HOLE} more)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one problem says, and about which record."""

    pk: int
    code: str
    sentence: str
    remedy: str
    name: str = ""
    remote_id: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Records that wait for the same reason; `key` names the reason in addresses, from one run to the next."""

    key: str
    heading: str
    remedy: str
    members: tuple[int, ...]

    @property
    def number(self) -> int:
        return len(self.members)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A sentence with holes, and what stood in them; an ellipsis where it was the record's own name."""

    text: str
    filling: tuple[str, ...]


def causes_of(problems: Iterable[Told]) -> list[Cause]:
    """Group problems by cause, the most frequent first."""
    groups: dict[tuple[str, str, str], list[tuple[int, _Shape, _Shape]]] = {}
    for one in problems:
        said, advised = _shape(_without_own(one.sentence, one)), _shape(_without_own(one.remedy, one))
        groups.setdefault((one.code, said.text, advised.text), []).append((one.pk, said, advised))
    causes = [
        Cause(
            sha256("\n".join(same).encode()).hexdigest()[:12],
            _heading([said for _, said, _ in members]),
            _merged([advised for *_, advised in members]),
            tuple(pk for pk, *_ in members),
        )
        for same, members in groups.items()
    ]
    return sorted(causes, key=lambda one: (-one.number, one.heading, one.key))


@lru_cache(maxsize=1024)
def _shape(text: str) -> _Shape:
    """Dig the holes; cached, for most sentences of one cause are the same without the record's own name."""
    filling: list[str] = []

    def dig(found: re.Match[str]) -> str:
        filling.append(found[0].replace(_OWN, ANYTHING))
        return _HOLE

    dug = _CHANGES.sub(dig, text)
    listed = _LIST.sub(_HOLE, dug)
    return _Shape(listed, tuple(filling) if listed == dug else (ANYTHING,) * listed.count(_HOLE))


def _without_own(text: str, about: Told) -> str:
    """Put a mark for the record's own name and id; a bare name of one word stays, for it may be a word we say."""
    clean = text.replace(_HOLE, "").replace(_OWN, "")
    if about.name:
        clean = clean.replace(f"“{about.name}”", f"“{_OWN}”").replace(f'"{about.name}"', f'"{_OWN}"')
    if " " in about.name.strip():
        clean = clean.replace(about.name, _OWN)
    return clean.replace(about.remote_id, _OWN) if about.remote_id else clean


def _heading(shapes: Sequence[_Shape]) -> str:
    """Say a cause without the record's name: a sentence that begins with it begins with “A record”."""
    said = _merged(shapes)
    return f"A record{said.removeprefix(QUOTED)}" if said.startswith(QUOTED) else said


def _merged(shapes: Sequence[_Shape]) -> str:
    """Fill the holes with what stood there in every sentence, the others with an ellipsis."""
    pieces = shapes[0].text.split(_HOLE)
    fillings = zip(*{one.filling for one in shapes}, strict=True)
    words = [_common(values) for values in fillings]
    return "".join(piece + word for piece, word in zip(pieces, [*words, ""], strict=True))


def _common(values: Sequence[str]) -> str:
    if len(set(values)) == 1:
        return values[0]
    return QUOTED if all(value[:1] in '“"' for value in values) else ANYTHING
