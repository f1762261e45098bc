"""The time as the clock on the QuickBooks PC shows it."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

_USUAL = len("2026-11-23T01:02:03-05:00")
_PRINTED = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?)?)?(?:([+-])(\d{1,2}):(\d{2})|Z)?"
)
_EARLIEST = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone


@dataclass(frozen=True, slots=True, order=True)
class WallClock:
    """A local time of the QuickBooks PC; two of them compare by what the clock showed.

    QuickBooks prints an offset that ignores daylight saving, so it can't be trusted and takes no part in comparisons.
    """

    at: datetime
    printed_offset: timedelta | None = field(default=None, compare=False)

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """Read what QuickBooks printed; None for nothing, and for its impossible `0000-00-00` dates."""
        if text and len(text) == _USUAL:
            with suppress(ValueError):
                usual = datetime.fromisoformat(text)
                return cls(usual.replace(tzinfo=None), usual.utcoffset())
        found = _PRINTED.fullmatch(text.strip()) if text else None
        if found is None:
            return None
        numbers = [int(part or 0) for part in found.groups()[:6]]
        try:
            at = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001 - a wall clock has no zone
        except ValueError:
            return None
        return cls(at, _offset(*found.groups()[6:]))

    def minus(self, overlap: timedelta) -> Self:
        """Return the time `overlap` earlier, never before 1970: QuickBooks filters accept 1970 to 2038 only."""
        earlier = max(self.at - overlap, _EARLIEST) if self.at - _EARLIEST > overlap else _EARLIEST
        return type(self)(earlier, self.printed_offset)

    def text(self) -> str:
        """Return `YYYY-MM-DDTHH:MM:SS` without an offset, as a FromModifiedDate needs it."""
        return self.at.isoformat(timespec="seconds")

    def estimated_utc(self) -> datetime:
        """Guess the instant from the printed offset; in summer it can be wrong by an hour (QBWC facts 4.3)."""
        return (self.at - (self.printed_offset or timedelta())).replace(tzinfo=UTC)


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta | None:
    if sign is None or hours is None or minutes is None:
        return None
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if sign == "-" else offset
