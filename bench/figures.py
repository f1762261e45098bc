"""A measured figure: what was measured, what it must be, and what stands beside it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several rounds, with the lowest and the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: Sequence[float]) -> "Spread":
        return cls(median(rounds), min(rounds), max(rounds))

    def __str__(self) -> str:
        if self.low == self.high:
            return _number(self.median)
        return f"{_number(self.median)} ({_number(self.low)} … {_number(self.high)})"


@dataclass(frozen=True, slots=True)
class Measured:
    """By the clock, and reckoned by the process's CPU time alone: what an otherwise idle core would give."""

    clock: Spread
    cpu: Spread | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    `target` is None for what is shown without being promised. `floor` does the least that could do the job, `peer` is
    qbwc-kit.
    """

    name: str
    unit: str
    service: Measured
    target: float | None = None
    at_most: bool = False
    floor: Measured | None = None
    peer: Measured | None = None
    notes: tuple[str, ...] = ()

    @property
    def met(self) -> bool | None:
        """Whether the target is met by the clock; None where there is none."""
        if self.target is None:
            return None
        found = self.service.clock.median
        return found <= self.target if self.at_most else found >= self.target

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
