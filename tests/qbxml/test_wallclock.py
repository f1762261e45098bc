"""The clock on the QuickBooks PC."""

from datetime import UTC, datetime, timedelta

import pytest

from apatar.qbxml.wallclock import WallClock
from tests.qbxml.clocks import clock


def test_the_printed_offset_is_kept_but_never_sent_back() -> None:
    summer = clock("2023-07-29T14:24:18-05:00")

    assert summer.text() == "2023-07-29T14:24:18"
    assert summer.printed_offset == timedelta(hours=-5)


def test_two_times_compare_by_what_the_clock_showed() -> None:
    assert clock("2023-01-01T10:00:00-05:00") < clock("2023-01-01T10:00:01+01:00")
    assert clock("2023-01-01T10:00:00-05:00") == clock("2023-01-01T10:00:00")


def test_an_overlap_is_subtracted() -> None:
    assert clock("2024-03-01T00:05:00").minus(timedelta(minutes=10)).text() == "2024-02-29T23:55:00"


@pytest.mark.parametrize("overlap", [timedelta(days=10), timedelta(days=999_999_999)])
def test_it_never_goes_before_what_quickbooks_accepts(overlap: timedelta) -> None:
    assert clock("1970-01-02").minus(overlap).text() == "1970-01-01T00:00:00"


def test_utc_is_estimated_from_the_printed_offset() -> None:
    assert clock("1999-07-29T14:24:18-05:00").estimated_utc() == datetime(1999, 7, 29, 19, 24, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2024-02-03", "2024-2-3", "2024-02-03T10", "2024-02-03T10:30", "2024-02-03T10:30:00Z"]
)
def test_shorter_forms_are_read(text: str) -> None:
    assert clock(text).text().startswith("2024-02-03T")


@pytest.mark.parametrize("text", [None, "", "0000-00-00", "2024-02-30", "soon", "2024-02-03 10:30"])
def test_no_time_at_all_is_none(text: str | None) -> None:
    assert WallClock.read(text) is None
