"""The stage on which a schedule is played: a world with its people, and hooks for everything that may befall a run."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace

import httpx2
import pytest
import time_machine
from django.db import connection as database
from django.test import override_settings
from django_scopes import scopes_disabled

from apatar.connections import salesforce as product_salesforce
from apatar.runs import pipeline
from apatar.runs.models import Run
from apatar.salesforce.client import Client
from apatar.sandbox.quickbooks.company import create_company
from apatar.sandbox.salesforce.org import Org
from apatar.sandbox.webconnector.calls import WebService
from apatar.sandbox.webconnector.conversation import Conversation, Manner, Outcome
from apatar.sandbox.webconnector.faults import Fault, Faulty, Mishap
from apatar.sandbox.webconnector.log import Level, Log
from apatar.sandbox.webconnector.qwc import read_qwc
from tests.runs.ends import Books, Desk, People
from tests.runs.org_wire import URL, OrgWire, lay_wire
from tests.runs.trading import Office, Sales
from tests.runs.world import COMPANY, PASSWORD, Clock, Death, Wire, World, a_connection, prepared_once
from tests.simulation.market import Market, stock
from tests.simulation.promises import Broken
from tests.simulation.schedule import STARTS
from tests.simulation.steps import Schedule
from tests.simulation.town import Town

OTHER_COMPANY = "Somebody Else Inc"
OTHER_ORG = "00D000000000999AAA"
COUNTED = "/services/data/"
MOST_CALLS = 900
"""In one conversation; half an hour of waiting for the worker takes some 500."""
BEFORE = timedelta(days=1)
"""So long before the story the service was set up."""


class PcClock:
    """The clock of the PC, which may be off."""

    def __init__(self) -> None:
        self.off = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.off


Hook = tuple[str, Callable[[], object]]
"""A part of an address, and what happens at each call to it."""


class Line(OrgWire):
    """The wire to the org; things may happen before and after a call."""

    def __init__(self, org: Org) -> None:
        super().__init__(org)
        self.calls = 0
        self.before: list[Hook] = []
        self.after: list[Hook] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        target = request.url.raw_path.decode()
        self.calls += target.startswith(COUNTED)  # a login costs nothing of the quota
        _happen(self.before, target)
        answer = super().handle_request(request)
        _happen(self.after, target)
        return answer

    def forget(self) -> None:
        self.before.clear()
        self.after.clear()


def _happen(hooks: list[Hook], target: str) -> None:
    for part, act in tuple(hooks):
        if part in target:
            act()


class Lively(Wire):
    """The Web Connector's wire; a service that died may be started again before the next call."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.revive: Callable[[], object] = lambda: None
        self.calls = 0
        self.at_once = False
        self.before: list[Callable[[int], object]] = []

    def post(self, operation: str, envelope: bytes) -> bytes:
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise Broken("I5", f"a run does not end: {MOST_CALLS} calls of the Web Connector were not enough")
        if self.at_once:
            self.revive()
        for hook in self.before:
            hook(self.calls)
        return super().post(operation, envelope)


class Struck(Faulty):
    """A wire to which the ordered mishaps happen; those that really did are noted."""

    def __init__(self, transport: Wire, faults: Sequence[Fault], struck: list[Mishap]) -> None:
        super().__init__(transport, faults)
        self._struck = struck

    def _mishap(self, operation: str) -> Mishap | None:
        found = super()._mishap(operation)
        self._struck += [found] if found else []
        return found


@dataclass(kw_only=True)
class Stage(World):
    """A world with a town around it."""

    town: Town
    market: Market
    line: Line
    lively: Lively
    pc: PcClock
    other: Desk
    job_twice: bool = False
    late_by: int = 0
    struck: list[Mishap] = field(default_factory=list)

    def update_selected(self, *faults: Fault, desk: Desk | None = None) -> Outcome:
        """Hold one conversation of the Web Connector; whatever befalls, it ends."""
        self.lively.calls = 0
        transport = Struck(self.lively, faults, self.struck) if faults else self.lively
        log = Log(self.folder / "QWCLog.txt", level=Level.NONE)
        manner = Manner(pause=self._pause)
        application = read_qwc(self.qwc())
        conversation = Conversation(application, WebService(transport, log), desk or self.desk, log, manner)
        return conversation.run(PASSWORD)

    def _pause(self, seconds: float) -> None:
        if self.late_by:
            self.late_by -= 1
            self.clock.sleep(max(seconds, 5))
            return
        super()._pause(seconds)

    def _work(self) -> None:
        super()._work()
        if self.job_twice:
            with scopes_disabled():
                open_runs = list(Run.objects.filter(connection=self.connection, finished_at=None))
            for run in open_runs:
                pipeline.go_on(run_id=run.pk)

    def last_known_run(self) -> Run | None:
        with scopes_disabled():
            return Run.objects.filter(connection=self.connection).order_by("-number").first()

    def is_open(self) -> bool:
        """Tell whether a run was left open."""
        run = self.last_known_run()
        return run is not None and run.finished_at is None

    def revive_if_dead(self) -> None:
        if self.death.dead:
            self.revive()


@contextmanager
def a_stage(schedule: Schedule, folder: Path) -> Iterator[Stage]:
    """Build the stage of a schedule in an empty folder, with an empty database behind it."""
    with ExitStack() as stack:
        monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
        traveller = stack.enter_context(time_machine.travel(STARTS[schedule.season] - BEFORE, tick=False))
        stack.enter_context(
            override_settings(
                PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
                APATAR_SALESFORCE_HOSTS=[URL.removeprefix("http://")],
            )
        )
        clock, death, pc = Clock(traveller), Death(), PcClock()
        monkeypatch.setattr(product_salesforce, "time", SimpleNamespace(sleep=clock.sleep))
        monkeypatch.setattr(product_salesforce, "Client", partial(Client, sleep=clock.sleep))
        ends = _ends_made_once(schedule.season, prepared=schedule.prepared, trades=schedule.trades)
        shutil.copytree(ends, folder, dirs_exist_ok=True)
        org = stack.enter_context(Org(folder / "org"))
        line = Line(org)
        lay_wire(monkeypatch, line)
        connection = a_connection(org, URL, company=COMPANY, direction="both", pairs=schedule.pairs)
        traveller.shift(BEFORE)
        stack.enter_context(database.execute_wrapper(death))
        town = Town(Sales(org), Office(folder / "company.qbw", now=pc))
        stage = Stage(
            clock=clock,
            death=death,
            org=org,
            books=Books(folder / "company.qbw"),
            people=People(org),
            desk=Desk(folder / "company.qbw", now=pc),
            wire=Wire(clock),
            connection=connection,
            folder=folder,
            # Procrastinate's worker is not made to be killed inside one process: its jobs are delivered by hand then.
            queue=database.vendor == "sqlite",
            town=town,
            market=Market(town, folder),
            line=line,
            lively=Lively(clock),
            pc=pc,
            other=Desk(folder / "other.qbw", now=pc),
        )
        stage.lively.revive = stage.revive_if_dead
        yield stage


@cache
def _ends_made_once(season: str, *, prepared: bool, trades: bool) -> Path:
    """Return a folder with both ends as they are before anybody has done anything."""
    folder = Path(mkdtemp(prefix="apatar-ends-", dir=quick_folder()))
    if trades:
        shutil.copytree(a_prepared_org(), folder / "org")
    else:
        Org(folder / "org", bare=not prepared).close()
    create_company(folder / "company.qbw", name=COMPANY, qbxml="13.0").close()
    create_company(folder / "other.qbw", name=OTHER_COMPANY, qbxml="13.0").close()
    if trades:
        stock(Office(folder / "company.qbw"))
    return folder


@cache
def a_prepared_org() -> Path:
    """Return the home of an org that our own button has prepared, before any story begins."""
    with time_machine.travel(min(STARTS.values()) - 2 * BEFORE, tick=False):
        return prepared_once()


def quick_folder() -> str | None:
    """Return where files are in memory, where this system has such a place: a simulation needs no disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


@contextmanager
def another_org(stage: Stage) -> Iterator[Org]:
    """Have the login lead to another org, which takes the same password."""
    own = stage.line.org
    folder = stage.folder / "org-of-others"
    shutil.copytree(stage.folder / "org", folder)
    with Org(folder) as other:
        known = other.state.row(other.state.object("Organization"), other.access.org_id) or {}
        other.state.write_row(other.state.object("Organization"), {**known, "Id": OTHER_ORG, "Name": OTHER_COMPANY})
        other.access.org_id = OTHER_ORG
        other.access.expire_sessions()
        stage.line.org = other
        try:
            yield other
        finally:
            stage.line.org = own
            own.access.expire_sessions()
    shutil.rmtree(folder)
