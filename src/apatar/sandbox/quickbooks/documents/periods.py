"""The days that a DateMacro means; fiscal years begin in January here, as in the sample company."""

import re
from datetime import date, timedelta

_NAME = re.compile(r"(?P<which>This|Last|Next)(?:Calendar|Fiscal)?(?P<unit>Week|Month|Quarter|Year)(?P<until>ToDate)?")
_MONTHS = {"Month": 1, "Quarter": 3, "Year": 12}
_STEP = {"This": 0, "Last": -1, "Next": 1}


def period(macro: str, today: str) -> tuple[str, str]:
    """Return the first and the last day ("": without a bound)."""
    day = date.fromisoformat(today)
    plain = {"Today": (day, day), "Yesterday": (day - timedelta(1), day - timedelta(1))}
    # Weeks begin on Sunday, as in QuickBooks' own calendar (unverified).
    week = day - timedelta((day.weekday() + 1) % 7)
    plain["NextFourWeeks"] = (week + timedelta(7), week + timedelta(34))
    found = _NAME.fullmatch(macro)
    if found is None:
        return tuple(str(bound) for bound in plain[macro]) if macro in plain else ("", "")  # type: ignore[return-value]
    first, last = _bounds(found["unit"], _STEP[found["which"]], day, week)
    if found["until"]:
        last = first + (day - _bounds(found["unit"], 0, day, week)[0])
    return first.isoformat(), last.isoformat()


def _bounds(unit: str, step: int, day: date, week: date) -> tuple[date, date]:
    if unit == "Week":
        first = week + timedelta(7 * step)
        return first, first + timedelta(6)
    months = _MONTHS[unit]
    start = day.year * 12 + (day.month - 1) // months * months + step * months
    return _month(start), _month(start + months) - timedelta(1)


def _month(count: int) -> date:
    return date(count // 12, count % 12 + 1, 1)
