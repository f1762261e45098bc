"""A first two-way run between the two sandboxes: what the service itself spends on it."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bench.figures import Figure, Measured, Spread
from bench.installation import PASSWORD, Installation, org_of
from bench.processes import BenchError, Running, cpu_seconds, own_cpu_seconds, tree_memory_mib

TARGET = 60
SAME = 30
RUN_SECONDS = 1800
POLL_SECONDS = 1.0


def measure(*, quick: bool) -> list[Figure]:
    size = 1_000 if quick else 10_000
    with TemporaryDirectory(prefix="apatar-bench-") as name:
        installation = Installation(Path(name))
        installation.new_company(size)
        with installation.start_org(accounts=size, same=SAME) as org:
            return _between(installation, org, size)


def _between(installation: Installation, org: Running, size: int) -> list[Figure]:
    access = org_of(org.first_line())
    installation.environment["APATAR_SALESFORCE_HOSTS"] = urlsplit(access.url).netloc
    with installation.start_service() as service:
        service.first_line()
        added = installation.connect(access, direction="both")
        _connector(installation, "add", added["qwc"], "--yes")
        _connector(installation, "password", added["webconnector_user"], typed=PASSWORD + "\n")
        return [_run(installation, service, f"{title}, {size:,} and {size:,}") for title in ("first run", "second run")]


def _connector(installation: Installation, *words: str, typed: str = "") -> str:
    home = str(installation.folder / "webconnector")
    return installation.apatar("sandbox", "webconnector", "--home", home, *words, typed=typed)


def _run(installation: Installation, service: Running, title: str) -> Figure:
    """Hold one session of the Web Connector, and wait for the end of the run where the session did not see it."""
    before, begun = _spent(service), time.perf_counter()
    company = str(installation.company_file)
    _connector(installation, "update", "--company", company, "--noop-seconds", "0.2", "--timeout", "600")
    run = _ended(installation)
    seconds, after = time.perf_counter() - begun, _spent(service)
    spent = sum(after) - sum(before)
    worker, web = (now - then for now, then in zip(after, before, strict=True))
    memory = tree_memory_mib(service.pid, peak=True)
    cost = f"worker {worker:.1f} s and web {web:.1f} s of CPU; {memory:.0f} MiB at the most"
    done = f"outcome {run['outcome']}, QuickBooks {run['quickbooks']}, Salesforce {run['salesforce']}"
    notes = (
        f"{cost}; {seconds:.1f} s by the clock, both sandboxes' work included.",
        f"{done}, {run['problems']} problems, {run['salesforce_calls']} Salesforce calls.",
    )
    own = Measured(Spread.of([spent]))
    return Figure(title, "s of the service's CPU", own, TARGET, at_most=True, notes=notes)


def _spent(service: Running) -> tuple[float, float]:
    """CPU seconds of the process with the worker, and of those that answer the web."""
    worker = own_cpu_seconds(service.pid)
    return worker, cpu_seconds(service.pid) - worker


def _ended(installation: Installation) -> dict[str, object]:
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        run = installation.last_run()
        if run["outcome"] != "running":
            return run
        time.sleep(POLL_SECONDS)
    raise BenchError(f"The run had not ended after {RUN_SECONDS} seconds.")
