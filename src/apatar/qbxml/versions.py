"""Versions of qbXML: read, compared, and chosen."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

_PRINTED = re.compile(r"(\d{1,3})\.(\d{1,3})")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version of qbXML, such as 13.0."""

    major: int
    minor: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `13.0`; raise ValueError for anything else, such as the `CA3.0` of old Canadian editions."""
        found = _PRINTED.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not a version of qbXML.")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


FIRST = Version(1)
LATEST_KNOWN = Version(16)
"""The newest version that the grammar describes."""


def version_to_speak(supported: Iterable[Version]) -> Version | None:
    """Return the newest version that QuickBooks lists and the grammar describes; None where there is none."""
    return max((version for version in supported if version <= LATEST_KNOWN), default=None)
