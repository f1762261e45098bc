"""Reading the words of a map's document: each has its kind, and what does not fit becomes a finding."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from apatar.sync.findings import Finding

LONGEST_TEXT = 2_000
LONGEST_NAME = 40
MOST_ENTRIES = 5_000
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

Document = Mapping[str, object]
Word = TypeVar("Word", bound=StrEnum)


@dataclass(slots=True)
class Words:
    """One object of a document, and the findings about it; `where` is how a sentence about it begins."""

    held: Mapping[str, Any]
    findings: list[Finding]
    where: str = ""
    pair: str = ""
    field: str = ""
    known: set[str] = dataclasses.field(default_factory=set)

    def refuse(self, sentence: str, attribute: str = "") -> None:
        self.findings.append(
            Finding(sentence=sentence, where=self.where, pair=self.pair, field=self.field, attribute=attribute)
        )

    def text(self, name: str, default: str, *, longest: int = LONGEST_TEXT) -> str:
        """Return a text; lines and controls are left as they are, for expressions may have several lines."""
        value = self._take(name, default)
        if isinstance(value, str) and len(value) <= longest:
            return value
        self.refuse(f"“{name}” must be a text of at most {longest} characters.", name)
        return default

    def yes(self, name: str, *, default: bool) -> bool:
        value = self._take(name, default)
        if isinstance(value, bool):
            return value
        self.refuse(f"“{name}” must be true or false.", name)
        return default

    def number(self, name: str, default: int, *, highest: int) -> int:
        value = self._take(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= highest:
            return value
        self.refuse(f"“{name}” must be a number from 0 to {highest}.", name)
        return default

    def one_of(self, name: str, default: str, allowed: Iterable[str]) -> str:
        value, choices = self._take(name, default), tuple(allowed)
        if isinstance(value, str) and value in choices:
            return value
        self.refuse(f"“{name}” must be one of {', '.join(choices)}.", name)
        return default

    def word(self, name: str, default: Word, *, allowed: Iterable[Word] = ()) -> Word:
        kind = type(default)
        return kind(self.one_of(name, default.value, [one.value for one in (allowed or kind)]))

    def day(self, name: str, default: str) -> str:
        value = self._take(name, default)
        if value == "" or (isinstance(value, str) and _is_day(value)):
            return str(value)
        self.refuse(f"“{name}” must be a date, such as 2026-01-31.", name)
        return default

    def paths(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return the paths of one side: one text, or a list of them; an empty one is none."""
        value = self._take(name, default)
        parts = [value] if isinstance(value, str) else value
        if isinstance(parts, list | tuple) and all(isinstance(one, str) and len(one) <= 255 for one in parts):
            return tuple(one.strip() for one in parts if one.strip())
        self.refuse(f"“{name}” must be the name of a field.", name)
        return default

    def table(self, name: str) -> dict[str, str]:
        value = self._take(name, {})
        if isinstance(value, dict) and len(value) <= MOST_ENTRIES and all(map(_is_short, value.items())):
            return dict(value)
        self.refuse(f"“{name}” must be a table of texts, at most {MOST_ENTRIES} of them.", name)
        return {}

    def inner(self, name: str) -> Mapping[str, Any]:
        """Return an object inside this one."""
        value = self._take(name, {})
        if isinstance(value, dict):
            return value
        self.refuse(f"“{name}” must be an object.", name)
        return {}

    def refuse_others(self) -> None:
        """Refuse what nobody asked for: a mistyped word would otherwise be silently without effect."""
        for name in sorted(str(one) for one in set(self.held) - self.known):
            self.refuse(f"“{name[:LONGEST_NAME]}” is no word of the map. Known here: {', '.join(sorted(self.known))}.")

    def _take(self, name: str, default: object) -> object:
        self.known.add(name)
        return self.held.get(name, default)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_short(entry: tuple[object, object]) -> bool:
    return all(isinstance(one, str) and len(one) <= 255 for one in entry)
