"""Wall-clock times for tests."""

from apatar.qbxml.wallclock import WallClock


def clock(text: str) -> WallClock:
    """Return the time that QuickBooks would print so."""
    found = WallClock.read(text)
    assert found is not None
    return found
