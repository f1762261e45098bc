"""A fixed set of schedules, in every run of the tests; `make simulate SEEDS=n` plays as many as one likes."""

from collections import Counter
from dataclasses import replace

import pytest

from apatar.sync.record import Side
from tests.simulation import many
from tests.simulation.play import Report, play
from tests.simulation.promises import Broken
from tests.simulation.schedule import TRADE, draw
from tests.simulation.shrinking import smallest
from tests.simulation.steps import Delete, Edit, Make, Run, Schedule, Sell, Step, Trouble, Wait

SEEDS = range(24)
IN_A_SET = 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", SEEDS[::IN_A_SET])
def test_no_promise_is_broken_whatever_befalls(first: int) -> None:
    for seed in range(first, first + IN_A_SET):
        report = play(draw(seed))
        assert report.broken is None, "\n".join([f"seed {seed}: {report.broken}", *report.story])


@pytest.mark.django_db(transaction=True)
def test_a_seed_tells_the_same_story_every_time() -> None:
    first, second = play(draw(1)), play(draw(1))
    assert first.story == second.story
    assert first.injected == second.injected
    assert len(first.story) > 10


def test_schedules_hold_every_sort_of_step_and_trouble() -> None:
    steps: Counter[str] = Counter()
    for seed in range(1_000):
        for step in draw(seed).steps:
            steps[type(step).__name__] += 1
            if isinstance(step, Run):
                steps.update(one.trouble for one in step.troubles)
                steps.update(one.mishap for one in step.wire)
                steps["kill"] += step.kill is not None
    kinds = ("Make", "Edit", "Delete", "Sell", "Deal", "Run", "Rehearse", "TakeBack", "Wrong", "Refuse", "Wait")
    assert min(steps[one] for one in (*kinds, *Trouble, "kill")) > 20


@pytest.mark.django_db(transaction=True)
def test_a_customer_with_an_invoice_stays_in_the_company_file() -> None:
    makes = [Make((Side.QUICKBOOKS,), word) for word in ("Kern", "Abel", "Łódź")]
    sold = (Sell("write", 0, 3), Delete(Side.QUICKBOOKS, 0), Run())
    report = play(replace(draw(0), pairs=TRADE, steps=(*makes, Run(), *sold)))
    assert report.broken is None, report.story


@pytest.mark.django_db(transaction=True)
def test_a_payment_of_a_customer_whose_account_was_deleted_waits_and_is_no_difference() -> None:
    makes = [Make((Side.QUICKBOOKS,), word) for word in ("Kern", "Abel", "Łódź")]
    paid = (Delete(Side.SALESFORCE, 0), Sell("write", 0, 3), Sell("pay", 0, 2), Run())
    report = play(replace(draw(0), pairs=TRADE, steps=(*makes, Run(), *paid)))
    assert report.broken is None, report.story


def test_what_breaks_in_one_seed_is_told_and_the_others_are_played(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_at_seven(seed: int) -> Report:
        if seed == 7:
            raise LookupError("nobody is at home")
        return Report(draw(seed))

    monkeypatch.setattr(many, "play_one", breaks_at_seven)
    tally = many.play_some([6, 7, 8])
    [(seed, why)] = tally.failed
    assert (tally.played, seed) == (3, 7)
    assert why.endswith("LookupError: nobody is at home")


def test_a_failing_schedule_is_made_small() -> None:
    def fails_where_somebody_waits_after_a_make(schedule: Schedule) -> Report:
        kinds = [type(one) for one in schedule.steps]
        return Report(schedule, Broken("I3", "so it goes") if kinds[:1] == [Make] and Wait in kinds else None)

    steps: tuple[Step, ...] = draw(7).steps
    long = replace(draw(7), steps=(*steps, Wait(4)))
    found = smallest(fails_where_somebody_waits_after_a_make(long), fails_where_somebody_waits_after_a_make)
    assert [type(one) for one in found.schedule.steps] == [Make, Wait]


def test_the_smallest_schedule_breaks_the_same_promise() -> None:
    def fails_otherwise_when_short(schedule: Schedule) -> Report:
        edits = sum(isinstance(one, Edit) for one in schedule.steps)
        return Report(schedule, Broken("I2" if edits == 2 else "I3", "so it goes"))

    edits = tuple(one for seed in range(9) for one in draw(seed).steps if isinstance(one, Edit))[:2]
    told = fails_otherwise_when_short(replace(draw(0), steps=edits))
    assert len(smallest(told, fails_otherwise_when_short).schedule.steps) == 2
