"""A whole world in one process: an org, a company file, a Web Connector, the service between them, and the time.

Everything is real but the clock and the wires: the Web Connector calls the product's WSGI door directly, and the
service's HTTP seam leads straight to the org. The journeys go over real ones. Time stands still and passes with the
calls, so every run of a test is the same. NoOp makes the worker work.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test import override_settings
from django_scopes import scope, scopes_disabled

from apatar import jobs
from apatar.accounts.workspaces import register
from apatar.connections import salesforce as product_salesforce
from apatar.connections.forms import ConnectionForm
from apatar.connections.maps import save_map
from apatar.connections.models import Connection
from apatar.connections.orgkit_plan import plan as plan_of
from apatar.connections.preparing import open_setup
from apatar.connections.qwc import qwc_file
from apatar.jobs.engine import engine
from apatar.jobs.models import QueuedJob
from apatar.runs import pipeline
from apatar.runs.models import Change, Conflict, Link, Problem, Run
from apatar.salesforce.client import Client
from apatar.salesforce.credentials import PasswordLogin
from apatar.sandbox.quickbooks.company import create_company
from apatar.sandbox.quickbooks.features import Features
from apatar.sandbox.salesforce.access import keep_key
from apatar.sandbox.salesforce.org import Org
from apatar.sandbox.salesforce.wire import Request as OrgRequest
from apatar.sandbox.story_agreement import Agreement, compare
from apatar.sandbox.webconnector.calls import WebService
from apatar.sandbox.webconnector.conversation import Conversation, Manner, Outcome
from apatar.sandbox.webconnector.errors import CallFailed
from apatar.sandbox.webconnector.faults import Fault, Faulty
from apatar.sandbox.webconnector.log import Level, Log
from apatar.sandbox.webconnector.qwc import read_qwc
from apatar.sandbox.webconnector.wire import Transport
from apatar.sync.pairs import PAIRS
from apatar.webconnector.calls import webconnector_door
from tests.runs.ends import NOWHERE, Books, Desk, People
from tests.runs.org_wire import URL, OrgWire, lay_wire
from tests.runs.trading import Sales

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LONG_AGO = "2000-01-01"
COMPANY = "Bayshore Trading Company"
PASSWORD = "correct horse battery"
EMAIL = "owner@bayshore.example"


class Killed(BaseException):
    """The service's process died at this instruction."""


class Clock:
    """The time of this world; it passes only when it is told to."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def pass_by(self, **duration: float) -> None:
        self._traveller.shift(timedelta(**duration))

    def sleep(self, seconds: float) -> None:
        self._traveller.shift(timedelta(seconds=seconds))

    def now(self) -> datetime:
        return datetime.now(UTC)


class Death:
    """Kills the service at its n-th statement to the database; it stays dead until `revive`."""

    def __init__(self) -> None:
        self.countdown: int | None = None
        self.statements = 0
        self.dead = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("ROLLBACK", "RELEASE")):  # what the database does by itself when its client is gone
            return execute(sql, params, many, context)
        self.statements += 1
        if self.dead or self.statements == self.countdown:
            self.dead = True
            raise Killed
        return execute(sql, params, many, context)

    def revive(self) -> None:
        self.countdown, self.dead = None, False


class Wire:
    """The Web Connector's wire to the door; what the service's death does to a caller is a closed connection."""

    def __init__(self, clock: Clock) -> None:
        self._door = webconnector_door()
        self._clock = clock
        self.heard: list[tuple[str, bytes]] = []

    def post(self, operation: str, envelope: bytes) -> bytes:
        self._clock.pass_by(seconds=1)
        self.heard.append((operation, envelope))
        try:
            status, body = self.send(envelope)
        except Killed:
            raise CallFailed("The underlying connection was closed: the service died.") from None
        if status != "200 OK":
            raise CallFailed(f"The request failed with HTTP status {status}: {body.decode()}")
        return body

    def send(self, envelope: bytes, *, address: str = "192.0.2.7") -> tuple[str, bytes]:
        told: list[str] = []

        def start_response(status: str, _headers: Any, *_: Any) -> Any:
            told.append(status)

        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/webconnector/",
            "QUERY_STRING": "",
            "CONTENT_LENGTH": str(len(envelope)),
            "CONTENT_TYPE": "text/xml; charset=utf-8",
            "REMOTE_ADDR": address,
            "wsgi.input": BytesIO(envelope),
        }
        body = b"".join(self._door(environ, start_response))
        return told[0], body

    def close(self) -> None:
        """Nothing is kept open."""


@dataclass
class World:
    """One connection with both its ends."""

    clock: Clock
    death: Death
    org: Org
    books: Books
    people: People
    desk: Desk
    wire: Wire
    connection: Connection
    folder: Path
    queue: bool = True
    endings: list[Outcome] = field(default_factory=list)

    def sync(
        self,
        *faults: Fault,
        password: str = PASSWORD,
        qwc: bytes | None = None,
        machine: str = "SANDBOX-PC",
        desk: Desk | None = None,
    ) -> Outcome:
        """Update Selected: one conversation of the Web Connector, with the worker at work in its pauses.

        `machine` and `desk` are another PC, and the QuickBooks on it.
        """
        transport: Transport = Faulty(self.wire, faults) if faults else self.wire
        application = read_qwc(qwc or self.qwc())
        log = Log(self.folder / "QWCLog.txt", level=Level.NONE)
        manner = Manner(pause=self._pause, machine=machine)
        conversation = Conversation(application, WebService(transport, log), desk or self.desk, log, manner)
        self.endings.append(conversation.run(password))
        return self.endings[-1]

    def sync_twice(self) -> Run:
        """Two runs, ten minutes apart: by then both sides agree (SYNC.md, I3)."""
        self.run_well()
        self.clock.pass_by(minutes=10)
        return self.run_well()

    def run_well(self) -> Run:
        """Update Selected, which must end well; return the run."""
        outcome = self.sync()
        assert outcome.well, outcome.status
        self.work()
        return self.last_run()

    def qwc(self) -> bytes:
        return qwc_file(self.connection, "http://localhost:8000")

    def _pause(self, seconds: float) -> None:
        """NoOp: the Web Connector waits, the worker works; longer when nothing is due at once."""
        self.clock.sleep(max(seconds, 5))
        self.work()

    def work(self) -> None:
        """Let the worker do everything that is due."""
        try:
            self._work()
        except Killed:
            return

    def _work(self) -> None:
        if self.queue:
            _what_is_due_in_this_world_is_due(self.clock.now())
            jobs.run_until_idle()
            return
        with scopes_disabled():
            open_runs = list(Run.objects.filter(connection=self.connection, finished_at=None))
        for run in open_runs:
            pipeline.go_on(run_id=run.pk)

    def revive(self) -> None:
        """Start the service again, as its supervisor would; jobs of the dead process are taken up."""
        self.death.revive()
        QueuedJob.objects.exclude(taken_at=None).update(taken_by="dead")
        if self.queue and database.vendor == "sqlite":
            engine().take_up_the_fallen()

    def reload(self) -> Connection:
        with scopes_disabled():
            self.connection.refresh_from_db()
        return self.connection

    def save(self, **values: Any) -> None:
        """Change the connection as the form or a button would."""
        with scopes_disabled():
            Connection.objects.filter(pk=self.connection.pk).update(**values)
        self.reload()

    def runs(self) -> list[Run]:
        with scope(connection=self.connection):
            return list(Run.objects.order_by("number"))

    def last_run(self) -> Run:
        return self.runs()[-1]

    def problems(self) -> list[Problem]:
        with scope(connection=self.connection):
            return list(Problem.objects.filter(closed_at=None).order_by("id"))

    def conflicts(self) -> list[Conflict]:
        with scope(connection=self.connection):
            return list(Conflict.objects.order_by("id"))

    def links(self) -> list[Link]:
        with scope(connection=self.connection):
            return list(Link.objects.order_by("id"))

    def changes(self, run: Run | None = None) -> list[Change]:
        """Return the journal of a run, or of all."""
        with scope(connection=self.connection):
            found = Change.objects.order_by("id")
            return list(found.filter(run=run) if run else found)

    def agreement(self) -> Agreement:
        """Compare both sides field by field, without asking the service."""
        return compare(self.books.customers(), self.people.accounts())

    def at_org(self, part: str, act: Callable[[], object], *, after: bool = False, times: int = 1) -> None:
        """Do something just before (or after) the org handles a call of the service to a certain address."""
        handle, left = self.org.handle, [times]

        def handled(request: OrgRequest) -> Any:
            meant = part in request.target and left[0] and request.base_url != NOWHERE
            if meant and not after:
                left[0] -= 1
                act()
            answer = handle(request)
            if meant and after:
                left[0] -= 1
                act()
            return answer

        self.org.handle = handled  # type: ignore[method-assign]

    def org_calls(self) -> int:
        """How many API calls the org has counted today."""
        return int(self.org.state.calls_today())


def nothing_was_written(run: Run) -> bool:
    counts = [run.counts[side][word] for side in ("quickbooks", "salesforce") for word in ("created", "updated")]
    return counts == [0, 0, 0, 0]


def _what_is_due_in_this_world_is_due(now: datetime) -> None:
    """PostgreSQL knows only its own clock: hand it what is due by ours, and hold back what is not."""
    if database.vendor != "postgresql":
        return
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo' AND scheduled_at <= %s", [now]
        )


@contextmanager
def a_world(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    *,
    bare: bool = False,
    qbxml: str = "13.0",
    company: str = COMPANY,
    direction: str = "both",
    pairs: tuple[str, ...] = ("accounts_customers",),
    features: Features | None = None,
    prepared: bool = False,
    released: bool = True,
    begun: int | None = None,
    moment: datetime = MONDAY,
) -> Iterator[World]:
    """Build a world at Monday noon in New York; `bare`: an org without our custom fields; `pairs` are kept in step.

    `prepared`: an org that our own button has prepared. `released`: the first review is behind this connection.
    `begun`: the folder and the database hold it already, and this is its connection.
    """
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 takes half a second
    with ExitStack() as stack:
        clock = Clock(stack.enter_context(time_machine.travel(moment, tick=False)))
        monkeypatch.setattr(product_salesforce, "time", SimpleNamespace(sleep=clock.sleep))
        monkeypatch.setattr(product_salesforce, "Client", partial(Client, sleep=clock.sleep))
        if prepared and begun is None:
            shutil.copytree(prepared_once(), folder / "org")
        org = stack.enter_context(_an_org(folder / "org", bare=bare or prepared))
        lay_wire(monkeypatch, OrgWire(org))
        settings.APATAR_SALESFORCE_HOSTS = [URL.removeprefix("http://")]
        if begun is None:
            create_company(folder / "company.qbw", name=company, qbxml=qbxml, features=features or Features()).close()
        death = Death()
        stack.enter_context(database.execute_wrapper(death))
        yield World(
            clock=clock,
            death=death,
            org=org,
            books=Books(folder / "company.qbw"),
            people=People(org),
            desk=Desk(folder / "company.qbw"),
            wire=Wire(clock),
            connection=_the_connection(begun)
            if begun
            else a_connection(org, URL, company=company, direction=direction, pairs=pairs, released=released),
            folder=folder,
        )


@cache
def prepared_once() -> Path:
    """Return the home of an org that was prepared as the page does it; it is made once for all tests of a process."""
    home = Path(mkdtemp(prefix="apatar-org-"))
    with _an_org(home, bare=True) as org, pytest.MonkeyPatch.context() as monkeypatch:
        lay_wire(monkeypatch, OrgWire(org))
        with override_settings(APATAR_SALESFORCE_HOSTS=[URL.removeprefix("http://")]):
            person = "kit@bayshore.example"
            connection = a_connection(org, URL, company=COMPANY, direction="both", pairs=(), email=person)
            admin = PasswordLogin(URL, org.credentials.admin_user, org.credentials.admin_password)
            with open_setup(connection, admin=admin) as setup:
                done = list(setup.prepare(plan_of(setup.look())))
                assert all(one.ok for one in done), [one.sentence for one in done if not one.ok]
        _let_the_administrator_see(org)
    return home


def _let_the_administrator_see(org: Org) -> None:
    sales = Sales(org)
    kit = sales.one("PermissionSet", "Name", where="Name = 'QuickBooks_Sync'")
    sales.add("PermissionSetAssignment", AssigneeId=org.access.admin_id, PermissionSetId=kit["Id"])


def _an_org(home: Path, *, bare: bool) -> Org:
    home.mkdir(parents=True, exist_ok=True)
    (home / "jwt_key.pem").write_bytes(_one_key(home.parent))
    return Org(home, bare=bare)


@cache
def _key_made_once() -> list[bytes]:
    return []


def _one_key(folder: Path) -> bytes:
    """Making a key takes longer than most tests."""
    made = _key_made_once()
    if not made:
        path, _ = keep_key(folder)
        made.append(path.read_bytes())
    return made[0]


def a_connection(
    org: Org,
    url: str,
    *,
    company: str,
    direction: str,
    pairs: tuple[str, ...],
    email: str = EMAIL,
    released: bool = True,
) -> Connection:
    """Register a person and fill in the form, through the product's own functions."""
    person = register(email, PASSWORD)
    secrets = org.credentials
    form = ConnectionForm(
        {
            "company": company,
            "direction": direction,
            "salesforce_url": url,
            "salesforce_user": secrets.user,
            "salesforce_password": secrets.password,
            "security_token": secrets.security_token,
            "method": "password",
        }
    )
    assert form.is_valid(), form.errors
    with scopes_disabled():
        first_released_at = MONDAY - timedelta(days=1) if released else None
        connection = Connection(
            workspace=person.memberships.get().workspace, owner=person, first_released_at=first_released_at
        )
        form.apply(connection, now=datetime.now(UTC) - timedelta(days=1)).save()
    only(connection, pairs)
    return connection


def _the_connection(connection_id: int) -> Connection:
    with scopes_disabled():
        return Connection.objects.get(pk=connection_id)


def only(connection: Connection, pairs: tuple[str, ...]) -> None:
    """Keep only these pairs of objects in step."""
    chosen: dict[str, dict[str, object]] = {one.name: {"enabled": one.name in pairs} for one in PAIRS}
    for one in PAIRS:
        if one.trigger:
            chosen[one.name]["since"] = LONG_AGO  # deals are from the day of the connection on, unless one says so
    save_map(connection, {"pairs": chosen}, None, "For this test", now=datetime.now(UTC) - timedelta(days=1))
