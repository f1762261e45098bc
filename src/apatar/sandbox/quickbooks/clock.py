"""The clock of the PC that QuickBooks runs on: wall-clock times, printed with an offset that ignores summer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apatar.sandbox.quickbooks.statuses import Refused

_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:T(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d))?)?(?P<offset>Z|[+-]\d\d:\d\d)?)?"
)

Now = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` gives aware times; `zone` is the PC's. Wall times are texts ("2024-07-01T09:30:00")."""

    now: Now
    zone: ZoneInfo

    def epoch(self) -> int:
        return int(self.now().timestamp())

    def wall(self) -> str:
        return self.now().astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S")

    def today(self) -> str:
        return self.wall()[:10]

    def days_ago(self, days: int) -> str:
        return (self.now() - timedelta(days=days)).astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S")

    def printed(self, wall: str) -> str:
        """Add the zone's standard offset, in summer too: the bug of QBWC section 4.3."""
        minutes = int(self._standard_offset(wall).total_seconds()) // 60
        hours, rest = divmod(abs(minutes), 60)
        return f"{wall}{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"

    def _standard_offset(self, wall: str) -> timedelta:
        moment = datetime.fromisoformat(wall).replace(tzinfo=self.zone)
        return (moment.utcoffset() or timedelta()) - (moment.dst() or timedelta())

    def bound(self, text: str, field: str, *, end: bool) -> str:
        """Read a date or date-time of a filter as the first (or with `end` the last) wall-clock second it means.

        An offset is undone the way `printed` adds it, so a time that QuickBooks printed finds its record; how
        QuickBooks itself reads an offset is unverified. Raises Refused 3020.
        """
        found = _MOMENT.fullmatch(text.strip())
        if found is None:
            raise Refused(3020, value=text, field=field)
        last = "59" if end else "00"
        hour = found["hour"] or ("23" if end else "00")
        minute, second = found["minute"] or last, found["second"] or last
        try:
            moment = datetime.fromisoformat(f"{found['day']}T{hour}:{minute}:{second}")
        except ValueError:
            raise Refused(3020, value=text, field=field) from None
        return (moment + self._undone(found["offset"], moment)).isoformat()

    def _undone(self, offset: str | None, moment: datetime) -> timedelta:
        if offset is None:
            return timedelta()
        given = timedelta() if offset == "Z" else datetime.fromisoformat(f"{moment.isoformat()}{offset}").utcoffset()
        return self._standard_offset(moment.isoformat()) - (given or timedelta())
