"""When a plan stops and asks, with its numbers."""

import pytest

from apatar.sync.counts import Counts, Tally
from apatar.sync.record import Side
from apatar.sync.safety import Population, Thresholds, judge

WELL = Population(linked=100, present=100)


def test_an_ordinary_plan_goes_on() -> None:
    assert judge(Counts(quickbooks=Tally(created=500, updated=80)), salesforce=WELL, quickbooks=WELL) is None


def test_a_side_that_is_suddenly_empty_stops_the_run() -> None:
    stop = judge(Counts(), salesforce=WELL, quickbooks=Population(linked=100, present=0, gone=100))
    assert stop is not None
    assert (stop.code, stop.side) == ("side_emptied", Side.QUICKBOOKS)
    assert "100 of them were linked" in stop.sentence


def test_an_empty_side_is_no_alarm_at_the_first_run() -> None:
    assert judge(Counts(), salesforce=Population(linked=0, present=0), quickbooks=WELL) is None


@pytest.mark.parametrize(("gone", "stops"), [(10, False), (11, True)])
def test_a_wave_of_deletions_stops_above_the_percentage(gone: int, stops: bool) -> None:
    stop = judge(Counts(), salesforce=Population(linked=100, present=89, gone=gone), quickbooks=WELL)
    assert (stop is not None) is stops
    assert stop is None or stop.sentence.startswith("11 of 100 (11 %) linked records were deleted in Salesforce")


def test_a_few_deletions_in_a_small_company_are_no_wave() -> None:
    assert judge(Counts(), salesforce=Population(linked=6, present=2, gone=4), quickbooks=WELL) is None


def test_a_wave_of_voids_and_deactivations_stops() -> None:
    counts = Counts(quickbooks=Tally(voided=6, deactivated=6))
    stop = judge(counts, salesforce=WELL, quickbooks=WELL)
    assert stop is not None
    assert stop.code == "wave_of_withdrawals"


def test_many_updates_stop_only_where_it_was_asked_for() -> None:
    counts = Counts(salesforce=Tally(updated=60))
    assert judge(counts, salesforce=WELL, quickbooks=WELL) is None
    stop = judge(counts, salesforce=WELL, quickbooks=WELL, thresholds=Thresholds(updated_percent=50))
    assert stop is not None
    assert stop.code == "wave_of_updates"
