"""Seeded schedules of edits, mishaps and runs: whatever happens, nothing is doubled and nothing typed is lost.

A failing seed replays exactly: `SEEDS=17:18 pytest tests/runs/test_schedules.py`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connection as database

from apatar.sandbox.quickbooks.errors import AccessRefused
from apatar.sandbox.webconnector.envelope import ARGUMENTS
from apatar.sandbox.webconnector.errors import Abandoned
from apatar.sandbox.webconnector.faults import Fault, Mishap
from tests.runs.world import World, a_world, nothing_was_written

FIRST, LAST = map(int, os.environ.get("SEEDS", "0:10").split(":"))
STEPS = 14
FIELDS = {"Phone": "Phone", "Fax": "Fax", "BillingCity": "BillAddress.City"}
"""Salesforce's name → QuickBooks' path."""
MISHAPS = [Mishap.CUT_BEFORE, Mishap.CUT_AFTER, Mishap.LOSE_REQUEST, Mishap.LOSE_RESPONSE, Mishap.DUPLICATE]


class Schedule:
    """One seed's story; `typed` holds the last value that somebody typed, by name and field."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = Random(seed)
        self.typed: dict[tuple[str, str], str] = {}
        self.born = 0

    def play(self) -> None:
        acts = (self.add, self.add, self.edit, self.edit, self.edit, self.trouble_in_salesforce, self.run, self.run)
        for _ in range(STEPS):
            self.world.clock.pass_by(seconds=self.random.choice([1, 30, 600, 7200]))
            self.random.choice(acts)()

    def value(self) -> str:
        return f"555-{self.random.randrange(10_000):04}"

    def add(self) -> None:
        self.born += 1
        name = f"Company {self.born}"
        value = self.typed[name, "Phone"] = self.value()
        if self.random.random() < 0.5:
            self.world.books.add(name, f"<Phone>{value}</Phone>")
        else:
            self.world.people.add(name, Phone=value)

    def edit(self) -> None:
        field, value = self.random.choice(list(FIELDS)), self.value()
        in_salesforce = self.random.random() < 0.5
        names = self.world.people.names() if in_salesforce else self.world.books.names()
        if not names:
            return
        name = self.random.choice(names)
        self.typed[name, field] = value
        if in_salesforce:
            self.world.people.change(name, **{field: value})
        else:
            element = f"<BillAddress><City>{value}</City></BillAddress>" if "." in FIELDS[field] else ""
            self.world.books.change(name, element or f"<{field}>{value}</{field}>")

    def trouble_in_salesforce(self) -> None:
        trouble: dict[str, Any] = self.random.choice(
            [
                {"cut_before": 2, "only_path": "composite"},
                {"cut_after": 2, "only_path": "composite"},
                {"cut_after": 1, "only_path": "query"},
                {"unavailable": 2},
                {"visibility_delay": 45.0},
            ]
        )
        self.world.org.faults.set(**trouble)
        if self.random.random() < 0.3:
            self.world.org.access.expire_sessions()

    def run(self) -> None:
        """One conversation, perhaps with a mishap on the wire, in QuickBooks or in the service."""
        what = self.random.randrange(6)
        faults: list[Fault] = []
        if what == 0:
            faults.append(Fault(self.random.choice(MISHAPS), self.random.choice(list(ARGUMENTS)), 1))
        elif what == 1:
            faults.append(Fault(self.random.choice(MISHAPS), None, self.random.randrange(3, 24)))
        elif what == 2:
            self.world.death.statements = 0
            self.world.death.countdown = self.random.randrange(10, 300)
        elif what == 3:
            self.world.desk.when("Rq", self.random.choice([_crash, _power_cut]), after=self.random.random() < 0.5)
        elif what == 4:
            self.world.desk.when("CustomerModRq", self.edit)
        self.world.sync(*faults)
        self.world.work()
        self.world.revive()

    def settle(self) -> None:
        """People stop editing, everything is repaired: two runs must do (SYNC.md, I3), and the next writes nothing."""
        self.world.org.faults.reset()
        self.world.desk.forget_traps()
        for minutes in (200, 10, 10):
            self.world.clock.pass_by(minutes=minutes)
            self.world.run_well()
        self.world.clock.pass_by(minutes=10)
        assert nothing_was_written(self.world.run_well())

    def lost(self) -> Iterator[str]:
        """Name every value that was typed last, stands nowhere, and is kept in no conflict."""
        accounts = {one["Name"]: one for one in self.world.people.accounts()}
        kept = {value for one in self.world.conflicts() for value in (one.salesforce_value, one.quickbooks_value)}
        for (name, field), value in self.typed.items():
            if accounts[name][field] != value and value not in kept:
                yield f"{field} of {name}: {value} was typed, {accounts[name][field]} stands"


def _crash() -> None:
    raise AccessRefused("0x80010105", "The server threw an exception.")


def _power_cut() -> None:
    raise Abandoned("The PC was switched off.")


@pytest.fixture(params=[False, True], ids=["prepared org", "bare org"])
def any_world(
    request: pytest.FixtureRequest,
    transactional_db: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> Iterator[World]:
    with a_world(tmp_path, monkeypatch, settings, bare=request.param) as one:
        one.queue = database.vendor == "sqlite"
        yield one


@pytest.mark.parametrize("seed", range(FIRST, LAST))
def test_nothing_is_doubled_and_nothing_typed_is_lost(any_world: World, seed: int) -> None:
    schedule = Schedule(any_world, seed)
    schedule.play()
    schedule.settle()

    names = sorted(f"Company {number}" for number in range(1, schedule.born + 1))
    assert any_world.books.names() == any_world.people.names() == names
    assert any_world.agreement().differences == ()
    assert list(schedule.lost()) == []
    assert any_world.problems() == []
