"""When a call of the Web Connector is to become a run. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

TIMER_TOLERANCE = timedelta(seconds=5)
SHORTEST_TIMER = timedelta(seconds=55)
"""The Web Connector's own timer counts in whole minutes (QBWC.md, section 2: minimum 1 minute)."""
EARLY = timedelta(seconds=30)
"""A timer may fire a little before the full interval has passed."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What is known when the Web Connector calls: instants are aware UTC, None means never."""

    now: datetime
    last_call: datetime | None
    call_before_last: datetime | None
    last_run: datetime | None
    asked: datetime | None = None
    settings_changed: datetime | None = None
    unfinished: bool = False


def is_due(calls: Calls, *, frequency: timedelta | None) -> bool:
    """Tell whether this call is to be a run.

    The Web Connector never says whether its timer or a person called. Its timer learns our frequency from
    authenticate (QBWC.md, section 1.3) and so comes in time; an early call is therefore a person who clicked
    *Update Selected* and wants a run now, unless it comes in the even step of a timer that does not listen.
    """
    if frequency is None or calls.last_run is None or calls.unfinished:
        return True
    if _since(calls.last_run, calls.asked) or _since(calls.last_run, calls.settings_changed):
        return True
    if calls.now - calls.last_run >= frequency - EARLY:
        return True
    return not _in_step(calls)


def _since(moment: datetime, event: datetime | None) -> bool:
    return event is not None and event >= moment


def _in_step(calls: Calls) -> bool:
    """Tell whether the last three calls came at even distances, as a timer's do."""
    if calls.last_call is None or calls.call_before_last is None:
        return False
    step = calls.now - calls.last_call
    before = calls.last_call - calls.call_before_last
    return step >= SHORTEST_TIMER and abs(step - before) <= TIMER_TOLERANCE


def next_run(*, last_run: datetime | None, frequency: timedelta | None) -> datetime | None:
    """Return when the next run is expected, or None where only the Web Connector knows."""
    return last_run + frequency if last_run and frequency else None


def is_silent(*, now: datetime, last_call: datetime | None, frequency: timedelta | None) -> bool:
    """Tell whether the Web Connector has been silent for longer than twice the frequency (PRODUCT.md, defaults)."""
    return bool(last_call and frequency and now - last_call > 2 * frequency)
