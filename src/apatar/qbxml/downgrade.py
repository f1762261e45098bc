"""Takes out of a request what the running QuickBooks is too old for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apatar.qbxml.grammar import Element, Particle, elements_of, names_of
from apatar.qbxml.versions import Version
from apatar.qbxml.writing import Fields, Sibling


def without_newer(
    particles: tuple[Particle, ...], given: Fields, version: Version
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return nested fields without the optional elements that are newer, and their dotted paths."""
    pruning = _Pruning(version)
    kept = pruning.level(particles, given, ())
    return kept, tuple(pruning.dropped)


@dataclass(frozen=True, slots=True)
class _Pruning:
    version: Version
    dropped: list[str] = field(default_factory=list)

    def level(self, particles: tuple[Particle, ...], given: Fields, path: tuple[str, ...]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        elements, needed = elements_of(particles), _needed(particles)
        for name, value in given.items():
            here = (*path, name)
            if name in elements and elements[name].since > self.version and name not in needed:
                self.dropped.append(".".join(here))
                continue
            left = self.value(elements, value, here)
            # A group that lost all it held would be written empty, and an empty group clears.
            if left or not value or name in needed:
                kept[name] = left
        return kept

    def value(self, elements: Mapping[str, Element], value: Any, path: tuple[str, ...]) -> Any:
        if isinstance(value, list | tuple):
            return [self.value(elements, one, path) for one in value]
        if isinstance(value, Sibling) and value.name in elements:
            sibling = (*path[:-1], value.name)
            return Sibling(value.name, self.level(elements[value.name].children, value.value, sibling))
        if isinstance(value, Mapping) and path[-1] in elements:
            return self.level(elements[path[-1]].children, value, path)
        return value


def _needed(particles: tuple[Particle, ...]) -> frozenset[str]:
    """Return what one level can't do without."""
    return frozenset[str]().union(*(names_of((particle,)) for particle in particles if particle.required))
