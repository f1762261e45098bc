"""Invoices with four lines each, read from QuickBooks into Salesforce: how fast, in how many calls, in how much memory.

Everything is real: the sandbox's Web Connector, SOAP, intake, deciding, graphs of header and lines, the sandbox's org.
"""

import os
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.figures import Figure, Measured, Spread
from bench.installation import Installation
from bench.one_session import Spent, Stage, staged, told
from bench.processes import BenchError

CUSTOMERS, ITEMS, LINES = 500, 200, 4
SMALL, LARGE = 5_000, 50_000
PAIRS = ("accounts_customers", "products_items", "invoices")
READS_A_CALL, WRITES_A_CALL = 2_000, 200
"""The bound I7 of SYNC.md: calls for changed reads and for writes, for each object, and a small constant."""
CONSTANT = 25
"""Login, identity and limits, a describe of each object, a first and a second look at each."""
MEMORY = 50
"""MiB between the peaks of the small and of the large company."""


@dataclass(frozen=True, slots=True)
class Read:
    """What one size cost: the first run with everything new, and the second, which has nothing to do."""

    size: int
    run: dict[str, Any]
    spent: Spent
    again: dict[str, Any]
    spent_again: Spent

    @property
    def bound(self) -> int:
        written = (CUSTOMERS, self.run["salesforce"]["created"] - CUSTOMERS - self.size, self.size, self.size * LINES)
        return sum(ceil(one / WRITES_A_CALL) for one in written) + CONSTANT


def measure(*, quick: bool) -> list[Figure]:
    """BENCH_INVOICES says how many, where fifty thousand are too many."""
    large = int(os.environ.get("BENCH_INVOICES", LARGE // 10 if quick else LARGE))
    small, big = (_read(size) for size in (min(SMALL, large // 10), large))
    return [_speed(big), _calls(big), _memory(small, big)]


def _read(size: int) -> Read:
    with TemporaryDirectory(prefix="apatar-bench-") as name:
        installation = Installation(Path(name))
        sample = {"customers": CUSTOMERS, "items": ITEMS, "jobs": 0, "invoices": size}
        installation.new_company(*(word for what, number in sample.items() for word in (f"--{what}", str(number))))
        with staged(installation, accounts=0, same=0, direction="both", pairs=PAIRS, bare=True) as stage:
            return _checked(size, stage)


def _checked(size: int, stage: Stage) -> Read:
    run, spent = stage.hold()
    if run["salesforce"]["created"] < size + CUSTOMERS or run["problems"]:
        raise BenchError(f"Of {size:,} invoices not all arrived: {told(run)} {run['message']}")
    again, spent_again = stage.hold()
    return Read(size, run, spent, again, spent_again)


def _speed(read: Read) -> Figure:
    rate = Measured(Spread.of([read.size / read.spent.seconds]), Spread.of([read.size / read.spent.cpu]))
    notes = (
        str(read.spent),
        told(read.run),
        f"Each with {LINES} lines, which is {LINES + 1} records in Salesforce.",
        f"Again, unchanged: {read.spent_again} {told(read.again)}",
    )
    return Figure(f"{read.size:,} invoices read into Salesforce", "invoices/s", rate, notes=notes)


def _calls(read: Read) -> Figure:
    calls = Measured(Spread.of([read.run["salesforce_calls"]]))
    notes = (f"The bound: a call for {WRITES_A_CALL} writes of each object, and {CONSTANT} besides.",)
    return Figure(f"{read.size:,} invoices, calls", "Salesforce calls", calls, read.bound, at_most=True, notes=notes)


def _memory(small: Read, big: Read) -> Figure:
    more = Measured(Spread.of([big.spent.memory - small.spent.memory]))
    notes = (f"{small.spent.memory:.0f} MiB for {small.size:,}, {big.spent.memory:.0f} MiB for {big.size:,}.",)
    title = f"memory, {small.size:,} → {big.size:,} invoices"
    return Figure(title, "MiB more", more, MEMORY, at_most=True, notes=notes)
