"""What a person should see at a glance: is it alive, when does it run, what waits for them, what is next."""

import ntpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from django.utils.timesince import timesince
from django_scopes import scope

from apatar.connections.company import is_path
from apatar.connections.models import Connection
from apatar.connections.schedule import is_silent, next_run

DAYS = 30
"""How far the chart looks back."""
TONE_WORDS = {"none": "", "good": "", "wait": ", some records wait", "bad": ", one failed"}
"""What the colour of a day says, for those who do not see it."""


class RunSeen(Protocol):
    """What a glance needs of a run. Runs live one floor up, so they are met through this shape."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    message: str
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """One word for the badge, its tone (good, wait, bad, or empty), and a sentence that says what to do."""

    word: str
    tone: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Glance:
    """One connection, as its card shows it."""

    connection: Connection
    last_run: RunSeen | None
    next_run: datetime | None
    with_next_call: bool
    problems: int
    conflicts: int
    proposals: int
    said: State

    @property
    def title(self) -> str:
        return title_of(self.connection)

    @property
    def state(self) -> str:
        return self.said.word

    @property
    def tone(self) -> str:
        return self.said.tone

    @property
    def sentence(self) -> str:
        return self.said.sentence

    @property
    def waiting(self) -> int:
        return self.problems + self.conflicts + self.proposals


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the set-up; it ticks itself off."""

    name: str
    done: bool
    next: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """The runs of one day, for the chart; `height` is out of 40."""

    day: date
    runs: int
    tone: str
    word: str
    height: int
    x: int
    y: int


def glance(connection: Connection, *, now: datetime) -> Glance:
    """Look at one connection."""
    with scope(connection=connection):
        last: RunSeen | None = connection.runs.first()
        problems = connection.problems.filter(closed_at=None).exclude(snoozed_until__gt=now).count()
        conflicts = connection.conflicts.filter(winner="", chosen="", resolved_at=None).count()
        proposals = connection.proposals.filter(choice="", kind__in=_to_review(connection)).count()
    expected = next_run(last_run=last.started_at if last else None, frequency=frequency_of(connection))
    return Glance(
        connection=connection,
        last_run=last,
        next_run=expected,
        with_next_call=_waits_for_a_call(connection, last=last, expected=expected, now=now),
        problems=problems,
        conflicts=conflicts,
        proposals=proposals,
        said=state_of(connection, last=last, waiting=problems + conflicts + proposals, now=now),
    )


def _to_review(connection: Connection) -> tuple[str, ...]:
    """Which proposals wait for a person: what is likely, and before the first release what was matched exactly too."""
    return ("suggested", "parted") if connection.first_released_at else ("suggested", "parted", "id", "key", "name")


def title_of(connection: Connection) -> str:
    """Name a connection: the bound company, else the file without its folder and ending, else what was typed."""
    typed = connection.company
    stem = ntpath.splitext(ntpath.basename(typed))[0] if is_path(typed) else ""
    return connection.company_name or stem or typed


def frequency_of(connection: Connection) -> timedelta | None:
    """The form's frequency; None where the Web Connector's own setting counts."""
    return timedelta(minutes=connection.frequency_minutes) if connection.frequency_minutes else None


def expected_gap(connection: Connection) -> timedelta | None:
    """How long the Web Connector may take between two calls: the form's frequency, else its habit."""
    if connection.frequency_minutes or not connection.last_call_at or not connection.call_before_last_at:
        return frequency_of(connection)
    # People click twice within a minute; a habit is longer than that.
    return max(connection.last_call_at - connection.call_before_last_at, timedelta(hours=1))


def state_of(connection: Connection, *, last: RunSeen | None, waiting: int, now: datetime) -> State:
    """Name the one thing that matters most."""
    at_first = _held_up(connection) or _set_up(connection) or _silent(connection, now)
    return at_first or _unreleased(connection, last) or _after(last, waiting)


def steps_of(connection: Connection, last: RunSeen | None) -> list[Step]:
    """The steps of the set-up; the first that is not done is next."""
    done = [
        ("salesforce", _salesforce_answered(connection)),
        ("download", connection.qwc_downloaded_at is not None),
        # Only the file that was added knows this user name, so a call with a wrong password ticks it off too.
        ("add", connection.first_call_at is not None or bool(connection.last_refusal)),
        # The first call that counts had the right password; a later refusal is told by the state, not by a step.
        ("password", connection.first_call_at is not None),
        ("run", bool(last and (last.finished_at or last.number > 1))),
    ]
    following = next((name for name, is_done in done if not is_done), None)
    return [Step(name, is_done, name == following) for name, is_done in done]


def mark_of(seen: Glance, *more: object) -> str:
    """Digest everything that can tick a step off or change the headline, so that a page is left alone until it does.

    `more` is what else stands on the page and may move.
    """
    one, last = seen.connection, seen.last_run
    facts = (
        seen.title, seen.said, seen.waiting, steps_of(one, last), one.salesforce_problem, one.last_refusal,
        one.paused_at, one.last_call_at, last and (last.number, last.finished_at), seen.with_next_call,
        one.dry_run_asked_at, last and last.released_at, more,
    )  # fmt: skip
    return sha256(repr(facts).encode()).hexdigest()[:12]


def month_of(runs: Iterable[RunSeen], *, today: date) -> Sequence[Day]:
    """Count the runs of the last 30 days by day, oldest first; the worst outcome gives the day its tone."""
    by_day: dict[date, list[str]] = {}
    for run in runs:
        waits_no_more = run.outcome == "shown" and run.released_at is not None
        by_day.setdefault(run.started_at.date(), []).append("ok" if waits_no_more else run.outcome)
    most = max((len(outcomes) for outcomes in by_day.values()), default=1)
    days = (today - timedelta(days=DAYS - 1 - index) for index in range(DAYS))
    return [_day(day, by_day.get(day, []), most, index) for index, day in enumerate(days)]


def _waits_for_a_call(
    connection: Connection, *, last: RunSeen | None, expected: datetime | None, now: datetime
) -> bool:
    """Whether any call now becomes a run, as `schedule.is_due` decides: it was asked for, or is due already."""
    if last is None or last.finished_at is None:
        return False
    asked = (connection.sync_asked_at, connection.settings_changed_at)
    return any(at >= last.started_at for at in asked if at) or bool(expected and expected <= now)


def _salesforce_answered(connection: Connection) -> bool:
    """Whether a login was tried, or made by a run, and none has failed since."""
    return bool(connection.salesforce_checked_at or connection.salesforce_org_id) and not connection.salesforce_problem


def _day(day: date, outcomes: list[str], most: int, index: int) -> Day:
    height = max(4, 40 * len(outcomes) // most) if outcomes else 2
    tone = _worst(outcomes)
    return Day(
        day=day, runs=len(outcomes), tone=tone, word=TONE_WORDS[tone], height=height, x=index * 10, y=40 - height
    )


def _worst(outcomes: list[str]) -> str:
    if not outcomes:
        return "none"
    if {"failed", "interrupted"} & set(outcomes):
        return "bad"
    return "wait" if {"with-problems", "stopped", "shown"} & set(outcomes) else "good"


def _held_up(connection: Connection) -> State | None:
    if connection.paused_at:
        return State("Paused", "wait", "Nothing is read or written until you resume.")
    if connection.salesforce_problem:
        return State("Salesforce refuses", "bad", connection.salesforce_problem)
    if connection.last_refusal:
        return State("Turned away", "bad", connection.last_refusal)
    return None


def _set_up(connection: Connection) -> State | None:
    if not connection.qwc_downloaded_at and not connection.first_call_at:
        return State("Set-up", "", "Download ApatarQBW.qwc next.")
    if not connection.first_call_at:
        return State("Set-up", "", "Add the file to the Web Connector, then click Update Selected there.")
    return None


def _silent(connection: Connection, now: datetime) -> State | None:
    if not is_silent(now=now, last_call=connection.last_call_at, frequency=expected_gap(connection)):
        return None
    since = timesince(connection.last_call_at or now, now, depth=1).replace("\xa0", " ")
    return State(
        "Silent",
        "bad",
        f"The Web Connector has not called for {since}. Log in to Windows on the PC where QuickBooks runs, start the "
        "Web Connector, and check that Auto-Run is ticked.",
    )


def _after(last: RunSeen | None, waiting: int) -> State:
    if last is None:
        return State("Connected", "good", "The Web Connector has called. The first run comes with its next call.")
    if last.finished_at is None:
        return State("Working", "", "A run is going on now.")
    if last.outcome == "shown":
        return _shown(last)
    if last.outcome in {"failed", "interrupted", "stopped"}:
        return _broken_off(last)
    if waiting:
        return State("Waits for you", "wait", "Some records wait for a decision. The others go on.")
    return State("In step", "good", "Both sides agreed after the last run.")


def _broken_off(last: RunSeen) -> State:
    if last.outcome == "stopped" and last.released_at:
        return State("Goes on", "", "What the last run stopped for was meant. The next run goes on.")
    word = "Stopped" if last.outcome == "stopped" else "Last run failed"
    return State(word, "bad", last.message or "Look at the last run to see why.")


def _unreleased(connection: Connection, last: RunSeen | None) -> State | None:
    """A connection that has not written yet waits for its review."""
    is_shown = bool(last and last.outcome == "shown" and not last.released_at)
    if connection.first_released_at is not None or not is_shown:
        return None
    return State(
        "Waits for your review",
        "wait",
        "Both sides are read, and nothing is written yet. Review what belongs together, look at the plan, release it.",
    )


def _shown(last: RunSeen) -> State:
    if last.released_at:
        return State("Released", "", "The next run writes exactly what the last one showed.")
    return State("Waits for your release", "wait", "The last run shows what it would write. Look, and release it.")
