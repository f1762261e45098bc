"""Idle polls: serverVersion, clientVersion, authenticate and closeConnection of companies that have no work."""

import json
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from apatar.sandbox.webconnector.envelope import write_call
from bench.compared import PEER_USER
from bench.figures import Figure, Measured, Spread
from bench.installation import PASSWORD, Installation, address_of
from bench.processes import (
    LOAD_CORE,
    SERVER_CORE,
    START_SECONDS,
    BenchError,
    Running,
    cpu_seconds,
    own_cpu_seconds,
    pinned,
)
from bench.wire import Caller, strings_of

TARGET = 1_000
PEOPLE = 20
CALLERS = 4
CALLS_A_POLL = 4
VERSION = "2.3.0.215"
_SERVER_VERSION = write_call("serverVersion", ())
_CLIENT_VERSION = write_call("clientVersion", (VERSION,))


@dataclass(frozen=True, slots=True)
class Round:
    """Calls of one round, its seconds by the clock and by the CPU of all processes; `worker` is the parent's share."""

    calls: int
    seconds: float
    cpu: float
    worker: float


@dataclass(frozen=True, slots=True)
class Load:
    """How long is measured, and how often."""

    seconds: float
    rounds: int


def measure(*, quick: bool) -> list[Figure]:
    load = Load(1.0, 3) if quick else Load(5.0, 5)
    with TemporaryDirectory(prefix="apatar-bench-") as name:
        rounds = _service(Path(name), load)
        floor = _compared("constant", Path(name), load)
        peer = _compared("peer", Path(name), load)
    spent = Spread.of([one.cpu / one.calls * 1e6 for one in rounds])
    worker = Spread.of([one.worker / one.calls * 1e6 for one in rounds])
    notes = (
        (
            f"{PEOPLE} companies, {CALLERS} connections kept alive; {spent} µs of the service's CPU a call, "
            f"{worker} µs of it in the worker's process."
        ),
        "The peer keeps sessions in memory and knows one user; it has no database behind it.",
    )
    return [Figure("idle polls", "calls/s", _rate(rounds), TARGET, floor=_rate(floor), peer=_rate(peer), notes=notes)]


def _rate(rounds: Sequence[Round]) -> Measured:
    clock = Spread.of([one.calls / one.seconds for one in rounds])
    return Measured(clock, Spread.of([one.calls / one.cpu for one in rounds]))


def _service(folder: Path, load: Load) -> list[Round]:
    installation = Installation(folder)
    installation.environment["DJANGO_SETTINGS_MODULE"] = "apatar.config.settings"
    installation.apatar("migrate")
    users: list[str] = json.loads(installation.python("-m", "bench.people", str(PEOPLE)))
    with installation.start_service() as service:
        url = address_of(service.first_line())
        return _rounds(service, url, users, load)


def _compared(application: str, folder: Path, load: Load) -> list[Round]:
    installation = Installation(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    words = ("-m", "bench.compared", application, str(port))
    log = folder / f"{application}.log"
    with Running(words, environment=installation.environment, log=log, cores=SERVER_CORE) as server:
        server.first_line()
        _wait_for(port)
        return _rounds(server, f"http://127.0.0.1:{port}", [PEER_USER], load)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise BenchError(f"Nothing answers on port {port}.")


def _rounds(server: Running, url: str, users: Sequence[str], load: Load) -> list[Round]:
    """One call of each company first, for a password costs half a second once; then a round that does not count."""
    with Caller(url) as caller:
        for user in users:
            _poll(caller, write_call("authenticate", (user, PASSWORD)))
    _round(server, url, users, load.seconds)
    return [_round(server, url, users, load.seconds) for _ in range(load.rounds)]


def _round(server: Running, url: str, users: Sequence[str], seconds: float) -> Round:
    before, parent, begun = cpu_seconds(server.pid), own_cpu_seconds(server.pid), time.perf_counter()
    with pinned(LOAD_CORE), ThreadPoolExecutor(CALLERS) as pool:  # threads inherit the core
        shares = [users[number::CALLERS] or users for number in range(CALLERS)]
        calls = sum(pool.map(_polls(url, begun + seconds), shares))
    seconds = time.perf_counter() - begun
    return Round(calls, seconds, cpu_seconds(server.pid) - before, own_cpu_seconds(server.pid) - parent)


def _polls(url: str, until: float) -> Callable[[Sequence[str]], int]:
    def poll(users: Sequence[str]) -> int:
        calls = 0
        logins = cycle([write_call("authenticate", (user, PASSWORD)) for user in users])
        with Caller(url) as caller:
            while time.perf_counter() < until:
                _poll(caller, next(logins))
                calls += CALLS_A_POLL
        return calls

    return poll


def _poll(caller: Caller, login: bytes) -> None:
    caller.post(_SERVER_VERSION)
    caller.post(_CLIENT_VERSION)
    told = strings_of(caller.post(login))
    if told and told[-1] == "nvu":
        raise BenchError("The service turned a right password away.")
    caller.post(write_call("closeConnection", (told[0] if told else "",)))
