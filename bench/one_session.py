"""One whole run of the real service with both sandboxes as processes of their own, and what the service spent on it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bench.installation import PASSWORD, Installation, Org, org_of
from bench.processes import BenchError, Running, cpu_seconds, own_cpu_seconds, tree_memory_mib

RUN_SECONDS = 3600
POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of the process with the worker and of those that answer the web, seconds by the clock, most MiB."""

    worker: float
    web: float
    seconds: float
    memory: float

    @property
    def cpu(self) -> float:
        return self.worker + self.web

    def __str__(self) -> str:
        return (
            f"worker {self.worker:.1f} s and web {self.web:.1f} s of CPU; {self.memory:.0f} MiB at the most; "
            f"{self.seconds:.1f} s by the clock, both sandboxes' work included."
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """A service, an org and a company file that wait for the Web Connector; `org` is who may log in."""

    installation: Installation
    service: Running
    org: Org
    added: dict[str, Any]

    def hold(self) -> tuple[dict[str, Any], Spent]:
        """Hold one session of the Web Connector; return the run and what the service spent, wherever it ended."""
        before, begun = _cpu(self.service), time.perf_counter()
        company = str(self.installation.company_file)
        _connector(self.installation, "update", "--company", company, "--noop-seconds", "0.2", "--timeout", "600")
        run = _ended(self.installation)
        seconds, after = time.perf_counter() - begun, _cpu(self.service)
        worker, web = (now - then for now, then in zip(after, before, strict=True))
        return run, Spent(worker, web, seconds, tree_memory_mib(self.service.pid, peak=True))


@contextmanager
def staged(
    installation: Installation, *, accounts: int, same: int, direction: str, pairs: tuple[str, ...], bare: bool = False
) -> Iterator[Stage]:
    """Start an org and the service, and connect them with the installation's company; only `pairs` are kept in step.

    `bare`: the org begins without custom fields, and is prepared as its administrator would.
    """
    with installation.start_org(accounts=accounts, same=same, bare=bare) as process:
        org = org_of(process.first_line())
        installation.environment["APATAR_SALESFORCE_HOSTS"] = urlsplit(org.url).netloc
        with installation.start_service() as service:
            service.first_line()
            added = installation.connect(org, direction=direction, pairs=pairs)
            if bare:
                installation.prepare(added["id"], org)
            _connector(installation, "add", added["qwc"], "--yes")
            _connector(installation, "password", added["webconnector_user"], typed=PASSWORD + "\n")
            yield Stage(installation, service, org, added)


def told(run: dict[str, Any]) -> str:
    done = f"outcome {run['outcome']}, QuickBooks {run['quickbooks']}, Salesforce {run['salesforce']}"
    return f"{done}, {run['problems']} problems, {run['salesforce_calls']} Salesforce calls."


def _connector(installation: Installation, *words: str, typed: str = "") -> str:
    home = str(installation.folder / "webconnector")
    return installation.apatar("sandbox", "webconnector", "--home", home, *words, typed=typed)


def _cpu(service: Running) -> tuple[float, float]:
    worker = own_cpu_seconds(service.pid)
    return worker, cpu_seconds(service.pid) - worker


def _ended(installation: Installation) -> dict[str, Any]:
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        run = installation.last_run()
        if run["outcome"] != "running":
            return run
        time.sleep(POLL_SECONDS)
    raise BenchError(f"The run had not ended after {RUN_SECONDS} seconds.")
