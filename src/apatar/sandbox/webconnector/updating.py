"""Update Selected and Auto-Run: which application talks when, and what is remembered afterwards."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from apatar.sandbox.webconnector.calls import WebService
from apatar.sandbox.webconnector.companyfile import RequestProcessor
from apatar.sandbox.webconnector.conversation import Conversation, Manner, Outcome
from apatar.sandbox.webconnector.errors import Refused
from apatar.sandbox.webconnector.faults import Fault, Faulty
from apatar.sandbox.webconnector.home import Entry, Home
from apatar.sandbox.webconnector.log import Log
from apatar.sandbox.webconnector.wire import Transport, Wire


@dataclass(frozen=True, slots=True)
class Desk:
    """The one PC: its applications, its log, the QuickBooks on it, and how its Web Connector behaves."""

    home: Home
    log: Log
    quickbooks: RequestProcessor
    manner: Manner
    timeout: float = 100.0
    faults: Sequence[Fault] = ()
    clock: Callable[[], float] = time.time


def update_selected(desk: Desk, names: Sequence[str]) -> list[Outcome]:
    """Update the named applications, or all of them, one after the other."""
    entries = [desk.home.find(name) for name in names] or desk.home.entries()
    if not entries:
        raise Refused("QBWC1016", "No application is selected. Add its .qwc file first.")
    return [update(desk, entry) for entry in entries]


def update(desk: Desk, entry: Entry) -> Outcome:
    """Hold one conversation and remember its status, its postponement and its lower limit of the interval."""
    password = desk.home.password(entry.application.user_name)
    with desk.home.update_lock():
        if password is None:
            outcome = _without_password(entry)
        else:
            service = WebService(_transport(desk, entry), desk.log)
            outcome = Conversation(entry.application, service, desk.quickbooks, desk.log, desk.manner).run(password)
        _remember(desk, entry, outcome)
    return outcome


def auto_run(
    desk: Desk, names: Sequence[str], *, every: int | None, stop: threading.Event, told: Callable[[Outcome], None]
) -> bool:
    """Update each application whenever it is due until `stop` is set; returns whether all sessions ended well.

    `every` seconds replace the interval of the .qwc, but never go below the limit that the service set.
    """
    well = True
    while not stop.is_set():
        for entry in _due(desk, names, every):
            outcome = update(desk, entry)
            told(outcome)
            well = well and outcome.well
            if stop.is_set():
                return well
        stop.wait(max(0.01, min(1.0, _next_due(desk, names, every) - desk.clock())))
    return well


def due_at(entry: Entry, every: int | None) -> float:
    """Return the Unix time from which an application may run again; raises Refused where nobody set an interval."""
    interval = max(every, entry.minimum_run) if every else entry.interval
    if interval is None:
        raise Refused("QBWC1032", f"“{entry.application.label}” has no interval. Give one with --every SECONDS.")
    return max(entry.not_before, entry.last_run + interval)


def _due(desk: Desk, names: Sequence[str], every: int | None) -> Iterator[Entry]:
    return (entry for entry in _scheduled(desk, names) if due_at(entry, every) <= desk.clock())


def _next_due(desk: Desk, names: Sequence[str], every: int | None) -> float:
    return min(due_at(entry, every) for entry in _scheduled(desk, names))


def _scheduled(desk: Desk, names: Sequence[str]) -> list[Entry]:
    entries = [desk.home.find(name) for name in names] or desk.home.entries()
    if not entries:
        raise Refused("QBWC1018", "No application is available. Add its .qwc file first.")
    return entries


def _transport(desk: Desk, entry: Entry) -> Transport:
    wire = Wire(entry.application.app_url, timeout=desk.timeout)
    return Faulty(wire, desk.faults) if desk.faults else wire


def _without_password(entry: Entry) -> Outcome:
    status = f"QBWC1030: No password is stored for user “{entry.application.user_name}”. Type it in first."
    return Outcome(application=entry.application.label, status=status, well=False, code="QBWC1030")


def _remember(desk: Desk, entry: Entry, outcome: Outcome) -> None:
    now = desk.clock()
    desk.home.save(
        replace(
            entry,
            status=outcome.status,
            last_run=now,
            not_before=now + outcome.wait,
            minimum_run=outcome.minimum_run or entry.minimum_run,
        )
    )
