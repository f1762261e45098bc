"""How each trouble is brought about on the stage, and what is counted: only what really happened."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from apatar.sandbox.quickbooks.errors import AccessRefused
from apatar.sandbox.webconnector.faults import Fault, Mishap
from apatar.sync.record import Side
from tests.simulation.promises import Broken
from tests.simulation.stage import Stage
from tests.simulation.steps import Befalls, Meanwhile, Moment, Run, Trouble

CALLS_OF_OTHERS = 400
UNAWARE = 2
"""Calls that may still be made: each time the worker begins, one tells it how much is used."""
CRASHED = ("0x80010105", "The server threw an exception.")
LOCKED = (3175, "The list element is in use.")
CLOSED = ("closed", "dialog", "no-file", "starting")
WRITES = "newMessageSetID"
"""What only those message sets carry that write."""
SAVES = "/composite"
"""What only the addresses of calls have that write to the org."""
MINUTES_OFF = (-2, -1, 1, 2)
"""As much as clocks differ that are set by hand; Salesforce's and a PC's are mostly set by the net."""


@dataclass
class Mishaps:
    """What befalls one stage, and how often each sort of thing did."""

    stage: Stage
    injected: Counter[str] = field(default_factory=Counter)
    calls_left: int | None = None

    @contextmanager
    def befalling(self, run: Run) -> Iterator[None]:
        """Have everything that belongs to a run happen while the block lasts, and be over after it."""
        stage = self.stage
        stage.line.forget()
        stage.lively.before = []
        for one in run.troubles:
            _BRINGING[one.trouble](self, one)
        if run.meanwhile:
            self._plan(run.meanwhile)
        if run.kill:
            stage.death.statements, stage.death.countdown = 0, run.kill.statement
            stage.lively.at_once = run.kill.at_once
        yield
        if run.kill and stage.death.statements >= run.kill.statement:
            self.injected["the service is killed"] += 1
        if self.calls_left is not None and stage.line.calls > self.calls_left:
            raise Broken("I7", f"{stage.line.calls - self.calls_left} calls were made although 90 % were used")
        self.over()

    def over(self) -> None:
        """End what lasts; what people or clocks have done stays done."""
        stage = self.stage
        stage.death.countdown, stage.lively.at_once = None, False
        stage.revive_if_dead()
        stage.lively.before = []
        stage.line.forget()
        stage.desk.forget_traps()
        stage.job_twice, stage.late_by, self.calls_left = False, 0, None
        stage.org.faults.set(
            unavailable=0, cut_before=0, cut_after=0, daily_limit=15_000, clock_offset=0.0,
            locked_rows={},
        )  # fmt: skip
        stage.pc.off, stage.town.late_by = timedelta(), 0.0
        stage.books.set_state("ready")
        if stage.reload().paused_at is not None:
            stage.save(paused_at=None)

    def _plan(self, meanwhile: Meanwhile) -> None:
        def act() -> None:
            self.injected[f"somebody acts {meanwhile.moment}"] += 1
            self.stage.town.do(meanwhile.act)

        act = _nth(meanwhile.nth, act)
        desk, line = self.stage.desk, self.stage.line
        match meanwhile.moment:
            case Moment.BEFORE_READ:
                desk.when("CustomerQueryRq", act, times=99)
            case Moment.BEFORE_WRITE:
                desk.when(WRITES, act, times=99)
            case Moment.AFTER_WRITE:
                desk.when(WRITES, act, after=True, times=99)
            case Moment.BEFORE_QUERY:
                line.before.append(("/query", act))
            case Moment.AFTER_QUERY if not self.stage.is_open():
                line.after.append(("/query", act))
            case Moment.AFTER_SAVE:
                line.after.append((SAVES, act))

    def at_call(self, befalls: Befalls, act: Callable[[], object]) -> None:
        """Do something before the n-th call to the org, or the n-th that writes."""
        part = "" if befalls.much % 2 else SAVES
        self.stage.line.before.append((part, self._counted(befalls, act)))

    def at_set(self, befalls: Befalls, act: Callable[[], object], *, after: bool = False) -> None:
        """Do something before (or after) the n-th message set that QuickBooks is given, or the n-th that writes."""
        part = "<QBXML>" if befalls.much % 2 else WRITES
        self.stage.desk.when(part, self._counted(befalls, act), after=after, times=99)

    def _counted(self, befalls: Befalls, act: Callable[[], object]) -> Callable[[], object]:
        def happens() -> None:
            self.injected[befalls.trouble] += 1
            act()

        return _nth(befalls.nth, happens)

    def faulty(self, befalls: Befalls, **faults: float) -> None:
        self.at_call(befalls, lambda: self.stage.org.faults.set(**faults))


def _nth(nth: int, act: Callable[[], object]) -> Callable[[], None]:
    """Return what does something the n-th time that it is called, and never again."""
    left = [nth]

    def hook() -> None:
        left[0] -= 1
        if not left[0]:
            act()

    return hook


def _times(one: Befalls) -> int:
    return (one.much + 1) // 2


def _unavailable(mishaps: Mishaps, one: Befalls) -> None:
    mishaps.faulty(one, unavailable=_times(one))


def _loses_request(mishaps: Mishaps, one: Befalls) -> None:
    mishaps.faulty(one, cut_before=_times(one))


def _loses_reply(mishaps: Mishaps, one: Befalls) -> None:
    mishaps.faulty(one, cut_after=_times(one))


def _expired(mishaps: Mishaps, one: Befalls) -> None:
    mishaps.at_call(one, mishaps.stage.org.access.expire_sessions)


def _locked_row(mishaps: Mishaps, one: Befalls) -> None:
    chosen = mishaps.stage.town.chosen(Side.SALESFORCE, one.nth)
    if chosen:
        mishaps.injected[one.trouble] += 1
        mishaps.stage.org.faults.set(locked_rows={chosen.remote_id: one.much})


def _used_up(mishaps: Mishaps, one: Befalls) -> None:
    """Others leave fewer than a tenth of the org's quota: the service learns it with the next answer."""

    def used_up() -> None:
        for _ in range(CALLS_OF_OTHERS):
            mishaps.stage.org.state.count_call()
        mishaps.stage.org.faults.set(daily_limit=int(mishaps.stage.org_calls() * 1.05) + one.much)
        mishaps.calls_left = mishaps.stage.line.calls + UNAWARE

    mishaps.at_call(one, used_up)


def _late(mishaps: Mishaps, one: Befalls) -> None:
    """What people save meanwhile is seen late; what the service saves is there when it is answered."""
    mishaps.injected[one.trouble] += 1
    mishaps.stage.town.late_by = one.much * 20.0


def _org_clock(mishaps: Mishaps, one: Befalls) -> None:
    mishaps.injected[one.trouble] += 1
    mishaps.stage.org.faults.set(clock_offset=60.0 * MINUTES_OFF[one.much - 1])


def _pc_clock(mishaps: Mishaps, one: Befalls) -> None:
    mishaps.injected[one.trouble] += 1
    mishaps.stage.pc.off = timedelta(minutes=MINUTES_OFF[one.much - 1])


def _list_lock(mishaps: Mishaps, one: Befalls) -> None:
    before = len(mishaps.stage.desk.answered)

    def count() -> None:
        mishaps.injected[one.trouble] += (
            "CustomerMod" in mishaps.stage.desk.asked[-1] and len(mishaps.stage.desk.asked) > before
        )

    mishaps.stage.desk.refuse("CustomerMod>", *LOCKED, times=one.much)
    mishaps.stage.desk.when("<CustomerMod>", count)


def _closed(mishaps: Mishaps, one: Befalls) -> None:
    state = CLOSED[one.much - 1]
    if one.nth <= 3:
        mishaps.injected[one.trouble] += 1
        mishaps.stage.books.set_state(state)
    else:
        mishaps.at_set(one, lambda: mishaps.stage.books.set_state(CLOSED[one.much % 2]))


def _crash(mishaps: Mishaps, one: Befalls, *, after: bool) -> None:
    def crash() -> None:
        raise AccessRefused(*CRASHED)

    mishaps.at_set(one, crash, after=after)


def _forgets(mishaps: Mishaps, one: Befalls) -> None:
    """QuickBooks remembers nothing: neither what was sent before this run, nor what is asked for in it."""
    mishaps.injected[one.trouble] += 1
    mishaps.stage.books.forget_message_sets()
    mishaps.stage.desk.when("oldMessageSetID", mishaps.stage.books.forget_message_sets, times=99)


def _twice(mishaps: Mishaps, one: Befalls) -> None:
    mishaps.injected[one.trouble] += 1
    mishaps.stage.job_twice = True


def _worker_late(mishaps: Mishaps, one: Befalls) -> None:
    mishaps.injected[one.trouble] += 1
    mishaps.stage.late_by = one.much


def _paused(mishaps: Mishaps, one: Befalls) -> None:
    def hook(number: int) -> None:
        if number == one.nth * 2:
            mishaps.injected[one.trouble] += 1
            mishaps.stage.save(paused_at=timezone.now())

    mishaps.stage.lively.before.append(hook)


def _returns(mishaps: Mishaps, one: Befalls) -> None:
    """A quarter of an hour later the Web Connector comes back, while a call of the worker is still under way."""

    def come_back() -> None:
        mishaps.stage.clock.pass_by(minutes=20)
        mishaps.stage.update_selected(Fault(Mishap.CUT_AFTER, "sendRequestXML", 1 + one.much))

    mishaps.at_call(one, come_back)


_BRINGING: dict[Trouble, Callable[[Mishaps, Befalls], object]] = {
    Trouble.ORG_UNAVAILABLE: _unavailable,
    Trouble.ORG_LOSES_REQUEST: _loses_request,
    Trouble.ORG_LOSES_REPLY: _loses_reply,
    Trouble.SESSION_EXPIRED: _expired,
    Trouble.ROW_LOCK: _locked_row,
    Trouble.QUOTA: _used_up,
    Trouble.LATE_ROWS: _late,
    Trouble.ORG_CLOCK: _org_clock,
    Trouble.PC_CLOCK: _pc_clock,
    Trouble.LIST_LOCK: _list_lock,
    Trouble.CLOSED: _closed,
    Trouble.CRASH_BEFORE: lambda mishaps, one: _crash(mishaps, one, after=False),
    Trouble.CRASH_AFTER: lambda mishaps, one: _crash(mishaps, one, after=True),
    Trouble.FORGETS: _forgets,
    Trouble.JOB_TWICE: _twice,
    Trouble.WORKER_LATE: _worker_late,
    Trouble.PAUSED: _paused,
    Trouble.RETURNS: _returns,
}
