"""When to try again: exponential, capped, spread by chance that the caller brings along."""

from datetime import datetime, timedelta

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=6)
ATTEMPTS = 12
"""About two days of trying before a person is asked."""


def next_attempt(
    attempt: int, *, now: datetime, jitter: float, first: timedelta = FIRST, longest: timedelta = LONGEST
) -> datetime:
    """Return when to try again after failed attempt number `attempt` (the first is 1).

    The wait doubles up to `longest`; `jitter`, from 0 to 1, takes it from half to all of that.
    """
    if attempt < 1 or not 0 <= jitter <= 1:
        message = f"attempt {attempt} must be 1 or more, and jitter {jitter} from 0 to 1; correct the caller."
        raise ValueError(message)
    # The exponent is bounded so that a long-lived problem cannot overflow the interval.
    wait: timedelta = min(first * (1 << min(attempt - 1, 20)), longest)
    return now + wait * (0.5 + jitter / 2)


def give_up(attempt: int, *, attempts: int = ATTEMPTS) -> bool:
    """Tell whether a transient problem has lasted long enough to become a person's."""
    return attempt >= attempts
