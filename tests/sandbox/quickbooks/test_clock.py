from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from apatar.sandbox.quickbooks.clock import Clock
from apatar.sandbox.quickbooks.statuses import Refused


def clock(zone: str, moment: datetime) -> Clock:
    return Clock(lambda: moment, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "printed"),
    [
        ("America/New_York", "2024-07-01T08:00:00-05:00"),
        ("America/Los_Angeles", "2024-07-01T05:00:00-08:00"),
        ("UTC", "2024-07-01T12:00:00+00:00"),
        ("Asia/Kolkata", "2024-07-01T17:30:00+05:30"),
    ],
)
def test_the_printed_offset_ignores_daylight_saving(zone: str, printed: str) -> None:
    pc = clock(zone, datetime(2024, 7, 1, 12, tzinfo=UTC))
    assert pc.printed(pc.wall()) == printed


def test_a_captured_time_is_printed_as_it_was_captured() -> None:
    pc = clock("America/New_York", datetime.fromtimestamp(933272658, UTC))
    assert pc.printed(pc.wall()) == "1999-07-29T14:24:18-05:00"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-07-01", "2024-07-01T00:00:00", "2024-07-01T23:59:59"),
        ("2024-07-01T08", "2024-07-01T08:00:00", "2024-07-01T08:59:59"),
        ("2024-07-01T08:15", "2024-07-01T08:15:00", "2024-07-01T08:15:59"),
        ("2024-07-01T08:15:30", "2024-07-01T08:15:30", "2024-07-01T08:15:30"),
        ("2024-07-01T08:15:30-05:00", "2024-07-01T08:15:30", "2024-07-01T08:15:30"),
    ],
)
def test_a_bound_is_the_first_or_last_second_it_means(text: str, first: str, last: str) -> None:
    pc = clock("America/New_York", datetime(2024, 7, 1, 12, tzinfo=UTC))
    assert (pc.bound(text, "From", end=False), pc.bound(text, "To", end=True)) == (first, last)


@pytest.mark.parametrize("text", ["", "2024", "2024-02-30", "2024-07-01 08:00", "2024-07-01T08:00:00.5"])
def test_what_is_no_time_is_a_status(text: str) -> None:
    with pytest.raises(Refused, match="3020"):
        clock("UTC", datetime(2024, 7, 1, tzinfo=UTC)).bound(text, "FromModifiedDate", end=False)
